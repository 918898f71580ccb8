"""What a strategy knows of the drafts it measured: the numeric twin of graphs/yardstick.py, over the same science."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.divergence import equal_weights, gjs
from cruxbank.science.framing import Habits, assess
from cruxbank.science.quadratic import QStats, q_item
from cruxbank.science.racing import pays
from cruxbank.science.readings import ItemReadings, coordinates
from cruxbank.science.reflection import Beliefs, Price, Rewrites, exchange_rate, outlook
from cruxbank.science.scatter import Scatter, focused, weight
from cruxbank.science.shrink import Posterior, Prior, fit, posterior

WORTH, CHANCE, SMALLEST, LEAST, FDR = 0.25, 0.25, 0.05, 0.05, 0.05
"""grow.worth, grow.chance, grow.smallest_separation, grow.min_separation, grow.fdr of the presets."""
FIRST = 12
PILOT, FULL = 16, 72
"""Calls of a pilot (8 models x 2) and of a draft that is asked to the end (12 x 6)."""


FURTHER = {"pilot": 32, "scoring": 24, "full": 0}
"""Calls of the stage that comes after each: 12 models x 4 wordings less the pilot's 16, then two wordings more."""


class Judged(NamedTuple):
    """What is known of one draft after a stage. strength: what drafts are ranked by."""

    strength: float
    hopeful: bool
    sure: bool
    pushes: bool


def join(first: ItemReadings, then: ItemReadings) -> ItemReadings:
    """All responses of two batches of one draft."""
    return replace(
        first,
        models=np.concatenate([first.models, then.models]),
        wordings=np.concatenate([first.wordings, then.wordings]),
        values=np.concatenate([first.values, then.values]),
        stance=np.concatenate([first.stance, then.stance]),
        refused=np.concatenate([first.refused, then.refused]),
        unscored=np.concatenate([first.unscored, then.unscored]),
    )


def raw_bits(readings: ItemReadings) -> float:
    """Plug-in GJS, mean over the values and the stance, of the frequencies as they are."""
    tables = readings.value_tables()
    if tables.shape[1] < 2:
        return 0.0
    alike = equal_weights(tables.shape[1])
    return float(np.mean([*gjs(_shares(tables), alike), gjs(_shares(readings.stance_table()), alike)]))


def _shares(table: Ints) -> Array:
    return np.asarray(table / np.maximum(table.sum(axis=-1, keepdims=True), 1))


@dataclass
class Gauge:
    """Learns from measured drafts in the order of their commits. models, dimensions: of the world, whose judge is signed."""

    models: int
    dimensions: int
    plug_in: bool = False
    drafts: list[ItemReadings] = field(default_factory=list)
    stats: list[QStats] = field(default_factory=list)
    raw: dict[str, list[float]] = field(default_factory=lambda: {"pilot": [], "full": []})
    pairs: list[tuple[float, float]] = field(default_factory=list)
    bits: float = 0.0
    calls: int = 0

    def __post_init__(self) -> None:
        self.metric = weight(Scatter.empty(coordinates(self.dimensions, signed=True)))
        self.prior = Prior.default()
        self.habits = Habits.empty(self.models, self.dimensions + 1)

    def learn(self, drafts: list[ItemReadings], calls: int) -> None:
        """Take in a round."""
        self.calls += calls
        for draft in drafts:
            self.drafts.append(draft)
            self.stats.append(q_item(draft, self.metric))
            self.habits = self.habits + Habits.of(draft, self.models)
            if len(self.drafts) in {FIRST * 2**k for k in range(12)}:
                self._relearn()
        if drafts and not self.plug_in:
            self.prior = fit(QStats.join(self.stats))

    def _relearn(self) -> None:
        total = Scatter.empty(len(self.metric))
        for draft in self.drafts:
            total = total + Scatter.of(draft)
        self.metric = focused(total)
        self.stats = [q_item(draft, self.metric) for draft in self.drafts]

    def judge(self, readings: ItemReadings, stage: str, framing: bool) -> Judged:
        """Strength, whether the draft is worth asking on, and whether it may be admitted as it stands."""
        if self.plug_in:
            return self._plainly(readings, "pilot" if stage == "pilot" else "full")
        stats = q_item(readings, self.metric)
        found, reported = posterior(stats, self.prior, settled=True), posterior(stats, self.prior)
        sure = float(reported.at_most(SMALLEST)[0]) <= FDR and reported.estimate().lo >= LEAST
        pushes = False
        if framing and stage != "pilot":
            check = assess(readings, self.metric, self.habits.deviations())
            pushes = check is not None and check.rejects()
        strength, worth = float(found.mean()[0]), float(found.above(WORTH)[0]) >= CHANCE
        earns = pays(strength, exchange_rate(self.bits, self.calls), FURTHER[stage])
        return Judged(strength, worth and earns, sure, pushes)

    def believe(self, readings: ItemReadings) -> Posterior:
        """Posterior of the joint separation, for racing."""
        return posterior(q_item(readings, self.metric), self.prior, settled=True)

    def _plainly(self, readings: ItemReadings, stage: str) -> Judged:
        """Raw figures against those of earlier drafts: the better half is asked on, the best third is admitted."""
        value, earlier = raw_bits(readings), self.raw[stage]
        hopeful = not earlier or value >= float(np.median(earlier))
        sure = not earlier or value >= float(np.quantile(earlier, 2 / 3))
        earlier.append(value)
        return Judged(value, hopeful, sure and stage == "full", False)

    def rewriting_pays(self, readings: ItemReadings) -> bool:
        """The product's stop rule of reflection (science/reflection.py)."""
        found = self.believe(readings)
        everything = Beliefs.drafts(self.prior, int(found.models[0]))
        before, after = np.array(self.pairs, dtype=np.float64).reshape(-1, 2).T
        learned = Rewrites.fit(before, after, everything.mean, everything.variance)
        price = Price(PILOT, FULL - PILOT, exchange_rate(self.bits, self.calls))
        return outlook(Beliefs.of(found), everything, learned, price).pays
