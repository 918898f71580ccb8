"""A judge with a second one behind it: what the first could not read is put to the other (SCIENCE 1)."""

from __future__ import annotations

from collections.abc import Sequence

from cruxbank.agents.presence import presence_only
from cruxbank.agents.roles import Judge, Read
from cruxbank.items import FailureReason, Response, Verdict
from cruxbank.values.systems import ValueSystem


class Retrying:
    """Satisfies `roles.Judge`. An unscored answer is an instrument failure: another instrument reads it, once.

    A response that tries to steer its judge is not put to another one: it would be as good as asking until one obeys.
    Where the second judge fails too, the first one's reason stays and the bounds of `science.bounds` take over.
    """

    def __init__(self, first: Judge, second: Judge) -> None:
        self._first = first
        self._second = second

    @property
    def name(self) -> str:
        """Both, in their order; each verdict names the one that read it."""
        return f"{self._first.name}, else {self._second.name}"

    @property
    def signed(self) -> bool:
        """The first one's: where it knows presence only, so do the verdicts of the second."""
        return self._first.signed

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response, in the same order.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        given = await self._first.read(responses, system)
        verdicts = list(given.verdicts)
        left = [k for k, response in enumerate(responses) if _unread(response, verdicts[k])]
        if not left:
            return given
        again = await self._second.read([responses[k] for k in left], system)
        for k, verdict in zip(left, again.verdicts, strict=True):
            verdicts[k] = self._chosen(verdicts[k], verdict)
        return Read(verdicts=tuple(verdicts), calls=given.calls + again.calls)

    def _chosen(self, first: Verdict, second: Verdict) -> Verdict:
        """The second verdict with the votes of the first, which are the dissent; the first where both failed."""
        if second.state == "unscored" and second.failure is not FailureReason.STEERING:
            return first
        kept = second.model_copy(update={"votes": first.votes})
        return kept if self.signed else presence_only(kept)


def _unread(response: Response, verdict: Verdict) -> bool:
    read = verdict.state != "unscored" or verdict.failure is FailureReason.STEERING
    return response.state == "answered" and not read
