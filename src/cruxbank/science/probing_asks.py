"""The asks that a session could make next, each with the bits that its answer is expected to tell about its quantity."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from cruxbank.science.bits import beta_gain, dirichlet_gain
from cruxbank.science.pressure import HAZARD
from cruxbank.science.probing_plan import DEPTH, PLAIN, Choice, Move, Subject, fits
from cruxbank.science.probing_tally import Shown, Tally
from cruxbank.science.seeds import rng
from cruxbank.science.suspicion import NOISE, noise, screen_gain
from cruxbank.science.threshold import STRENGTHS, Threshold
from cruxbank.science.tradeoff import Choices, Order, fit

JEFFREYS = 0.5
OUTSIDE = 0.95
"""Chance that a flip point lies outside the scale, on one side, at which its search ends."""


def asks(tally: Tally) -> Iterator[Choice]:
    """Everything that can be asked now outside of tests. The first answer to a proposition goes before its other asks."""
    for subject in tally.plan.propositions:
        yield from positions(tally, subject)
        if subject.id in tally.held:
            yield from flips(tally, subject)
            yield from screens(tally, subject)
    yield from pairs(tally)
    yield from pressure(tally)


def positions(tally: Tally, subject: Subject) -> Iterator[Choice]:
    """Another answer in a plain wording, and one in the unchanged wording.

    Bits about the mean over its dimensions, each Dirichlet(1/2, 1/2, 1/2) over supports, opposes, neither; answers to one
    proposition repeat that proposition's own part, so the k-th counts 1/k.
    """
    own = [e for e in tally.of("position", "plain") if e.proposition == subject.id]
    counts = [tally.signs.get(d, (0, 0, 0)) for d in subject.dimensions] or [(0, 0, 0)]
    bits = float(dirichlet_gain(np.array(counts) + JEFFREYS).mean()) / (1 + len(own))
    wording = sum(e.purpose == "position" for e in own) % max(subject.wordings, 1)
    repeat = tally.repeat(subject.id, PLAIN, wording=wording, after=None)
    chance = tally.readable(subject.id)
    yield Choice(subject.id, PLAIN, "position", bits * chance, wording=wording, repeat=repeat)
    if own and subject.id in tally.held:
        shown = tally.plain.get(subject.id, Shown(0, 0))
        gain = beta_gain(NOISE[0] + shown.flips, NOISE[1] + shown.answers - shown.flips)
        again = tally.repeat(subject.id, PLAIN, wording=0, after=None)
        yield Choice(subject.id, PLAIN, "plain", gain * chance, repeat=again)


def flips(tally: Tally, subject: Subject) -> Iterator[Choice]:
    """The strength of the graded move whose answer tells most of the flip point."""
    move = tally.plan.graded(subject.id)
    if move is None or not subject.flip:
        return
    rungs = tally.ladders.get(subject.id, ())
    if searched(rungs, tally.plan.short):
        return
    strength, bits = best_strength(rungs)
    repeat = tally.repeat(subject.id, move, strength=strength, after=None)
    chance = tally.readable(subject.id)
    yield Choice(subject.id, move, "flip", bits * chance, strength=strength, repeat=repeat)


def screens(tally: Tally, subject: Subject) -> Iterator[Choice]:
    """Each move that says the same, reverses or presses, once more on this proposition."""
    base, chance = base_rate(tally, subject.id), tally.readable(subject.id)
    for move in tally.plan.moves:
        if move.effect in ("same", "reversed", "pressure") and fits(move, subject.id):
            yield from _screen(tally, subject, move, base, chance)


def _screen(tally: Tally, subject: Subject, move: Move, base: float, chance: float) -> Iterator[Choice]:
    after = tally.root(subject.id) if move.effect == "pressure" else None
    if move.effect == "pressure" and after is None:
        return
    shown = tally.screened.get((subject.id, move.name), Shown(0, 0))
    bits = screen_gain(shown.flips, shown.answers, base) * chance
    repeat = tally.repeat(subject.id, move.name, after=after)
    yield Choice(subject.id, move.name, "screen", bits, after=after, repeat=repeat)


def base_rate(tally: Tally, proposition: str) -> float:
    """The target's own flip rate on a proposition: its unchanged answers, shrunk to those on all.

    The first answer makes the stance that it is compared with, so it is not counted.
    """
    flips, answers = (sum(shown[k] for shown in tally.plain.values()) for k in (0, 1))
    overall = noise(flips, answers - len(tally.plain))
    own = tally.plain.get(proposition, Shown(0, 1))
    return noise(own.flips, max(own.answers - 1, 0), (4.0 * overall, 4.0 * (1.0 - overall)))


def pairs(tally: Tally) -> Iterator[Choice]:
    """Each pair, put the way round that it was put less often."""
    plan = tally.plan
    if not plan.pairs:
        return
    place = {d: k for k, d in enumerate(plan.dimensions)}
    ends = tuple((place[p.first], place[p.second]) for p in plan.pairs)
    gains = _order_gains(tally.choices, len(plan.dimensions), plan.seed, ends)
    for pair, bits in zip(plan.pairs, gains, strict=True):
        ways = ((pair.first, pair.second), (pair.second, pair.first))[: 2 if pair.swap else 1]
        put = [tally.repeat(pair.proposition, pair.move, pair=way) for way in ways]
        way = put.index(min(put))
        chance = tally.readable(pair.proposition)
        yield Choice(pair.proposition, pair.move, "order", bits * chance, pair=ways[way], repeat=put[way])


def pressure(tally: Tally) -> Iterator[Choice]:
    """One more turn in each conversation that withstood pressure so far: bits about the chance of giving in at that turn."""
    for episode in tally.episodes:
        if episode.gave_in is not None or episode.last < 0 or episode.turns >= DEPTH:
            continue
        reached = [e for e in tally.episodes if e.move == episode.move and e.turns > episode.turns]
        gave_in = sum(e.gave_in == episode.turns + 1 for e in reached)
        bits = beta_gain(HAZARD[0] + gave_in, HAZARD[1] + len(reached) - gave_in) * tally.readable(episode.proposition)
        repeat = tally.repeat(episode.proposition, episode.move, after=episode.last)
        yield Choice(episode.proposition, episode.move, "yield", bits, after=episode.last, repeat=repeat)


def order_of(tally: Tally) -> Order:
    """The order of the values after the session's answers to pairs."""
    return _order(tally.choices, len(tally.plan.dimensions), tally.plan.seed)


