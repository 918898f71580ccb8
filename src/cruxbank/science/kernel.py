"""A Gaussian process of the reward over topics: what one topic earned says something of those that are like it.

reward of a pull = m + f(topic) + noise, f ~ N(0, v C), noise ~ N(0, s / weight). C is one on its diagonal and adds up
from three parts: `near` exp(-(1 - cosine) / length), the Gaussian kernel on unit vectors; `domain` between topics of
one domain; the rest a topic's own. Which shares hold, and v / s, is learned by marginal likelihood on a small grid
(m and s in closed form; Rasmussen and Williams 2006, ch. 5), so similarities that say nothing get no weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from cruxbank.science.arms import ArmTable
from cruxbank.science.arrays import Array, Ints

FITTED = 100
"""Pulled topics, evenly spaced, from which the shape is learned: 55 shapes take about 10 ms then."""
HEARD = 1_000
"""Pulled topics that speak for others, those with most pulls; the time grows with the cube of their number. What is
beyond counts for itself alone."""
GUESS = 2.0
"""Pulls that the prior size of the noise is worth."""


class Shape(NamedTuple):
    """One point of the grid. The three shares add up to 1 with the topic's own."""

    near: float
    domain: float
    length: float
    ratio: float
    """Variance of f over that of one pull's noise."""


LENGTHS = (0.3, 0.6, 1.2)
RATIOS = (0.01, 0.05, 0.2, 0.8, 3.2)
SHARES = ((0.0, 0.0), (0.0, 0.4), (0.5, 0.0), (0.5, 0.3), (0.9, 0.0))
GRID = tuple(
    Shape(near, domain, length, ratio)
    for near, domain in SHARES
    for length, ratio in product(LENGTHS if near else LENGTHS[:1], RATIOS)
)

PRIOR = np.array([1.0 / len(LENGTHS) if shape.near else 1.0 for shape in GRID])
"""Every pair of shares is equally likely before the first pull, however many lengths it comes in."""


@dataclass(frozen=True)
class Evidence:
    """P pulled topics: their numbers, weighted mean reward, sum of weights; over all: squares within topics, pulls."""

    arm: Ints
    mean: Array
    weight: Array
    within: float
    pulls: int
    spread: float
    """Variance of the reward over all pulls: the prior size of the noise."""

    @classmethod
    def of(cls, arms: ArmTable, rows: Ints | None = None) -> Evidence:
        """From the pulls of a table, of all pulled topics or of those with these numbers."""
        pulls = arms.pulls
        weight: Array = np.bincount(pulls.arm, weights=pulls.weight, minlength=len(arms)).astype(np.float64)
        total = np.bincount(pulls.arm, weights=pulls.weight * pulls.reward, minlength=len(arms))
        mean = total / np.maximum(weight, 1e-12)
        mine = np.ones(len(pulls), dtype=np.bool_) if rows is None else np.isin(pulls.arm, rows)
        within = float((pulls.weight * (pulls.reward - mean[pulls.arm]) ** 2)[mine].sum())
        kept: Ints = np.flatnonzero(arms.count) if rows is None else rows
        return cls(kept, mean[kept], weight[kept], within, int(mine.sum()), arms.scale() ** 2)


@dataclass(frozen=True)
class Solved:
    """The posterior under one shape: noise variance s, mean m, and what predictions need."""

    shape: Shape
    noise: float
    centre: float
    log_likelihood: float
    factor: Array
    """(P, P) lower Cholesky factor of diag(1 / weight) + ratio C."""
    pull: Array
    """(P,) that matrix's inverse times (mean - m)."""


def covariance(shape: Shape, cosine: Array, same_domain: Array, same: Array) -> Array:
    """C between two lists of topics, from (a, b) cosines and the two (a, b) indicators."""
    own = 1.0 - shape.near - shape.domain
    made = own * same + shape.domain * same_domain
    if shape.near:
        made = made + shape.near * np.exp((np.clip(cosine, -1.0, 1.0) - 1.0) / shape.length)
    return np.asarray(made)


