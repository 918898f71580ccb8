"""`design`: the subset that loses least of the pool's distances between models and of its profile scores.

Two losses, each the share of variance between new models that the subset fails to reproduce, and their mean is made
least by adding the best item k times and exchanging items while that helps:

- profile: 1 - mean over scores of 1 - Var(score | answers to S) / Var(score), Bayesian linear regression under
  `selection_model` (an L-optimal design; Chaloner and Verdinelli 1995);
- distance: 1 - the squared correlation, over pairs of new models, of the subset's mean squared difference with the
  pool's. For a pair, items' squared differences are half normal theory, Cov(g_i, g_j) = 8 C_ij^2, plus h C_ii C_jj for
  pairs that differ more on everything. (A loss that also charges for the scale, as kernel quadrature does, prefers items
  of small variance: .85/.37 against .86/.43 on ValuePortrait where distances alone are designed for.)

The choice is made for equal weights: high-variance items are of use for the profile and of harm for distances, and
the second loss says when. The weights are then set for the plain scorer (`selection_weights`); they stay near equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.selection_candidates import Candidates, Selection
from cruxbank.science.selection_model import ResponseModel, centred, fit
from cruxbank.science.selection_weights import plain_weights

PROFILE = 0.5
"""Weight of the profile loss beside the distance loss: both alike, not tuned."""
SWEEPS = 3
"""Rounds of exchange at most; the second rarely moves more than a few items."""


def design(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """Our rule. Needs `values` of at least 2 models; with one rating a model, `loadings` for profile scores.

    With verdict vectors the profile scores are the means of the coordinates. With nothing that differs between models
    there is nothing to design: a random sample.
    """
    models = response_models(candidates)
    if not models:
        return Selection.of(rng.permutation(len(candidates))[:k])
    search = _Search(models, _heterogeneity(candidates, models))
    items = search.run(k)
    single = len(candidates.channels) == 1 and candidates.loadings is not None
    loadings = candidates.loadings[items] if single and candidates.loadings is not None else None
    return Selection.of(items, plain_weights(models, items, loadings, search.kernel(items), PROFILE))


def response_models(candidates: Candidates) -> list[ResponseModel]:
    """One for each coordinate on which the choosing models differ."""
    found = []
    single = len(candidates.channels) == 1
    for x in candidates.channels:
        if x.var(axis=0).max() > 0:
            found.append(fit(x, candidates.loadings, _targets(candidates, single)))
    return found


def _targets(candidates: Candidates, single: bool) -> Array:
    if not single:
        return np.ones((len(candidates), 1))
    return np.zeros((len(candidates), 0)) if candidates.loadings is None else centred(candidates.loadings)


def _heterogeneity(candidates: Candidates, models: Sequence[ResponseModel]) -> float:
    """h >= 0: how far pairs of choosing models differ on everything alike, beyond C_ij^2, by least squares, i != j."""
    first, second = np.triu_indices(candidates.models, 1)
    if len(first) < 3:
        return 0.0
    g = np.asarray(((candidates.channels[:, first] - candidates.channels[:, second]) ** 2).sum(axis=0))
    g = g - g.mean(axis=0)
    total = np.asarray(sum(m.variance for m in models))
    seen = ((g @ total) ** 2).sum() - ((g**2) @ total**2).sum()
    expected = 0.0
    for m in models:
        expected += ((m.factors.T * total) @ m.factors).ravel() @ ((m.factors.T * total) @ m.factors).ravel()
        expected -= (((m.factors**2).sum(axis=1) * total) ** 2).sum()
    room = (total**2).sum() ** 2 - (total**4).sum()
    return max(float((seen / (8.0 * (len(g) - 1)) - expected) / max(room, 1e-300)), 0.0)


@dataclass
class _Posterior:
    """What is known of b after the answers to S: one coordinate's (r, r) covariance."""

    model: ResponseModel
    cov: Array
    prior: Array
    """(T,) variance of each score before any answer."""

    @staticmethod
    def start(model: ResponseModel) -> _Posterior:
        return _Posterior(model, np.eye(model.factors.shape[1]), (model.wanted**2).sum(axis=0))

    def shift(self, item: int, sign: float) -> None:
        """Learn the answer to an item (sign 1) or forget it (-1)."""
        row = self.cov @ self.model.factors[item]
        own = self.model.noise[item] + sign * float(self.model.factors[item] @ row)
        self.cov = self.cov - sign * np.outer(row, row) / own

    def explained(self) -> Array:
        """(N, T) share of each score's variance that would be known with each item added."""
        f, h = self.model.factors, self.model.wanted
        reach = f @ self.cov
        own = self.model.noise + (reach * f).sum(axis=1)
        left = ((self.cov @ h) * h).sum(axis=0)
        safe = np.maximum(self.prior, 1e-300)
        return np.asarray(1.0 - (left - (reach @ h) ** 2 / own[:, None]) / safe)


