"""Professed against acted values: leanings in the answers to questions beside those in what models do in scenarios.

Both are measured with error, so a correlation between them is too small even where the values are the same. The
reliability of each comes from random halves of its items (Spearman-Brown), and a correlation is shown as it is and
corrected for it (Spearman 1904: r / sqrt(reliability x reliability)).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from cruxbank.agreements import Agreement, Cell, Correlation, DimensionAgreement, ModelAgreement
from cruxbank.items import ItemKind
from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array
from cruxbank.science.leanings import Fit
from cruxbank.science.seeds import rng

DRAWS, SPLITS = 400, 100
RELIABLE = 0.2
"""Reliability from which a correlation is corrected: below it the correction multiplies noise by more than five."""
RATE = 0.05
"""Expected share of wrong ones among the differences that are called real (Benjamini and Hochberg 1995)."""


class _Kind(NamedTuple):
    """Leanings of one kind: (K, D), (DRAWS, K, D) and two times (SPLITS, K, D)."""

    found: Array
    drawn: Array
    halves: tuple[Array, Array]

    def at(self, *place: int | slice) -> _Kind:
        """Some cells only."""
        spread = (slice(None), *place)
        return _Kind(self.found[place], self.drawn[spread], (self.halves[0][spread], self.halves[1][spread]))

    def estimate(self, k: int, d: int) -> Estimate:
        return _interval(float(self.found[k, d]), float(self.drawn[:, k, d].std(ddof=1)))


def compare(
    fits: Mapping[ItemKind, Fit],
    counts: Mapping[str, tuple[dict[ItemKind, int], dict[ItemKind, int]]],
    dimensions: tuple[str, ...],
    *,
    signed: bool,
    left_out: Mapping[str, str],
    seed: int = 0,
) -> Agreement:
    """The agreement of the models named in `counts` (model -> items and responses by kind), in the fits' order of models.

    fits: `question` and `scenario`, and `dilemma` where there is enough of it. Intervals are normal ones with the
    bootstrap's standard error over items, those of r on Fisher's scale; 95 %.
    """
    kinds = {kind: _kind(fit, seed, kind) for kind, fit in fits.items()}
    professed, acted, chosen = kinds["question"], kinds["scenario"], kinds.get("dilemma")
    real = _real(professed, acted)
    models = tuple(
        ModelAgreement(
            model=model,
            items=items,
            responses=responses,
            correlation=_correlation(professed.at(k), acted.at(k)),
            cells=tuple(
                _cell(name, professed, acted, chosen, k, d, bool(real[k, d])) for d, name in enumerate(dimensions)
            ),
        )
        for k, (model, (items, responses)) in enumerate(counts.items())
    )
    names = {"question and dilemma": (professed, chosen), "dilemma and scenario": (chosen, acted)}
    return Agreement(
        signed=signed,
        dimensions=dimensions,
        items={kind: fit.items for kind, fit in fits.items()},
        left_out=dict(left_out),
        overall=_correlation(professed, acted),
        pairs={name: _correlation(a, b) for name, (a, b) in names.items() if a is not None and b is not None},
        models=models,
        by_dimension=tuple(
            DimensionAgreement(
                dimension=name, correlation=_correlation(professed.at(slice(None), d), acted.at(slice(None), d))
            )
            for d, name in enumerate(dimensions)
        ),
    )


def _kind(fit: Fit, seed: int, kind: ItemKind) -> _Kind:
    drawn = fit.resampled(DRAWS, rng(seed, 0, f"professed {kind} resampled"))
    return _Kind(fit.leanings(), drawn, fit.halves(SPLITS, rng(seed, 0, f"professed {kind} halves")))


def _cell(name: str, professed: _Kind, acted: _Kind, chosen: _Kind | None, k: int, d: int, real: bool) -> Cell:
    return Cell(
        dimension=name,
        professed=professed.estimate(k, d),
        acted=acted.estimate(k, d),
        chosen=None if chosen is None else chosen.estimate(k, d),
        difference=_interval(float(acted.found[k, d] - professed.found[k, d]), float(_errors(professed, acted)[k, d])),
        real=real,
    )


def _errors(first: _Kind, second: _Kind) -> Array:
    """Standard errors of the differences: the two kinds have no item in common."""
    return np.asarray(np.sqrt(first.drawn.var(axis=0, ddof=1) + second.drawn.var(axis=0, ddof=1)))


def _real(first: _Kind, second: _Kind) -> Array:
    from scipy.stats import false_discovery_control

    errors = np.maximum(_errors(first, second), 1e-12)
    p = 2 * ndtr(-np.abs(second.found - first.found) / errors)
    return np.asarray(false_discovery_control(p, axis=None).reshape(p.shape) <= RATE)


def _correlation(first: _Kind, second: _Kind) -> Correlation:
    cells = first.found.size
    r = float(_pearson(first.found.reshape(1, cells), second.found.reshape(1, cells))[0])
    again = _pearson(first.drawn.reshape(-1, cells), second.drawn.reshape(-1, cells))
    error = float(np.arctanh(np.clip(again, -0.999, 0.999)).std(ddof=1))
    z = float(np.arctanh(np.clip(r, -0.999, 0.999)))
    known = (_reliability(first.halves), _reliability(second.halves))
    return Correlation(
        r=Estimate(est=r, lo=float(np.tanh(z - 1.96 * error)), hi=float(np.tanh(z + 1.96 * error))),
        reliability=known,
        corrected=_corrected(r, known),
        cells=cells,
    )


def _corrected(r: float, reliability: tuple[float | None, float | None]) -> float | None:
    one, two = reliability
    if one is None or two is None or min(one, two) < RELIABLE:
        return None
    return float(np.clip(r / np.sqrt(one * two), -1, 1))


def _reliability(halves: tuple[Array, Array]) -> float | None:
    """Of the whole from its halves, covariances averaged over splits before they are divided; None without variance."""
    a, b = (half.reshape(len(half), -1) for half in halves)
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    shared, spread = float((a * b).mean()), float(np.sqrt((a**2).mean() * (b**2).mean()))
    if spread < 1e-12 or shared <= -0.999 * spread:
        return None
    half = shared / spread
    return 2 * half / (1 + half)


def _pearson(a: Array, b: Array) -> Array:
    """(N,) correlations of the rows; 0 where a row does not vary."""
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.asarray(np.where(size > 1e-12, (a * b).sum(axis=1) / np.maximum(size, 1e-12), 0.0))


def _interval(est: float, error: float) -> Estimate:
    return Estimate(est=est, lo=est - 1.96 * error, hi=est + 1.96 * error)
