"""What a policy knows of the topics: every pull so far, what rests, what the bank lacks, and which topics are alike."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cruxbank.science.arrays import Array, Bools, Ints

REST_AFTER, REST_FOR = 3, 40


def _none() -> Array:
    return np.zeros((0, 0))


@dataclass(frozen=True)
class Pulls:
    """T committed slots in the order of their commits. reward: any unit (here bits per 100 calls); weight: 1 over the
    relative noise variance of the reward, 1 where nothing else is known."""

    arm: Ints
    reward: Array
    weight: Array

    @classmethod
    def of(cls, arm: Ints, reward: Array, weight: Array | None = None) -> Pulls:
        """Pulls with equal weights unless given.

        Raises:
            ValueError: lengths differ, or a weight is not positive.
        """
        weight = np.ones(len(arm)) if weight is None else weight
        if not len(arm) == len(reward) == len(weight) or (weight <= 0).any():
            raise ValueError(f"pulls: {len(arm)} arms, {len(reward)} rewards, {len(weight)} weights, all above 0")
        return cls(np.asarray(arm, dtype=np.int64), np.asarray(reward, dtype=np.float64), weight)

    def __len__(self) -> int:
        return len(self.arm)


@dataclass(frozen=True)
class ArmTable:
    """What is known of A topics, one row each; new topics are added behind the old ones.

    pulls: all committed slots. dry: (A,) pulls in a row, up to now, without an admission. domain: (A,) number of the
    topic's domain; admitted: (domains,) items that each domain has in the bank. leads: (A, D) expected shares of the
    dimensions on which an item of this topic separates best (D may be 0); held: (D,) items that each dimension leads.
    vectors: (A, n) unit vectors of the topics' texts (n may be 0). seed and budget: of the run, for what is drawn once.
    """

    pulls: Pulls
    dry: Ints
    domain: Ints
    admitted: Ints
    vectors: NDArray[np.float32]
    leads: Array = field(default_factory=_none)
    held: Array = field(default_factory=lambda: np.zeros(0))
    seed: int = 0
    budget: int = 0
    """Pulls that the run may make, as far as one can tell; 0 where unknown."""
    prior_mean: float = 1.0
    """Reward of a topic before any pull, bits per 100 calls."""
    rest_after: int = REST_AFTER
    rest_for: int = REST_FOR
    balance: float = 0.25
    """Bonus of a domain without items, and of a dimension without items, in standard deviations of the reward."""

    def __len__(self) -> int:
        return len(self.dry)

    @property
    def exhausted(self) -> Bools:
        """(A,) `rest_after` pulls in a row, up to now, without an admission."""
        return np.asarray(self.dry >= self.rest_after, dtype=np.bool_)

    @cached_property
    def rested(self) -> Bools:
        """(A,) exhausted topics that were pulled lately: each sleeps for `rest_for` pulls of others, and for twice as
        long after every further dry pull. A good topic that admits 4 in 10 is dry three times in a row in one case of
        five: were it never to wake, a long run would lose its best topics one after another."""
        last = np.full(len(self), -1, dtype=np.int64)
        np.maximum.at(last, self.pulls.arm, np.arange(len(self.pulls)))
        asleep = self.rest_for * 2.0 ** np.clip(self.dry - self.rest_after, 0, 30)
        return np.asarray(self.exhausted & (len(self.pulls) - 1 - last < asleep), dtype=np.bool_)

    @cached_property
    def count(self) -> Ints:
        """(A,) pulls of each topic."""
        return np.bincount(self.pulls.arm, minlength=len(self))

    @cached_property
    def mean(self) -> Array:
        """(A,) mean reward of each topic; 0 where never pulled."""
        total = np.bincount(self.pulls.arm, weights=self.pulls.reward, minlength=len(self))
        return np.asarray(total / np.maximum(self.count, 1))

    def foreseeing(self, leads: Array, held: Array) -> ArmTable:
        """The table with expected leading dimensions and the numbers of items that each dimension leads."""
        return replace(self, leads=leads, held=held)

    def scale(self) -> float:
        """Standard deviation of the reward over pulls; the prior mean where there are not two different ones."""
        spread = float(self.pulls.reward.std(ddof=1)) if len(self.pulls) > 1 else 0.0
        return spread if spread > 0 else max(self.prior_mean, 1e-6)

    def likeness(self, rows: Ints) -> Array:
        """(rows, A) cosines to 5 places (the sixth differs between machines); zeros where there are no vectors."""
        if self.vectors.shape[1] == 0:
            return np.zeros((len(rows), len(self)))
        cosines: Array = np.asarray(self.vectors[rows] @ self.vectors.T, dtype=np.float64)
        return np.round(cosines, 5)


def rate(bits: Array, calls: Array) -> Array:
    """(T,) reward of every pull in bits per 100 calls, from its admitted bits and its calls.

    bits / calls would favour cheap failures' neighbours: the mean of ratios is not the ratio of means. What maximises
    bits over calls is bits - r calls with r the rate so far (Dinkelbach 1967), here moved so that a pull of mean cost
    keeps its own rate. A pull without a call found nothing to ask: it is charged the mean, for its topic is exhausted,
    not cheap.
    """
    paid = calls[calls > 0]
    if len(paid) == 0:
        return np.zeros(len(bits))
    usual = float(paid.mean())
    charged = np.where(calls > 0, calls, usual)
    return np.asarray(100.0 * (bits - float(bits.sum() / paid.sum()) * (charged - usual)) / usual)


def pick(arms: ArmTable, index: Array, m: int) -> list[int]:
    """The m arms with the highest index, one by one: each pick counts for its domain and dimensions before the next.

    A domain with n items adds balance / sqrt(1 + n) standard deviations of the reward; the dimensions on which a topic's
    items are expected to separate best add the same, in their shares. Rested arms come only when no other is left; ties
    go to the lower number.
    """
    index = np.round(index, 9)
    bonus = arms.balance * arms.scale()
    domains, held = arms.admitted.astype(np.float64), arms.held.astype(np.float64)
    open_ = np.ones(len(arms), dtype=np.bool_)
    chosen: list[int] = []
    while len(chosen) < min(m, len(arms)):
        awake = open_ & ~arms.rested
        pool = awake if awake.any() else open_
        value = index + bonus / np.sqrt(1.0 + domains)[arms.domain]
        if len(held):
            value = value + bonus * (arms.leads @ (1.0 / np.sqrt(1.0 + held)))
        best = int(np.argmax(np.where(pool, value, -np.inf)))
        chosen.append(best)
        open_[best] = False
        domains[arms.domain[best]] += 1
        if len(held):
            held = held + arms.leads[best]
    return chosen


def top(index: Array, m: int) -> list[int]:
    """The m arms with the highest index and nothing else; ties go to the lower number."""
    return [int(arm) for arm in np.argsort(-np.round(index, 9), kind="stable")[: max(m, 0)]]
