"""The rules of FACTS 12 that choose items from a pool, as few lines as the acceptance test needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.cluster.vq import kmeans2

from cruxbank.bench.simulator_stats import CHOSEN, Ratings, Rule
from cruxbank.science.arrays import Array, Ints


def _spread(ratings: Ratings, models: Ints, pool: Ints) -> Array:
    """(pool,) SD between the choosing models."""
    return np.asarray(ratings.means[models][:, pool].std(axis=0, ddof=1))


def _random(_: Ratings, __: Ints, pool: Ints, rng: np.random.Generator) -> tuple[Ints, Array]:
    return rng.choice(pool, CHOSEN, replace=False), np.ones(CHOSEN)


def _top(ratings: Ratings, models: Ints, pool: Ints, _: np.random.Generator) -> tuple[Ints, Array]:
    return pool[np.argsort(-_spread(ratings, models, pool))[:CHOSEN]], np.ones(CHOSEN)


def _weighted(ratings: Ratings, models: Ints, pool: Ints, rng: np.random.Generator) -> tuple[Ints, Array]:
    p = _spread(ratings, models, pool) ** 2
    p = p / p.sum()
    picks = rng.choice(len(pool), CHOSEN, replace=False, p=p)
    return pool[picks], 1 / p[picks]


def _medoids(ratings: Ratings, models: Ints, pool: Ints, rng: np.random.Generator) -> tuple[Ints, Array]:
    """Items nearest to the centres of k-means over the choosing models' answers, weighted by cluster size."""
    rows = ratings.means[models][:, pool].T
    centres, labels = kmeans2(rows, CHOSEN, minit="++", seed=rng)
    used = np.unique(labels)
    gaps = ((rows[:, None] - centres[used]) ** 2).sum(axis=2)
    gaps[labels[:, None] != used] = np.inf
    return pool[gaps.argmin(axis=0)], np.bincount(labels)[used].astype(np.float64)


def _quota(strength: Callable[[Ratings, Ints, Ints], Array]) -> Rule:
    """Dimensions take turns; each takes its strongest item that is left."""

    def rule(ratings: Ratings, models: Ints, pool: Ints, _: np.random.Generator) -> tuple[Ints, Array]:
        score = strength(ratings, models, pool)
        chosen: list[int] = []
        for turn in range(CHOSEN):
            ranked = np.argsort(-score[:, turn % score.shape[1]])
            chosen.append(next(int(k) for k in ranked if int(k) not in chosen))
        return pool[chosen], np.ones(CHOSEN)

    return rule


def _correlated(ratings: Ratings, _: Ints, pool: Ints) -> Array:
    return ratings.correlations[pool]


def _correlated_spread(ratings: Ratings, models: Ints, pool: Ints) -> Array:
    return _correlated(ratings, models, pool) * _spread(ratings, models, pool)[:, None]


def _everything(_: Ratings, __: Ints, pool: Ints, ___: np.random.Generator) -> tuple[Ints, Array]:
    return pool, np.ones(len(pool))


RULES: Mapping[str, Rule] = {
    "random": _random,
    "top divergence": _top,
    "squared, inverse weights": _weighted,
    "cluster medoids": _medoids,
    "quota by correlation": _quota(_correlated),
    "quota, times SD": _quota(_correlated_spread),
    "all of the pool": _everything,
}
"""In the order of FACTS 12."""