class _Search:
    """Adds and exchanges items. `loss` is vectorised over all candidates for the next place."""

    def __init__(self, models: Sequence[ResponseModel], h: float) -> None:
        self.posteriors = [_Posterior.start(m) for m in models]
        self.total = np.asarray(sum(m.variance for m in models))
        self.models, self.h = models, h
        self.diagonal = np.asarray(sum(m.variance**2 for m in models)) + h * self.total**2
        self.towards = self._towards()
        self.spread = float(self.towards.mean())
        self.near = np.zeros(len(self.total))
        self.inner = self.pull = 0.0
        self.chosen: list[int] = []
        self.taken: Bools = np.zeros(len(self.total), dtype=np.bool_)

    def _towards(self) -> Array:
        """(N,) mean over the pool of each item's kernel, from F'F alone."""
        n = len(self.total)
        out = self.h * self.total * self.total.mean()
        for m in self.models:
            own = (m.factors**2).sum(axis=1)
            out = out + ((m.factors @ m.gram) * m.factors).sum(axis=1) + (m.variance**2 - own**2) / n
        return np.asarray(out)

    def _column(self, item: int) -> Array:
        out = self.h * self.total * self.total[item]
        for m in self.models:
            out = out + (m.factors @ m.factors[item]) ** 2
        out[item] = self.diagonal[item]
        return np.asarray(out)

    def _loss(self) -> Array:
        """(N,) with each item in the next place; infinite for those chosen."""
        inner = np.maximum(self.inner + 2.0 * self.near + self.diagonal, 1e-300)
        pull = self.pull + self.towards
        loss = 1.0 - np.maximum(pull, 0.0) ** 2 / (inner * self.spread)
        shares = [p.explained()[:, p.prior > 0] for p in self.posteriors]
        known = np.concatenate(shares, axis=1)
        if known.shape[1]:
            loss = (1.0 - PROFILE) * loss + PROFILE * (1.0 - known.mean(axis=1))
        return np.asarray(np.where(self.taken, np.inf, loss))

    def _shift(self, item: int, sign: int) -> None:
        column = self._column(item)
        if sign < 0:
            self.chosen.remove(item)
            self.near = self.near - column
        self.inner += sign * (2.0 * float(self.near[item]) + float(self.diagonal[item]))
        self.pull += sign * float(self.towards[item])
        if sign > 0:
            self.chosen.append(item)
            self.near = self.near + column
        self.taken[item] = sign > 0
        for posterior in self.posteriors:
            posterior.shift(item, float(sign))

    def kernel(self, items: Ints) -> tuple[Array, Array, float]:
        """Among the items (k, k), with the pool's mean (k,), and the pool's with itself."""
        return np.stack([self._column(int(i))[items] for i in items]), self.towards[items], self.spread

    def run(self, k: int) -> Ints:
        """k items."""
        for _ in range(k):
            self._shift(int(np.argmin(self._loss())), 1)
        for _ in range(SWEEPS):
            if not self._sweep():
                break
        return np.array(self.chosen, dtype=np.int64)

    def _sweep(self) -> bool:
        moved = False
        for item in list(self.chosen):
            self._shift(item, -1)
            loss = self._loss()
            best = int(np.argmin(loss))
            better = loss[best] < loss[item] - 1e-9
            self._shift(best if better else item, 1)
            moved |= bool(better)
        return moved