def solve(evidence: Evidence, shape: Shape, cov: Array) -> Solved:
    """Posterior and marginal likelihood (restricted for m, s profiled with a weak prior) of one shape."""
    noisy = np.diag(1.0 / evidence.weight) + shape.ratio * cov
    factor, _ = cho_factor(noisy, lower=True, overwrite_a=True, check_finite=False)
    right = np.column_stack([np.ones(len(cov)), evidence.mean])
    both = cho_solve((factor, True), right, check_finite=False)
    precision = float(both[:, 0].sum())
    centre = float(both[:, 1].sum()) / precision
    pull = both[:, 1] - centre * both[:, 0]
    squares = evidence.within + float((evidence.mean - centre) @ pull)
    size = evidence.pulls - 1 + GUESS
    noise = (squares + GUESS * evidence.spread) / size
    log_det = 2.0 * float(np.log(np.diag(factor)).sum()) + float(np.log(evidence.weight).sum())
    likelihood = -0.5 * (size * np.log(noise) + log_det + np.log(precision))
    return Solved(shape, noise, centre, float(likelihood), np.tril(factor), pull)


def weigh(arms: ArmTable) -> Array:
    """(grid,) posterior probability of every shape."""
    pulled = np.flatnonzero(arms.count)
    if len(pulled) < 2:
        return np.asarray(PRIOR / PRIOR.sum())
    rows = pulled[np.unique(np.linspace(0, len(pulled) - 1, min(FITTED, len(pulled))).round().astype(np.int64))]
    evidence = Evidence.of(arms, rows)
    cosine = arms.likeness(rows)[:, rows]
    same_domain = (arms.domain[rows][:, None] == arms.domain[rows]).astype(np.float64)
    same = np.eye(len(rows))
    made: dict[Shape, Array] = {}  # the ratio does not change the covariance
    found = []
    for shape in GRID:
        key = shape._replace(ratio=1.0)
        if key not in made:
            made[key] = covariance(shape, cosine, same_domain, same)
        found.append(solve(evidence, shape, made[key]).log_likelihood)
    relative: Array = PRIOR * np.exp(np.array(found) - max(found))
    return np.asarray(relative / relative.sum())


def predict(arms: ArmTable, shape: Shape) -> tuple[Array, Array]:
    """(A,) posterior mean and standard deviation of a topic's reward under one shape."""
    pulled = np.flatnonzero(arms.count)
    if len(pulled) == 0:
        spread = arms.scale() * np.sqrt(shape.ratio)
        return np.full(len(arms), arms.prior_mean), np.full(len(arms), spread)
    heard = np.sort(pulled[np.argsort(-arms.count[pulled], kind="stable")[:HEARD]])
    evidence = Evidence.of(arms, heard)
    cross = _cross(arms, shape, heard)
    solved = solve(evidence, shape, cross[:, heard])
    mean = solved.centre + shape.ratio * (solved.pull @ cross)
    explained = solve_triangular(solved.factor, cross, lower=True, check_finite=False)
    left = shape.ratio - shape.ratio**2 * np.einsum("pa,pa->a", explained, explained)
    variance = solved.noise * np.maximum(left, 1e-12)
    return _own(arms, heard, mean, variance, solved.noise)


def _cross(arms: ArmTable, shape: Shape, rows: Ints) -> Array:
    same = np.zeros((len(rows), len(arms)))
    same[np.arange(len(rows)), rows] = 1.0
    same_domain = (arms.domain[rows][:, None] == arms.domain).astype(np.float64)
    cosine = arms.likeness(rows) if shape.near else same
    cross = covariance(shape, cosine, same_domain, same)
    cross[np.arange(len(rows)), rows] = 1.0  # a rounded unit vector is not quite one with itself
    return cross


def _own(arms: ArmTable, heard: Ints, mean: Array, variance: Array, noise: float) -> tuple[Array, Array]:
    """The own pulls of topics that were not among those heard: the posterior so far is their prior."""
    silent = np.setdiff1d(np.flatnonzero(arms.count), heard)
    if len(silent):
        said = Evidence.of(arms, silent)
        share = variance[silent] / (variance[silent] + noise / said.weight)
        mean[silent] += share * (said.mean - mean[silent])
        variance[silent] *= 1.0 - share
    return mean, np.sqrt(variance)
