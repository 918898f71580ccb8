"""Which topics to ask about next: arms are topics, the reward is bits of admitted separation per 100 calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cruxbank.science.arrays import Array, Bools, Ints

REST_AFTER = 3


@dataclass(frozen=True)
class ArmTable:
    """What is known of A topics, one row each, in an order that does not change during a run.

    pulls: (A,) committed slots. bits: (A,) sum of admitted separation, calls: (A,) model calls spent.
    dry: (A,) pulls in a row, up to now, without an admission. domain: (A,) number of the topic's domain.
    admitted: (domains,) items that each domain has in the bank. neighbours, similarity: (A, n) the nearest topics and
    their similarities in [0, 1] (n may be 0). prior_mean in bits per 100 calls, prior_weight in pulls.
    """

    pulls: Ints
    bits: Array
    calls: Array
    dry: Ints
    domain: Ints
    admitted: Ints
    neighbours: Ints
    similarity: Array
    prior_mean: float = 1.0
    prior_weight: float = 1.0
    rest_after: int = REST_AFTER
    balance: float = 0.5
    """Bonus of a domain without items, in standard deviations of the reward; 0 switches balance off."""

    def __len__(self) -> int:
        return len(self.pulls)

    @property
    def rested(self) -> Bools:
        """(A,) exhausted topics: `rest_after` pulls in a row without an admission."""
        return np.asarray(self.dry >= self.rest_after, dtype=np.bool_)

    def reward(self) -> Array:
        """(A,) bits per 100 calls so far; 0 where nothing was spent."""
        return np.asarray(100.0 * self.bits / np.maximum(self.calls, 1.0))

    def scale(self) -> float:
        """Standard deviation of the reward over pulled topics; the prior mean before there are two."""
        seen = self.reward()[self.pulls > 0]
        spread = float(seen.std(ddof=1)) if len(seen) > 1 else 0.0
        return spread if spread > 0 else max(self.prior_mean, 1e-6)

    def centre(self) -> float:
        """Prior mean of a topic without neighbours: the given one, moved by all pulls so far."""
        pulls = float(self.pulls.sum())
        total = float((self.reward() * self.pulls).sum())
        return (self.prior_mean * self.prior_weight + total) / (self.prior_weight + pulls)

    def prior(self) -> tuple[Array, Array]:
        """(A,) mean and weight in pulls before a topic's own pulls count: what its neighbours earned.

        A neighbour's reward counts with similarity^2 x pulls, at most three pulls in all, so that a topic's own
        results soon outweigh it.
        """
        base = np.full(len(self), self.centre())
        weight = np.full(len(self), self.prior_weight)
        if self.neighbours.shape[1] == 0:
            return base, weight
        strength = np.clip(self.similarity, 0.0, 1.0) ** 2 * self.pulls[self.neighbours]
        heard = strength.sum(axis=1)
        shrunk = np.minimum(heard, 3.0)
        earned = (strength * self.reward()[self.neighbours]).sum(axis=1) / np.maximum(heard, 1e-12)
        return (base * weight + earned * shrunk) / (weight + shrunk), weight + shrunk

    def belief(self) -> tuple[Array, Array]:
        """(A,) posterior mean of the reward, bits per 100 calls, and its standard deviation."""
        mean, weight = self.prior()
        total = weight + self.pulls
        return (mean * weight + self.reward() * self.pulls) / total, self.scale() / np.sqrt(total)


class Policy(Protocol):
    """A rule that chooses topics. Implementations hold no state: everything is in the table and the rng."""

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """m distinct arms for one round, best first (fewer only if there are fewer arms)."""
        ...


@dataclass(frozen=True)
class Thompson:
    """Gaussian Thompson sampling with the neighbours' rewards as prior. The default."""

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """See `Policy`."""
        mean, error = arms.belief()
        return _pick(arms, mean + error * rng.standard_normal(len(arms)), m)


@dataclass(frozen=True)
class Ucb1:
    """UCB1 as in the literature: unpulled arms first, then mean + scale sqrt(2 ln N / pulls). No prior.

    Arms that this round has already taken do not count as pulled, so a round takes the m highest bounds.
    """

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """See `Policy`. The rng orders the unpulled arms."""
        total = max(float(arms.pulls.sum()), 1.0)
        bound = arms.reward() + arms.scale() * np.sqrt(2 * np.log(total) / np.maximum(arms.pulls, 1))
        fresh = arms.pulls == 0
        first = float(np.abs(bound).max(initial=0.0)) + 1e6 * arms.scale()
        return _pick(arms, np.where(fresh, first + arms.scale() * rng.random(len(arms)), bound), m)


@dataclass(frozen=True)
class Random:
    """Every topic alike: the baseline. It rests exhausted topics but does not balance domains."""

    def choose(self, arms: ArmTable, m: int, rng: np.random.Generator) -> list[int]:
        """See `Policy`."""
        order = rng.permutation(len(arms))
        return sorted(order.tolist(), key=lambda arm: bool(arms.rested[arm]))[: max(m, 0)]


_POLICIES: dict[str, Callable[[], Policy]] = {"thompson": Thompson, "ucb1": Ucb1, "random": Random}


def names() -> tuple[str, ...]:
    """Names of the policies, the default first."""
    return tuple(_POLICIES)


def policy(name: str) -> Policy:
    """A policy by its name.

    Raises:
        KeyError: no policy has that name; `names()` lists them.
    """
    return _POLICIES[name]()


def _pick(arms: ArmTable, index: Array, m: int) -> list[int]:
    """The m arms with the highest index, one by one: each pick counts for its domain before the next.

    Rested arms come only when no other is left; ties go to the lower number.
    """
    bonus = arms.balance * arms.scale()
    held = arms.admitted.astype(np.float64)
    open_ = np.ones(len(arms), dtype=np.bool_)
    chosen: list[int] = []
    while len(chosen) < min(m, len(arms)):
        awake = open_ & ~arms.rested
        pool = awake if awake.any() else open_
        value = index + bonus / np.sqrt(1.0 + held)[arms.domain]
        best = int(np.argmax(np.where(pool, value, -np.inf)))
        chosen.append(best)
        open_[best] = False
        held[arms.domain[best]] += 1
    return chosen
