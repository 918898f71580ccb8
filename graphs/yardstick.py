"""The bank-wide yardstick: the metric W and the priors, learned from every draft so far, and what they say of one.

Everything here is a function of the ordered list of measured drafts, so a run that was cut off rebuilds it exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cruxbank.config.settings import Settings
from cruxbank.graphs.stages import calls_per_answer, calls_to_next, price_of_rewrite
from cruxbank.items import Draft, Exit, Item, Reading, Wording
from cruxbank.measures import Separation, sure_bits
from cruxbank.science.adaem import in_top
from cruxbank.science.arrays import Array
from cruxbank.science.bounds import unscored_bound
from cruxbank.science.estimate import TablePriors, estimate, joint_posterior
from cruxbank.science.framing import Habits, assess
from cruxbank.science.quadratic import QStats, q_item
from cruxbank.science.racing import Decision, pays
from cruxbank.science.readings import ItemReadings, collect, coordinates
from cruxbank.science.reflection import Beliefs, Outlook, Rewrites, exchange_rate, outlook
from cruxbank.science.scatter import Scatter, focused, weight
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import Posterior, Prior, fit

TOP_SHARE = 1 / 3
"""Share of the scored drafts that `objective: adaem` admits. Our choice: the paper keeps all it generates."""
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
        self._signed = settings.signed
        self._weight = weight(Scatter.empty(coordinates(len(self._dimensions), self._signed)))
        self._tables = TablePriors.default(len(self._dimensions))
        self._prior = Prior.default()
        self._habits = Habits.empty(len(self._panel), len(self._dimensions) + 1)
        self._scores: list[float] = []
        self._means: dict[str, float] = {}
        self._pairs: list[tuple[float, float]] = []
        self._bits = 0.0
        self._calls = 0

    def __len__(self) -> int:
        return len(self._drafts)

    @property
    def drafts(self) -> tuple[ItemReadings, ...]:
        """The measured drafts so far, in the order of their commits."""
        return tuple(self._drafts)

    @property
    def signed(self) -> bool:
        """Whether the judge tells support from opposition."""
        return self._signed

    @property
    def metric(self) -> Array:
        """(P, P) the bank-wide W as of the last commit."""
        return self._weight

    def learn(self, drafts: Sequence[tuple[Item, Sequence[Reading]]]) -> None:
        """Take in measured drafts, in the order of their commits, rejected ones included."""
        for item, readings in drafts:
            self._drafts.append(self.arrays(item.chosen_on, readings))
            self._stats.append(q_item(self._drafts[-1], self._weight))
            self._habits = self._habits + Habits.of(self._drafts[-1], len(self._panel))
            if len(self._drafts) == _step(len(self._drafts)):
                self._relearn()
        self._follow([item for item, _ in drafts])
        self._calls += calls_per_answer(self._settings) * sum(len(readings) for _, readings in drafts)
        if drafts:
            self._prior = fit(QStats.join(self._stats))

    def _follow(self, items: Sequence[Item]) -> None:
        """What rewriting and calls gave so far: pairs of version and rewrite, bits admitted, published scores."""
        self._means |= {item.id: item.separation.joint.est for item in items if item.separation}
        for item in items:
            if item.replaces in self._means and item.id in self._means:
                self._pairs.append((self._means[item.replaces], self._means[item.id]))
            if item.exit is Exit.ADMITTED:
                self._bits += self._means.get(item.id, 0.0)
            if item.score and item.score.panel == "scoring":
                self._scores.append(item.score.total)

    def outlook(self, draft: Draft, readings: Sequence[Reading]) -> Outlook:
        """What one more rewrite of a piloted version promises, as of the last commit."""
        found = joint_posterior(self.arrays(draft.wordings, readings), self._weight, self._prior)
        version, models = Beliefs.of(found), int(found.models[0])
        everything = Beliefs.drafts(self._prior, models)
        before, after = np.array(self._pairs, dtype=np.float64).reshape(-1, 2).T
        learned = Rewrites.fit(before, after, everything.mean, everything.variance)
        price = price_of_rewrite(self._settings, exchange_rate(self._bits, self._calls))
        return outlook(version, everything, learned, price)

    def among_best(self, total: float | None) -> bool:
        """Whether a published score is in the top `TOP_SHARE` of itself and all that the scoring panel gave so far."""
        return total is not None and in_top(total, np.array(self._scores), TOP_SHARE)

    def measure(self, draft: Draft, readings: Sequence[Reading], slot: int, step: int) -> Found:
        """Separation, race and framing of a draft, as of the last commit."""
        arrays = self.arrays(draft.wordings, readings)
        grow, habit = self._settings.grow, self._habits.deviations()
        separation = estimate(
            arrays,
            self._weight,
            self._prior,
            self._tables,
            s0=grow.smallest_separation,
            dimensions=self._dimensions,
            rng=rng(self._seed, slot, f"posterior {len(readings)}", step),
            habit=habit,
        )
        if arrays.unscored.any():
            bound = unscored_bound(arrays, self._weight, self._prior).lo
            separation = separation.model_copy(update={"bounded": bound})
        framing = assess(arrays, self._weight, habit)
        race = self._race(separation, joint_posterior(arrays, self._weight, self._prior), readings)
        return Found(separation, race, framing is not None and framing.rejects())

    def _race(self, separation: Separation, settled: Posterior, readings: Sequence[Reading]) -> Decision:
        """PASS: would be admitted as it stands. STOP: too small a chance of being worth its calls. Else CONTINUE.

        The race is for `worth`, not for the smallest separation: at 12 models x 6 wordings the interval is about half
        a bit wide, so an item of .1 bits can never show a lower bound of .05, however long it is asked. And it is a race
        against the bank: what the same calls earn on other drafts.
        """
        grow = self._settings.grow
        if separation.lfdr <= grow.fdr and sure_bits(separation) >= grow.min_separation:
            return Decision.PASS
        further = float(calls_to_next(self._settings, readings))
        worth = float(settled.above(grow.worth)[0]) >= grow.chance
        earns = pays(float(settled.mean()[0]), exchange_rate(self._bits, self._calls), further)
        return Decision.CONTINUE if worth and earns else Decision.STOP

    def arrays(self, wordings: Sequence[Wording], readings: Sequence[Reading]) -> ItemReadings:
        """Readings of the current panel to these wordings as arrays; models that left the panel do not count, nor do
        fresh wordings, which only confirm."""
        mine = [r for r in readings if r.response.model in self._families and r.response.wording < len(wordings)]
        families: Mapping[str, str] = self._families
        return collect(mine, wordings, self._panel, self._dimensions, families, signed=self._signed)

    def _relearn(self) -> None:
        total = Scatter.empty(len(self._weight))
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
