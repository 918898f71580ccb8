"""Worlds for the search bench: topics with a hidden strength, and what a slot on one of them yields and costs.

The slot is a small copy of a real one: two pilots of 16 calls at most, then the scoring panel, everything measured with
noise and shrunk by the posterior under the true distribution. Sizes: a bank of the simulated preset (64 slots, 94
drafts): 39 % of the slots admit, .51 bits on average; drafts that stay out have a posterior mean of .09-.20; a slot
costs 32 to 88 calls, 58 on average; repeated pulls of 14 topics give an intraclass correlation of .11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.seeds import rng

MEDIAN, TOPIC_SD, ITEM_SD = 0.16, 0.42, 0.85
"""True separation of a draft: log-normal, with a topic's part and a draft's own part (bits, log scale)."""
PILOT_SD, PANEL_SD = 0.16, 0.10
"""Error of the estimate after the pilot and after the scoring panel: the interval is .44 bits wide then."""
WORTH, CHANCE, LOWER = 0.25, 0.25, 0.05
"""The race and the rule of admission, as in the preset."""
PILOT, SHORT, LONG = 16, 32, 56
"""Calls of one pilot; of the scoring panel where it is soon clear; of all wordings."""
GRID = np.linspace(-0.8, 4.0, 1_201)
KINDS = ("smooth", "rough", "sparse", "real")


class Yield(NamedTuple):
    """What a slot gave: admitted bits (0 mostly), posterior mean of its best draft, calls."""

    bits: Array
    best: Array
    calls: Array


@dataclass(frozen=True)
class World:
    """A topics. strength: (A,) on the log scale around 0; vectors: (A, n); domain: (A,); stock: (A,) drafts that a
    topic has to give before it only repeats itself (a large number: never)."""

    strength: Array
    vectors: np.ndarray
    domain: Ints
    stock: Array

    def __len__(self) -> int:
        return len(self.strength)

    def value(self) -> Array:
        """(A,) expected admitted bits of a fresh slot."""
        return np.interp(self.strength, *_curve("bits"))

    def cost(self) -> Array:
        """(A,) expected calls of a fresh slot."""
        return np.interp(self.strength, *_curve("calls"))


def shallow(world: World, seed: int, mean: float = 4.0) -> World:
    """The same topics, each with a stock of 1 + Poisson(mean) drafts: in a bank of the preset the share of slots that
    admit fell from .46 on a topic's first two pulls to .06 from the tenth on."""
    return replace(world, stock=1.0 + rng(seed, len(world), "stock").poisson(mean, len(world)).astype(np.float64))


def branch(world: World, parent: int, n: int, alike: float, draw: np.random.Generator) -> World:
    """n new topics behind the others: strength correlates `alike` with the parent's, cosine about .8, stock as its."""
    strength = alike * world.strength[parent] + TOPIC_SD * np.sqrt(1 - alike**2) * draw.standard_normal(n)
    noise = draw.standard_normal((n, world.vectors.shape[1]))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    rows = 0.8 * world.vectors[parent] + 0.6 * noise
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return World(
        np.concatenate([world.strength, strength]),
        np.concatenate([world.vectors, rows.astype(np.float32)]),
        np.concatenate([world.domain, np.full(n, world.domain[parent])]),
        np.concatenate([world.stock, np.full(n, world.stock[parent])]),
    )


