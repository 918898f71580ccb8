"""One run of a policy in a world: rounds of slots, what they found, and how far that is from an oracle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from cruxbank.bench.search_worlds import World, branch, slot
from cruxbank.science.arms import ArmTable, Pulls, rate
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.bandit import Policy
from cruxbank.science.seeds import rng

WINDOW = 8
PAYS = 2
"""As in graphs/expansion.py."""


@dataclass
class Play:
    """What a run did, slot by slot."""

    arm: list[int] = field(default_factory=list)
    bits: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Rules:
    """How a run differs from the product's: fields of the table, the reward, and expansion."""

    table: tuple[tuple[str, float], ...] = ()
    credit: float = 0.0
    """Share of a slot's reward that its best draft earns though it was not admitted."""
    expand: int = 0
    alike: float = 0.7


def play(world: World, policy: Policy, pulls: int, seed: int, rules: Rules = Rules()) -> tuple[Play, World]:
    """`pulls` slots in rounds of eight, and the world with the topics that were added. Equal seeds draw equal noise for
    equal (round, place)."""
    done = Play()
    while len(done.arm) < pulls:
        t = len(done.arm)
        chosen = policy.choose(table(world, done, rules, seed, pulls), min(WINDOW, pulls - t), rng(seed, t, "topics"))
        draw = rng(seed, t, "slots")
        arm = np.array(chosen, dtype=np.int64)
        used = _count(done.arm, np.array(done.calls) > 0, len(world))[arm]
        fresh = draw.random(len(arm)) >= used / world.stock[arm]
        got = slot(world.strength[arm], draw)
        before = _admitted(done, len(world))
        for place, one in enumerate(chosen):
            given = (got.bits[place], got.best[place], got.calls[place]) if fresh[place] else (0.0, 0.0, 0.0)
            _note(done, one, *map(float, given))
        if rules.expand:
            paying = np.flatnonzero((before < PAYS) & (_admitted(done, len(world)) >= PAYS))
            for parent in paying.tolist():
                world = branch(world, parent, rules.expand, rules.alike, rng(seed, t, "branch", parent))
    return done, world


def _admitted(done: Play, topics: int) -> Ints:
    return _count(done.arm, np.array(done.bits) > 0, topics)


def _count(arm: list[int], which: Bools, topics: int) -> Ints:
    """(A,) slots of each topic among those marked."""
    return np.bincount(np.array(arm, dtype=np.int64)[which], minlength=topics).astype(np.int64)


def _note(done: Play, arm: int, bits: float, best: float, calls: float) -> None:
    done.arm.append(arm)
    done.bits.append(bits)
    done.best.append(best)
    done.calls.append(calls)


def table(world: World, done: Play, rules: Rules, seed: int, budget: int) -> ArmTable:
    """The run so far as the product's table."""
    arm, bits, best = np.array(done.arm, dtype=np.int64), np.array(done.bits), np.array(done.best)
    held = np.bincount(world.domain[arm[bits > 0]], minlength=int(world.domain.max()) + 1)
    made = ArmTable(
        pulls=Pulls.of(arm, rate((1 - rules.credit) * bits + rules.credit * best, np.array(done.calls))),
        dry=_dry(arm, bits, len(world)),
        domain=world.domain,
        admitted=held,
        vectors=world.vectors,
        seed=seed,
        budget=budget,
    )
    return replace(made, **dict(rules.table))  # type: ignore[arg-type]


def _dry(arm: Ints, bits: Array, topics: int) -> Ints:
    """Pulls since a topic's last admission."""
    order = np.arange(len(arm))
    last = np.full(topics, -1)
    np.maximum.at(last, arm[bits > 0], order[bits > 0])
    return np.bincount(arm, weights=order > last[arm], minlength=topics).astype(np.int64)


def score(world: World, done: Play, pulls: int) -> dict[str, float]:
    """Figures after the first `pulls` slots.

    found: admitted bits per 1,000 calls, as drawn. regret: 1 - expected bits of the slots over those of an oracle that
    knows every topic's expected bits and always plays the best eight. simple: the same for the eight topics with most
    pulls (ties by mean bits), as one would recommend them at the end. domains: with an admitted item.
    """
    arm = np.array(done.arm[:pulls])
    bits, calls = np.array(done.bits[:pulls]), np.array(done.calls[:pulls])
    value = world.value()
    best = float(np.sort(value)[-WINDOW:].mean())
    count = np.bincount(arm, minlength=len(world))
    mean = np.bincount(arm, weights=bits, minlength=len(world)) / np.maximum(count, 1)
    liked = np.lexsort((-mean, -count))[:WINDOW]
    return {
        "found": 1000.0 * float(bits.sum()) / float(calls.sum()),
        "regret": 1.0 - float(value[arm].mean()) / best,
        "simple": 1.0 - float(value[liked].mean()) / best,
        "domains": float(len(np.unique(world.domain[arm[bits > 0]]))),
    }


def oracle(world: World) -> float:
    """Bits per 1,000 calls of always playing the best eight topics."""
    best = np.argsort(-world.value(), kind="stable")[:WINDOW]
    return 1000.0 * float(world.value()[best].sum()) / float(world.cost()[best].sum())
