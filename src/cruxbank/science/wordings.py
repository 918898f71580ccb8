"""How much of a model's scatter over wordings is its own: what makes responses more telling than independent ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array, Ints

PRIOR_FREEDOM = 60.0
"""Degrees of freedom with which "nothing is shared" enters: about eight drafts of the pilot."""
LEAST = 0.3


@dataclass(frozen=True)
class Sharing:
    """Sums over items, by table (T,): squares within models, and those left when each wording's push is out too."""

    within: Array
    within_freedom: float
    private: Array
    private_freedom: float

    @staticmethod
    def empty(tables: int) -> Sharing:
        """Nothing seen yet."""
        return Sharing(np.zeros(tables), 0.0, np.zeros(tables), 0.0)

    @staticmethod
    def of(outcomes: Ints, models: Ints, wordings: Ints, width: int) -> Sharing:
        """One item. outcomes: (n, T) column of each response in each of T tables of `width` outcomes; models, wordings:
        (n,). Squares of the outcomes' indicators about the least-squares fit of models, and of models plus wordings."""
        rows, size = outcomes.shape
        y = (outcomes[:, :, None] == np.arange(width)).reshape(rows, size * width).astype(np.float64)
        by_model = _columns(models)
        within, rank = _left(y, by_model)
        private, both = _left(y, np.column_stack([by_model, _columns(wordings)]))
        shape = (size, width)
        return Sharing(
            within.reshape(shape).sum(axis=1),
            float(rows - rank),
            private.reshape(shape).sum(axis=1),
            float(rows - both),
        )

    def __add__(self, other: Sharing) -> Sharing:
        return Sharing(
            self.within + other.within,
            self.within_freedom + other.within_freedom,
            self.private + other.private,
            self.private_freedom + other.private_freedom,
        )

    def share(self) -> Array:
        """(T,) private over whole variance within models, in [LEAST, 1], drawn to 1 while little was seen."""
        whole = self.within / max(self.within_freedom, 1.0)
        own = self.private / max(self.private_freedom, 1.0)
        found = np.where(whole > 0, own / np.where(whole > 0, whole, 1.0), 1.0)
        seen = self.private_freedom
        return np.asarray(np.clip((seen * found + PRIOR_FREEDOM) / (seen + PRIOR_FREEDOM), LEAST, 1.0))


def _columns(labels: Ints) -> Array:
    return np.asarray((labels[:, None] == np.unique(labels)[None, :]).astype(np.float64))


def _left(y: Array, design: Array) -> tuple[Array, int]:
    fitted, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
    return np.asarray(((y - design @ fitted) ** 2).sum(axis=0)), int(rank)
