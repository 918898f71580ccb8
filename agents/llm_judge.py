"""A judge over a language model: all dimensions in one structured call, the judged text behind a fence, every reading
with the words that show it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cruxbank.agents.answers import EvidenceReading
from cruxbank.agents.evidence import Believed, believed, names
from cruxbank.agents.fence import clean, fence, nonce
from cruxbank.agents.roles import Read
from cruxbank.agents.steering import decoy, decoy_place, guarded
from cruxbank.items import Answer, CallScope, FailureReason, ItemKind, RenderedPrompt, Response, Verdict
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load
from cruxbank.science.seeds import rng
from cruxbank.values.systems import ValueSystem

LONGEST_POINT = 600
"""Characters of a key point that the judge is shown: three times what was asked for."""
SECOND = 1_000
"""Added to the repeat index where a reading is asked for again because its quotes are not in the text: far from every
index that means another reading on purpose. Another index is another order of the dimensions, so another prompt."""


class _Shown(NamedTuple):
    """What one response looks like to the judge."""

    points: tuple[str, ...]
    mark: str


class LlmJudge:
    """Satisfies `roles.Judge` over a model client. `seed` is the run's; `repeat` tells second readings apart.

    The dimensions stand in an order drawn for each call, so that no dimension gains by its place in the list. One of
    them is a decoy that no opinion stands on: who lists it marked values without reading.
    """

    def __init__(
        self, client: ModelClient, seed: int, prompts: Mapping[ItemKind, Prompt] | None = None, repeat: int = 0
    ) -> None:
        self._client = client
        self._seed = seed
        self._repeat = repeat
        self._prompts = default_prompts() if prompts is None else prompts

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

        Answers that try to steer their judge are unscored, see `agents.steering`.
        Where one call raises, the others are waited for, so that nothing that was sent is lost to the ledger.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam; the first in the order of the responses.
        """
        return await guarded(self._read, responses, system, judge=self.name, signed=self.signed)

    async def _read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
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
        points = tuple(clean(point, limit=LONGEST_POINT) for point in response.key_points)
        if response.state == "failed" or not any(points):
            return self._unscored(response.failure or FailureReason.EMPTY), 0
        shown = _Shown(points, self._nonce(response, points))
        calls, result = 0, FailureReason.EMPTY
        for repeat in (self._repeat, self._repeat + SECOND):
            found, spent = await self._asked(shown, response.kind, system, repeat)
            calls += spent
            if isinstance(found, Believed):
                return self._scored(found), calls
            result = found
            if result is not FailureReason.EVIDENCE:
                break
        return self._unscored(result), calls

    async def _asked(
        self, shown: _Shown, kind: ItemKind, system: ValueSystem, repeat: int
    ) -> tuple[Believed | FailureReason, int]:
        scope = CallScope(kind="measurement", purpose="judge", repeat=repeat)
        answer = await self._client.ask(self._render(shown, kind, system, repeat), EvidenceReading, scope)
        return _checked(answer, shown, system), answer.calls

    def _render(self, shown: _Shown, kind: ItemKind, system: ValueSystem, repeat: int) -> RenderedPrompt:
        text = "\n".join(f"{number}. {point}" for number, point in enumerate(shown.points, start=1))
        purpose = f"order of dimensions {self.name} {shown.mark}"
        order = rng(self._seed, -1, purpose, repeat).permutation(len(system.dimensions))
        listed = [system.dimensions[k] for k in order]
        listed.insert(decoy_place(shown.mark, len(listed)), decoy(shown.mark, system))
        return self._prompts[kind].render(
            dimensions=[{"id": entry.id, "definition": entry.definition} for entry in listed],
            nonce=shown.mark,
            fenced=fence(text, shown.mark),
            count=len(shown.points),
        )

    def _nonce(self, response: Response, points: Sequence[str]) -> str:
        """Of the call's identity and of the text itself: even who knows the seed cannot write a text with its own."""
        place = (response.item, str(response.wording), str(response.repeat), response.model, response.call)
        return nonce(self._seed, *place, *points)

    def _scored(self, found: Believed) -> Verdict:
        return Verdict(state="scored", outcomes=found.outcomes, judge=self.name, evidence=found.evidence)

    def _unscored(self, reason: FailureReason) -> Verdict:
        return Verdict(state="unscored", judge=self.name, failure=reason)


def default_prompts() -> dict[ItemKind, Prompt]:
    """The judge's prompt for each kind of item."""
    values = load("judge", "values", version=2)
    return {"question": values, "dilemma": values, "scenario": load("judge", "actions", version=1)}


def _checked(answer: Answer[EvidenceReading], shown: _Shown, system: ValueSystem) -> Believed | FailureReason:
    """The reading, or the reason why it cannot be used."""
    if answer.value is None:
        return answer.failure or FailureReason.EMPTY
    if not hmac.compare_digest(answer.value.nonce.strip(" <>\"'`").casefold().encode(), shown.mark.encode()):
        return FailureReason.NONCE
    if names(answer.value, decoy(shown.mark, system)):
        return FailureReason.STEERING
    return believed(answer.value, shown.points, system)