def make(kind: str, topics: int, seed: int, vectors: np.ndarray | None = None, pay: Array | None = None) -> World:
    """A world. smooth: clusters of about ten pay alike; rough: the same clusters say nothing; sparse: one topic in
    twenty pays, anywhere; real: given vectors and strengths.

    Raises:
        ValueError: an unknown kind, or `real` without vectors and strengths.
    """
    draw = rng(seed, topics, f"world {kind}")
    if kind == "real":
        if vectors is None or pay is None:
            raise ValueError("a real world needs vectors and strengths")
        return World(TOPIC_SD * pay, vectors, draw.integers(0, 18, len(pay)), np.full(len(pay), np.inf))
    clusters = max(topics // 10, 1)
    cluster = draw.integers(0, clusters, topics)
    own, shared = draw.standard_normal(topics), draw.standard_normal(clusters)[cluster]
    if kind == "smooth":
        strength = TOPIC_SD * (np.sqrt(0.8) * shared + np.sqrt(0.2) * own)
    elif kind == "rough":
        strength = TOPIC_SD * own
    elif kind == "sparse":
        strength = np.where(draw.random(topics) < 0.05, 0.6, -1.2) + 0.1 * own
    else:
        raise ValueError(f"world {kind}: one of {', '.join(KINDS)}")
    return World(strength, _clustered(cluster, draw), cluster % 18, np.full(topics, np.inf))


def _clustered(cluster: Ints, draw: np.random.Generator, size: int = 64) -> np.ndarray:
    """Unit vectors whose cosine is about .45 within a cluster and 0 between: as near as seed topics come."""
    centres = draw.standard_normal((int(cluster.max()) + 1, size))
    rows = np.sqrt(0.45) * centres[cluster] + np.sqrt(0.55) * draw.standard_normal((len(cluster), size))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def slot(strength: Array, draw: np.random.Generator) -> Yield:
    """One slot on each of the topics with these strengths."""
    first = _draft(strength, draw)
    again = ~first.passes
    second = _draft(strength, draw)
    pick = np.where(again, 1, 0)
    truth = np.choose(pick, [first.truth, second.truth])
    asked = np.where(again, second.passes, True)
    panel = truth + PANEL_SD * draw.standard_normal(len(truth))
    table = _table(PANEL_SD)
    est, low = np.interp(panel, GRID, table[0]), np.interp(panel, GRID, table[1])
    admitted = asked & (low >= LOWER) & (est >= 2 * PANEL_SD)
    early = admitted & (est > 3 * PANEL_SD)
    calls = PILOT * (1 + again) + np.where(asked, np.where(early, SHORT, LONG), 0)
    pilots = np.maximum(first.best, np.where(again, second.best, 0.0))
    best = np.where(asked, np.maximum(est, np.where(again, first.best, 0.0)), pilots)
    return Yield(np.where(admitted, est, 0.0), best, calls.astype(np.float64))


class _Draft(NamedTuple):
    truth: Array
    passes: Bools
    best: Array


def _draft(strength: Array, draw: np.random.Generator) -> _Draft:
    truth = MEDIAN * np.exp(strength + ITEM_SD * draw.standard_normal(len(strength)))
    pilot = truth + PILOT_SD * draw.standard_normal(len(truth))
    table = _table(PILOT_SD)
    return _Draft(truth, np.interp(pilot, GRID, table[2]) >= CHANCE, np.interp(pilot, GRID, table[0]))


@cache
def _table(error: float) -> tuple[Array, Array, Array]:
    """Posterior mean, 2.5 % point and P(> WORTH) for every estimate of the grid, by integration."""
    size = np.linspace(-4, 4, 801)
    truth = MEDIAN * np.exp(size * np.hypot(TOPIC_SD, ITEM_SD))
    prior = np.exp(-0.5 * size**2)
    weight = prior * np.exp(-0.5 * ((GRID[:, None] - truth) / error) ** 2) + 1e-300
    weight /= weight.sum(axis=1, keepdims=True)
    low = truth[np.argmax(np.cumsum(weight, axis=1) >= 0.025, axis=1)]
    return weight @ truth, low, weight @ (truth > WORTH)


@cache
def _curve(what: str) -> tuple[Array, Array]:
    """Strengths, and the expected bits or calls of a slot there, from 4,000 slots each."""
    strength = np.linspace(-2.5, 2.5, 51)
    draw = rng(1, 0, "curve")
    means = [getattr(slot(np.full(4_000, s), draw), what).mean() for s in strength]
    return strength, np.array(means)
