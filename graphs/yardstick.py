"""The bank-wide yardstick: the metric W and the priors, learned from every draft so far, and what they say of one.

Everything here is a function of the ordered list of measured drafts, so a run that was cut off rebuilds it exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cruxbank.config.settings import Settings
from cruxbank.items import Draft, Item, Reading, Separation, Wording
from cruxbank.science.estimate import TablePriors, estimate, joint_posterior
from cruxbank.science.framing import assess
from cruxbank.science.quadratic import QStats, q_item
from cruxbank.science.racing import Decision
from cruxbank.science.readings import ItemReadings, collect
from cruxbank.science.scatter import Scatter, focused, weight
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import Prior, fit

FIRST = 12
"""Drafts at which W and the table priors are first learned; again at every doubling (5 ms a draft, so not each round)."""


class Found(NamedTuple):
    """What the yardstick says of one draft."""

    separation: Separation
    race: Decision
    pushes: bool


class Yardstick:
    """W, prior of Q and priors of the outcome tables for one panel and value system."""

    def __init__(self, settings: Settings, dimensions: Sequence[str], seed: int) -> None:
        self._settings = settings
        self._dimensions = tuple(dimensions)
        self._seed = seed
        self._panel = settings.panels.scoring
        self._families = {model: settings.model(model).family for model in self._panel}
        self._drafts: list[ItemReadings] = []
        self._stats: list[QStats] = []
        self._weight = weight(Scatter.empty(len(self._dimensions) + 1))
        self._tables = TablePriors.default(len(self._dimensions))
        self._prior = Prior.default()
        self._learned = 0

    def __len__(self) -> int:
        return len(self._drafts)

    def learn(self, drafts: Sequence[tuple[Item, Sequence[Reading]]]) -> None:
        """Take in measured drafts, in the order of their commits, rejected ones included."""
        for item, readings in drafts:
            self._drafts.append(self.arrays(item.wordings, readings))
            self._stats.append(q_item(self._drafts[-1], self._weight))
            if len(self._drafts) == _step(len(self._drafts)):
                self._relearn()
        if drafts:
            self._prior = fit(QStats.join(self._stats))

    def measure(self, draft: Draft, readings: Sequence[Reading], slot: int, step: int) -> Found:
        """Separation, race and framing of a draft, as of the last commit."""
        arrays = self.arrays(draft.wordings, readings)
        grow = self._settings.grow
        separation = estimate(
            arrays,
            self._weight,
            self._prior,
            self._tables,
            s0=grow.smallest_separation,
            dimensions=self._dimensions,
            rng=rng(self._seed, slot, f"posterior {len(readings)}", step),
        )
        worth = float(joint_posterior(arrays, self._weight, self._prior).above(grow.worth)[0])
        framing = assess(arrays, self._weight)
        return Found(separation, self._race(separation, worth), framing is not None and framing.rejects())

    def _race(self, separation: Separation, worth: float) -> Decision:
        """PASS: would be admitted as it stands. STOP: too small a chance of being worth its calls. Else CONTINUE.

        The race is for `worth`, not for the smallest separation: at 12 models x 6 wordings the interval is about half
        a bit wide, so an item of .1 bits can never show a lower bound of .05, however long it is asked.
        """
        grow = self._settings.grow
        if separation.lfdr <= grow.fdr and separation.joint.lo >= grow.min_separation:
            return Decision.PASS
        return Decision.STOP if worth < grow.chance else Decision.CONTINUE

    def arrays(self, wordings: Sequence[Wording], readings: Sequence[Reading]) -> ItemReadings:
        """Readings of the current panel as arrays; those of models that left it do not count."""
        mine = [r for r in readings if r.response.model in self._families]
        families: Mapping[str, str] = self._families
        return collect(mine, wordings, self._panel, self._dimensions, families)

    def _relearn(self) -> None:
        total = Scatter.empty(len(self._dimensions) + 1)
        for draft in self._drafts:
            total = total + Scatter.of(draft)
        self._weight = focused(total)
        self._stats = [q_item(draft, self._weight) for draft in self._drafts]
        self._tables = TablePriors.fit(self._drafts, len(self._dimensions), rng(self._seed, 0, "tables", len(self)))


def _step(n: int) -> int:
    """The largest number of the row FIRST, 2 FIRST, 4 FIRST ... that is at most n; 0 before the first."""
    if n < FIRST:
        return 0
    reached = FIRST
    while reached * 2 <= n:
        reached *= 2
    return reached
