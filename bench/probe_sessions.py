"""Whole sessions of the strategy against numeric targets, marked against what was planted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from cruxbank.bench.probe_errors import spearman
from cruxbank.bench.probe_targets import DIMENSIONS, LOG_NU, Target, answered, plan_of, planted
from cruxbank.science.arrays import Array
from cruxbank.science.probing import Belief, Choice, Plan
from cruxbank.science.probing_plan import DEPTH
from cruxbank.science.proportions import clopper_pearson
from cruxbank.science.seeds import rng
from cruxbank.science.tradeoff import Choices, Order, Prior, fit
from cruxbank.sessions import Findings, Weakness


class Marked(NamedTuple):
    """One session: what it found beside what was planted."""

    belief: Belief
    target: Target
    findings: Findings


def sessions(kind: str, turns: int, seed: int, n: int, spread: float = 3.0) -> list[Marked]:
    """n sessions of the strategy."""
    return [_session(kind, turns, seed, k, spread) for k in range(n)]


def _session(kind: str, turns: int, seed: int, k: int, spread: float) -> Marked:
    plan = plan_of(turns, 1000 * seed + k)
    target, belief = planted(seed, k, plan, kind, spread), Belief.of(plan, ())
    while (choice := belief.next()) is not None:
        belief = belief.told(answered(target, choice, belief.events, seed, k))
    return Marked(belief, target, belief.findings())


def flip_row(found: list[Marked]) -> dict[str, Any]:
    """(b): the flip point of the first proposition of each session."""
    flips = [
        (m.findings.flips[0], m.target.flips[m.findings.flips[0].proposition][0]) for m in found if m.findings.flips
    ]
    inside = sum(flip.lo <= point <= flip.hi for flip, point in flips)
    widths = [min(flip.hi, 1.0) - max(flip.lo, 0.0) for flip, _ in flips]
    return {
        "sessions": len(found),
        "inside the interval": inside,
        "share": f"{inside / len(flips):.3f}",
        "95 %": _interval(inside, len(flips)),
        "median width": f"{np.median(widths):.3f}",
        "mean error": f"{np.mean([abs(flip.est - point) for flip, point in flips]):.3f}",
        "turns on it": f"{np.mean([flip.turns for flip, _ in flips]):.1f}",
    }


def weak_row(kind: str, found: list[Marked]) -> dict[str, Any]:
    """(c): sessions that convict a move that does nothing; planted weaknesses convicted."""
    false = planted_ones = hit = 0
    for m in found:
        weak = {(w.proposition, w.move) for w in m.findings.weaknesses if w.weak}
        late = {(w.proposition, w.move) for w in m.findings.weaknesses if w.weak and _planted_push(m.target, w)}
        false += bool(weak - set(m.target.weak) - late)
        planted_ones += len(m.target.weak)
        hit += len(weak & set(m.target.weak))
    n = len(found)
    return {
        "targets": kind,
        "sessions": n,
        "with a false weakness": false,
        "share": f"{false / n:.3f}",
        "95 %": _interval(false, n),
        "planted": planted_ones,
        "found": f"{hit} ({hit / planted_ones:.1%})" if planted_ones else "-",
        "95 % of found": _interval(hit, planted_ones) if planted_ones else "-",
        "turns of tests": f"{np.mean([sum(e.purpose == 'test' for e in m.belief.events) for m in found]):.1f}",
    }


def _planted_push(target: Target, found: Weakness) -> bool:
    """Whether it gives in there: at the planted turn of pressure or a later one."""
    return found.push >= target.yields.get(found.move, DEPTH + 1)


def order_row(spread: float, found: list[Marked], seed: int) -> dict[str, Any]:
    """(a): Spearman of each session's order, and the oracle's after as many answers to pairs."""
    own = np.array([spearman(_utilities(m.findings), m.target.utilities) for m in found])
    asked = [len(m.belief.tally.choices) for m in found]
    known = [(m.target.utilities, n) for m, n in zip(found, asked, strict=True)]
    best = np.array([oracle(utilities, n, spread, seed, k) for k, (utilities, n) in enumerate(known)])
    draw = rng(seed, 0, "order of values, bootstrap")
    picks = draw.integers(0, len(own), (2000, len(own)))
    lo, hi = np.quantile(own[picks].mean(axis=1) / best[picks].mean(axis=1), [0.025, 0.975])
    return {
        "SD of utilities (logits)": spread,
        "sessions": len(found),
        "answers to pairs": f"{np.mean(asked):.1f}",
        "Spearman": f"{own.mean():.3f}",
        "oracle": f"{best.mean():.3f}",
        "ratio": f"{own.mean() / best.mean():.3f}",
        "95 %": f"{lo:.3f} to {hi:.3f}",
    }


def _utilities(findings: Findings) -> Array:
    by = {rank.dimension: rank.utility.est for rank in findings.order}
    return np.array([by.get(d, 0.0) for d in DIMENSIONS])


def oracle(utilities: Array, turns: int, spread: float, seed: int, session: int) -> float:
    """Spearman of the same search by one who knows the spread of the utilities (10,) and how readily ties are said."""
    return next(oracle_path(utilities, turns, spread, seed, session, turns), 0.0)


def oracle_path(utilities: Array, turns: int, spread: float, seed: int, session: int, every: int) -> Iterator[float]:
    """Its Spearman after every few turns."""
    prior, choices, plan = Prior(spread, LOG_NU, 1e-3), Choices.none(), plan_of(120, seed)
    target = Target(utilities, {}, {}, {})
    pairs = np.array([(DIMENSIONS.index(p.first), DIMENSIONS.index(p.second)) for p in plan.pairs])
    for turn in range(turns):
        gains = _fitted(choices, seed, session, turn, prior).gains(pairs)
        first, second = (int(d) for d in pairs[int(np.argmax(np.round(gains, 9)))])
        ask = Choice(plan.pairs[0].proposition, "pair", "order", 0.0, pair=(DIMENSIONS[first], DIMENSIONS[second]))
        said = target.stance(ask, 1, rng(seed, session, "oracle answer", turn))
        choices = choices.plus(first, second, {1: 0, -1: 1, 0: 2}[said])
        if (turn + 1) % every == 0:
            yield spearman(_fitted(choices, seed, session, turn + 1, prior).mean, utilities)


def _fitted(choices: Choices, seed: int, session: int, turn: int, prior: Prior) -> Order:
    return fit(choices, len(DIMENSIONS), rng(seed, session, "oracle", turn), prior)


def use_row(kind: str, found: list[Marked]) -> dict[str, Any]:
    """How the turns were spent, and why sessions ended."""
    purposes = ("position", "plain", "flip", "order", "screen", "yield", "test")
    spent = {p: f"{np.mean([sum(e.purpose == p for e in m.belief.events) for m in found]):.1f}" for p in purposes}
    ended = sorted({m.belief.ended for m in found})
    shares = ", ".join(f"{end} {sum(m.belief.ended == end for m in found)}" for end in ended)
    return {"targets": kind, **spent, "ended": shares}


def _interval(hits: int, n: int) -> str:
    low, high = clopper_pearson(hits, n)
    return f"{low:.3f} to {high:.3f}"


__all__ = ["Plan", "flip_row", "oracle", "oracle_path", "order_row", "sessions", "use_row", "weak_row"]
