"""Differential item functioning: does an item that is put into another language still ask the same models the same thing?

The tests compare what one model says in two languages, so that models need not be alike. With y a response's coordinates
and strata = (model, mirror or not), model i's difference is

    d_i = sum over its strata of share_s * (mean of y in the language - mean of y in the item's own),  share_s = n_s / n

over its n responses in the language: mirrors weigh alike on both sides, else a habit of saying yes would look like a
difference between languages.

- uniform: mean_i d_i, per dimension and for the stance, as a share of the within scale (the standard deviation of a response
  about its model, language and stratum). All models lean another way.
- reordered (non-uniform): the variance of d_i over models, less its noise, in the bank's metric W: the models take other
  places. As a share of q_own + q_language it is 0 where places are kept and 1 where one language tells nothing of the other.

Tests permute the language of the responses within strata. What that cannot see is that a wording pushes all models alike,
in any language: three translations of one wording each would differ by that much without any language in play. So every
permuted shift gets, on top, a draw of what wordings do in the item's own language (`Wordings`, over the bank).
Units: shifts in within standard deviations; q in the units of Q (not bits). Source of the terms: Holland & Wainer 1993.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.readings import ItemReadings

FIRST, LAST = 999, 19_999
"""Permutations at first, and at the most: 1 / 1,000 is too coarse a P for hundreds of tests."""
ENOUGH = 10
"""Permutations as large as what was seen after which no more are drawn: then P is known to a third of itself."""
CHUNK = 2_000
LEAST_MODELS = 4
"""Models with answers in both languages below which nothing is tested."""
FLOOR = 0.1
"""Least variance of a coordinate within a model: a value that hardly ever occurs would give any shift a huge share."""


@dataclass(frozen=True)
class Wordings:
    """variance (C,): of what a wording adds to all models alike, within a stratum, per coordinate of `vectors`."""

    variance: Array

    @staticmethod
    def none(coordinates: int) -> Wordings:
        """Wordings that push nobody."""
        return Wordings(np.zeros(coordinates))

    @staticmethod
    def fit(items: Sequence[ItemReadings]) -> Wordings:
        """Two-way analysis of variance without repeats (models x wordings), by item and by mirror or not, pooled.

        (MS_wording - MS_residual) / K over the models that answered every wording of the stratum; 0 at least.
        """
        width = items[0].dimensions + 1 if items else 1
        total, weight = np.zeros(width), 0.0
        for item in items:
            for mirrored in (False, True):
                cells = _complete(item, mirrored)
                if cells is not None:
                    total += _pushed(cells) * (cells.shape[1] - 1)
                    weight += cells.shape[1] - 1
        return Wordings(np.maximum(total / max(weight, 1.0), 0.0))


@dataclass(frozen=True)
class Contrast:
    """One item in one further language against its own.

    shift (C,): per coordinate of `vectors` (dimensions, stance last), in within SD, language less own. p_stance: of the
    stance's; p_value: of the largest over dimensions. own, other, cross: unbiased q of the models' places in either
    language and between the two. p_places: of their being others.
    """

    models: int
    shift: Array
    p_stance: float
    p_value: float
    own: float
    other: float
    cross: float
    p_places: float

    @property
    def largest(self) -> int:
        """The dimension that shifts most."""
        return int(np.abs(self.shift[:-1]).argmax())

    @property
    def reordered(self) -> float:
        """Share of the differences between models that is another in the language: 0 the same places, 1 unrelated."""
        both = self.own + self.other
        return (both - 2 * self.cross) / both if both > 0 else 0.0


def contrast(
    readings: ItemReadings,
    foreign: Bools,
    weight: Array,
    wordings: Wordings,
    rng: np.random.Generator,
    *,
    last: int = LAST,
) -> Contrast | None:
    """The tests for one item and language; None with fewer than `LEAST_MODELS` models in both languages.

    readings: the item's answers in its own language and in the other; foreign (n,): the latter. weight (P, P): the
    metric. last: permutations at the most.
    """
    design = _Design.of(readings, foreign)
    if design is None:
        return None
    y, points = readings.vectors()[design.rows], readings.points()[design.rows] @ np.linalg.cholesky(weight)
    within = np.sqrt(np.maximum(design.within(y), FLOOR))
    spread = np.sqrt(wordings.variance * design.by_wording()) / within
    shift = design.shift(y) / within
    aligned = points - design.foreign[:, None] * design.shift(points)
    places = float(design.scatter(aligned, design.coefficient[None])[0])
    p_stance, p_value, p_places = _Draws(design, y / within, spread, aligned, shift, places).p_values(rng, last)
    own, other, cross = design.covariances(aligned)
    return Contrast(design.models, shift, p_stance, p_value, own, other, cross, p_places)


@dataclass(frozen=True)
class _Design:
    """Rows of the strata that were answered in both languages. coefficient (n,): what a row adds to its model's d_i."""

    rows: Ints
    model: Ints
    stratum: Ints
    kind: Ints
    wording: Ints
    foreign: Bools
    coefficient: Array
    models: int

    @staticmethod
    def of(readings: ItemReadings, foreign: Bools) -> _Design | None:
        rows = np.flatnonzero(readings.scored)
        mirrored = readings.mirror[readings.wordings].astype(np.int64)
        stratum = readings.models * 2 + mirrored
        both = np.intersect1d(stratum[rows[foreign[rows]]], stratum[rows[~foreign[rows]]])
        rows = rows[np.isin(stratum[rows], both)]
        names, model = np.unique(readings.models[rows], return_inverse=True)
        if len(names) < LEAST_MODELS:
            return None
        _, place = np.unique(stratum[rows], return_inverse=True)
        there = foreign[rows]
        coefficient = _coefficients(model, place, there)
        return _Design(rows, model, place, mirrored[rows], readings.wordings[rows], there, coefficient, len(names))

    def shift(self, y: Array) -> Array:
        """(C,) mean over models of d_i."""
        return np.asarray(self.coefficient @ y / self.models)

    def by_wording(self) -> float:
        """Sum over wordings of the squared weight that each has in the shift."""
        return float(((np.bincount(self.wording, weights=self.coefficient) / self.models) ** 2).sum())

    def places(self, y: Array, coefficients: Array) -> Array:
        """(B, K, C) d_i under each of B rows of coefficients (B, n)."""
        out = np.empty((len(coefficients), self.models, y.shape[1]))
        for i in range(self.models):
            mine = self.model == i
            out[:, i] = coefficients[:, mine] @ y[mine]
        return out

    def scatter(self, y: Array, coefficients: Array) -> Array:
        """(B,) variance of d_i over models, summed over coordinates."""
        d = self.places(y, coefficients)
        return np.asarray(((d - d.mean(axis=1, keepdims=True)) ** 2).sum(axis=(1, 2)) / (self.models - 1))

    def covariances(self, y: Array) -> tuple[float, float, float]:
        """(own, other, cross) between-model covariances of the places, the noise of the first two taken out."""
        noise = float(self.within(y).sum())
        here = np.where(self.foreign, 0.0, -self.coefficient)
        there = np.where(self.foreign, self.coefficient, 0.0)
        a, b = (self.places(y, c[None])[0] for c in (here, there))
        a, b = a - a.mean(axis=0), b - b.mean(axis=0)
        lost = [noise * float((c**2).sum()) / self.models for c in (here, there)]
        k = self.models - 1
        return float((a * a).sum() / k - lost[0]), float((b * b).sum() / k - lost[1]), float((a * b).sum() / k)

    def pushes(self, y: Array) -> Array:
        """(n, C) what a row's wording adds for all models: the mean of its rows less their models' own-language means.

        Models that met another wording than their neighbours keep their places: without the own means a wording would
        take out the mean place of those that met it."""
        here = ~self.foreign
        place = np.zeros((int(self.stratum.max()) + 1, y.shape[1]))
        place[self.stratum[here]] = _means(y[here], self.stratum[here])
        return _means(y - place[self.stratum], self.wording)

    def within(self, y: Array) -> Array:
        """(C,) variance of a response about its model (in a stratum and language) and its wording."""
        cell = self.stratum * 2 + self.foreign
        centred = y - self.pushes(y)
        residual = centred - _means(centred, cell)
        groups = len(np.unique(self.wording)) - len(np.unique(self.kind * 2 + self.foreign))
        freedom = max(len(y) - len(np.unique(cell)) - groups, 1)
        return np.asarray((residual**2).sum(axis=0) / freedom)

    def shuffled(self, rng: np.random.Generator, times: int) -> Array:
        """(times, n) coefficients with the languages permuted within strata."""
        shape = (times, len(self.stratum))
        order = np.argsort(rng.random(shape) + self.stratum, axis=1)  # by stratum, at random within
        place = np.argsort(self.stratum, kind="stable")
        out = np.empty(shape)
        np.put_along_axis(out, order, np.broadcast_to(self.coefficient[place], shape), axis=1)
        return out


