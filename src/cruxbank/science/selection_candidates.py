"""What a selection rule is given and what it gives back: one small input for the bank and for the benches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cruxbank.science.arrays import Array, Ints


@dataclass(frozen=True)
class Candidates:
    """N items to choose from, as the K choosing models answered them.

    values: (N, K) a rating for each model, or (N, K, P) its mean verdict vector (P coordinates, the stance among them);
    NaN where a model gave none. separation: (N,) an estimate of how far the item separates the models, any unit, higher
    is better; estimates below zero count as zero. loadings: (N, D) how strongly the item speaks for each dimension
    (an item-value correlation, or the item's separation by dimension). groups: (N,) number of the topic domain.
    """

    values: Array
    separation: Array
    loadings: Array | None = None
    groups: Ints | None = None

    def __post_init__(self) -> None:
        n = len(self.separation)
        shapes = {"values": self.values, "loadings": self.loadings, "groups": self.groups}
        for name, given in shapes.items():
            if given is not None and len(given) != n:
                raise ValueError(f"candidates: {name} has {len(given)} items, separation has {n}")
        if self.values.ndim not in (2, 3):
            raise ValueError(f"candidates: values need (N, K) or (N, K, P), got {self.values.shape}")
        if not np.isfinite(self.separation).all() or (
            self.loadings is not None and not np.isfinite(self.loadings).all()
        ):
            raise ValueError("candidates: separation and loadings must be finite numbers")

    def __len__(self) -> int:
        return len(self.separation)

    @property
    def models(self) -> int:
        """K, the models that choose."""
        return int(self.values.shape[1])

    @cached_property
    def channels(self) -> Array:
        """(P, K, N) the values by coordinate, missing ones filled with item mean + model mean - grand mean."""
        cube = self.values[..., None] if self.values.ndim == 2 else self.values
        return np.stack([fill(np.asarray(one.T, dtype=np.float64)) for one in np.moveaxis(cube, 2, 0)])

    @cached_property
    def spread(self) -> Array:
        """(N,) between-model SD of an item, over its coordinates (root of the summed variances)."""
        return np.asarray(np.sqrt(self.channels.var(axis=1).sum(axis=0)))


@dataclass(frozen=True)
class Selection:
    """k distinct items and what each stands for.

    items: (k,) positions among the candidates, in the order of choice. weights: (k,) positive, summing to 1: the share
    of the pool that an item stands for in a mean over items. inclusion: (k,) the probability with which each item was
    drawn, where the rule draws (`random`, `weighted`): sum(y / inclusion) is then unbiased for the pool's total of y.
    """

    items: Ints
    weights: Array
    inclusion: Array | None = None

    @staticmethod
    def of(items: Ints, weights: Array | None = None, inclusion: Array | None = None) -> Selection:
        """Weights of any scale (none: equal) brought to sum 1."""
        raw = np.ones(len(items)) if weights is None else weights
        return Selection(np.asarray(items, dtype=np.int64), raw / raw.sum(), inclusion)

    @property
    def effective(self) -> float:
        """Kish's effective sample size (sum w)^2 / sum w^2: how many equally weighted items are as precise."""
        return kish(self.weights)

    def __len__(self) -> int:
        return len(self.items)


def kish(weights: Sequence[float] | Array) -> float:
    """Kish's effective sample size of weights of any scale: (sum w)^2 / sum w^2."""
    w = np.asarray(weights, dtype=np.float64)
    return float(w.sum() ** 2 / (w**2).sum())


def fill(x: Array) -> Array:
    """(K, N) with NaN -> the same without: item mean + model mean - grand mean; 0 where nobody answered anything."""
    seen = np.isfinite(x)
    if seen.all():
        return x
    raw = np.where(seen, x, 0.0)
    grand = raw.sum() / max(seen.sum(), 1)
    item = np.where(seen.any(axis=0), raw.sum(axis=0) / np.maximum(seen.sum(axis=0), 1), grand)
    residual = np.where(seen, x - item, 0.0)
    model = residual.sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    return np.asarray(np.where(seen, x, item[None] + model[:, None]))
