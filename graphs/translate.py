"""An operational item in the run's other languages: translated, checked against memory, asked and read. It only tells;
the one thing that it can change is that an item whose translation the bank has already is a duplicate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from langgraph.runtime import Runtime

from cruxbank.agents.tongues import same_language
from cruxbank.agents.translator import Source, Translated, Translator
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.graphs.asking import ask_all, read_all
from cruxbank.graphs.assembly import count, draft_of
from cruxbank.graphs.confirm import fresh
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.outcome import Tried
from cruxbank.graphs.slot_nodes import brief_of, metered
from cruxbank.graphs.stages import Question, language_questions
from cruxbank.graphs.state import SlotFull, SlotState
from cruxbank.items import Draft, Exit, Item, Reading, Status, Wording
from cruxbank.measures import LanguageReading

REFUSED = "refused_by_critic"
"""Failure of a translation that the critic would not have asked."""


class Put(NamedTuple):
    """An item put into one further language. failure: why it cannot be asked in it, empty where it can."""

    language: str
    wordings: tuple[Wording, ...] = ()
    failure: str = ""
    detail: str = ""


@metered
async def translate(state: SlotFull, runtime: Runtime[GrowContext]) -> SlotState:
    """Ask an operational item in every other language of the run."""
    context, (*before, won) = runtime.context, state["tried"]
    if context.translator is None:
        return {}
    found = await _translations(context, context.translator, state, won.item)
    if why := await _known(context, won.item, found):
        change = {"status": Status.PILOT, "exit": Exit.DUPLICATE_TRANSLATED, "reasons": (why,)}
        lost = won.model_copy(update={"item": won.item.model_copy(update=change)})
        return {"tried": (*before, lost), "exit": Exit.DUPLICATE_TRANSLATED}
    return {"tried": (*before, await _asked(context, context.translator.name, won, found))}


def further(settings: Settings, language: str) -> tuple[str, ...]:
    """The run's languages but that of the item, in their order."""
    return tuple(one for one in settings.languages if not same_language(one, language))


def chosen(item: Item, n: int) -> tuple[Wording, ...]:
    """The wordings that are translated: the base, a mirror, then paraphrases, of those that chose the item."""
    base, *others = item.chosen_on
    mirrors = [w for w in others if w.kind == "mirror"]
    return (base, *mirrors[:1], *[w for w in others if w.kind != "mirror"], *mirrors[1:])[:n]


def translated(item: Item, put: Put) -> Draft:
    """A translation as a draft of its own, for critic and memory."""
    wordings = [wording.model_copy(update={"language": ""}) for wording in put.wordings]
    return draft_of(item, wordings).model_copy(update={"language": put.language})


async def _translations(context: GrowContext, translator: Translator, state: SlotFull, item: Item) -> list[Put]:
    """One for every further language; all calls come to an end before the first failure is raised."""
    languages = further(context.settings, item.language)
    done = await asyncio.gather(
        *(_put(context, translator, state, item, language) for language in languages), return_exceptions=True
    )
    found = []
    for one in done:
        if isinstance(one, BaseException):
            raise one
        found.append(one)
    return found


async def _put(context: GrowContext, translator: Translator, state: SlotFull, item: Item, language: str) -> Put:
    source = Source(
        wordings=chosen(item, context.settings.grow.translated_wordings),
        language=item.language,
        topic=item.topic.text,
        kind=item.kind,
        run=context.run.id,
        slot=state["slot"],
    )
    given: Translated = await translator.translate(source, language)
    if not given.wordings:
        return Put(language, failure=str(given.failure or "no_translation"), detail=given.detail)
    return await _reviewed(context, state, item, Put(language, given.wordings))


async def _reviewed(context: GrowContext, state: SlotFull, item: Item, put: Put) -> Put:
    """The critic reads a translation as it reads a draft, where it is a model: rules alone know English only."""
    if context.settings.agents.critic == LOCAL:
        return put
    told = {"language": put.language, "wordings": len(put.wordings), "step": state["step"]}
    brief = (await brief_of(context, state)).model_copy(update=told)
    reviewed = await context.critic.review(translated(item, put), brief)
    return put if reviewed.review.ok else put._replace(failure=REFUSED, detail=", ".join(reviewed.review.reasons))


async def _known(context: GrowContext, item: Item, found: Sequence[Put]) -> str:
    """Why the item repeats one that the bank has in another language, or ""."""
    for put in found:
        if put.failure:
            continue
        check = await context.library.check(translated(item, put))
        if not check.ok and check.nearest is not None and check.nearest.id != item.id:
            return f"its translation ({put.language}) repeats {check.nearest.id}: {check.detail}"
    return ""


async def _asked(context: GrowContext, translator: str, won: Tried, found: Sequence[Put]) -> Tried:
    """The item with its translations behind its own wordings, and what the panel made of them."""
    wordings, wanted = won.item.wordings, list[Question]()
    places: dict[str, range] = {}
    for put in found:
        if not put.failure:
            places[put.language] = range(len(wordings), len(wordings) + len(put.wordings))
            wanted += [q for q in language_questions(context.settings, len(wordings)) if q[1] in places[put.language]]
            wordings = (*wordings, *put.wordings)
    item = won.item.model_copy(update={"wordings": wordings})
    readings = (
        await read_all(context, await ask_all(context, item.id, wordings, wanted, kind=item.kind)) if wanted else ()
    )
    by_language = {}
    for put in found:
        mine = [r for r in readings if r.response.wording in places.get(put.language, ())]
        by_language[put.language] = _reading(context, translator, item, put, mine)
    return Tried(item=item.model_copy(update={"by_language": by_language}), readings=(*won.readings, *readings))


def _reading(
    context: GrowContext, translator: str, item: Item, put: Put, readings: Sequence[Reading]
) -> LanguageReading:
    if put.failure:
        return LanguageReading(translator=translator, failure=put.failure, detail=put.detail)
    separation = fresh(context, item, readings, context.settings.panels.scoring)
    return LanguageReading(translator=translator, separation=separation, counts=count(readings))
