"""Several judges that read at the same time. The majority speaks, the dissent is kept, a split is said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cruxbank.agents.roles import Judge, Read
from cruxbank.items import Evidence, FailureReason, Outcome, Response, Verdict, Vote
from cruxbank.values.systems import ValueSystem


class Jury:
    """Satisfies `roles.Judge`. A member that knows presence only (`local`) votes on presence and not on the side."""

    def __init__(self, members: Sequence[Judge]) -> None:
        self._members = tuple(members)

    @property
    def name(self) -> str:
        """`jury(a, b, c)`."""
        return f"jury({', '.join(member.name for member in self._members)})"

    @property
    def signed(self) -> bool:
        """Whether any member tells supports from opposes."""
        return any(member.signed for member in self._members)

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response, in the same order, each with every member's vote.

        Where one member raises, the others are waited for, so that nothing that was sent is lost to the ledger.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam; the first in the order of the members.
        """
        given = await asyncio.gather(*(m.read(responses, system) for m in self._members), return_exceptions=True)
        reads: list[Read] = []
        for read in given:
            if isinstance(read, BaseException):
                raise read
            reads.append(read)
        verdicts = [
            self._one(response, [read.verdicts[k] for read in reads], system) for k, response in enumerate(responses)
        ]
        return Read(verdicts=tuple(verdicts), calls=sum(read.calls for read in reads))

    def _one(self, response: Response, verdicts: Sequence[Verdict], system: ValueSystem) -> Verdict:
        if response.state != "answered":  # nothing to vote on: all members say the same
            return verdicts[0].model_copy(update={"judge": self.name, "signed": self.signed})
        found = agreed(verdicts, system)
        update = {"judge": self.name, "signed": self.signed, "votes": self._votes(verdicts)}
        if isinstance(found, FailureReason):
            return Verdict(state="unscored", failure=found).model_copy(update=update)
        evidence = _evidence(verdicts, found)
        return Verdict(state="scored", outcomes=found, evidence=evidence).model_copy(update=update)

    def _votes(self, verdicts: Sequence[Verdict]) -> tuple[Vote, ...]:
        return tuple(
            Vote(judge=member.name, state=v.state, outcomes=v.outcomes, signed=member.signed, failure=v.failure)
            for member, v in zip(self._members, verdicts, strict=True)
        )


def agreed(verdicts: Sequence[Verdict], system: ValueSystem) -> dict[str, Outcome] | FailureReason:
    """The majority's outcome for every dimension, or why there is none.

    More than half of the members must have read the response. SPLIT where they did not, or where one dimension has no
    majority: a response that is read for nine dimensions and not for the tenth would make the tenth `absent`. Where
    all members failed in the same way that is the reason; where most saw an attempt to steer them, STEERING.
    """
    scored = [v for v in verdicts if v.state == "scored"]
    reasons = [v.failure for v in verdicts if v.failure is not None]
    if 2 * reasons.count(FailureReason.STEERING) > len(verdicts):
        return FailureReason.STEERING
    if len(reasons) == len(verdicts) and len(set(reasons)) == 1:
        return reasons[0]
    if 2 * len(scored) <= len(verdicts):
        return FailureReason.SPLIT
    outcomes: dict[str, Outcome] = {}
    for dimension in system.ids:
        found = majority([(v.outcomes[dimension], v.signed) for v in scored])
        if found is None:
            return FailureReason.SPLIT
        outcomes[dimension] = found
    return outcomes


def majority(votes: Sequence[tuple[Outcome, bool]]) -> Outcome | None:
    """What more than half say: first whether the dimension is there, then, of those who see it and know sides, on which
    side. None without a majority at either step. Votes are (outcome, signed); separation is split the same way.

    Of `supports, mixed, absent` two see the dimension and both see support, one opposition: supports.
    """
    seen = [(outcome, signed) for outcome, signed in votes if outcome is not Outcome.ABSENT]
    if 2 * len(seen) < len(votes):
        return Outcome.ABSENT
    if 2 * len(seen) == len(votes):
        return None
    if not any(signed for _, signed in votes):
        return Outcome.SUPPORTS
    sides = [outcome for outcome, signed in seen if signed]
    supports = 2 * sum(o in (Outcome.SUPPORTS, Outcome.MIXED) for o in sides) > len(sides)
    opposes = 2 * sum(o in (Outcome.OPPOSES, Outcome.MIXED) for o in sides) > len(sides)
    if supports and opposes:
        return Outcome.MIXED
    if supports:
        return Outcome.SUPPORTS
    return Outcome.OPPOSES if opposes else None


def _evidence(verdicts: Sequence[Verdict], outcomes: dict[str, Outcome]) -> tuple[Evidence, ...]:
    """What the members quoted for the side that the jury took, each quote once."""
    found = (
        one
        for verdict in verdicts
        for one in verdict.evidence
        if outcomes[one.dimension] in (Outcome.MIXED, Outcome(one.side))
    )
    return tuple(dict.fromkeys(found))
