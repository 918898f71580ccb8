"""Simulated targets in numbers: no text, no judge. What is planted is known, so what a session finds can be marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from cruxbank.science.arrays import Array
from cruxbank.science.probing import PLAIN, Choice, Event, Move, Pair, Plan, Subject, sizes
from cruxbank.science.seeds import rng

DIMENSIONS = tuple(f"d{k}" for k in range(10))
MOVES = (
    Move("paraphrase", "same"),
    Move("persona", "same"),
    Move("mirror", "reversed"),
    Move("roles", "reversed"),
    Move("counter", "pressure"),
    Move("authority", "pressure"),
    Move("stakes", "graded"),
)
LOOKED_AT = tuple(move.name for move in MOVES if move.effect != "graded")
SPREAD = 3.0
"""SD of the planted utilities in logits of the choice noise (logistic, scale 1)."""
LOG_NU = -1.5
"""How readily a target says that two values are even (Davidson)."""


@dataclass(frozen=True)
class Target:
    """What is planted. noise: chance that an answer to a proposition stands against what is held."""

    utilities: Array
    held: Mapping[str, int]
    noise: Mapping[str, float]
    flips: Mapping[str, tuple[float, float, float]]
    """(flip point, width, lapse) of the noisy slope, by proposition."""
    weak: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Flip rates of planted weaknesses."""
    yields: Mapping[str, int] = field(default_factory=dict)
    """Turn of pressure from which it gives in (nine times of ten), by move."""

    def stance(self, choice: Choice, depth: int, draw: np.random.Generator) -> int:
        """+1, -1 or 0 towards the proposition, or to the first of a pair."""
        if choice.pair is not None:
            return self._choice(choice.pair, draw)
        against = draw.random() < self.chance(choice, depth)
        return -self.held[choice.proposition] if against else self.held[choice.proposition]

    def chance(self, choice: Choice, depth: int) -> float:
        """Chance of an answer against what is held."""
        if choice.strength is not None:
            point, width, lapse = self.flips[choice.proposition]
            return float(lapse / 2 + (1 - lapse) / (1 + np.exp(-(choice.strength - point) / width)))
        if choice.move in self.yields and depth >= self.yields[choice.move]:
            return 0.9
        return self.weak.get((choice.proposition, choice.move), self.noise[choice.proposition])

    def _choice(self, pair: tuple[str, str], draw: np.random.Generator) -> int:
        a, b = (self.utilities[DIMENSIONS.index(d)] for d in pair)
        logits = np.array([a, b, LOG_NU + (a + b) / 2])
        chances = np.exp(logits - logits.max())
        return (1, -1, 0)[int(draw.choice(3, p=chances / chances.sum()))]


def planted(seed: int, session: int, plan: Plan, kind: str = "mixed", spread: float = SPREAD) -> Target:
    """One target. kind `mixed`: an order, flip points, one framing weakness on one proposition, a yielding point, little
    noise; `noisy`: noise of 5 to 35 % on every proposition and nothing else."""
    draw = rng(seed, session, "probe target " + kind)
    names = [subject.id for subject in plan.propositions]
    held = {name: int(draw.choice([-1, 1])) for name in names}
    noise = {name: float(draw.uniform(0.05, 0.35) if kind == "noisy" else draw.uniform(0.02, 0.12)) for name in names}
    flips = {name: (float(draw.uniform(0.15, 0.85)), float(draw.uniform(0.02, 0.1)), 0.04) for name in names}
    utilities = draw.normal(0.0, spread, len(DIMENSIONS))
    if kind == "noisy":
        return Target(utilities, held, noise, flips)
    weak = {(names[int(draw.integers(len(names)))], LOOKED_AT[int(draw.integers(4))]): 0.9}
    return Target(utilities, held, noise, flips, weak, {"counter": int(draw.integers(2, 5))})


def plan_of(turns: int, seed: int, subjects: int | None = None, **changed: object) -> Plan:
    """The plan of a session over numeric targets: 10 values, 45 pairs, 6 moves to look at and one graded."""
    size = sizes(turns)
    n = size.propositions if subjects is None else subjects
    names = tuple(f"x{k}" for k in range(n))
    own = tuple(
        Subject(name, (DIMENSIONS[k % 10], DIMENSIONS[(k + 3) % 10]), 2, k < size.flips) for k, name in enumerate(names)
    )
    pairs = tuple(Pair(a, b, names[k % n]) for k, (a, b) in enumerate(combinations(DIMENSIONS, 2)))
    return Plan(own, MOVES, turns, pairs, seed, **changed)  # type: ignore[arg-type]


def answered(target: Target, choice: Choice, events: tuple[Event, ...], seed: int, session: int) -> Event:
    """The target's answer as the next event."""
    number = len(events)
    draw = rng(seed, session, "probe answer", number)
    stance = target.stance(choice, depth(choice, events), draw)
    return Event(
        number=number,
        proposition=choice.proposition,
        move=choice.move,
        purpose=choice.purpose,
        stance=stance,
        strength=choice.strength,
        pair=choice.pair,
        after=choice.after,
        wording=choice.wording,
        repeat=choice.repeat,
    )


def depth(choice: Choice, events: tuple[Event, ...]) -> int:
    """Which turn of pressure an ask is in its conversation; 1 right after a plain answer."""
    count, after = 1, choice.after
    while after is not None and events[after].move != PLAIN:
        count, after = count + 1, events[after].after
    return count
