"""What carries over to models that did not choose the items (SCIENCE 3, "Transfer").

Everything is linear in one matrix per item: d_ij, half the squared distance between the mean verdict vectors of models
i and j in the bank's metric W, from pairs of different wordings, so without noise and without a wording's common push.
Its mean over pairs is Q. Selecting items by the distances between some models flatters these; the distances to a family
that had no say are fair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.quadratic import tensor
from cruxbank.science.readings import ItemReadings

DRAWS = 2_000
BLOCK = 2_000_000
"""Numbers drawn at once for a bootstrap."""
ODD = 0.5
"""Share of an item's separation above which one model makes it (SCIENCE 3)."""


@dataclass(frozen=True)
class PairDistances:
    """d (K, K): half squared distances in units of q, unbiased, so single entries may be negative; zero diagonal.

    models, families: (K,) numbers of the models in their panel and of their families.
    """

    models: Ints
    families: Ints
    d: Array

    def __len__(self) -> int:
        return len(self.models)

    @staticmethod
    def of(readings: ItemReadings, weight: Array) -> PairDistances:
        """Distances of one item's eligible models. weight: (P, P), positive definite."""
        x, mask = tensor(readings)
        models = readings.eligible()
        families = models if readings.families is None else readings.families[models]
        y = (x @ np.linalg.cholesky(weight)) * mask[..., None]
        total, flat = y.sum(axis=1), y.reshape(len(y), -1)
        n, ones = mask.sum(axis=1), mask.astype(np.float64)
        pairs = np.maximum(np.outer(n, n) - ones @ ones.T, 1.0)
        u = (total @ total.T - flat @ flat.T) / pairs
        own = np.diag(u)
        return PairDistances(models, families, (own[:, None] + own[None, :]) / 2 - u)

    def between(self) -> float:
        """Mean over pairs of models of different families, in units of q: what a model of a new family would add to.

        With fewer than two families: over all pairs; with fewer than two models: 0.
        """
        return self._mean(self.families[:, None] != self.families[None, :])

    def without(self, family: int) -> float:
        """`between` of the other families alone."""
        kept = self.families != family
        return PairDistances(self.models[kept], self.families[kept], self.d[np.ix_(kept, kept)]).between()

    def towards(self, family: int) -> float:
        """Squared deviation of one family's models from the mean of the others, in units of q; 0 without such a pair.

        2 mean d_ij - `without(family)`, i in the family, j outside. The distances d_ij alone hold half of what the
        others' own answers say, so items chosen for these would look as if they carried over (.40 on pure noise).
        """
        inside = self.families == family
        cross = self.d[np.ix_(inside, ~inside)]
        return 2.0 * float(cross.mean()) - self.without(family) if cross.size else 0.0

    def shares(self) -> Array:
        """(K,) each model's part of the squared deviations from the panel's mean; sums to 1, or all 0 without any.

        ||v_i - v||^2 = 2 (mean_j d_ij - mean_jk d_jk / 2). The quadratic form of SCIENCE's a_i KL(p_i || m) / GJS: that
        one is biased upwards by the noise of six responses.
        """
        deviation = self.d.mean(axis=1) - self.d.mean() / 2
        whole = float(deviation.sum())
        return np.zeros(len(self)) if whole <= 0 else np.asarray(deviation / whole)

    def _mean(self, chosen: Bools) -> float:
        off = ~np.eye(len(self), dtype=np.bool_)
        used = chosen & off if bool((chosen & off).any()) else off
        return float(self.d[used].mean()) if used.any() else 0.0


@dataclass(frozen=True)
class Carry:
    """One item's figure for new families. All in units of q, but the shares."""

    est: float
    lo: float
    hi: float
    family: int
    """The most influential family; -1 with fewer than three."""
    without: float
    """The figure without it."""
    odd: int
    """Number (in the panel) of the model with the largest share."""
    share: float
    """Its share of the squared deviations; above `ODD` one odd model makes the item."""