@dataclass(frozen=True)
class _Draws:
    """What the three statistics are compared with."""

    design: _Design
    y: Array
    spread: Array
    aligned: Array
    shift: Array
    places: float

    def p_values(self, rng: np.random.Generator, last: int) -> tuple[float, float, float]:
        """P of a shift of the stance, of a largest shift of a value, and of a scatter of places, as large as seen:
        (1 + as large) / (1 + permutations)."""
        counts, done = self._count(rng, FIRST), FIRST
        while done < last and counts.min() < ENOUGH:
            step = min(CHUNK, last - done)
            counts, done = counts + self._count(rng, step), done + step
        p = (1 + counts) / (1 + done)
        return float(p[0]), float(p[1]), float(p[2])

    def _count(self, rng: np.random.Generator, times: int) -> Ints:
        coefficients = self.design.shuffled(rng, times)
        pushed = rng.standard_normal((times, len(self.spread))) * self.spread
        shifts = np.abs(coefficients @ self.y / self.design.models + pushed)
        seen = np.abs(self.shift)
        drawn = (shifts[:, -1], shifts[:, :-1].max(axis=1), self.design.scatter(self.aligned, coefficients))
        near = (1 - 1e-9) * np.array([seen[-1], seen[:-1].max(), self.places])
        return np.array([(one >= least).sum() for one, least in zip(drawn, near, strict=True)], dtype=np.int64)


