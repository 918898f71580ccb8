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

Being a mean over pairs of models of d'Wd / 2, d their difference, Q is a U-statistic over models: its expectation does
not move when models of the same kind join. W has to be learned from other items than the ones it measures: in a bank
of three quarters nulls, 100 items of 8 models x 2 wordings under a focused W of their own are too high by .12 in q.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.readings import MIN_SCORED, ItemReadings

SIGNAL = 1.3
"""Scatter along the differences between models over the pooled scatter in that direction: models that differ scatter
more than those that never raise a value. Between 1.2 (dense) and 1.5 (sparse) in the worlds of `bench estimators`."""
UNEVEN_FREEDOM = 10.0
"""Degrees of freedom at which half of the unevenness found between models' scatters is believed."""
CHUNK = 500
"""Items at once in `q_batch`: 30 models x 8 responses x 11 coordinates of 500 items are 10 MB."""


@dataclass(frozen=True)
class QStats:
    """Q and what its error is made of, for N items; arrays of shape (N,), in units of q (not bits).

    Var(q_hat | q) is about size * noise + slope * q; `se` is its root at the estimate. size: what the numbers of
    models and responses alone decide (inf: no error can be given). noise: tr((W S)^2), from `freedom` degrees and
    raised where models scatter unevenly; trace: tr(W S), with the relative variance `wobble`; inverse: mean of 1/n
    over models.
    """

    q: Array
    se: Array
    size: Array
    noise: Array
    trace: Array
    slope: Array
    freedom: Array
    wobble: Array
    inverse: Array
    models: Ints

    @property
    def known(self) -> Bools:
        """(N,) False with fewer than two models: then Q says nothing."""
        return np.isfinite(self.size)

    def __len__(self) -> int:
        return len(self.q)

    def where(self, chosen: Bools | Ints) -> QStats:
        """Some of the items."""
        return QStats(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @staticmethod
    def join(items: Sequence[QStats]) -> QStats:
        """One QStats over all items, in the order given."""
        if not items:
            empty = np.zeros(0)
            return QStats(*(empty,) * 9, models=np.zeros(0, dtype=np.int64))
        return QStats(*(np.concatenate([getattr(s, field.name) for s in items]) for field in fields(QStats)))


def q_item(readings: ItemReadings, weight: Array) -> QStats:
    """Q of one item (N = 1). With fewer than two eligible models: q = 0 and an infinite error."""
    x, mask = tensor(readings)
    if x.shape[0] < 2:
        infinite, zero = np.full(1, np.inf), np.zeros(1)
        return QStats(zero, infinite, infinite, *(zero,) * 6, models=np.array([x.shape[0]]))
    return q_batch(x[None], weight, mask[None])


def tensor(readings: ItemReadings) -> tuple[Array, Bools]:
    """(K, slots, P) points of the eligible models with their mask (K, slots); a slot is a wording.

    A second answer of a model to the same wording goes to a slot of its own.
    """
    kept, models = readings.kept(), readings.eligible()
    row = np.searchsorted(models, readings.models[kept])
    wording = readings.wordings[kept]
    slot = wording + _repeats(row, wording) * (int(wording.max(initial=0)) + 1)
    used, slot = np.unique(slot, return_inverse=True)
    x = np.zeros((len(models), len(used), readings.coordinates))
    mask = np.zeros(x.shape[:2], dtype=np.bool_)
    x[row, slot] = readings.points()[kept]
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
    noise, trace, signal, freedom, wobble = _noise(y, mask, n, size, crossed)
    null, slope = np.where(size.k >= 2, size.null, np.inf), signal * size.linear
    error = np.sqrt(np.where(size.k >= 2, size.null * noise + slope * np.maximum(q, 0.0), np.inf))
    return QStats(q, error, null, noise, trace, slope, freedom, wobble, size.inverse, size.k.astype(np.int64))


@dataclass(frozen=True)
class _Sizes:
    """What the numbers of responses alone decide. k (N,), both and pairs (N, K, K), null, linear and inverse (N,);
    own (N,): part of null that comes from pairs of answers of one model."""

    k: Array
    both: Bools
    pairs: Array
    null: Array
    linear: Array
    inverse: Array
    own: Array

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
        parts = own + cross / np.maximum(k - 1, 1) ** 2
        mean_inverse = np.where(inside, 1.0 / np.maximum(n, 1.0), 0.0).sum(axis=1) / k
        linear = 4.0 / np.maximum(k - 1, 1) * mean_inverse
        return _Sizes(k, both, pairs, 2.0 / k**2 * parts, linear, mean_inverse, own / np.maximum(parts, 1e-12))


def _noise(y: Array, mask: Bools, n: Array, size: _Sizes, crossed: bool) -> tuple[Array, ...]:
    """(N,) tr((W S)^2), tr(W S), the noise in the direction of the differences, the freedom of S, and the wobble.

    S is pooled over models. tr(S^2) of a covariance with f degrees of freedom overstates tr(Sigma^2) by about
    tr(S)^2/f (at K = 8, n = 2 twice too much); taken out as for normal vectors, never below tr(S)^2/P. Both kinds of
    noise rise with the unevenness of the models' scatters: Var(Q) holds sum_i tr(S_i^2), not K tr(S^2), and the
    models that differ are the ones that scatter.
    """
    columns = mask.sum(axis=1) > 0
    if crossed:
        y = (y - (y.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)[..., None])[:, None]) * mask[..., None]
    means = y.sum(axis=2) / np.maximum(n, 1.0)[..., None]
    residual = (y - means[:, :, None]) * mask[..., None]
    lost = np.maximum(columns.sum(axis=1) - 1, 0) if crossed else 0
    freedom = np.maximum(n.sum(axis=1) - size.k - lost, 1.0)
    flat = residual.reshape(len(y), -1, y.shape[-1])
    pooled = flat.transpose(0, 2, 1) @ flat / freedom[:, None, None]
    square = _trace_of_square(pooled, freedom)
    trace = np.asarray(np.trace(pooled, axis1=1, axis2=2))
    spread = _spread((residual**2).sum(axis=(2, 3)), n)
    uneven = _unevenness(spread, n, square / np.maximum(trace, 1e-6) ** 2, freedom)
    along = SIGNAL * (1 + uneven) * _directional(means, n, pooled, square, size)
    return square * (1 + size.own * uneven), trace, along, freedom, spread / size.k


