"""Weights of a chosen subset under the same model as the choice: least distance and profile loss of the plain scorer.

Both losses are quadratic in the weights w: w'Kw - 2 w't + V for distances (kernel quadrature), and for each profile
score the expected squared gap between sum_i w_i a_i x_i and the pool's score, a_i the item's loading less the subset's
mean, brought to the pool's scale by the slope at equal weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve_triangular

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.selection_model import ResponseModel

LEAST = 0.2
"""Least weight of an item in shares of the equal one: what was asked counts. (.2 and .5 gave the same figures.)"""


def plain_weights(
    models: Sequence[ResponseModel],
    items: Ints,
    loadings: Array | None,
    kernel: tuple[Array, Array, float],
    profile: float,
) -> Array:
    """(k,) weights >= LEAST / k that minimise (1 - profile) distance loss + profile x mean profile loss.

    kernel: (k, k) of squared differences among the items, (k,) their means with the pool, and its mean over the pool.
    loadings: (k, D) of the items where a value is one rating, None where the coordinates are the profile.
    """
    from scipy.optimize import nnls

    k = len(items)
    inner, towards, spread = kernel
    scored = [part for m in models for part in _profiles(m, items, loadings)]
    share = profile if scored else 0.0
    square, pull = (1.0 - share) * inner / spread, (1.0 - share) * towards / spread
    for a, b in scored:
        square, pull = square + share * a / len(scored), pull + share * b / len(scored)
    root = np.linalg.cholesky(square + 1e-9 * float(np.trace(square)) / k * np.eye(k))
    floor = np.full(k, LEAST / k)
    free, _ = nnls(root.T, solve_triangular(root, pull - square @ floor, lower=True))
    return np.asarray(free + floor)


def _profiles(model: ResponseModel, items: Ints, loadings: Array | None) -> list[tuple[Array, Array]]:
    """For each score its quadratic and linear form in w, in units of the score's variance between models."""
    f, k = model.factors[items], len(items)
    covariance = f @ f.T + np.diag(model.noise[items])
    signs = np.ones((k, model.wanted.shape[1])) if loadings is None else loadings - loadings.mean(axis=0)
    out = []
    for sign, wanted in zip(signs.T, model.wanted.T, strict=True):
        total, a, b = float(wanted @ wanted), sign[:, None] * covariance * sign, sign * (f @ wanted)
        if total > 0 and a.sum() > 0 and b.sum() > 0:
            slope = float(b.sum() / a.sum()) * k
            out.append((slope**2 * a / total, slope * b / total))
    return out
