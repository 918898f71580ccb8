"""Whether moved answers differ more from unchanged ones than unchanged ones differ among themselves.

Two answers to the same words differ now and then; that is the target's noise. Every answer is compared with the first
unchanged one to its proposition. With p the chance of `yes` unchanged and q under a move, an unchanged one differs with
2 p (1 - p), a moved one with p (1 - q) + q (1 - p): equal where the move does nothing (p = q), however noisy the target is.
Counts are pooled, not shares: a session asks on where unchanged answers disagree, and only the ratio of sums is free of that
choice (Wald); it leans to the noisy propositions, which makes framing harder to claim, not easier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv

from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array
from cruxbank.science.proportions import effective_of

DRAWS = 4000


class Excess(NamedTuple):
    """Share of answers that differ from the first unchanged one: moved ones, unchanged ones, the difference."""

    excess: Estimate
    moved: float
    plain: float
    answers: int


def consistency(
    plain: Mapping[str, Sequence[int]], moved: Mapping[str, Sequence[int]], rng: np.random.Generator
) -> Excess | None:
    """Over propositions with both kinds of answers (stances +1, -1); None without any, or without a repeat.

    The interval is that of the difference of two shares, Beta(1/2, 1/2) each on their effective numbers of answers (those
    to one proposition share what they are compared with).
    """
    names = [name for name in moved if plain.get(name)]
    between = _share([(plain[name][0], moved[name]) for name in names])
    within = _share([(plain[name][0], plain[name][1:]) for name in names])
    if between is None or within is None:
        return None
    lo, hi = np.quantile(_draws(between, rng) - _draws(within, rng), [0.025, 0.975])
    est = between.share - within.share
    excess = Estimate(est=est, lo=min(float(lo), est), hi=max(float(hi), est))
    return Excess(excess, between.share, within.share, sum(len(moved[name]) for name in names))


def noise_of(plain: Mapping[str, Sequence[int]]) -> Estimate | None:
    """Share of unchanged repeats that stand against the first answer, with a Jeffreys interval; None without a repeat."""
    found = _share([(row[0], row[1:]) for row in plain.values() if row])
    if found is None:
        return None
    lo, hi = betaincinv(*found.shape, [0.025, 0.975])
    return Estimate(est=found.share, lo=float(lo) if found.share > 0 else 0.0, hi=float(hi) if found.share < 1 else 1.0)


class _Share(NamedTuple):
    share: float
    size: float

    @property
    def shape(self) -> tuple[float, float]:
        return self.share * self.size + 0.5, (1.0 - self.share) * self.size + 0.5


def _share(rows: Sequence[tuple[int, Sequence[int]]]) -> _Share | None:
    """Of (reference, answers) rows: share of answers that differ, and the effective number of answers."""
    sizes = np.array([len(answers) for _, answers in rows if answers], dtype=np.float64)
    sums = np.array([sum(a != first for a in answers) for first, answers in rows if answers], dtype=np.float64)
    if not sizes.size:
        return None
    return _Share(float(sums.sum() / sizes.sum()), effective_of(sizes, sums))


def _draws(found: _Share, rng: np.random.Generator) -> Array:
    return rng.beta(*found.shape, size=DRAWS)
