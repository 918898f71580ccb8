"""Presence tables of judges, compared: shares and Krippendorff's alpha with intervals over answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cruxbank.science.agreement import krippendorff

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
BOOTSTRAPS = 200


def mean_alpha(first: Flags, second: Flags) -> float:
    """Krippendorff's alpha of two presence tables (n, D), mean over the dimensions where it is defined."""
    found = [krippendorff(np.stack([first[:, d], second[:, d]])) for d in range(first.shape[1])]
    return float(np.nanmean(found))


def interval(values: Floats) -> str:
    """2.5 to 97.5 % of resampled figures."""
    low, high = np.percentile(values, [2.5, 97.5])
    return f"{low:.3f} to {high:.3f}"


def resampled_share(equal: Floats, rng: np.random.Generator) -> Floats:
    """Means of a figure of each answer (n,), resampled over answers."""
    rows = rng.integers(0, len(equal), size=(BOOTSTRAPS, len(equal)))
    return np.asarray(equal[rows].mean(axis=1))


def resampled_alpha(first: Flags, second: Flags, rng: np.random.Generator) -> Floats:
    """`mean_alpha` of resampled answers."""
    draws = [rng.integers(0, len(first), size=len(first)) for _ in range(BOOTSTRAPS)]
    return np.array([mean_alpha(first[rows], second[rows]) for rows in draws])


def at_random(local: Flags, model: Flags, share: float, rng: np.random.Generator) -> Flags:
    """The cascade that sends so many answers whatever they say."""
    sent = rng.permutation(len(local)) < round(share * len(local))
    return np.where(sent[:, None], model, local)


def nearest(local: Flags, model: Flags, share: float, distance: Floats) -> Flags:
    """The cascade that sends so many answers, those with a probability nearest to its cut. distance: (n,)."""
    sent = np.argsort(np.argsort(distance, kind="stable"), kind="stable") < round(share * len(local))
    return np.where(sent[:, None], model, local)
