"""When to rewrite a draft once more: a stop rule on the posterior, in bits against calls.

After a pilot a slot holds versions of one draft, the best of them with posterior mean m. It may let the best go on to
the scoring panel, or pay for a rewrite and its pilot. What a version with posterior mean m is worth is what remains
when the calls that still lie before it are paid at the bank's exchange rate (bits of admitted separation per call):

    V(m) = max(m - rate * further calls, 0)

A rewrite's true bits y follow from what rewriting did so far: y = mu + keep (x - mu) + lift, x the version that is
rewritten, mu the mean of all drafts; the spread is that of the mixture of x's posterior and of the prior of all drafts.
Its pilot will not show y but a posterior mean Y of smaller spread, Y = E[y] + sqrt(r) (y - E[y]) with r the share of
the prior variance that a pilot takes away. The slot goes on rewriting while

    P(Y better) * E[V(Y) - V(m) | Y better] > cost,

and the cost is what the same calls are worth elsewhere: at the exchange rate, or, where that is more, as a new draft
with its pilot, E[V(Y)] of all drafts. The second matters because V counts bits that a pilot promises and the rate bits
that were admitted: against the rate alone a rewrite looked worth .10 bits for calls worth .05 while a new draft, just
as dear, promised the same .10 (simulated preset, seed 101: 90 rewrites, 11 items instead of 19).

So rewriting has to be better than starting over. Whether it is, is learned: at first a rewrite is taken to add LIFT
bits, which is enough to try it, and every pair of a version and its rewrite moves that. A raw difference of two
estimates, on which AdAEM stops, is mostly a difference of noise after 16 calls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array
from cruxbank.science.shrink import Posterior, Prior, grid, joint_bits

KEEP = 0.5
"""Share of a version's distance from the mean of all drafts that its rewrite keeps, before any rewrite was seen."""
LIFT = 0.1
"""Bits that a rewrite is taken to add at first: hopeful, or nothing would ever be learned of rewriting."""
PAIRS = 8.0
"""Rewrites that these two guesses count for."""
LEAST_RELIABILITY = 0.05
RATE = 0.004
"""Bits of admitted separation per call before anything was admitted: what the simulated preset reaches."""
RATE_CALLS = 600.0
"""Calls that this guess counts for."""


@dataclass(frozen=True)
class Beliefs:
    """A distribution of true joint separation: bits (G,) with their probabilities, mass (G,)."""

    bits: Array
    mass: Array

    @staticmethod
    def of(found: Posterior, i: int = 0) -> Beliefs:
        """The posterior of one item."""
        return Beliefs(joint_bits(grid(), found.models[i]), found.mass[i])

    @staticmethod
    def drafts(prior: Prior, models: int) -> Beliefs:
        """All drafts of the bank, rejected ones included, on a panel of `models`."""
        return Beliefs(joint_bits(grid(), models), prior.mass)

    @property
    def mean(self) -> float:
        """Expected bits."""
        return float(self.mass @ self.bits)

    @property
    def variance(self) -> float:
        """Variance, bits squared."""
        return float(self.mass @ (self.bits - self.mean) ** 2)

    def shown(self, spread: float) -> Array:
        """(G,) posterior means that a pilot will show: drawn to the mean, to `spread` of the standard deviation."""
        return np.asarray(self.mean + spread * (self.bits - self.mean))


@dataclass(frozen=True)
class Rewrites:
    """What rewriting does: `keep` of a version's distance from the mean of drafts stays, `lift` bits are added."""

    keep: float = KEEP
    lift: float = LIFT

    @staticmethod
    def fit(before: Array, after: Array, mean: float, variance: float) -> Rewrites:
        """From pairs of posterior means (n,), bits, by ridge regression with `PAIRS` pseudo-pairs at (KEEP, LIFT).

        mean, variance: of all drafts, bits. keep is held in [0, 1].
        """
        x, y = before - mean, after - mean
        n = len(x) + PAIRS
        left = np.array([[x @ x + PAIRS * variance, x.sum()], [x.sum(), n]])
        right = np.array([x @ y + PAIRS * variance * KEEP, y.sum() + PAIRS * LIFT])
        keep = float(np.clip(np.linalg.solve(left, right)[0], 0.0, 1.0)) if variance > 0 else KEEP
        return Rewrites(keep, float((y.sum() + PAIRS * LIFT - keep * x.sum()) / n))

    def forecast(self, version: Beliefs, drafts: Beliefs) -> Beliefs:
        """True bits of a rewrite of `version`, on the grid of both moved by the lift; never below 0."""
        mass = self.keep * version.mass + (1 - self.keep) * drafts.mass
        return Beliefs(np.maximum(version.bits + self.lift, 0.0), mass)


@dataclass(frozen=True)
class Price:
    """Calls of a rewrite with its pilot, calls that a version still needs after it, and bits per call."""

    rewrite: float
    further: float
    rate: float


@dataclass(frozen=True)
class Outlook:
    """What one more rewrite promises, in bits. `gain` is the mean gain where it is better, `cost` what its calls are
    worth elsewhere."""

    chance: float
    gain: float
    cost: float

    @property
    def pays(self) -> bool:
        """Whether to rewrite once more."""
        return self.chance * self.gain > self.cost + 1e-12


def outlook(version: Beliefs, drafts: Beliefs, rewrites: Rewrites, price: Price) -> Outlook:
    """P(better), mean gain and cost of one more rewrite of `version`, the best so far, after its pilot."""
    reliability = 1.0 if drafts.variance <= 0 else 1.0 - version.variance / drafts.variance
    spread = float(np.sqrt(np.clip(reliability, LEAST_RELIABILITY, 1.0)))
    toll = price.rate * price.further
    future = rewrites.forecast(version, drafts)
    gains = _worth(future.shown(spread), toll) - max(version.mean - toll, 0.0)
    better = gains > 1e-12
    chance = float(future.mass[better].sum())
    total = float(future.mass[better] @ gains[better])
    anew = float(drafts.mass @ _worth(drafts.shown(spread), toll))
    return Outlook(chance, total / chance if chance > 0 else 0.0, max(price.rate * price.rewrite, anew))


def _worth(bits: Array, toll: float) -> Array:
    """V: what is left when the calls that still lie before a version are paid."""
    return np.asarray(np.maximum(bits - toll, 0.0))


def exchange_rate(bits: float, calls: float) -> float:
    """Bits of admitted separation per call of a bank so far, with `RATE_CALLS` calls at RATE before the first."""
    return (bits + RATE * RATE_CALLS) / (calls + RATE_CALLS)