def _coefficients(model: Ints, stratum: Ints, there: Bools) -> Array:
    """(n,) 1/n of a model's rows in the language; in its own, minus their share of the stratum over the rows there."""
    in_model = np.bincount(model, weights=there)[model]
    in_stratum = np.bincount(stratum, weights=there)[stratum]
    own = np.bincount(stratum, weights=~there)[stratum]
    return np.asarray(np.where(there, 1.0 / in_model, -in_stratum / in_model / np.maximum(own, 1)))


def _means(y: Array, label: Ints) -> Array:
    """(n, C) the mean of the rows that share a row's label."""
    _, place = np.unique(label, return_inverse=True)
    sums = np.stack([np.bincount(place, weights=column) for column in y.T], axis=1)
    return np.asarray((sums / np.bincount(place)[:, None])[place])


def _complete(item: ItemReadings, mirrored: bool) -> Array | None:
    """(K, W, C) answers of the models that met every wording of a stratum that half of the models met."""
    rows = np.flatnonzero(item.scored & (item.mirror[item.wordings] == mirrored))
    met, counts = np.unique(item.wordings[rows], return_counts=True)
    met = met[counts * 2 >= len(np.unique(item.models[rows]))] if len(rows) else met
    rows = rows[np.isin(item.wordings[rows], met)]
    names, counts = np.unique(item.models[rows], return_counts=True)
    names = names[counts == len(met)]
    if len(met) < 2 or len(names) < LEAST_MODELS:
        return None
    rows = rows[np.isin(item.models[rows], names)]
    cells = np.zeros((len(names), len(met), item.dimensions + 1))
    cells[np.searchsorted(names, item.models[rows]), np.searchsorted(met, item.wordings[rows])] = item.vectors()[rows]
    return cells


def _pushed(cells: Array) -> Array:
    """(C,) (MS_wording - MS_residual) / K of one two-way table (K, W, C)."""
    k, w, _ = cells.shape
    column, row, grand = cells.mean(axis=0), cells.mean(axis=1), cells.mean(axis=(0, 1))
    between = k * ((column - grand) ** 2).sum(axis=0) / (w - 1)
    residual = ((cells - column[None] - row[:, None] + grand) ** 2).sum(axis=(0, 1)) / ((k - 1) * (w - 1))
    return np.asarray((between - residual) / k)
