"""What a subset's answers say about models: distances and profile scores, plain or with the unasked items imputed.

`weighted` uses the answers and the selection's weights alone. `imputed` also uses what the choosing models' answers to
the whole pool teach about the unasked items (`selection_model`). Neither sees any other answer of the models scored.
"""

from __future__ import annotations

import numpy as np

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.selection_model import ResponseModel

UNASKED = 1e6
"""Noise of an answer that is missing, in units of the item's variance."""


def distances(answers: Array, weights: Array) -> Array:
    """(M (M-1) / 2,) weighted mean squared difference of each pair of models; NaN for a pair without a common item.

    answers: (M, k) with NaN for missing ones; weights: (k,).
    """
    seen = np.isfinite(answers)
    x, w = np.where(seen, answers, 0.0), seen * weights
    square = (x**2 * weights) @ seen.T.astype(np.float64)
    total = square + square.T - 2.0 * (x * weights) @ x.T
    common = w @ seen.T.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.maximum(total, 0.0) / common)[np.triu_indices(len(x), 1)])


def scores(answers: Array, weights: Array, loadings: Array) -> Array:
    """(M, D) profile scores: ratings minus the model's own mean, times the loadings, averaged with the weights."""
    seen = np.isfinite(answers)
    w = seen * weights
    total = w.sum(axis=1, keepdims=True)
    x = np.where(seen, answers, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = (x * w).sum(axis=1, keepdims=True) / total
        return np.asarray(((x - own) * w) @ loadings / total)


class Imputer:
    """Scores models on the whole pool from their answers to the chosen items."""

    def __init__(self, model: ResponseModel, items: Ints, answers: Array) -> None:
        """answers: (M, k) of the models scored to the items chosen, NaN for missing ones."""
        self.model = model
        self.items = items
        self.answers = answers
        seen = np.isfinite(answers)
        self.residual = np.where(seen, answers - model.mean[items], 0.0)
        self.seen = seen
        if seen.all():
            self._together()
        else:
            self._one_by_one()

    def _together(self) -> None:
        rows = [self._solve(self.residual, np.ones(len(self.items), dtype=np.bool_))]
        self._keep(rows)

    def _one_by_one(self) -> None:
        self._keep([self._solve(r[None], s) for r, s in zip(self.residual, self.seen, strict=True)])

    def _keep(self, rows: list[tuple[Array, Array, float]]) -> None:
        self.beta = np.concatenate([beta for beta, _, _ in rows])
        self.level = np.concatenate([level for _, level, _ in rows])
        self.open = float(np.mean([left for _, _, left in rows]))

    def _solve(self, residual: Array, seen: np.ndarray) -> tuple[Array, Array, float]:
        """Posterior mean of b, squared left-out residuals per answer in their own variance, variance still open."""
        f, m = self.model.factors[self.items], self.model
        noise = np.where(seen, m.noise[self.items], UNASKED * m.variance[self.items])
        inverse = np.linalg.inv(f @ f.T + np.diag(noise))
        beta = residual @ inverse @ f
        cov = np.eye(f.shape[1]) - f.T @ inverse @ f
        surprise = (residual @ inverse) ** 2 / np.diag(inverse)
        level = surprise.sum(axis=1) / max(int(seen.sum()), 1)
        return beta, level, float((m.gram * cov).sum())

    def scores(self) -> Array:
        """(M, T) posterior means of the profile scores over the pool."""
        return np.asarray(self.beta @ self.model.wanted + self.model.mean @ self.model.targets / len(self.model.mean))

    def distances(self) -> Array:
        """(M (M-1) / 2,) half the model's expectation, half the plain mean squared difference in units of variance.

        The expectation over the pool: squared difference of the predicted answers + the noise of both models, each
        model's level of noise shrunk to the models' mean (its error variance is 2 level^2 / k). Items of large variance
        count less in the plain half (weights 1 / variance), which is brought to the same mean.
        """
        first, second = np.triu_indices(len(self.beta), 1)
        gap = self.beta[first] - self.beta[second]
        level = self._levels()
        own = float(self.model.noise.mean()) + self.open
        expected = ((gap @ self.model.gram) * gap).sum(axis=1) + own * (level[first] + level[second])
        plain = distances(self.answers, 1.0 / self.model.variance[self.items])
        plain = np.where(np.isfinite(plain), plain, np.nanmean(plain) if np.isfinite(plain).any() else 1.0)
        scale = expected.mean() / plain.mean() if plain.mean() > 0 else 1.0
        return np.asarray((expected + plain * scale) / 2.0)

    def _levels(self) -> Array:
        mean, seen = float(self.level.mean()), float(self.level.var(ddof=1)) if len(self.level) > 1 else 0.0
        error = 2.0 * mean**2 / len(self.items)
        return np.asarray(mean + max(1.0 - error / seen, 0.0) * (self.level - mean)) if seen > 0 else self.level
