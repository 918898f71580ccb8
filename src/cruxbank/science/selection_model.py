"""How a new model will answer: a factor model with shrunk parts, fitted on the choosing models.

    x_mi = mu_i + F_i . b_m + e_mi,    b_m ~ N(0, I),  e_mi ~ N(0, noise_i)

An item's variance s_i^2 is shrunk to the mean over items. In units of s_i the covariance between items is a sum of four
parts: every model's own level (1 1'), how far it follows the panel's mean answer (mu mu'), the items' loadings (L L'),
and what the choosing models share beyond those (E E'). Their sizes are found by regressing the products r_mi r_mj of a
left-out model's residuals on the parts that the other models give (Haseman-Elston regression, i != j, sizes >= 0):
nothing is set by hand, and a part that does not carry over to a model that it has not seen gets the size 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular

from cruxbank.science.arrays import Array

LEAST = 0.05
"""Least share of an item's variance that is its own: no item is trusted as if it had no noise."""


@dataclass(frozen=True)
class ResponseModel:
    """One coordinate's model over N items. factors: (N, r), noise: (N,) variance, mean: (N,), targets: (N, T).

    targets: each column a profile score, the mean over items of targets_i x_i.
    """

    factors: Array
    noise: Array
    mean: Array
    targets: Array

    @cached_property
    def variance(self) -> Array:
        """(N,) of an answer between models."""
        return np.asarray((self.factors**2).sum(axis=1) + self.noise)

    @cached_property
    def gram(self) -> Array:
        """(r, r) F'F / N."""
        return np.asarray(self.factors.T @ self.factors / len(self.noise))

    @cached_property
    def wanted(self) -> Array:
        """(r, T) what each profile score is in terms of b."""
        return np.asarray(self.factors.T @ self.targets / len(self.noise))


def centred(loadings: Array) -> Array:
    """(N, D) less the items' mean: ratings minus the model's own mean, times loadings, is ratings times these."""
    return np.asarray(loadings - loadings.mean(axis=0))


def fit(x: Array, loadings: Array | None, targets: Array) -> ResponseModel:
    """The model of one coordinate from x (K, N), K >= 2 choosing models without missing answers."""
    models, n = x.shape
    if models < 2:
        raise ValueError(f"response model: needs at least 2 choosing models, got {models}")
    variance = shrunk_variance(x)
    scale = np.sqrt(variance)
    value = None if loadings is None else _unit_rows(centred(loadings))
    parts = _parts(x, scale, value, max(models - 1, 1))
    sizes = _sizes(x, scale, value)
    factors = np.concatenate([np.sqrt(t) * p for t, p in zip(sizes, parts, strict=True)], axis=1)
    own = max(1.0 - float((factors**2).sum()) / n, LEAST)
    return ResponseModel(factors * scale[:, None], own * variance, np.asarray(x.mean(axis=0)), targets)


def shrunk_variance(x: Array) -> Array:
    """(N,) between-model variances, shrunk to their mean by the share of their spread that is not sampling error.

    A normal item's variance from K models has the error variance 2 s^4 / (K - 1); E v^2 = s^4 (K + 1) / (K - 1).
    """
    v = x.var(axis=0, ddof=1)
    level = float(v.mean())
    if level <= 0:
        return np.ones(len(v))
    expected = _by_mean(x, v)
    seen = float(((v - expected) ** 2).mean())
    error = 2.0 * float((v**2).mean()) / (len(x) + 1)
    share = max(seen - error, 0.0) / seen if seen > 0 else 0.0
    return np.asarray(np.maximum(expected + share * (v - expected), LEAST * level))


def _by_mean(x: Array, v: Array) -> Array:
    """(N,) expected variance: a constant + a multiple of (mean - lowest)(highest - mean), both >= 0, least squares."""
    from scipy.optimize import nnls

    mean = x.mean(axis=0)
    room = (mean - x.min()) * (x.max() - mean)
    basis = np.stack([np.ones(len(v)), room], axis=1)
    return np.asarray(basis @ nnls(basis, v)[0])


def _unit_rows(loadings: Array) -> Array:
    size = float((loadings**2).sum(axis=1).mean())
    return loadings / np.sqrt(size) if size > 0 else loadings


def _parts(others: Array, scale: Array, value: Array | None, freedom: int) -> list[Array]:
    """Factors (N, .) of each part, in units of s_i: their products P P' are the parts of the covariance."""
    n = others.shape[1]
    mean = others.mean(axis=0)
    shape = mean - mean.mean()
    shape = shape / max(float(shape.std()), 1e-12)
    common = np.stack([np.ones(n), shape / scale], axis=1)
    basis, _ = np.linalg.qr(common)
    rest = (others - mean) / scale
    rest = rest - (rest @ basis) @ basis.T
    parts = [common[:, :1], common[:, 1:], rest.T / np.sqrt(freedom)]
    return parts if value is None else [*parts, value]


def _sizes(x: Array, scale: Array, value: Array | None) -> Array:
    """Sizes >= 0 of the parts, by least squares over left-out models and pairs of items."""
    from scipy.optimize import nnls

    models = len(x)
    width = 3 if value is None else 4
    left, right = np.zeros((width, width)), np.zeros(width)
    for m in range(models):
        others = np.delete(x, m, axis=0)
        residual = (x[m] - others.mean(axis=0)) / scale
        parts = _parts(others, scale, value, max(models - 2, 1))
        left = left + _products(parts)
        right = right + _against(parts, residual) * (models - 1) / models
    ridge = 1e-9 * float(np.trace(left)) + 1e-300
    root = np.linalg.cholesky(left + ridge * np.eye(len(left)))
    sizes, _ = nnls(root.T, solve_triangular(root, right, lower=True))
    return np.asarray(sizes)


def _products(parts: Sequence[Array]) -> Array:
    """(q, q) sum over i != j of (P P')_ij (Q Q')_ij, without forming N x N."""
    own = [(p * p).sum(axis=1) for p in parts]
    rows = [
        [((p.T @ q) ** 2).sum() - (a * b).sum() for q, b in zip(parts, own, strict=True)]
        for p, a in zip(parts, own, strict=True)
    ]
    return np.array(rows, dtype=np.float64)


def _against(parts: Sequence[Array], residual: Array) -> Array:
    """(q,) sum over i != j of (P P')_ij r_i r_j."""
    return np.array([((p.T @ residual) ** 2).sum() - ((p * p).sum(axis=1) * residual**2).sum() for p in parts])