def _spread(squares: Array, n: Array) -> Array:
    """(N,) squared coefficient of variation of the models' traces as they were observed. squares (N, K)."""
    own = np.maximum(n - 1, 0)
    k = np.maximum((own > 0).sum(axis=1), 2)
    share = own / np.maximum(own.sum(axis=1), 1.0)[:, None]
    each = squares / np.maximum(own, 1.0)
    mean = (share * each).sum(axis=1)
    spread = (share * (each - mean[:, None]) ** 2).sum(axis=1) * k / (k - 1)
    return np.asarray(spread / np.maximum(mean, 1e-9) ** 2)


def _unevenness(spread: Array, n: Array, ratio: Array, freedom: Array) -> Array:
    """(N,) `_spread` less what sampling adds, between 0 and 3.

    ratio (N,): tr(S^2) / tr(S)^2, so that a trace from f degrees of freedom has the relative variance 2 ratio / f.
    Drawn to 0 while freedom is small.
    """
    own = np.maximum(n - 1, 0)
    k = np.maximum((own > 0).sum(axis=1), 2)
    chance = 2 * np.clip(ratio, 0.0, 1.0) * k / np.maximum(own.sum(axis=1), 1.0)
    found = (spread - chance) / (1 + chance)
    return np.asarray(np.clip(found, 0.0, 3.0) * freedom / (freedom + UNEVEN_FREEDOM))


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
