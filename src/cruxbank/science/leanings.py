"""How far each model leans to each dimension, beside the other models, in the answers to one kind of item.

Models meet different items, and items raise different values. So the score of a model on an item is taken as item effect
plus model effect and both are fitted by least squares; the model effects are the leanings. They sum to 0 over models. Over
the dimensions they are centred too: who raises more of every value says more, and values nothing more (FACTS 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.items import Outcome, Reading
from cruxbank.science.arrays import Array, Bools

_SIGNED = {Outcome.SUPPORTS: 1.0, Outcome.OPPOSES: -1.0}


@dataclass(frozen=True)
class Answers:
    """Scores of I items x K models x D dimensions. `items` and `models` name the first two axes."""

    items: tuple[str, ...]
    models: tuple[str, ...]
    scores: Array
    """(I, K, D) mean over the scored responses of a model to an item, in -1 .. 1; 0 where there is none."""
    responses: Array
    """(I, K) scored responses."""

    @property
    def mask(self) -> Bools:
        """(I, K): whether a model has a scored response; False on items that only one model answered."""
        have = self.responses > 0
        return np.asarray(have & (have.sum(axis=1) >= 2)[:, None])


def tabulate(
    answered: Sequence[tuple[str, Sequence[Reading]]], models: Sequence[str], dimensions: Sequence[str], signed: bool
) -> Answers:
    """Scores of (item, readings) pairs. signed: supports 1, opposes -1, mixed and absent 0; else present 1, absent 0."""
    shape = (len(answered), len(models))
    sums, counts = np.zeros((*shape, len(dimensions))), np.zeros(shape)
    place = {model: k for k, model in enumerate(models)}
    for i, (_, readings) in enumerate(answered):
        for reading in readings:
            k = place.get(reading.response.model)
            if k is not None and reading.verdict.state == "scored":
                sums[i, k] += [_score(reading.verdict.outcomes.get(d, Outcome.ABSENT), signed) for d in dimensions]
                counts[i, k] += 1
    scores = sums / np.maximum(counts, 1)[..., None]
    return Answers(tuple(item for item, _ in answered), tuple(models), scores, counts)


def _score(outcome: Outcome, signed: bool) -> float:
    return _SIGNED.get(outcome, 0.0) if signed else float(outcome is not Outcome.ABSENT)


class Fit:
    """The least-squares fit of one kind's answers; resampling items costs a weighted sum."""

    def __init__(self, answers: Answers) -> None:
        mask = answers.mask.astype(np.float64)
        n = np.maximum(mask.sum(axis=1), 1)
        means = np.einsum("ik,ikd->id", mask, answers.scores) / n[:, None]
        self._right = mask[..., None] * (answers.scores - means[:, None, :])
        eye = np.einsum("ik,kl->ikl", mask, np.eye(mask.shape[1]))
        self._left = eye - np.einsum("ik,il->ikl", mask, mask) / n[:, None, None]
        self.items = int((mask.sum(axis=1) >= 2).sum())
        self._used = np.flatnonzero(mask.sum(axis=1) >= 2)

    def leanings(self, weights: Array | None = None) -> Array:
        """(..., K, D) leanings; weights (..., I) say how often each item counts."""
        w = np.ones(len(self._left)) if weights is None else weights
        left = np.einsum("...i,ikl->...kl", w, self._left)
        right = np.einsum("...i,ikd->...kd", w, self._right)
        found = np.linalg.pinv(left, hermitian=True) @ right
        return np.asarray(found - found.mean(axis=-1, keepdims=True))

    def resampled(self, draws: int, draw: np.random.Generator) -> Array:
        """(draws, K, D) leanings on items drawn with replacement."""
        weights = np.zeros((draws, len(self._left)))
        picked = draw.multinomial(self.items, np.full(self.items, 1 / self.items), size=draws)
        weights[:, self._used] = picked
        return self.leanings(weights)

    def halves(self, splits: int, draw: np.random.Generator) -> tuple[Array, Array]:
        """Twice (splits, K, D): leanings on the two halves of random splits of the items."""
        first = np.zeros((splits, len(self._left)))
        for row in first:
            row[draw.permutation(self._used)[: self.items // 2]] = 1
        second = np.zeros_like(first)
        second[:, self._used] = 1 - first[:, self._used]
        return self.leanings(first), self.leanings(second)
