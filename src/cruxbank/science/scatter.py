"""The bank-wide metric W = (S_W + S_B)^-1, from one small summary per item, so that a run keeps sums and no answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array
from cruxbank.science.quadratic import tensor
from cruxbank.science.readings import ItemReadings

PRIOR_VARIANCE = 0.3
"""Variance of a coordinate before anything was seen: a value raised in a third of the answers has .22, stance .6."""
PRIOR_RESPONSES = 60.0
"""Weight of that guess in responses: about four items after the pilot."""
FLOOR = 0.1
"""Least variance of a coordinate. Without it a value that hardly ever occurs gets a weight so high that one item
that raises it passes log2 K."""


@dataclass(frozen=True)
class Scatter:
    """Sums over items. within (P, P): squares about the model means with `freedom`; between (P, P): unbiased
    between-model covariances times their (K - 1) = `contrasts`. P = D + 1 coordinates, the stance last."""

    within: Array
    freedom: float
    between: Array
    contrasts: float

    @staticmethod
    def empty(coordinates: int) -> Scatter:
        """Nothing seen yet."""
        zero = np.zeros((coordinates, coordinates))
        return Scatter(zero, 0.0, zero, 0.0)

    @staticmethod
    def of(readings: ItemReadings) -> Scatter:
        """The summary of one item; empty with fewer than two eligible models."""
        x, mask = tensor(readings)
        if len(x) < 2:
            return Scatter.empty(readings.coordinates)
        n = mask.sum(axis=1).astype(np.float64)
        means = x.sum(axis=1) / n[:, None]
        residual = ((x - means[:, None]) * mask[..., None]).reshape(-1, x.shape[-1])
        within = residual.T @ residual
        freedom = float(n.sum() - len(n))
        d = means - means.mean(axis=0)
        noise = within / freedom * float((1 / n).mean())
        return Scatter(within, freedom, d.T @ d - (len(n) - 1) * noise, float(len(n) - 1))

    def __add__(self, other: Scatter) -> Scatter:
        return Scatter(
            self.within + other.within,
            self.freedom + other.freedom,
            self.between + other.between,
            self.contrasts + other.contrasts,
        )

    @property
    def s_within(self) -> Array:
        """(P, P) pooled S_W; zeros before the first item."""
        return self.within / max(self.freedom, 1.0)

    @property
    def s_between(self) -> Array:
        """(P, P) pooled S_B, unbiased, so not always positive semi-definite."""
        return self.between / max(self.contrasts, 1.0)


def weight(total: Scatter) -> Array:
    """(P, P) W = (S_W + S_B)^-1, shrunk to a diagonal guess while few responses were seen, positive definite.

    The total covariance T is estimated from `freedom + contrasts` responses and averaged with PRIOR_VARIANCE * I that
    weighs PRIOR_RESPONSES; then every variance is raised to FLOOR. W of `Scatter.empty` is the cold start.
    """
    size = len(total.within)
    seen = total.freedom + total.contrasts
    share = seen / (seen + PRIOR_RESPONSES)
    mixed = share * (total.s_within + total.s_between) + (1 - share) * PRIOR_VARIANCE * np.eye(size)
    values, vectors = np.linalg.eigh((mixed + mixed.T) / 2)
    safe = (vectors * np.maximum(values, FLOOR / 4)) @ vectors.T
    raised = safe + np.diag(np.maximum(FLOOR - np.diag(safe), 0.0))
    inverse = np.linalg.inv(raised)
    return np.asarray((inverse + inverse.T) / 2)


def gaussian_bits(within: Array, between: Array, models: int) -> float:
    """G = 1/2 log2 det(I + S_W^-1 S_B) in bits, at most log2 K: the joint separation of vectors that are normal
    within models and between them. within must be positive definite. Source: SCIENCE 2."""
    _, log_det = np.linalg.slogdet(np.eye(len(within)) + np.linalg.solve(within, between))
    return float(min(0.5 * log_det / np.log(2.0), np.log2(models)))


LEAST_SHARE = 0.1
"""Least weight of a coordinate: one that told nothing so far may still do so on the next item."""
SHARE_CONTRASTS = 60.0
"""Contrasts between models (about eight drafts of the pilot) at which what was learned counts as much as the start."""


def focused(total: Scatter) -> Array:
    """(P, P) W with less weight on coordinates that a bank's judge cannot tell models apart on.

    W = (S_W + S_B)^-1 gives every whitened coordinate the same say, so ten values that a weak judge reads at random
    bring ten times the noise of the one coordinate that carries the difference. Here coordinate j of W^(1/2) is scaled
    by sqrt(r_j), r_j = its share of between-model variance over the largest share, between LEAST_SHARE and 1 and drawn
    to 1 while few drafts were seen. Since r_j <= 1, Q and its bits can only fall: they stay a lower bound of G.
    """
    metric = weight(total)
    values, vectors = np.linalg.eigh(metric)
    root = (vectors * np.sqrt(values)) @ vectors.T
    share = np.diag(root @ total.s_between @ root)
    top = float(share.max(initial=0.0))
    if top <= 0.0:
        return metric
    seen = total.contrasts / (total.contrasts + SHARE_CONTRASTS)
    kept = seen * np.clip(share / top, LEAST_SHARE, 1.0) + (1 - seen)
    return np.asarray(root @ (kept[:, None] * root))
