"""Spike + hierarchical Dirichlet: an honest interval for a divergence of sparse tables (SCIENCE 3).

    y_i ~ Mult(n_i, p_i),  p_i ~ Dir(kappa m),  m ~ Dir(base)

kappa lies on 16 log-points in [.1, 60] or is infinite (all models alike: the spike). m is integrated out by importance
sampling from Dir(base + effective counts), a response of a model with n counting (kappa + 1)/(kappa + n). The weights
of the kappas come from all drafts by EM. Everything is vectorised over tables; no table needs more than draws x K x C.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln, logsumexp

from cruxbank.items import Estimate
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.divergence import Parts, gjs, parts

KAPPAS = np.geomspace(0.1, 60.0, 16)
POINTS = 24
"""Draws of m for each kappa."""
DRAWS = 400
STRENGTH = 2.0
"""Responses that `base` is worth in an item's own m."""
POOL = 20.0
"""Responses that the starting base is worth when it is refitted."""
PENALTY = 30.0
"""Pseudo-tables in the starting proportions, so that few items do not decide the prior alone."""
_TINY = 1e-12


@dataclass(frozen=True)
class TablePrior:
    """weights (17,): the 16 finite kappas, then the spike. base (T, C): Dirichlet parameters of m by kind of table."""

    weights: Array
    base: Array

    @staticmethod
    def default(shares: Sequence[float], tables: int = 1, spike: float = 0.2) -> TablePrior:
        """Before the first draft: every kappa alike, m about `shares` (C,)."""
        weights = np.append(np.full(len(KAPPAS), (1 - spike) / len(KAPPAS)), spike)
        return TablePrior(weights, np.tile(STRENGTH * np.asarray(shares, dtype=np.float64), (tables, 1)))


@dataclass(frozen=True)
class TablePosterior:
    """p: (T, R, K, C) draws of the models' outcome distributions; weights: (K,) of the models."""

    p: Array
    weights: Array

    @cached_property
    def bits(self) -> Array:
        """(T, R) draws of the separation."""
        return gjs(self.p, self.weights)

    def estimate(self, table: int = 0) -> Estimate:
        """Posterior mean with its 2.5 and 97.5 % points, bits."""
        low, high = np.quantile(self.bits[table], [0.025, 0.975])
        return Estimate(est=float(self.bits[table].mean()), lo=float(low), hi=float(high))

    def at_most(self, bits: float) -> Array:
        """(T,) P(separation <= bits)."""
        return np.asarray((self.bits <= bits).mean(axis=1))

    def parts(self) -> Parts:
        """Posterior means (T,) of salience, polarity and their sum; the last outcome is "absent"."""
        found = parts(self.p, self.weights)
        return Parts(*(np.asarray(a.mean(axis=1)) for a in (found.total, found.salience, found.polarity)))


def evidence(tables: Ints, base: Array, rng: np.random.Generator) -> Array:
    """(T, 17) log marginal likelihood of each table under each kappa and the spike, up to a constant per table.

    tables: (T, K, C) counts, base: (T, C).
    """
    _, log = _atoms(tables, base, rng)
    return np.column_stack([logsumexp(log, axis=2) - np.log(POINTS), _spike(tables, base)])


def fit(drafts: Sequence[Ints], start: TablePrior, rng: np.random.Generator, rounds: int = 200) -> TablePrior:
    """Prior from the tables of all drafts, rejected ones included; each (T, K, C) with its own K.

    base follows the pooled counts, weights the EM with `PENALTY` pseudo-tables. Drafts with fewer than two models are
    left out; with none left the start comes back.
    """
    usable = [d for d in drafts if d.shape[1] >= 2]
    if not usable:
        return start
    pooled = sum((d.sum(axis=1) for d in usable), start=POOL / STRENGTH * start.base)
    base = STRENGTH * pooled / np.maximum(pooled.sum(axis=1, keepdims=True), 1.0)
    rows = np.concatenate([evidence(d, base, rng) for d in usable])
    return TablePrior(_em(rows, start.weights, rounds), base)


