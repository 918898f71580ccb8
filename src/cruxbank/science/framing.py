"""Does a wording push its answers? The item against its mirror (SCIENCE 2).

v_i+ and v_i- are a model's mean verdicts on the wordings that ask the proposition and on the mirrors.
Leaning L = |mean_i(v_i+ - v_i-)| / 2; differential leaning = Var_i(v_i+ - v_i-) less noise, as a share of S_B.
With two to six responses a model both are noisy and their maximum over eleven coordinates more so, therefore the rule
acts on lower bounds: of L a one-sided 95 % t bound over models, with one pseudo-model of variance .25 so that
unanimity of a few models is not certainty; of the variance a chi-square bound at 95 % shared by all coordinates.
Differential leaning is judged over all coordinates at once, weighted as Q weighs them: on a coordinate that separates
nothing S_B is near zero and any leaning is many times it, which says nothing about the item.
The noise of single answers is known only where a model answered a side twice, so after a pilot of base and mirror
the differential part stays silent.
A model that likes to say yes shows a gap on every item, and models differ in that: then every even question looks as if
it pushed some models more than others (a sixth of them was rejected, bench `framing`). `Habits` learns each model's mean
gap over the bank; the differential part is what they do not explain. L is not: what the whole panel does on average may as
well be what the bank's wordings do to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, stdtrit

from cruxbank.measures import Framing
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.readings import ItemReadings

MAX_LEANING = 0.3
MAX_SHARE = 0.5
LEVEL = 0.05
PSEUDO_VARIANCE = 0.25
LEAST_BETWEEN = 0.05
"""S_B below this counts as this: one model in twenty that differs."""


HABIT_ITEMS = 6.0
"""Items at which a model's mean gap counts half: one item's gap has about six times the variance of the habit."""


MOST_HABIT = 4.0
"""A habit shows on one item at most so many times as on the mean item; few drafts draw the mean towards 0."""


@dataclass(frozen=True)
class Habits:
    """What models do whatever is asked. total (models, P): sums of v_i+ - v_i- over items; items (models,)."""

    total: Array
    items: Array

    @staticmethod
    def empty(models: int, coordinates: int) -> Habits:
        """Nothing seen yet."""
        return Habits(np.zeros((models, coordinates)), np.zeros(models))

    @staticmethod
    def of(readings: ItemReadings, models: int) -> Habits:
        """The gaps of one item; models that did not answer a mirror and another wording add nothing."""
        both, plus, minus = _sides(readings)
        found = Habits.empty(models, readings.dimensions + 1)
        if len(both):
            found.total[both] = plus.mean - minus.mean
            found.items[both] = 1.0
        return found

    def __add__(self, other: Habits) -> Habits:
        return Habits(self.total + other.total, self.items + other.items)

    def deviations(self) -> Array:
        """(models, P) mean gap of each model less the panel's, drawn to 0 while few items were seen."""
        mean = self.total / (self.items + HABIT_ITEMS)[:, None]
        seen = self.items > 0
        centre = mean[seen].mean(axis=0) if seen.any() else np.zeros(mean.shape[1])
        return np.asarray(np.where(seen[:, None], mean - centre, 0.0))


@dataclass(frozen=True)
class FramingCheck:
    """Arrays (P,), P = D + 1 coordinates with the stance last; `low` are the lower bounds that the rule acts on.

    leaning in [0, 1] (a judge that knows presence only: [0, .5] on values); share = differential leaning / S_B.
    direction: sign of mean(v+ - v-): +1 when the wording pushes towards the value, or towards yes.
    """

    leaning: Array
    leaning_low: Array
    share: Array
    share_low: Array
    direction: Array
    models: int
    joint_share: float
    joint_low: float
    """Weighted sum of differential leaning over the weighted sum of S_B, and its lower bound."""

    def rejects(self, max_leaning: float = MAX_LEANING, max_share: float = MAX_SHARE) -> bool:
        """True when a lower bound is above its limit: the wording pushes."""
        return bool((self.leaning_low > max_leaning).any() or self.joint_low > max_share)

    def summary(self, dimensions: tuple[str, ...]) -> Framing:
        """The coordinate that pushes most, as the item's record keeps it. dimensions: D names; the stance follows."""
        worst = int(np.lexsort((-self.leaning, -self.leaning_low))[0])
        name = (*dimensions, "stance")[worst]
        return Framing(leaning=float(self.leaning[worst]), differential=self.joint_share, dimension=name)


