"""Area under the ROC curve: how well a score ranks the positives above the negatives."""

from __future__ import annotations

import numpy as np

from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array, Bools


def auc(scores: Array, positive: Bools) -> float:
    """P(score of a positive > score of a negative) + P(equal)/2, by ranks.

    Raises:
        ValueError: only one class is present.
    """
    from scipy.stats import rankdata

    hits = int(positive.sum())
    misses = len(positive) - hits
    if hits == 0 or misses == 0:
        raise ValueError(f"auc: needs both classes, got {hits} positive and {misses} negative")
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def auc_interval(scores: Array, positive: Bools, rng: np.random.Generator, draws: int = 1000) -> Estimate:
    """AUC with its 95 % percentile interval; the bootstrap draws within each class. Not in bits."""
    found = auc(scores, positive)
    top, bottom = scores[positive], scores[~positive]
    truth = np.repeat([True, False], [len(top), len(bottom)])
    picks = [np.concatenate([rng.choice(top, len(top)), rng.choice(bottom, len(bottom))]) for _ in range(draws)]
    low, high = np.quantile([auc(pick, truth) for pick in picks], [0.025, 0.975])
    return Estimate(est=found, lo=float(low), hi=float(high))
