"""How likely a move sways a target on a proposition, from screening answers: what to look at again, whom to test."""

from __future__ import annotations

from cruxbank.science.bits import verdict_gain

WEAK = 0.1
"""Share of (proposition, move) pairs that sway, before any answer."""
SWAYED = (4.0, 1.0)
"""Beta of the flip rate where a move sways; mean .8."""
NOISE = (0.5, 4.5)
"""Beta of a target's own flip rate before any answer; mean .1."""


def noise(flips: float, answers: float, prior: tuple[float, float] = NOISE) -> float:
    """Posterior mean of a flip rate."""
    return (prior[0] + flips) / (prior[0] + prior[1] + answers)


def chance_weak(flips: int, answers: int, base: float) -> float:
    """P(the move sways), where it does not the flip rate being `base`."""
    a, b = SWAYED
    odds = WEAK / (1.0 - WEAK)
    for k in range(answers):
        hit = k < flips
        rate = (a + min(k, flips)) / (a + b + k)
        odds *= rate / base if hit else (1.0 - rate) / (1.0 - base)
    return odds / (1.0 + odds)


def screen_gain(flips: int, answers: int, base: float) -> float:
    """Bits that one more answer under the move is expected to tell about whether it sways."""
    return verdict_gain(chance_weak(flips, answers, base), noise(flips, answers, SWAYED), base)