def assess(readings: ItemReadings, weight: Array | None = None, habit: Array | None = None) -> FramingCheck | None:
    """Framing of one item; None with fewer than two models that answered both a mirror and another wording.

    weight: (P, P) the metric of Q, of which the diagonal weighs the coordinates; None: all alike. habit: (models, P)
    from `Habits.deviations()`, of every model of the panel; None: none is known.
    """
    both, plus, minus = _sides(readings)
    if len(both) < 2:
        return None
    kept = readings.kept()
    labels, x = readings.models[kept], readings.vectors()[kept]
    gap = plus.mean - minus.mean
    mean = gap.mean(axis=0)
    low = _leaning_low(gap)
    between = _between(labels, x, both)
    excess, excess_low = _differential(gap, plus, minus, None if habit is None else habit[both])
    w = np.ones(len(between)) if weight is None else _diagonal(weight, readings.dimensions)
    whole = max(float(w @ np.maximum(between, 0.0)), LEAST_BETWEEN * float(w.max()))
    scale = np.maximum(between, LEAST_BETWEEN)
    return FramingCheck(
        leaning=np.abs(mean) / 2,
        leaning_low=low,
        share=excess / scale,
        share_low=excess_low / scale,
        direction=np.sign(mean),
        models=len(both),
        joint_share=float(w @ excess) / whole,
        joint_low=float(w @ excess_low) / whole,
    )


def _diagonal(weight: Array, dimensions: int) -> Array:
    """(D + 1,) weights of the values and of the stance, in a metric that may hold presences between them."""
    diagonal = np.diag(weight)
    return np.append(diagonal[:dimensions], diagonal[-1])


@dataclass(frozen=True)
class _Side:
    """mean (K, P), n (K,), squares (P,) about the means, freedom."""

    mean: Array
    n: Array
    squares: Array
    freedom: float


def _sides(readings: ItemReadings) -> tuple[Ints, _Side, _Side]:
    """Models that answered both, and their answers to the wordings that ask the proposition and to the mirrors."""
    kept = readings.kept()
    labels, x = readings.models[kept], readings.vectors()[kept]
    mirrored = readings.mirror[readings.wordings[kept]]
    both = np.intersect1d(labels[mirrored], labels[~mirrored])
    return both, _side(labels, x, ~mirrored, both), _side(labels, x, mirrored, both)


def _side(labels: Ints, x: Array, chosen: Bools, models: Ints) -> _Side:
    member = (labels[chosen][None, :] == models[:, None]).astype(np.float64)
    n = member.sum(axis=1)
    mean = member @ x[chosen] / n[:, None]
    squares = (member @ x[chosen] ** 2 - n[:, None] * mean**2).sum(axis=0)
    return _Side(mean, n, np.maximum(squares, 0.0), float((n - 1).sum()))


def _leaning_low(gap: Array) -> Array:
    models = len(gap)
    squares = ((gap - gap.mean(axis=0)) ** 2).sum(axis=0) + PSEUDO_VARIANCE
    error = np.sqrt(squares / models / models)
    bound = np.abs(gap.mean(axis=0)) - stdtrit(models - 1, 1 - LEVEL) * error
    return np.asarray(np.maximum(bound, 0.0) / 2)


def _differential(gap: Array, plus: _Side, minus: _Side, habit: Array | None) -> tuple[Array, Array]:
    """(P,) Var_i(v_i+ - v_i-) less noise and what habits explain, and its lower bound; zeros while the noise is not
    known."""
    models, size = gap.shape
    freedom = plus.freedom + minus.freedom
    rest, spent = (gap, 1) if habit is None else (gap - _explained(gap, habit), 2)
    if freedom < models or models <= spent:
        return np.zeros(size), np.zeros(size)
    noise = (plus.squares + minus.squares) / freedom * float((1 / plus.n + 1 / minus.n).mean())
    spread = rest.var(axis=0) * models / (models - spent)
    quantile = 2 * gammaincinv((models - spent) / 2, 1 - LEVEL / size)  # chi square
    low = spread * (models - spent) / quantile - noise
    return np.maximum(spread - noise, 0.0), np.maximum(low, 0.0)


def _explained(gap: Array, habit: Array) -> Array:
    """(K, P) what habits make of the gaps: one slope an item and coordinate, because a habit shows where the panel is
    undecided and hides where all are sure."""
    h = habit - habit.mean(axis=0)
    slope = (h * (gap - gap.mean(axis=0))).sum(axis=0) / np.maximum((h**2).sum(axis=0), 1e-9)
    return np.asarray(np.clip(slope, 0.0, MOST_HABIT) * h)


def _between(labels: Ints, x: Array, models: Ints) -> Array:
    """(P,) unbiased between-model variance of the mixture of wordings."""
    all_rows = _side(labels, x, np.ones(len(labels), dtype=np.bool_), models)
    noise = all_rows.squares / max(all_rows.freedom, 1.0) * float((1 / all_rows.n).mean())
    return np.asarray(all_rows.mean.var(axis=0, ddof=1) - noise)
