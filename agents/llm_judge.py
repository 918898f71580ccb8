"""A judge over a language model: all dimensions in one structured call, the judged text behind a fence."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Mapping, Sequence

from cruxbank.agents.answers import PointReading, ValueReading
from cruxbank.agents.fence import clean, fence, nonce
from cruxbank.agents.roles import Read
from cruxbank.items import Answer, CallScope, FailureReason, Outcome, RenderedPrompt, Response, Verdict
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load
from cruxbank.values.systems import ValueSystem

LONGEST_POINT = 600
"""Characters of a key point that the judge is shown: three times what was asked for."""


class LlmJudge:
    """Satisfies `roles.Judge` over a model client. `seed` is the run's; `repeat` tells second readings apart."""

    def __init__(self, client: ModelClient, seed: int, prompt: Prompt | None = None, repeat: int = 0) -> None:
        self._client = client
        self._seed = seed
        self._repeat = repeat
        self._prompt = prompt or load("judge", "values", version=1)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    @property
    def signed(self) -> bool:
        """True: it tells supports from opposes."""
        return True

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response, in the same order. Refused ones stay refused; failed ones are unscored, uncalled.

        Where one call raises, the others are waited for, so that nothing that was sent is lost to the ledger.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam; the first in the order of the responses.
        """
        results = await asyncio.gather(*(self._one(response, system) for response in responses), return_exceptions=True)
        verdicts, calls = [], 0
        for result in results:
            if isinstance(result, BaseException):
                raise result
            verdicts.append(result[0])
            calls += result[1]
        return Read(verdicts=tuple(verdicts), calls=calls)

    async def _one(self, response: Response, system: ValueSystem) -> tuple[Verdict, int]:
        if response.state == "refused":
            return Verdict(state="refused", judge=self.name), 0
        points = [clean(point, limit=LONGEST_POINT) for point in response.key_points]
        if response.state == "failed" or not any(points):
            return self._unscored(response.failure or FailureReason.EMPTY), 0
        mark = self._nonce(response, points)
        scope = CallScope(kind="measurement", purpose="judge", repeat=self._repeat)
        answer = await self._client.ask(self._render(points, mark, system), ValueReading, scope)
        result = _outcomes(answer, mark, len(points), system)
        if isinstance(result, FailureReason):
            return self._unscored(result), answer.calls
        return Verdict(state="scored", outcomes=result, judge=self.name), answer.calls

    def _render(self, points: Sequence[str], mark: str, system: ValueSystem) -> RenderedPrompt:
        text = "\n".join(f"{number}. {point}" for number, point in enumerate(points, start=1))
        return self._prompt.render(
            dimensions=[{"id": entry.id, "definition": entry.definition} for entry in system.dimensions],
            nonce=mark,
            fenced=fence(text, mark),
            count=len(points),
        )

    def _nonce(self, response: Response, points: Sequence[str]) -> str:
        """Of the call's identity and of the text itself: even who knows the seed cannot write a text with its own."""
        place = (response.item, str(response.wording), str(response.repeat), response.model, response.call)
        return nonce(self._seed, *place, *points)

    def _unscored(self, reason: FailureReason) -> Verdict:
        return Verdict(state="unscored", judge=self.name, failure=reason)


def _outcomes(
    answer: Answer[ValueReading], mark: str, count: int, system: ValueSystem
) -> dict[str, Outcome] | FailureReason:
    """One outcome a dimension, or the reason why the reading cannot be used."""
    if answer.value is None:
        return answer.failure or FailureReason.EMPTY
    if not hmac.compare_digest(answer.value.nonce.strip(" <>\"'`").casefold().encode(), mark.encode()):
        return FailureReason.NONCE
    readings = _by_point(answer.value.points, _spellings(system))
    if isinstance(readings, FailureReason):
        return readings
    if set(readings) != set(range(1, count + 1)):
        return FailureReason.WRONG_TYPE
    supported = frozenset[str]().union(*(supports for supports, _ in readings.values()))
    opposed = frozenset[str]().union(*(opposes for _, opposes in readings.values()))
    return {dimension: _outcome(dimension in supported, dimension in opposed) for dimension in system.ids}


def _by_point(
    points: Sequence[PointReading], known: Mapping[str, str]
) -> dict[int, tuple[frozenset[str], frozenset[str]]] | FailureReason:
    """Supported and opposed ids by point number. A point read twice in two ways is ambiguous, never the last one."""
    readings: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
    for entry in points:
        supports = {known.get(_spelling(name)) for name in entry.supports}
        opposes = {known.get(_spelling(name)) for name in entry.opposes}
        if None in supports | opposes:
            return FailureReason.WRONG_TYPE
        sides = (frozenset(filter(None, supports)), frozenset(filter(None, opposes)))
        if readings.setdefault(entry.point, sides) != sides:
            return FailureReason.AMBIGUOUS
    return readings


def _spellings(system: ValueSystem) -> dict[str, str]:
    """Id of a dimension by its id or name, however spaced and capitalised."""
    names = {_spelling(entry.name): entry.id for entry in system.dimensions}
    return names | {_spelling(entry.id): entry.id for entry in system.dimensions}


def _spelling(text: str) -> str:
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")


def _outcome(supported: bool, opposed: bool) -> Outcome:
    if supported and opposed:
        return Outcome.MIXED
    if supported:
        return Outcome.SUPPORTS
    return Outcome.OPPOSES if opposed else Outcome.ABSENT
