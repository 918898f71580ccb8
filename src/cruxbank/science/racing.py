"""Which drafts get more answers, and which items may be admitted together (SCIENCE 3)."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from cruxbank.science.arrays import Array, Bools

PASS_ABOVE = 0.95
STOP_BELOW = 0.05
PROMISE = 1.5
"""What a draft has to promise, in units of what its further calls would earn elsewhere."""


class Decision(StrEnum):
    """What to do with a draft after a stage."""

    PASS = "pass"  # noqa: S105 (a decision, not a password)
    STOP = "stop"
    CONTINUE = "continue"


def pays(expected: float, rate: float, further: float) -> bool:
    """Whether a draft that promises `expected` bits is worth `further` calls at `rate` bits of admitted separation a call.

    The marginal value theorem (Charnov 1976): leave a patch when it yields less than the environment does on average. The
    promise is held against PROMISE times the cost, because only a part of the drafts that are asked on are admitted. At
    6,000 calls (`bench.growth_play`, seeds 101 to 105, best 40 items on unseen families) separation rose from .291 to .314
    (compass) and .239 to .256 (opinionated) bits an item against racing for a fixed `grow.worth`, with as many items.
    """
    return expected >= PROMISE * rate * further


def decide(p_above: float, *, pass_above: float = PASS_ABOVE, stop_below: float = STOP_BELOW) -> Decision:
    """Decision on P(separation > cut), from `shrink.Posterior.above(cut)`. The thresholds themselves continue.

    Raises:
        ValueError: not 0 <= stop_below < pass_above <= 1, or p_above is not a probability.
    """
    if not 0.0 <= stop_below < pass_above <= 1.0 or not 0.0 <= p_above <= 1.0:
        raise ValueError(f"racing: p_above {p_above}, stop_below {stop_below}, pass_above {pass_above}")
    if p_above > pass_above:
        return Decision.PASS
    return Decision.STOP if p_above < stop_below else Decision.CONTINUE


def largest_set(lfdr: Array, rate: float) -> Bools:
    """(N,) the largest set whose mean lfdr is at most `rate`: the expected share of items that do not separate.

    Ties are broken by place in the array.
    """
    order = np.argsort(lfdr, kind="stable")
    means = np.cumsum(lfdr[order]) / np.arange(1, len(lfdr) + 1)
    size = int((means <= rate).sum())
    chosen = np.zeros(len(lfdr), dtype=np.bool_)
    chosen[order[:size]] = True
    return chosen
