"""What one more answer is expected to tell, in bits, for the small models of a probing session."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma

from cruxbank.science.arrays import Array

_LN2 = float(np.log(2.0))


def dirichlet_gain(alpha: Array) -> Array:
    """(...) bits that one draw tells about p ~ Dirichlet(alpha), alpha (..., C): the mutual information of draw and p.

    H(mean) - E H(p); E H(p) = psi(A + 1) - sum m psi(alpha + 1) nats (Wolpert and Wolf 1995).
    """
    total = alpha.sum(axis=-1, keepdims=True)
    mean = alpha / total
    own = -(mean * np.log(mean)).sum(axis=-1)
    inside = digamma(total[..., 0] + 1.0) - (mean * digamma(alpha + 1.0)).sum(axis=-1)
    return np.asarray(np.maximum(own - inside, 0.0) / _LN2)


def beta_gain(hits: float, misses: float) -> float:
    """Bits that one more try tells about a rate ~ Beta(hits, misses)."""
    return float(dirichlet_gain(np.array([hits, misses])))


def verdict_gain(chance: float, if_so: float, if_not: float) -> float:
    """Bits that one yes/no answer tells about a statement of probability `chance`, when it says yes with probability
    `if_so` where the statement holds and `if_not` where it does not."""
    yes = chance * if_so + (1.0 - chance) * if_not
    return max(float(_entropy(yes) - chance * _entropy(if_so) - (1.0 - chance) * _entropy(if_not)), 0.0)


def _entropy(p: float) -> float:
    return 0.0 if p <= 0.0 or p >= 1.0 else float(-(p * np.log2(p) + (1.0 - p) * np.log2(1.0 - p)))
