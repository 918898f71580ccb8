"""Which topics to ask about next. Policies hold no state: everything is in the table and in the rng handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cruxbank.science import kernel
from cruxbank.science.arms import ArmTable, Pulls, pick, top
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.seeds import rng as derived

__all__ = ["ArmTable", "Policy", "Pulls", "names", "policy"]
NEAREST = 8
"""Neighbours from which `thompson` starts a topic that was never tried."""


class Policy(Protocol):
    """A rule that chooses topics."""

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """m distinct arms for one round, best first (fewer only if there are fewer arms)."""
        ...


@dataclass(frozen=True)
class Kernel:
    """Upper bounds of a Gaussian process over topics (`science/kernel.py`), its shape learned from the pulls. The default.

    Bound: mean + one standard deviation, ties (all topics before the first pull) broken at random. A pull tells little
    (intraclass correlation .11 in a bank of the simulated preset) and a run has a few pulls a topic at the most, so
    Thompson draws over hundreds of topics keep exploring to the end: docs/decisions/0013.
    """

    width: float = 1.0
    draw: float = 0.05

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """See `Policy`."""
        shape = kernel.GRID[int(np.argmax(np.round(kernel.weigh(arms), 9)))]
        mean, error = kernel.predict(arms, shape)
        return pick(arms, mean + error * (self.width + self.draw * rng.standard_normal(len(arms))), m)


@dataclass(frozen=True)
class Thompson:
    """Gaussian Thompson sampling with the mean of the nearest eight topics as prior; nothing is learned about how much
    similarity says."""

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """See `Policy`."""
        mean, error = believe(arms)
        return pick(arms, mean + error * rng.standard_normal(len(arms)), m)


@dataclass(frozen=True)
class Ucb1:
    """UCB1 (Auer et al. 2002): unpulled arms first, in random order, then mean + b sqrt(2 ln N / pulls).

    b is the standard deviation of the reward instead of its range 1: the form for rewards of any size. Nothing rests
    and nothing is balanced. Arms that this round has taken already do not count as pulled.
    """

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """See `Policy`."""
        bound = arms.mean + arms.scale() * _width(arms, float(np.log(max(len(arms.pulls), 1))))
        return top(_unpulled_first(arms, bound, rng), m)


@dataclass(frozen=True)
class Adaem:
    """AdAEM's rule as printed (arXiv 2505.13531, Alg. 1): C = Q = 0; any arm with C = 0 first; else the largest
    Q + sqrt(2 ln B / C), Q the mean of the scores so far, B the budget in pulls. The scores are not scaled."""

    repaired: bool = False
    """Only a sample of budget / 4 arms, drawn once from the run's seed, is played: so that the bandit is reached."""

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """See `Policy`."""
        budget = max(arms.budget, len(arms.pulls), 2)
        bound = arms.mean + _width(arms, float(np.log(budget)))
        order = top(_unpulled_first(arms, bound, rng), len(arms))
        if not self.repaired:
            return order[: max(m, 0)]
        played = set(derived(arms.seed, 0, "arms").permutation(len(arms))[: max(budget // 4, 1)].tolist())
        inside = [arm for arm in order if arm in played]
        return (inside + [arm for arm in order if arm not in played])[: max(m, 0)]


@dataclass(frozen=True)
class Random:
    """Every topic alike: the baseline. It rests exhausted topics but balances nothing."""

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """See `Policy`."""
        order = rng.permutation(len(arms))
        return sorted(order.tolist(), key=lambda arm: bool(arms.rested[arm]))[: max(m, 0)]


_POLICIES: dict[str, Callable[[], Policy]] = {
    "kernel": Kernel,
    "thompson": Thompson,
    "ucb1": Ucb1,
    "adaem": Adaem,
    "adaem-repaired": lambda: Adaem(repaired=True),
    "random": Random,
}


def names() -> tuple[str, ...]:
    """Names of the policies, the default first."""
    return tuple(_POLICIES)


def policy(name: str) -> Policy:
    """A policy by its name.

    Raises:
        KeyError: no policy has that name; `names()` lists them.
    """
    return _POLICIES[name]()


def believe(arms: ArmTable) -> tuple[Array, Array]:
    """(A,) `thompson`'s posterior mean of the reward and its standard deviation.

    A neighbour's mean counts with similarity^2 x pulls, at most three pulls in all; the prior mean moves with all pulls.
    """
    pulls = arms.count.astype(np.float64)
    centre = (arms.prior_mean + float((arms.mean * pulls).sum())) / (1.0 + float(pulls.sum()))
    heard, earned = _heard(arms)
    shrunk = np.minimum(heard, 3.0)
    weight = 1.0 + shrunk
    prior = (centre + earned / np.maximum(heard, 1e-12) * shrunk) / weight
    total = weight + pulls
    return (prior * weight + arms.mean * pulls) / total, arms.scale() / np.sqrt(total)


def _heard(arms: ArmTable) -> tuple[Array, Array]:
    """(A,) pulls and rewards of the nearest topics, weighted by similarity^2."""
    pulled: Ints = np.flatnonzero(arms.count)
    if len(pulled) == 0 or arms.vectors.shape[1] == 0:
        return np.zeros(len(arms)), np.zeros(len(arms))
    cosine = arms.likeness(pulled)
    cosine[np.arange(len(pulled)), pulled] = 0.0
    if len(pulled) > NEAREST:  # the nearest of the pulled ones: an unpulled neighbour has nothing to say
        cut = -np.partition(-cosine, NEAREST - 1, axis=0)[NEAREST - 1]
        cosine = np.where(cosine >= cut, cosine, 0.0)
    strength = np.clip(cosine, 0.0, 1.0) ** 2 * arms.count[pulled][:, None]
    return strength.sum(axis=0), (strength * arms.mean[pulled][:, None]).sum(axis=0)


def _width(arms: ArmTable, log: float) -> Array:
    return np.asarray(np.sqrt(2.0 * log / np.maximum(arms.count, 1)))


def _unpulled_first(arms: ArmTable, bound: Array, rng: np.random.Generator) -> Array:
    """Unpulled arms above all others, in random order."""
    above = float(np.abs(bound).max(initial=0.0)) + 1.0
    return np.where(arms.count == 0, above + rng.random(len(arms)), bound)
