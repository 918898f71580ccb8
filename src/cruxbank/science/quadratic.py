"""Q: an unbiased quadratic measure of how far models differ, cheap enough to rank every draft (SCIENCE 3).

With x_iw = W^(1/2) (verdict vector of model i on wording w), Q is the covariance between models of two different
wordings, averaged over the pairs of wordings:

    Q = mean_i U_ii - mean_{i != j} U_ij,    U_ij = mean over w != w' of x_iw . x_jw'

For models that answered the same n wordings this is the analysis of variance (between - residual) / n, and its
expectation is tr(W S_B). It equals SCIENCE's (1/(K-1)) sum (v_i - v)'W(v_i - v) - (1/K) sum tr(W S_i)/n_i when
responses are independent (`crossed=False`: then U_ij is the product of the means). Leaving out pairs of the same
wording matters because a push that a wording gives to all models alike cancels between models but not within one:
SCIENCE's form subtracts it and is then too low by tr(W S_wording)/n (for a push of SD .3 on the stance and n = 2,
about .05 bits, as much as the smallest separation of interest).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.readings import MIN_SCORED, ItemReadings

CHUNK = 500
"""Items at once in `q_batch`: 30 models x 8 responses x 11 coordinates of 500 items are 10 MB."""


@dataclass(frozen=True)
class QStats:
    """Q and what its error is made of, for N items; arrays of shape (N,), in units of q (not bits).

    Var(q_hat | q) is about size * noise + slope * q; `se` is its root at the estimate. size: what the numbers of
    models and responses alone decide (inf: no error can be given). noise: tr((W S)^2), from `freedom` degrees;
    trace: tr(W S).
    """

    q: Array
    se: Array
    size: Array
    noise: Array
    trace: Array
    slope: Array
    freedom: Array
    models: Ints

    @property
    def known(self) -> Bools:
        """(N,) False with fewer than two models: then Q says nothing."""
        return np.isfinite(self.size)

    def __len__(self) -> int:
        return len(self.q)

    @staticmethod
    def join(items: Sequence[QStats]) -> QStats:
        """One QStats over all items, in the order given."""
        if not items:
            empty = np.zeros(0)
            return QStats(*(empty,) * 7, models=np.zeros(0, dtype=np.int64))
        names = ("q", "se", "size", "noise", "trace", "slope", "freedom", "models")
        return QStats(*(np.concatenate([getattr(s, name) for s in items]) for name in names))


def q_item(readings: ItemReadings, weight: Array) -> QStats:
    """Q of one item (N = 1). With fewer than two eligible models: q = 0 and an infinite error."""
    x, mask = tensor(readings)
    if x.shape[0] < 2:
        infinite, zero = np.full(1, np.inf), np.zeros(1)
        return QStats(zero, infinite, infinite, zero, zero, zero, zero, np.array([x.shape[0]]))
    return q_batch(x[None], weight, mask[None])


def tensor(readings: ItemReadings) -> tuple[Array, Bools]:
    """(K, slots, D + 1) vectors of the eligible models with their mask (K, slots); a slot is a wording.

    A second answer of a model to the same wording goes to a slot of its own.
    """
    kept, models = readings.kept(), readings.eligible()
    row = np.searchsorted(models, readings.models[kept])
    wording = readings.wordings[kept]
    slot = wording + _repeats(row, wording) * (int(wording.max(initial=0)) + 1)
    used, slot = np.unique(slot, return_inverse=True)
    x = np.zeros((len(models), len(used), readings.dimensions + 1))
    mask = np.zeros(x.shape[:2], dtype=np.bool_)
    x[row, slot] = readings.vectors()[kept]
    mask[row, slot] = True
    return x, mask


def _repeats(row: Ints, wording: Ints) -> Ints:
    seen: dict[tuple[int, int], int] = {}
    out = np.zeros(len(row), dtype=np.int64)
    for i, key in enumerate(zip(row.tolist(), wording.tolist(), strict=True)):
        out[i] = seen.get(key, 0)
        seen[key] = int(out[i]) + 1
    return out


def q_batch(x: Array, weight: Array, mask: Bools | None = None, *, crossed: bool = True) -> QStats:
    """Q with its error for many items at once.

    x: (N, K, n, P) verdict vectors, P = D + 1. mask: (N, K, n), False where there is no scored response; models with
    fewer than two are left out. weight: (P, P) the bank-wide W, positive definite. crossed: the third axis is the
    wording, the same for all models (else responses are independent). Units: q. Source: SCIENCE 3, and the head of
    this file. 10,000 items x 30 models x 8 x 11 take about 1 s on one core.
    """
    root = np.linalg.cholesky(weight)
    chunks = []
    for start in range(0, len(x), CHUNK):
        part = slice(start, start + CHUNK)
        present = np.ones(x[part].shape[:3], dtype=np.bool_) if mask is None else mask[part]
        present = present & (present.sum(axis=2, keepdims=True) >= MIN_SCORED)
        chunks.append(_chunk((x[part] @ root) * present[..., None], present, crossed))
    return QStats.join(chunks)


def _chunk(y: Array, mask: Bools, crossed: bool) -> QStats:
    n = mask.sum(axis=2).astype(np.float64)
    size = _Sizes.of(mask, n, crossed)
    sums = y.sum(axis=2)
    flat = y.reshape(*y.shape[:2], -1)
    same = flat @ flat.transpose(0, 2, 1)
    if not crossed:
        same = same * np.eye(y.shape[1])
    u = (sums @ sums.transpose(0, 2, 1) - same) / np.maximum(size.pairs, 1.0)
    u = u * size.both
    trace = np.trace(u, axis1=1, axis2=2)
    others = u.sum(axis=(1, 2)) - trace
    q = (trace - others / np.maximum(size.k - 1, 1)) / size.k
    noise, trace, signal, freedom = _noise(y, mask, n, size, crossed)
    null, slope = np.where(size.k >= 2, size.null, np.inf), signal * size.linear
    error = np.sqrt(np.where(size.k >= 2, size.null * noise + slope * np.maximum(q, 0.0), np.inf))
    return QStats(q, error, null, noise, trace, slope, freedom, size.k.astype(np.int64))


@dataclass(frozen=True)
class _Sizes:
    """What the numbers of responses alone decide. k (N,), both and pairs (N, K, K), null and linear (N,)."""

    k: Array
    both: Bools
    pairs: Array
    null: Array
    linear: Array

    @staticmethod
    def of(mask: Bools, n: Array, crossed: bool) -> _Sizes:
        inside = n > 0
        k = np.maximum(inside.sum(axis=1), 1).astype(np.float64)
        ones = mask.astype(np.float64)
        common = ones @ ones.transpose(0, 2, 1)
        eye = np.eye(mask.shape[1])
        pairs = n[:, :, None] * n[:, None, :] - (common if crossed else common * eye)
        both = inside[:, :, None] & inside[:, None, :]
        inverse = np.where(both, 1.0 / np.maximum(pairs, 1.0), 0.0)
        own = np.trace(inverse, axis1=1, axis2=2)
        cross = inverse.sum(axis=(1, 2)) - own
        null = 2.0 / k**2 * (own + cross / np.maximum(k - 1, 1) ** 2)
        mean_inverse = np.where(inside, 1.0 / np.maximum(n, 1.0), 0.0).sum(axis=1) / k
        return _Sizes(k, both, pairs, null, 4.0 / np.maximum(k - 1, 1) * mean_inverse)


def _noise(y: Array, mask: Bools, n: Array, size: _Sizes, crossed: bool) -> tuple[Array, Array, Array, Array]:
    """(N,) tr((W S)^2), tr(W S), the noise in the direction of the differences, and the freedom of S.

    S is pooled over models. tr(S^2) of a covariance with f degrees of freedom overstates tr(Sigma^2) by about
    tr(S)^2/f (at K = 8, n = 2 twice too much); taken out as for normal vectors, never below tr(S)^2/P.
    """
    columns = mask.sum(axis=1) > 0
    if crossed:
        y = (y - (y.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)[..., None])[:, None]) * mask[..., None]
    means = y.sum(axis=2) / np.maximum(n, 1.0)[..., None]
    residual = ((y - means[:, :, None]) * mask[..., None]).reshape(len(y), -1, y.shape[-1])
    lost = np.maximum(columns.sum(axis=1) - 1, 0) if crossed else 0
    freedom = np.maximum(n.sum(axis=1) - size.k - lost, 1.0)
    pooled = residual.transpose(0, 2, 1) @ residual / freedom[:, None, None]
    square = _trace_of_square(pooled, freedom)
    trace = np.asarray(np.trace(pooled, axis1=1, axis2=2))
    return square, trace, _directional(means, n, pooled, square, size), freedom


def _trace_of_square(pooled: Array, freedom: Array) -> Array:
    trace = np.trace(pooled, axis1=1, axis2=2)
    raw = (pooled**2).sum(axis=(1, 2))
    many = np.maximum(freedom, 2.0)
    fair = (raw - trace**2 / many) * many**2 / ((many - 1) * (many + 2))
    return np.asarray(np.maximum(fair, trace**2 / pooled.shape[-1]))


def _directional(means: Array, n: Array, pooled: Array, square: Array, size: _Sizes) -> Array:
    """(N,) d'Sd / d'd over models, less what noise in d adds, held between 0 and tr(S): the slope of Var(Q) in q."""
    inside = (n > 0)[..., None]
    d = (means - means.sum(axis=1, keepdims=True) / size.k[:, None, None]) * inside
    per_model = np.where(n > 0, 1.0 / np.maximum(n, 1.0), 0.0)
    spread = per_model * (1 - 2 / size.k[:, None]) + (per_model.sum(axis=1) / size.k**2)[:, None] * (n > 0)
    trace = np.trace(pooled, axis1=1, axis2=2)
    top = ((d @ pooled) * d).sum(axis=(1, 2)) - square * spread.sum(axis=1)
    bottom = (d**2).sum(axis=(1, 2)) - trace * spread.sum(axis=1)
    typical = square / np.maximum(trace, 1e-12)
    prior = trace * spread.sum(axis=1) + 1e-12
    ratio = (np.maximum(top, 0.0) + prior * typical) / (np.maximum(bottom, 0.0) + prior)
    return np.asarray(np.clip(ratio, 0.0, np.maximum(trace, 0.0)))
