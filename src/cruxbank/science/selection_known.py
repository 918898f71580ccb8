"""The selection rules that are known: best first, quotas, sampling with inverse weights, cluster medoids."""

from __future__ import annotations

import numpy as np

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.selection_candidates import Candidates, Selection

POWER = 2.0
"""Power of separation in `weighted`: the squared divergence of the published comparison (FACTS 12)."""
FLOOR = 0.05
"""Least size of an item in the draw, as a share of the mean size: nothing is left out for certain."""


def everything(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """All N items, whatever k: the ceiling of a table. Needs nothing."""
    del k, rng
    return Selection.of(np.arange(len(candidates)))


def at_random(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """A simple random sample: the reference bank. Needs nothing."""
    items = rng.permutation(len(candidates))[:k]
    return Selection.of(items, inclusion=np.full(k, k / len(candidates)))


def top(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """The k most separating items. Needs `separation`. Distorts distances between models; no weight mends that."""
    del rng
    return Selection.of(_best(candidates.separation)[:k])


def weighted(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """Sampled in proportion to separation^2, weighted by the inverse. Needs `separation`."""
    size = np.maximum(candidates.separation, 0.0) ** POWER
    chance = inclusion(size, k)
    items = systematic(chance, rng)
    return Selection.of(items, 1.0 / chance[items], chance[items])


def inclusion(size: Array, k: int) -> Array:
    """(N,) probabilities in (0, 1] in proportion to size, summing to k; what would pass 1 is taken for certain.

    Sizes below `FLOOR` times the mean are raised to it.
    """
    size = np.maximum(size, FLOOR * size.mean()) if size.sum() > 0 else np.ones(len(size))
    certain = np.zeros(len(size), dtype=np.bool_)
    while True:
        rest = size[~certain].sum()
        chance = np.where(certain, 1.0, size * (k - certain.sum()) / max(rest, 1e-300))
        over = ~certain & (chance >= 1.0)
        if not over.any():
            return np.asarray(chance)
        certain |= over


def systematic(chance: Array, rng: np.random.Generator) -> Ints:
    """Exactly round(sum chance) items, each with its own probability: one random start, equal steps, random order.

    Madow's systematic sampling (1949).
    """
    order = rng.permutation(len(chance))
    ends = np.cumsum(chance[order])
    k = round(float(ends[-1]))
    ends[-1] = k
    return np.asarray(order[np.searchsorted(ends, rng.random() + np.arange(k), side="right")], dtype=np.int64)


def medoids(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """The middle item of each of k clusters of response profiles, weighted by the cluster's size. Needs `values`.

    Ward's clusters of the choosing models' answers; the medoid is the item nearest to its cluster's mean.
    """
    from scipy.cluster.hierarchy import cut_tree, ward

    del rng
    points = np.moveaxis(candidates.channels, 2, 0).reshape(len(candidates), -1)
    label = cut_tree(ward(points), n_clusters=k)[:, 0]
    items, sizes = [], []
    for cluster in range(k):
        inside = np.flatnonzero(label == cluster)
        gap = ((points[inside] - points[inside].mean(axis=0)) ** 2).sum(axis=1)
        near = np.isclose(gap, gap.min(), rtol=1e-9)  # both of two items are as near: the more separating one
        items.append(inside[near][np.argmax(candidates.separation[inside[near]])])
        sizes.append(len(inside))
    return Selection.of(np.array(items), np.array(sizes, dtype=np.float64))


def quota(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """Equally many items a dimension, those that speak for it most. Needs `loadings`."""
    del rng
    return Selection.of(_turns(_needed(candidates), k))


def quota_spread(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """As `quota`, by loading times between-model SD. Needs `loadings` and `values`."""
    del rng
    return Selection.of(_turns(_needed(candidates) * candidates.spread[:, None], k))


def balanced(candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """A quota for each dimension x domain, best first. Needs `separation`; `loadings` and `groups` where there are any.

    An item belongs to the dimension of its largest absolute loading. Cells take turns, the one with the better item
    first: two cells differ by more than one item only where the smaller is exhausted.
    """
    del rng
    n = len(candidates)
    dimension = np.zeros(n, np.int64) if candidates.loadings is None else np.abs(candidates.loadings).argmax(axis=1)
    domain = np.zeros(n, np.int64) if candidates.groups is None else candidates.groups
    _, cell = np.unique(np.stack([dimension, domain], axis=1), axis=0, return_inverse=True)
    order = _best(candidates.separation)
    seen: dict[int, int] = {}
    turn = np.zeros(n, dtype=np.int64)
    for item in order:
        turn[item] = seen.get(int(cell[item]), 0)
        seen[int(cell[item])] = int(turn[item]) + 1
    return Selection.of(order[np.argsort(turn[order], kind="stable")][:k])


def _best(score: Array) -> Ints:
    return np.argsort(-score, kind="stable")


def _needed(candidates: Candidates) -> Array:
    if candidates.loadings is None or candidates.loadings.shape[1] == 0:
        raise ValueError("this rule needs loadings (N, D): how strongly each item speaks for each dimension")
    return candidates.loadings


def _turns(score: Array, k: int) -> Ints:
    """Dimensions take turns, each with its best item that is still free: (N, D) -> (k,)."""
    order = np.argsort(-score, axis=0, kind="stable")
    place = np.zeros(score.shape[1], dtype=np.int64)
    taken: dict[int, None] = {}
    while len(taken) < k:
        d = len(taken) % score.shape[1]
        while int(order[place[d], d]) in taken:
            place[d] += 1
        taken[int(order[place[d], d])] = None
    return np.array(list(taken), dtype=np.int64)
