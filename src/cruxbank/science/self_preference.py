"""Does a judge find more in its own family's answers than in others', beyond what other readers find there?

x[i, d] is what the judge found in response i on dimension d less what the reference found (presence, 0 or 1, or a share).
D_d = mean over the family's models of their mean x - the same over the other models: a difference in differences. That the
judge finds more than the reference everywhere drops out, and so does that the family holds the value more.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array, Bools, Ints

MARGIN = 0.05
"""Share of answers by which a judge may favour its family: SCIENCE 4 plants false positives of SD .05 by family."""
BOOTSTRAPS = 1000
EXACT = 5000
"""Up to so many ways to choose the family's models all are tried."""
LEVEL = 0.95


class Excess(NamedTuple):
    """What a test found. `by_dimension` holds (est, lo, hi) with intervals widened for the number of dimensions."""

    overall: Estimate
    by_dimension: tuple[Estimate, ...]
    p: float
    passed: bool


def excess(x: Array, models: Ints, own: Bools, items: Ints, rng: np.random.Generator, margin: float = MARGIN) -> Excess:
    """The excess with intervals by bootstrap over items, and a permutation test over which models are the family.

    x: (n, D), NaN where a reading is missing; models: (n,) codes 0..K-1; own: (K,) of the family; items: (n,) codes.
    Passed: the interval of the mean over dimensions lies within the margin, and no dimension's (at 1 - .05/D) lies
    beyond it: it has to be shown that the judge does not favour, not merely not shown that it does.

    Raises:
        ValueError: no model of the family, or none beside it, has a reading.
    """
    count = len(own)
    means = _by_model(x, models, np.ones(len(x)), count)
    known = ~np.isnan(means).all(axis=1)
    if not (known & own).any() or not (known & ~own).any():
        raise ValueError("self-preference: readings of the family's models and of others are needed")
    found = _difference(means, own)
    drawn = _resampled(x, models, own, items, rng)
    tail = (1 - LEVEL) / 2
    mean = _mean(drawn.T)  # NaN where a draw left out all of the family, or all others
    overall = _estimate(float(np.nanmean(found)), mean, tail)
    width = tail / max(x.shape[1], 1)
    each = tuple(_estimate(float(found[d]), drawn[:, d], width) for d in range(x.shape[1]))
    fair = -margin <= overall.lo and overall.hi <= margin
    beyond = any(e.lo > margin or e.hi < -margin for e in each)
    return Excess(overall, each, permutation(means, own, rng), bool(fair and not beyond))


def _estimate(est: float, drawn: Array, tail: float) -> Estimate:
    kept = drawn[~np.isnan(drawn)]
    if not len(kept):
        return Estimate(est=0.0, lo=-1.0, hi=1.0)
    low, high = np.quantile(kept, [tail, 1 - tail])
    return Estimate(est=0.0 if np.isnan(est) else est, lo=float(low), hi=float(high))


def _by_model(x: Array, models: Ints, weight: Array, count: int) -> Array:
    """(K, D) weighted means; NaN where a model has no reading."""
    present = ~np.isnan(x)
    filled = np.where(present, x, 0.0) * weight[:, None]
    sums, sizes = np.zeros((count, x.shape[1])), np.zeros((count, x.shape[1]))
    np.add.at(sums, models, filled)
    np.add.at(sizes, models, present * weight[:, None])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(sizes > 0, sums / sizes, np.nan))


def _mean(rows: Array) -> Array:
    """(D,) means over rows, NaN where all are."""
    known = ~np.isnan(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known.any(axis=0), np.nansum(rows, axis=0) / known.sum(axis=0), np.nan))


def _difference(means: Array, own: Bools) -> Array:
    """(D,)."""
    return np.asarray(_mean(means[own]) - _mean(means[~own]))


def _resampled(x: Array, models: Ints, own: Bools, items: Ints, rng: np.random.Generator) -> Array:
    """(B, D) differences over resampled items; all answers to an item move together."""
    place = np.unique(items, return_inverse=True)[1]
    number = int(place.max()) + 1
    drawn = []
    for _ in range(BOOTSTRAPS):
        times = np.bincount(rng.integers(number, size=number), minlength=number).astype(np.float64)
        drawn.append(_difference(_by_model(x, models, times[place], len(own)), own))
    return np.array(drawn)


def permutation(means: Array, own: Bools, rng: np.random.Generator, times: int = 1999) -> float:
    """P of a mean excess this far from zero if any models were the family: over all choices of as many models, or
    `times` drawn ones where they are more than EXACT. Two-sided; never below 1 over the number of choices.

    means: (K, D) by model.
    """
    level = np.array([np.nan if np.isnan(row).all() else np.nanmean(row) for row in means])
    kept = np.flatnonzero(~np.isnan(level))
    level, size = level[kept], int(own[kept].sum())
    observed = abs(_apart(level, np.flatnonzero(own[kept])))
    if comb(len(level), size) <= EXACT:
        every = [abs(_apart(level, np.array(chosen))) for chosen in combinations(range(len(level)), size)]
        return float(np.mean(np.array(every) >= observed - 1e-9))
    drawn = [abs(_apart(level, rng.permutation(len(level))[:size])) for _ in range(times)]
    return (1 + sum(d >= observed - 1e-9 for d in drawn)) / (1 + times)


def _apart(level: Array, chosen: Ints) -> float:
    inside = np.zeros(len(level), np.bool_)
    inside[chosen] = True
    return float(level[inside].mean() - level[~inside].mean())
