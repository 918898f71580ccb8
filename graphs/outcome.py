"""What a slot leaves behind: every draft it tried, with the exit of each, and what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterable

from cruxbank.accuracy import CanaryReading
from cruxbank.frozen import Frozen
from cruxbank.items import Exit, Item, Reading


class Spent(Frozen):
    """Logical calls by payer, tokens and US dollars. Cache hits count: so a resumed run stops at the same place."""

    examinee: int = 0
    judge: int = 0
    agents: int = 0
    tokens: int = 0
    usd: float = 0.0

    @property
    def calls(self) -> int:
        """All logical calls."""
        return self.examinee + self.judge + self.agents

    def plus(self, other: Spent) -> Spent:
        """The sum of two accounts."""
        mine, theirs = self.model_dump(), other.model_dump()
        return Spent(**{key: mine[key] + theirs[key] for key in mine})


def spent_in(payloads: Iterable[str]) -> Spent:
    """The sum over the payloads of decisions."""
    total = Spent()
    for payload in payloads:
        total = total.plus(Spent.model_validate(json.loads(payload)["spent"]))
    return total


class Tried(Frozen):
    """One draft with everything measured about it."""

    item: Item
    readings: tuple[Reading, ...] = ()


class SlotOutcome(Frozen):
    """One slot: its topic, its drafts in order, how it ended, what it cost."""

    run: str
    slot: int
    topic: str
    tried: tuple[Tried, ...] = ()
    exit: Exit
    detail: str = ""
    spent: Spent = Spent()
    canaries: tuple[CanaryReading, ...] = ()

    @property
    def admitted(self) -> Tried | None:
        """The draft that became operational, if any: at most one a slot."""
        return next((t for t in self.tried if t.item.exit is Exit.ADMITTED), None)

    @property
    def reward(self) -> float:
        """Bits of admitted separation; the bandit divides by calls. Where a published score is the objective: the mean
        score of the slot's questions that met the scoring panel, admitted or not (AdAEM's Q_i is its mean over pulls)."""
        scores = [t.item.score.total for t in self.tried if t.item.score and t.item.score.panel == "scoring"]
        if scores:
            return round(sum(scores) / len(scores), 6)
        won = self.admitted
        return round(won.item.separation.joint.est, 6) if won and won.item.separation else 0.0
