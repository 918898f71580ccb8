"""G, the Gaussian joint figure of one item: 1/2 log2 det(I + S_W^-1 S_B), and how it splits into stance and values.

A point figure to publish beside the posterior of `shrink`, which is its lower bound and has the interval. S_W is shrunk
to the bank's: an item alone has 7 to 60 degrees of freedom for 66 covariances. log det is concave, so noise in S_B
lowers it by about (tr(BM)^2 + tr((BM)^2)) / (2 (K - 1)) (M: covariance of the models' means in units of S_W, B = (I +
S_B)^-1), .12 bits at 12 models x 6 wordings x 11 coordinates; that is added back. Not clipped at 0, so that averages
over items stay true: for normal answers in 11 coordinates within .05 bits from 12 models x 4 wordings on, but .4 too
low at 8 x 2, where it should not be shown. Source: SCIENCE 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array
from cruxbank.science.readings import ItemReadings
from cruxbank.science.scatter import FLOOR, Scatter

BANK_FREEDOM = 300.0
"""Degrees of freedom of the item's own S_W at which it counts as much as the bank's."""


@dataclass(frozen=True)
class JointBits:
    """Bits, joint at most log2 K; noise may take any of them below 0. joint = stance + values_given_stance."""

    joint: float
    stance: float
    values_given_stance: float


def gaussian_joint(readings: ItemReadings, bank: Scatter) -> JointBits:
    """G of one item with its chain rule, zeros with fewer than two eligible models.

    bank: sums over all drafts; before the first draft S_W is the item's own, floored. The Gaussian chain is exact:
    log det over all coordinates less that of the stance alone is that of the values given the stance.
    """
    own = Scatter.of(readings)
    if own.contrasts < 1:
        return JointBits(0.0, 0.0, 0.0)
    within = _within(own, bank)
    repeats = 1 + own.freedom / (own.contrasts + 1)
    between = own.s_between + (own.s_within - within) / repeats
    top = float(np.log2(own.contrasts + 1))
    joint = min(_bits(within, between, own.contrasts, repeats), top)
    stance = min(_bits(within[-1:, -1:], between[-1:, -1:], own.contrasts, repeats), top)
    return JointBits(joint, stance, joint - stance)


def _within(own: Scatter, bank: Scatter) -> Array:
    """(P, P) S_W of the item drawn to the bank's, every variance at least FLOOR."""
    share = own.freedom / (own.freedom + BANK_FREEDOM) if bank.freedom > 0 else 1.0
    mixed = share * own.s_within + (1 - share) * bank.s_within
    values, vectors = np.linalg.eigh((mixed + mixed.T) / 2)
    safe = (vectors * np.maximum(values, FLOOR / 4)) @ vectors.T
    return np.asarray(safe + np.diag(np.maximum(FLOOR - np.diag(safe), 0.0)))


def _bits(within: Array, between: Array, contrasts: float, repeats: float) -> float:
    """The figure for some coordinates. contrasts: K - 1; repeats: mean responses a model."""
    root = np.linalg.inv(np.linalg.cholesky(within))
    a = root @ between @ root.T
    values = np.maximum(np.linalg.eigvalsh((a + a.T) / 2), -0.9 / repeats)
    ratio = (values + 1 / repeats) / (1 + np.maximum(values, 0.0))
    first, raw = float(ratio.sum()), float((ratio**2).sum())
    many = max(contrasts, 2.0)
    fair = max((raw - first**2 / many) * many**2 / ((many - 1) * (many + 2)), first**2 / len(values))
    return float(0.5 * (np.log1p(values).sum() + (first**2 + fair) / (2 * contrasts)) / np.log(2.0))
