"""Intervals of a share: exact, Wilson's, and exact for texts that come in groups. Shares are in [0, 1], levels 95 %."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, stdtrit

from cruxbank.accuracy import Rate
from cruxbank.science.arrays import Array, Bools, Ints

LEVEL = 0.95


def clopper_pearson(hits: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Exact interval of a binomial share (Clopper and Pearson 1934); (0, 1) with n = 0. Takes effective sizes too."""
    if n <= 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Score interval of a binomial share (Wilson 1927); (0, 1) with n = 0."""
    if n == 0:
        return 0.0, 1.0
    share, unit = hits / n, z * z / n
    centre, half = share + unit / 2, z * np.sqrt(share * (1 - share) / n + unit / (4 * n))
    return float(max(0.0, (centre - half) / (1 + unit))), float(min(1.0, (centre + half) / (1 + unit)))


def rate(hit: Bools, groups: Ints | None = None) -> Rate:
    """A share with its exact interval; where texts come in groups, that of the effective number of texts.

    hit: (n,); groups: (n,) the group of every text, None where all are independent. Korn and Graubard (Survey
    Methodology 24, 1998): Clopper-Pearson with n* = p(1-p)/V x (t(n-1)/t(C-1))^2, V the linearised variance between C
    groups; n* never passes n. Where no text or every text is a hit V is 0 and n* is C: groups of equal texts cannot be
    told from independent ones then.
    """
    n, hits = len(hit), int(hit.sum())
    effective = float(n) if groups is None else effective_size(hit.astype(np.float64), groups)
    return rate_of(hits, n, effective)


def rate_of(hits: int, n: int, effective: float | None = None) -> Rate:
    """The same from counts."""
    if n == 0:
        return Rate(est=0.5, lo=0.0, hi=1.0, hits=0, n=0, effective=0.0)
    size = float(n) if effective is None else effective
    low, high = clopper_pearson(hits / n * size, size)
    return Rate(est=hits / n, lo=low, hi=high, hits=hits, n=n, effective=size)


def effective_size(hit: Array, groups: Ints) -> float:
    """Independent texts that would tell as much of the share as these do. At least 1, at most n; 0 without texts."""
    place = np.unique(groups, return_inverse=True)[1]
    return effective_of(np.bincount(place).astype(np.float64), np.bincount(place, weights=hit).astype(np.float64))


def rate_of_groups(sizes: Array, sums: Array) -> Rate:
    """A share from its groups: (C,) texts and (C,) hits; groups without a text are left out."""
    kept = sizes > 0
    return rate_of(int(sums.sum()), int(sizes.sum()), effective_of(sizes[kept], sums[kept]))


def effective_of(sizes: Array, sums: Array) -> float:
    """The same from the groups' texts and hits."""
    n = int(sizes.sum())
    if n == 0:
        return 0.0
    count, share = len(sizes), float(sums.sum()) / n
    if count == n:
        return float(n)
    if count == 1:
        return 1.0
    if share in (0.0, 1.0):
        return float(count)
    variance = count / (count - 1) * float(((sums - share * sizes) ** 2).sum()) / n**2
    correction = float((stdtrit(n - 1, 0.975) / stdtrit(count - 1, 0.975)) ** 2)
    alike = share * (1 - share) / max(variance, 1e-12) * correction
    return float(min(max(alike, 1.0), n))