def _em(rows: Array, start: Array, rounds: int) -> Array:
    scaled = np.exp(rows - rows.max(axis=1, keepdims=True))
    weights = start
    for _ in range(rounds):
        share = scaled * weights
        share /= share.sum(axis=1, keepdims=True)
        fresh = (share.sum(axis=0) + PENALTY * start) / (len(rows) + PENALTY)
        moved = float(np.abs(fresh - weights).max())
        weights = fresh
        if moved < 1e-5:
            break
    return np.asarray(weights)


def posterior(
    tables: Ints, prior: TablePrior, weights: Array, rng: np.random.Generator, draws: int = DRAWS
) -> TablePosterior:
    """Draws of p_i for each table given the counts. tables: (T, K, C), every row with a response; weights: (K,)."""
    m, log = _atoms(tables, prior.base, rng)
    count, points = log.shape[1:]
    safe = np.log(np.maximum(prior.weights, _TINY))
    finite = (log - np.log(points) + safe[:-1][:, None]).reshape(len(tables), -1)
    spike = _spike(tables, prior.base) + safe[-1]
    everything = np.column_stack([finite, spike])
    chance = np.exp(everything - logsumexp(everything, axis=1, keepdims=True))
    atom = _choose(chance, rng.random((len(tables), draws)))
    alike = atom == count * points
    place = np.where(alike, 0, atom)
    kappa = KAPPAS[place // points]
    centre = m.reshape(len(tables), count * points, -1)[np.arange(len(tables))[:, None], place]
    p = _dirichlet(kappa[..., None, None] * centre[:, :, None] + tables[:, None], rng)
    common = _dirichlet(np.broadcast_to((prior.base + tables.sum(axis=1))[:, None], centre.shape), rng)
    return TablePosterior(np.where(alike[..., None, None], common[:, :, None], p), weights)


def _choose(chance: Array, u: Array) -> Ints:
    edges = np.cumsum(chance, axis=1)
    picks = [np.searchsorted(row, draw) for row, draw in zip(edges, u, strict=True)]
    return np.asarray(np.minimum(np.array(picks), chance.shape[1] - 1))


def _dirichlet(alpha: Array, rng: np.random.Generator) -> Array:
    draw = np.maximum(rng.standard_gamma(np.maximum(alpha, _TINY)), 0.0)
    return np.asarray(draw / np.maximum(draw.sum(axis=-1, keepdims=True), 1e-300))


def _atoms(tables: Ints, base: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draws of m, (T, 16, POINTS, C), and the log weight of each: likelihood x prior / proposal, (T, 16, POINTS)."""
    n = tables.sum(axis=2)
    kappa = KAPPAS[None, :, None]
    each = (kappa + 1) / (kappa + n[:, None, :])
    centre = base[:, None] + np.einsum("tgk,tkc->tgc", each, tables)
    shape = (len(tables), len(KAPPAS), POINTS, tables.shape[2])
    m = np.maximum(_dirichlet(np.broadcast_to(centre[:, :, None], shape), rng), _TINY)
    ratio = ((base[:, None] - centre)[:, :, None] * np.log(m)).sum(axis=-1)
    constant = _log_beta(centre) - _log_beta(base)[:, None]
    return m, ratio + constant[..., None] + _log_likelihood(tables, m)


def _log_likelihood(tables: Ints, m: Array) -> Array:
    """log of prod_i DirMult(y_i | kappa m). Counts are small, so log G(a + y) - log G(a) = sum_{t < y} log(a + t), and
    the sum over models only needs how many models have y > t: no gamma function and no axis of models."""
    n = tables.sum(axis=2)
    steps = np.arange(int(n.max(initial=1)))
    above = (tables[..., None] > steps).sum(axis=1)
    alpha = KAPPAS[None, :, None, None] * m
    terms = np.log(alpha[..., None] + steps)
    top = np.einsum("tgscn,tcn->tgs", terms, above.astype(np.float64))
    bottom = (gammaln(KAPPAS[:, None, None] + n) - gammaln(KAPPAS)[:, None, None]).sum(axis=2).T
    return np.asarray(top - bottom[..., None])


def _spike(tables: Ints, base: Array) -> Array:
    return np.asarray(_log_beta(base + tables.sum(axis=1)) - _log_beta(base))


def _log_beta(alpha: Array) -> Array:
    safe = np.maximum(alpha, _TINY)
    return np.asarray(gammaln(safe).sum(axis=-1) - gammaln(safe.sum(axis=-1)))
