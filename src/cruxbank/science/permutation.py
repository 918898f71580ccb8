"""Does an item separate at all? Model labels permuted within wording (SCIENCE 3; the chi-square G-test is invalid)."""

from __future__ import annotations

import numpy as np

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.readings import ItemReadings


def p_value(readings: ItemReadings, weight: Array, rng: np.random.Generator, permutations: int = 999) -> float:
    """P of a between-model sum of squares this large if the models were exchangeable; valid at any size.

    Statistic: sum_i n_i d_i' W d_i on scored rows, d_i the model's mean after each wording's mean is taken out.
    Labels move only among the responses to one wording. (1 + at least as large) / (1 + permutations); 1.0 with fewer
    than two eligible models. weight: (P, P) positive definite.
    """
    kept = readings.kept()
    if len(readings.eligible()) < 2:
        return 1.0
    labels = np.searchsorted(readings.eligible(), readings.models[kept])
    wording = readings.wordings[kept]
    y = _centred(readings.points()[kept] @ np.linalg.cholesky(weight), wording)
    observed = _statistic(y, labels[None])[0]
    shuffled = _shuffle(labels, wording, rng, permutations)
    larger = int((_statistic(y, shuffled) >= observed - 1e-9 * max(observed, 1.0)).sum())
    return (1 + larger) / (1 + permutations)


def _centred(y: Array, wording: Ints) -> Array:
    out = y.copy()
    for w in np.unique(wording):
        out[wording == w] -= y[wording == w].mean(axis=0)
    return out


def _shuffle(labels: Ints, wording: Ints, rng: np.random.Generator, times: int) -> Ints:
    out = np.tile(labels, (times, 1))
    for w in np.unique(wording):
        place = np.flatnonzero(wording == w)
        out[:, place] = rng.permuted(out[:, place], axis=1)
    return out


def _statistic(y: Array, labels: Ints) -> Array:
    """(B,) for labels (B, n)."""
    member = (labels[:, None, :] == np.arange(int(labels.max()) + 1)[None, :, None]).astype(np.float64)
    sums = member @ y
    n = np.maximum(member.sum(axis=2), 1.0)
    return np.asarray(((sums**2).sum(axis=2) / n).sum(axis=1))