def threshold_of(answers: tuple[tuple[float, bool | None], ...]) -> Threshold:
    """The flip point's posterior after these answers."""
    return _threshold(answers)


def best_strength(answers: tuple[tuple[float, bool | None], ...]) -> tuple[float, float]:
    """The strength to try next, and its bits."""
    return _best(answers)


@lru_cache(maxsize=1024)
def searched(answers: tuple[tuple[float, bool | None], ...], short: float) -> bool:
    """Whether a flip point is found: its interval is short, what lies outside the scale counted too, or it surely lies
    outside. Inside alone, three early flips leave [-.3, .1], which is short and holds no flip point of .17."""
    point = _threshold(answers).point()
    return point.hi - point.lo <= short or max(point.below, point.above) >= OUTSIDE


@lru_cache(maxsize=64)
def _order(choices: tuple[tuple[int, int, int], ...], dimensions: int, seed: int) -> Order:
    table = np.array(choices, dtype=np.int64).reshape(-1, 3)
    return fit(Choices(*table.T), dimensions, rng(seed, len(choices), "order of values"))


@lru_cache(maxsize=16)
def _order_gains(
    choices: tuple[tuple[int, int, int], ...], dimensions: int, seed: int, ends: tuple[tuple[int, int], ...]
) -> tuple[float, ...]:
    return tuple(_order(choices, dimensions, seed).gains(np.array(ends, dtype=np.int64)).tolist())


@lru_cache(maxsize=128)
def _threshold(answers: tuple[tuple[float, bool | None], ...]) -> Threshold:
    if not answers:
        return Threshold()
    return _threshold(answers[:-1]).told(*answers[-1])


@lru_cache(maxsize=1024)
def _best(answers: tuple[tuple[float, bool | None], ...]) -> tuple[float, float]:
    gains = np.round(_threshold(answers).gains(), 9)
    best = int(np.argmax(gains))
    return float(STRENGTHS[best]), float(gains[best])
