"""Where a target stands on one value: the signed mean of its answers, with an interval that knows how few there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array

DRAWS = 4000
WITHIN = 0.4
"""Correlation of two answers to one proposition (variance share of model x item against wording: SCIENCE 4)."""


def position(counts: Sequence[tuple[int, int, int]], rng: np.random.Generator, mass: float = 0.95) -> Estimate:
    """Posterior mean and central interval of P(supports) - P(opposes), in [-1, 1].

    counts: (supports, opposes, neither) of each proposition. p ~ Dirichlet(1/2, 1/2, 1/2) (Jeffreys); n answers to one
    proposition count as n / (1 + (n - 1) WITHIN).
    """
    alpha = np.full(3, 0.5)
    for row in counts:
        size = sum(row)
        if size:
            alpha += np.array(row) / (1.0 + (size - 1) * WITHIN)
    p: Array = rng.dirichlet(alpha, DRAWS)
    lo, hi = np.quantile(p[:, 0] - p[:, 1], [(1 - mass) / 2, (1 + mass) / 2])
    return Estimate(est=float((alpha[0] - alpha[1]) / alpha.sum()), lo=float(lo), hi=float(hi))
