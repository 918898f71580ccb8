"""Leaving out what is too much of the same: at most so many items of a group, and no two nearer than a similarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cruxbank.science.arrays import Array, Bools, Ints

Rows = Array | NDArray[np.float32]

BLOCK = 256
"""Candidates compared with all kept ones at a time: 100,000 kept ones make 100 MB."""
PLACES = 5
"""Cosines are compared as if rounded to so many places: the encoder's noise is 1e-7."""


@dataclass(frozen=True)
class Quota:
    """groups: (N,) number of each item's group, negative for none, which is not counted; most: of one group."""

    groups: Ints
    most: int


def thin(order: Ints, vectors: Rows | None, most: float, quotas: Sequence[Quota] = ()) -> Ints:
    """Positions kept, in the order given: each candidate stays unless a kept one is nearer than `most` or a quota is full.

    order: candidates, best first. vectors: (N, D) rows of unit length, or None to compare nothing. most: largest cosine
    that two kept ones may have. Greedy, so every candidate that is left out has a better one as its reason; every subset of
    what is kept satisfies the same limits. O(N kept D).
    """
    counts = [np.zeros(int(quota.groups.max(initial=-1)) + 1, dtype=np.int64) for quota in quotas]
    kept = _Kept(order, vectors, most)
    for start in range(0, len(order), BLOCK):
        block = order[start : start + BLOCK]
        far = kept.far(block)
        for position, item in enumerate(block.tolist()):
            own = [int(quota.groups[item]) for quota in quotas]
            full = any(g >= 0 and c[g] >= q.most for g, c, q in zip(own, counts, quotas, strict=True))
            if full or not far[position]:
                continue
            far &= kept.take(item, block)
            for group, count in zip(own, counts, strict=True):
                if group >= 0:
                    count[group] += 1
    return np.array(kept.items, dtype=np.int64)


class _Kept:
    """What is kept so far."""

    def __init__(self, order: Ints, vectors: Rows | None, most: float) -> None:
        self.items: list[int] = []
        self._vectors = vectors
        self._limit = most + 0.5 * 10.0**-PLACES
        width = 0 if vectors is None else vectors.shape[1]
        self._rows = np.empty((len(order), width), dtype=np.float32 if vectors is None else vectors.dtype)

    def far(self, block: Ints) -> Bools:
        """(B,) whether each of the block may stand beside all kept ones."""
        if self._vectors is None or not self.items:
            return np.ones(len(block), dtype=np.bool_)
        near = self._vectors[block] @ self._rows[: len(self.items)].T
        return np.asarray(near.max(axis=1) <= self._limit)

    def take(self, item: int, block: Ints) -> Bools:
        """Keep an item; (B,) which of the block may stand beside it."""
        if self._vectors is None:
            self.items.append(item)
            return np.ones(len(block), dtype=np.bool_)
        self._rows[len(self.items)] = self._vectors[item]
        self.items.append(item)
        return np.asarray(self._vectors[block] @ self._vectors[item] <= self._limit)
