"""What stance and refusal tell beside values: chain rules of mutual information, so that nothing is counted twice.

M: the model, S: its stance, V: what it says about one value, A: whether it answered. All in bits, exact identities:

    I(M; S, V) = I(M; S) + I(M; V | S)             never add the stance to a sum over values
    I(M; A, V) = I(M; A) + q JSD(V | answered)     refusal apart, admission on the second term     (SCIENCE 2)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.dirichlet import TablePosterior, TablePrior, posterior as table_posterior
from cruxbank.science.divergence import gjs

DRAWS = 100
"""Draws for I(M; V | S): its error is then a tenth of the posterior's width."""
SURE = 0.95
"""P(more than the smallest separation of interest) from which a question counts as splitting."""


@dataclass(frozen=True)
class StanceTerms:
    """Bits, arrays of one shape: both = stance + given_stance."""

    stance: Array
    given_stance: Array

    @property
    def both(self) -> Array:
        """I(M; S, V)."""
        return np.asarray(self.stance + self.given_stance)


def stance_terms(p: Array, weights: Array) -> StanceTerms:
    """I(M; S) and I(M; V | S). p: (..., K, S, C) joint distributions of stance and outcome; weights: (K,).

    I(M; V | S) = sum_s P(s) JSD(V | s), the models weighed by a_i p_i(s) / P(s) inside a stance.
    """
    by_stance = p.sum(axis=-1)
    joint = weights[..., :, None] * by_stance
    total = joint.sum(axis=-2)
    share = joint / np.where(total > 0, total, 1.0)[..., None, :]
    inside = p / np.where(by_stance > 0, by_stance, 1.0)[..., None]
    each = gjs(np.moveaxis(inside, -2, -3), np.moveaxis(share, -1, -2))
    return StanceTerms(gjs(by_stance, weights), np.asarray((total * each).sum(axis=-1)))


@dataclass(frozen=True)
class RefusalTerms:
    """refusal: I(M; A); answered: q, the share of answers; values: q JSD(V | answered). Bits but for q."""

    refusal: Array
    answered: Array
    values: Array

    @property
    def both(self) -> Array:
        """I(M; A, V)."""
        return np.asarray(self.refusal + self.values)


def refusal_terms(answers: Array, p: Array, weights: Array) -> RefusalTerms:
    """answers: (..., K) chance that a model answers; p: (..., K, C) outcomes of its answers; weights: (K,).

    Inside the answers a model weighs a_i q_i / q: one that seldom answers has little say. Rows of p of models that
    never answer do not matter.
    """
    joint = weights * answers
    total = joint.sum(axis=-1)
    share = joint / np.where(total > 0, total, 1.0)[..., None]
    refusal = gjs(np.stack([answers, 1 - answers], axis=-1), weights)
    return RefusalTerms(refusal, np.asarray(total), np.asarray(total * gjs(p, share)))


def given_stance(
    tables: Ints, prior: TablePrior, stance: TablePosterior, weights: Array, rng: np.random.Generator
) -> Array:
    """(D, draws) posterior draws of I(M; V_d | S), bits.

    tables: (S, D, K, C) counts by stance; prior: that of the values, for every stance; stance: posterior of the one
    stance table (K, S). A stance that nobody took tells nothing about values.
    """
    p = np.empty((tables.shape[1], DRAWS, tables.shape[2], tables.shape[0], tables.shape[3]))
    for place, table in enumerate(tables):
        seen = table if table.any() else np.ones_like(table)
        inside = table_posterior(seen, prior, weights, rng, DRAWS, one_item=True).p
        p[..., place, :] = inside if table.any() else inside.mean(axis=2, keepdims=True)
    return stance_terms(p * stance.p[:, :DRAWS, :, :, None], weights).given_stance


def splits(bits: Array, smallest: float) -> bool:
    """Whether any row's draws are above the smallest separation of interest with P >= SURE. bits: (..., draws).

    With the stance's draws and those of `given_stance` this is the 2 x 2: stance splits or not, values split or not.
    """
    return bool(((bits > smallest).mean(axis=-1) >= SURE).any())
