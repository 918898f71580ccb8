"""How far apart models are over a set of items, with what their own inconsistency adds taken off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cruxbank.items import Item, Reading
from cruxbank.science.arrays import Array
from cruxbank.science.readings import ItemReadings, collect


class Distances(NamedTuple):
    """Models in the order of their families, with the distance of each pair and the items behind it."""

    models: tuple[str, ...]
    families: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]
    items: tuple[tuple[int, ...], ...]

    @property
    def farthest(self) -> float:
        """The largest distance, 0 without a pair."""
        return max((c for row in self.cells for c in row if c is not None), default=0.0)

    @property
    def breaks(self) -> tuple[int, ...]:
        """Numbers of the models at which another family begins."""
        return tuple(i for i in range(1, len(self.families)) if self.families[i] != self.families[i - 1])


def by_family(models: Sequence[str], families: Mapping[str, str]) -> tuple[str, ...]:
    """Models with those of one family side by side; families in the order in which they first come."""
    first = {family: i for i, family in reversed(list(enumerate(families.get(m, m) for m in models)))}
    place = {model: i for i, model in enumerate(models)}
    return tuple(sorted(models, key=lambda m: (first[families.get(m, m)], place[m])))


def distances(
    measured: Iterable[tuple[Item, Sequence[Reading]]],
    models: tuple[str, ...],
    families: Mapping[str, str],
    dimensions: Sequence[str],
) -> Distances:
    """Root mean square difference of two models' verdict vectors: 0 alike, 2 opposed on every coordinate.

    The vector of a model on an item is the mean of its scored answers, in {-1, 0, 1}^(D+1): D values, then the stance.
    E |v_i - v_j|^2 holds the true squared distance and the noise tr(S_i)/n_i + tr(S_j)/n_j of the two means, which is
    subtracted item by item; what is left is averaged over the items that both answered at least twice, divided by the
    D + 1 coordinates and rooted (0 where it came out below zero). `models` are all that were asked, in the order wanted.
    """
    total, count = np.zeros((len(models), len(models))), np.zeros((len(models), len(models)), dtype=np.int64)
    for item, readings in measured:
        means, noise = _vectors(collect(readings, item.wordings, models, dimensions), len(models))
        square = ((means[:, None, :] - means[None, :, :]) ** 2).sum(axis=2) - noise[:, None] - noise[None, :]
        both = ~np.isnan(square)
        total += np.where(both, square, 0.0)
        count += both
    return _named(models, families, total, count, len(dimensions) + 1)


def _vectors(readings: ItemReadings, models: int) -> tuple[Array, Array]:
    """(models, D + 1) means, and the (models,) variance of each mean summed over coordinates; NaN below two answers."""
    x, kept = readings.vectors(), readings.kept()
    means, noise = np.full((models, x.shape[1]), np.nan), np.full(models, np.nan)
    for model in readings.eligible().tolist():
        mine = x[kept & (readings.models == model)]
        means[model] = mine.mean(axis=0)
        noise[model] = mine.var(axis=0, ddof=1).sum() / len(mine)
    return means, noise


def _named(
    models: tuple[str, ...], families: Mapping[str, str], total: Array, count: np.ndarray, width: int
) -> Distances:
    size = range(len(models))
    mean = np.sqrt(np.maximum(total / np.maximum(count, 1), 0.0) / width)
    cells = tuple(tuple(_cell(mean, count, i, j) for j in size) for i in size)
    items = tuple(tuple(int(n) for n in row) for row in count)
    return Distances(models, tuple(families.get(m, m) for m in models), cells, items)


def _cell(mean: Array, count: np.ndarray, i: int, j: int) -> float | None:
    if not count[i, j]:
        return None
    return 0.0 if i == j else round(float(mean[i, j]), 6)
