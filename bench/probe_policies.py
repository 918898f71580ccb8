"""Who chooses what is asked: the strategy, chance, or a script that was written before the session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, cycle, product
from typing import Protocol

import numpy as np

from cruxbank.bench.probe_targets import DIMENSIONS, LOOKED_AT
from cruxbank.science.probing import PLAIN, Belief, Choice, Plan
from cruxbank.science.probing_plan import DEPTH
from cruxbank.science.seeds import rng
from cruxbank.science.threshold import STRENGTHS
from cruxbank.sessions import Purpose


class Policy(Protocol):
    """Chooses the next ask."""

    def next(self, belief: Belief) -> Choice:
        """What to ask after these turns."""


class Adaptive:
    """The strategy itself."""

    def next(self, belief: Belief) -> Choice:
        """Its next ask; the first plain question again where it would end."""
        return belief.next() or Choice(belief.plan.propositions[0].id, PLAIN, "plain", 0.0)


class AtRandom:
    """After three plain answers each (fewer leave it unsure what is held): a purpose at random, then one of its asks."""

    def __init__(self, seed: int, session: int, purposes: Sequence[Purpose]) -> None:
        self._at, self._purposes = (seed, session), purposes

    def next(self, belief: Belief) -> Choice:
        """A random ask."""
        draw = rng(self._at[0], self._at[1], "random moves", len(belief.events))
        opening = _opening(belief, 3)
        if opening is not None:
            return opening
        return _drawn(belief, self._purposes[int(draw.integers(len(self._purposes)))], draw)


def _drawn(belief: Belief, purpose: Purpose, draw: np.random.Generator) -> Choice:
    plan = belief.plan
    if purpose == "flip":
        names = [s.id for s in plan.propositions if s.flip]
        return _rung(names[int(draw.integers(len(names)))], float(draw.choice(STRENGTHS)))
    if purpose == "order":
        return _pair(plan, int(draw.integers(len(plan.pairs))), bool(draw.integers(2)))
    if purpose == "screen":
        name = plan.propositions[int(draw.integers(len(plan.propositions)))].id
        return _look(belief, name, str(draw.choice(LOOKED_AT)))
    if purpose == "yield":
        going = _going(belief)
        if going:
            return going[int(draw.integers(len(going)))]
        return _drawn(belief, "screen", draw)
    name = plan.propositions[int(draw.integers(len(plan.propositions)))].id
    return Choice(name, PLAIN, "plain", 0.0)


@dataclass(frozen=True)
class Script:
    """A fixed order of asks: plain answers first, then the purposes in turn by their shares."""

    opening: int = 1
    ladder: int = 9
    """Rungs of the flip search: equal steps from .1 to .9, in an order that halves gaps."""
    shares: tuple[tuple[Purpose, int], ...] = (("flip", 1), ("order", 2), ("screen", 3), ("yield", 1))

    @property
    def name(self) -> str:
        """For tables."""
        shares = ", ".join(f"{purpose} {share}" for purpose, share in self.shares)
        return f"{self.opening} plain, {self.ladder} rungs, {shares}"


class Fixed:
    """Plays a script."""

    def __init__(self, script: Script, plan: Plan) -> None:
        self._script = script
        self._purposes = cycle([p for p, share in _spread(script.shares) for _ in range(share)])
        flips = [s.id for s in plan.propositions if s.flip]
        self._rungs = cycle((name, s) for s in rungs(script.ladder) for name in flips)
        self._pairs = cycle(tournament(len(DIMENSIONS)))
        self._looks = cycle(product(LOOKED_AT, [s.id for s in plan.propositions]))
        self._place = {pair: k for k, pair in enumerate(combinations(range(len(DIMENSIONS)), 2))}
        self._swap = False

    def next(self, belief: Belief) -> Choice:
        """The script's next line."""
        opening = _opening(belief, self._script.opening)
        return self._line(belief, next(self._purposes)) if opening is None else opening

    def _line(self, belief: Belief, purpose: Purpose) -> Choice:
        if purpose == "flip":
            return _rung(*next(self._rungs))
        if purpose == "order":
            self._swap = not self._swap
            return _pair(belief.plan, self._place[next(self._pairs)], self._swap)
        going = _going(belief) if purpose == "yield" else []
        if going:
            return going[0]
        move, name = next(self._looks)
        return _look(belief, name, move)


def _spread(shares: Sequence[tuple[Purpose, int]]) -> Iterator[tuple[Purpose, int]]:
    """Purposes one by one in turn: every purpose `share` times, as evenly as it goes."""
    places = sorted(((k + 0.5) / share, place) for place, (_, share) in enumerate(shares) for k in range(share))
    return ((shares[place][0], 1) for _, place in places)


def rungs(n: int) -> list[float]:
    """n strengths from .1 to .9 on the scale's steps: the middle first, then the middles of what is left."""
    even = [round(0.05 * round((0.1 + 0.8 * k / (n - 1)) / 0.05), 2) for k in range(n)]
    out: list[float] = []
    parts = [(0, n)]
    while parts:
        low, high = parts.pop(0)
        if low < high:
            middle = (low + high) // 2
            out.append(even[middle])
            parts += [(low, middle), (middle + 1, high)]
    return out


def tournament(n: int) -> list[tuple[int, int]]:
    """Every pair of n (even) once, in rounds in which each meets one other (circle method)."""
    ring, out = list(range(n)), []
    for _ in range(n - 1):
        out += [tuple(sorted((ring[k], ring[n - 1 - k]))) for k in range(n // 2)]
        ring = [ring[0], ring[-1], *ring[1:-1]]
    return [(a, b) for a, b in out]


def _opening(belief: Belief, each: int) -> Choice | None:
    for subject in belief.plan.propositions:
        own = [e for e in belief.tally.of("position", "plain") if e.proposition == subject.id]
        if len(own) < each:
            return Choice(subject.id, PLAIN, "plain" if own else "position", 0.0, repeat=len(own))
    return None


def _rung(name: str, strength: float) -> Choice:
    return Choice(name, "stakes", "flip", 0.0, strength=strength)


def _pair(plan: Plan, place: int, swap: bool) -> Choice:
    pair = plan.pairs[place]
    ends = (pair.second, pair.first) if swap else (pair.first, pair.second)
    return Choice(pair.proposition, pair.move, "order", 0.0, pair=ends)


def _look(belief: Belief, name: str, move: str) -> Choice:
    after = belief.tally.root(name) if belief.plan.effect(move) == "pressure" else None
    return Choice(name, move, "screen", 0.0, after=after)


def _going(belief: Belief) -> list[Choice]:
    """One more turn of every conversation that withstood pressure so far."""
    open_ = (e for e in belief.tally.episodes if e.gave_in is None and e.last >= 0 and e.turns < DEPTH)
    return [Choice(e.proposition, e.move, "yield", 0.0, after=e.last) for e in open_]
