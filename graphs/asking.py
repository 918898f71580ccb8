"""Putting wordings before models, all at once, and having the answers read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.stages import Question
from cruxbank.items import ItemKind, Reading, Response, Wording


async def ask_all(
    context: GrowContext,
    item: str,
    wordings: Sequence[Wording],
    wanted: Sequence[Question],
    repeated: bool = False,
    kind: ItemKind = "question",
) -> tuple[Response, ...]:
    """One response for each (model, wording), or where `repeated` for each (model, repeat of the base wording).

    Every call comes to an end before the first failure is raised: what a
    sibling of a failed call was paid for is in the ledger then."""
    places = [(model, 0, k) if repeated else (model, k, 0) for model, k in wanted]
    answers = await asyncio.gather(
        *(context.panel[model].answer(item, wordings[w], w, repeat, kind) for model, w, repeat in places),
        return_exceptions=True,
    )
    fresh: list[Response] = []
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        fresh.append(answer.response)
    return tuple(fresh)


async def read_all(context: GrowContext, responses: Sequence[Response]) -> tuple[Reading, ...]:
    """The judge's readings of responses, in their order."""
    given = await context.judge.read(tuple(responses), context.system)
    return tuple(Reading(response=r, verdict=v) for r, v in zip(responses, given.verdicts, strict=True))
