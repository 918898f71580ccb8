"""How far readers of the same responses agree: Krippendorff's alpha, percent agreement, Cohen's kappa.

Ratings are arrays (readers, units): a code for each reading, NaN where a reader gave none. Units that fewer than two
readers rated have nobody to agree with and drop out of all three figures.
Formulas: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); J. Cohen, Educ. Psychol. Meas. 20 (1960).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval"]
BOOTSTRAPS = 1000


class Alpha(NamedTuple):
    """Krippendorff's alpha with a 95 % interval over units. NaN where it is not defined."""

    est: float
    lo: float
    hi: float
    units: int
    """Units that two readers or more rated."""
    agreement: float
    """Share of pairs of readings of one unit that are equal."""


def coded(labels: Sequence[Sequence[Hashable | None]]) -> Floats:
    """Ratings (readers, units) of labels: a code for each label in order of first sight, NaN for None.

    For nominal data; where the order matters, give numbers.
    """
    codes: dict[Hashable, int] = {}
    rows = [[np.nan if x is None else codes.setdefault(x, len(codes)) for x in row] for row in labels]
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1)


def krippendorff(ratings: ArrayLike, level: Level = "nominal") -> float:
    """Alpha = 1 - observed / expected disagreement, of ratings (readers, units) with NaN for missing.

    1: perfect agreement, 0: as by chance, below: worse. NaN where nothing varies or no unit has two ratings: without
    variation the expected disagreement is zero and agreement cannot be told from habit.
    """
    pairs, values = _coincidences(ratings)
    whole: Floats = pairs.sum(axis=0, keepdims=True)
    return float(_alphas(whole, values, level)[0])


def alpha(
    ratings: ArrayLike, rng: np.random.Generator, level: Level = "nominal", bootstraps: int = BOOTSTRAPS
) -> Alpha:
    """Alpha with the 2.5-97.5 % percentiles of resampled units (responses are the sample, readers are fixed).

    Resamples without variation have no alpha and are left out; where they are more than half, so is the interval.
    """
    pairs, values = _coincidences(ratings)
    est = float(_alphas(pairs.sum(axis=0, keepdims=True), values, level)[0])
    lo = hi = float("nan")
    if len(pairs) > 1 and bootstraps:
        drawn = rng.multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs)), size=bootstraps).astype(np.float64)
        sums = (drawn @ pairs.reshape(len(pairs), -1)).reshape(bootstraps, *pairs.shape[1:])
        found = _alphas(sums, values, level)
        found = found[np.isfinite(found)]
        if 2 * len(found) >= bootstraps:
            lo, hi = map(float, np.percentile(found, [2.5, 97.5]))
    return Alpha(est=est, lo=lo, hi=hi, units=len(pairs), agreement=percent_agreement(ratings))


def percent_agreement(ratings: ArrayLike) -> float:
    """Share of equal pairs, mean over the units that two readers or more rated; NaN without any."""
    counts, _ = _counts(ratings)
    m = counts.sum(axis=1)
    if not len(m):
        return float("nan")
    equal = (counts * (counts - 1)).sum(axis=1) / (m * (m - 1))
    return float(equal.mean())


def kappa(first: ArrayLike, second: ArrayLike) -> float:
    """Cohen's kappa of two readers, (units,) each, over the units that both rated; NaN where chance agrees fully."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if not len(a):
        return float("nan")
    expected = sum(float((a == value).mean() * (b == value).mean()) for value in np.union1d(a, b))
    observed = float((a == b).mean())
    return float("nan") if np.isclose(expected, 1.0) else (observed - expected) / (1 - expected)


def _counts(ratings: ArrayLike) -> tuple[Floats, Floats]:
    """Ratings of each value in each pairable unit (units, values), and the values, sorted."""
    table = np.atleast_2d(np.asarray(ratings, dtype=np.float64))
    values = np.unique(table[~np.isnan(table)])
    counts = (table[:, :, None] == values).sum(axis=0).astype(np.float64)
    return counts[counts.sum(axis=1) > 1], values


def _coincidences(ratings: ArrayLike) -> tuple[Floats, Floats]:
    """Each unit's part of the coincidence matrix (units, values, values), and the values."""
    counts, values = _counts(ratings)
    m = counts.sum(axis=1)[:, None, None]
    ordered = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(values))
    return ordered / (m - 1), values


def _alphas(pairs: Floats, values: Floats, level: Level) -> Floats:
    """Alpha of coincidence matrices (samples, values, values)."""
    marginals = pairs.sum(axis=2)
    n = marginals.sum(axis=1)
    distance = _distances(marginals, values, level)
    observed = (pairs * distance).sum(axis=(1, 2))
    expected = np.einsum("sc,sk,sck->s", marginals, marginals, distance)
    found = np.full(len(pairs), np.nan)
    some = expected > 0
    found[some] = 1 - (n[some] - 1) * observed[some] / expected[some]
    return found


def _distances(marginals: Floats, values: Floats, level: Level) -> Floats:
    """Squared difference of every two values (samples, values, values); for ordinal data it depends on the marginals."""
    if level == "nominal":
        flat: Floats = 1.0 - np.eye(len(values))
        return np.broadcast_to(flat, (len(marginals), *flat.shape))
    if level == "interval":
        flat = (values[:, None] - values[None, :]) ** 2
        return np.broadcast_to(flat, (len(marginals), *flat.shape))
    # ranks between two values, each of the two counted by half: the distance of their mid-ranks
    middle = np.cumsum(marginals, axis=1) - marginals / 2
    ranks: Floats = (middle[:, :, None] - middle[:, None, :]) ** 2
    return ranks