def jackknife(item: PairDistances) -> Carry:
    """Leave-one-family-out jackknife of the mean distance between models of different families.

    est = the figure of all; lo, hi = est -+ 1.96 SE with SE^2 = (F - 1)/F sum_f (theta_-f - mean)^2, which takes the
    families, not the responses, as the sample: how far the figure may go with families that were not asked. With fewer
    than three families the interval is infinite.
    """
    families = np.unique(item.families)
    est = item.between()
    shares = item.shares()
    odd = int(np.argmax(shares)) if len(item) else 0
    model, share = (int(item.models[odd]), float(shares[odd])) if len(item) else (-1, 0.0)
    if len(families) < 3:
        return Carry(est, -np.inf, np.inf, -1, est, model, share)
    left = np.array([item.without(int(f)) for f in families])
    error = 1.96 * float(np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum()))
    worst = int(np.argmin(left))
    return Carry(est, est - error, est + error, int(families[worst]), float(left[worst]), model, share)


def leave_family_out(items: Sequence[PairDistances], chosen: int) -> Estimate:
    """Share of the in-sample separation that a family keeps which had no say in the choice.

    For each family: the `chosen` items that separate the OTHER families most are taken; kept = mean squared deviation of
    the left-out family from the others over the mean distance between the choosing families. Pooled over families; the
    interval is est -+ 1.96 SE of the jackknife over families. Items that a family did not answer are left out for it.

    Raises:
        ValueError: nothing to choose from.
    """
    families = sorted({int(f) for item in items for f in item.families})
    if not 0 < chosen <= len(items) or len(families) < 2:
        raise ValueError(f"leave_family_out: {chosen} of {len(items)} items, {len(families)} families")
    sums = np.array([_one_out(items, chosen, family) for family in families])
    est = _ratio(sums)
    left = np.array([_ratio(np.delete(sums, f, axis=0)) for f in range(len(sums))])
    error = 1.96 * float(np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum()))
    return Estimate(est=est, lo=est - error, hi=est + error)


def _one_out(items: Sequence[PairDistances], chosen: int, family: int) -> tuple[float, float]:
    here = [item for item in items if bool((item.families == family).any())]
    inside = np.array([item.without(family) for item in here])
    outside = np.array([item.towards(family) for item in here])
    best = np.argsort(-inside, kind="stable")[:chosen]
    return float(outside[best].sum()), float(inside[best].sum())


def _ratio(sums: Array) -> float:
    top, bottom = sums.sum(axis=0)
    return float(top / bottom) if bottom > 0 else 0.0


def resampled(items: int, rng: np.random.Generator) -> Iterator[Ints]:
    """`DRAWS` bootstrap samples of so many items, as (some, items) numbers of items: all at once would take 1.6 GB for
    100,000 items. The numbers are those of one draw of (DRAWS, items)."""
    rows = max(1, BLOCK // items)
    for first in range(0, DRAWS, rows):
        yield rng.integers(items, size=(min(rows, DRAWS - first), items))


def kept(inside: Array, outside: Array, rng: np.random.Generator) -> Estimate:
    """Mean of `outside` over mean of `inside`, both (N,) over the same items, with a bootstrap interval over items.

    inside: what chose the items (or claims for them); outside: a fresh measurement, unbiased for each item, e.g. Q on
    fresh wordings or on the holdout panel. Not clipped: single fresh figures may be negative.

    Raises:
        ValueError: no items, or `inside` is not positive on average.
    """
    if not len(inside) or inside.mean() <= 0:
        raise ValueError(f"kept: {len(inside)} items with a mean of {inside.mean() if len(inside) else 0.0}")
    draws = np.concatenate(
        [outside[p].mean(axis=1) / np.maximum(inside[p].mean(axis=1), 1e-12) for p in resampled(len(inside), rng)]
    )
    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(est=float(outside.mean() / inside.mean()), lo=float(low), hi=float(high))
