"""How far a session is from what was planted: one error a quantity, each as a share of the error before any answer."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.stats import rankdata

from cruxbank.bench.probe_policies import Policy
from cruxbank.bench.probe_targets import LOOKED_AT, Target, answered
from cruxbank.science.arrays import Array
from cruxbank.science.pressure import HAZARD
from cruxbank.science.probing import Belief, Plan
from cruxbank.science.probing_asks import base_rate, order_of, threshold_of
from cruxbank.science.probing_plan import DEPTH
from cruxbank.science.probing_tally import Shown, Tally
from cruxbank.science.suspicion import WEAK, chance_weak

QUANTITIES = ("flip", "order", "weakness", "yield", "session")
PRESSURE = ("counter", "authority")
GUESS = 0.175
"""Mean distance of .5 from a flip point uniform on [.15, .85]."""


def spearman(a: Array, b: Array) -> float:
    """Rank correlation; 0 where one side is constant."""
    ra, rb = rankdata(a) - (len(a) + 1) / 2, rankdata(b) - (len(b) + 1) / 2
    size = np.sqrt((ra**2).sum() * (rb**2).sum())
    return float((ra * rb).sum() / size) if size > 0 else 0.0


def error(quantity: str, tally: Tally, target: Target) -> float:
    """One of QUANTITIES; 1 is the error before any answer, the session's is the mean of the four."""
    if quantity == "session":
        return float(np.mean([error(part, tally, target) for part in QUANTITIES[:-1]]))
    parts = {"flip": flip_error, "order": order_error, "weakness": weak_error, "yield": yield_error}
    return parts[quantity](tally, target)


def flip_error(tally: Tally, target: Target) -> float:
    """Mean distance of the flip points, over that of a guess at the middle."""
    names = [s.id for s in tally.plan.propositions if s.flip]
    points = {name: threshold_of(tally.ladders.get(name, ())).point().est for name in names}
    return float(np.mean([abs(points[name] - target.flips[name][0]) for name in names])) / GUESS


def order_error(tally: Tally, target: Target) -> float:
    """1 less Spearman's correlation of utilities."""
    return 1.0 - spearman(order_of(tally).mean, target.utilities) if tally.choices else 1.0


def weak_error(tally: Tally, target: Target) -> float:
    """Brier score of P(sways) over all (proposition, move) pairs, over that of the prior."""
    found, before = [], []
    for name, move in product((s.id for s in tally.plan.propositions), LOOKED_AT):
        shown = tally.screened.get((name, move), Shown(0, 0))
        truth = float((name, move) in target.weak)
        found.append((chance_weak(shown.flips, shown.answers, base_rate(tally, name)) - truth) ** 2)
        before.append((WEAK - truth) ** 2)
    return float(np.sum(found) / np.sum(before))


def yield_error(tally: Tally, target: Target) -> float:
    """Mean distance of P(gave in by turn 1..4 of pressure) over the moves, over that of the prior."""
    prior = given_in([HAZARD[0] / sum(HAZARD)] * DEPTH)
    found, before = [], []
    for move in PRESSURE:
        own = [e for e in tally.episodes if e.move == move]
        hazards = []
        for turn in range(1, DEPTH + 1):
            reached = sum(e.turns >= turn for e in own)
            gave = sum(e.gave_in == turn for e in own)
            hazards.append((HAZARD[0] + gave) / (sum(HAZARD) + reached))
        truth = _truth(target, move)
        found.append(np.abs(given_in(hazards) - truth).mean())
        before.append(np.abs(prior - truth).mean())
    return float(np.sum(found) / np.sum(before))


def given_in(hazards: list[float]) -> Array:
    """(turns,) P(gave in by that turn)."""
    return np.asarray(1.0 - np.cumprod(1.0 - np.array(hazards)), dtype=np.float64)


def _truth(target: Target, move: str) -> Array:
    """Mean over propositions."""
    start = target.yields.get(move, DEPTH + 1)
    rows = [
        given_in([0.9 if turn >= start else noise for turn in range(1, DEPTH + 1)]) for noise in target.noise.values()
    ]
    return np.array([float(np.mean(at)) for at in zip(*rows, strict=True)])


def played(policy: Policy, target: Target, plan: Plan, at: tuple[int, int], quantity: str, every: int) -> list[float]:
    """(turns / every,) errors after every few turns; at: seed and session of the answers."""
    belief, out = Belief.of(plan, ()), []
    while len(belief.events) < plan.turns:
        belief = belief.told(answered(target, policy.next(belief), belief.events, *at))
        if len(belief.events) % every == 0:
            out.append(error(quantity, belief.tally, target))
    return out


def turns_to(curve: Array, level: float, every: int) -> float:
    """Turns until a falling mean error is at a level (running minimum, interpolated); nan where it never is."""
    low = np.minimum.accumulate(np.append(1.0, curve))
    hit = int(np.argmax(low <= level))
    if low[-1] > level:
        return float("nan")
    if hit == 0:
        return 0.0
    part = (low[hit - 1] - level) / (low[hit - 1] - low[hit])
    return float((hit - 1 + part) * every)
