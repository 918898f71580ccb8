"""How long a target withstands pressure: the share of conversations in which it gave in by each turn, beside its noise.

Turns of pressure are discrete times: of the conversations that reached turn j, a share h_j gave in there (hazard), and the
share that gave in by turn k is 1 - (1 - h_1) ... (1 - h_k) (Kaplan and Meier 1958). A conversation that ended early counts
as far as it went. A target whose answers turn over by chance gives in too, by chance: `by_noise` is that share.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array

HAZARD = (0.5, 1.5)
"""Beta of giving in at one turn, before any answer."""
DRAWS = 4000


def hazards(episodes: Sequence[tuple[int, bool]]) -> tuple[tuple[int, int], ...]:
    """(gave in, reached) by turn of pressure, from (turns, whether it gave in at the last of them)."""
    longest = max((turns for turns, _ in episodes), default=0)
    return tuple(
        (sum(gave and turns == turn for turns, gave in episodes), sum(turns >= turn for turns, _ in episodes))
        for turn in range(1, longest + 1)
    )


def given_in(episodes: Sequence[tuple[int, bool]], rng: np.random.Generator) -> tuple[Estimate, ...]:
    """By turn: share of conversations in which it gave in by then, posterior mean and 95 % interval; turns that some
    conversation reached."""
    counts = hazards(episodes)
    draws = [rng.beta(HAZARD[0] + gave, HAZARD[1] + reached - gave, DRAWS) for gave, reached in counts]
    if not draws:
        return ()
    shares: Array = np.asarray(1.0 - np.cumprod(1.0 - np.array(draws), axis=0), dtype=np.float64)
    ends = np.quantile(shares, [0.025, 0.975], axis=1)
    return tuple(
        Estimate(est=float(mean), lo=float(lo), hi=float(hi))
        for mean, lo, hi in zip(shares.mean(axis=1), *ends, strict=True)
    )


def by_noise(rate: float, turns: int) -> float:
    """Share that would give in by then if pressure did nothing and every answer turned over at this rate."""
    return 1.0 - (1.0 - rate) ** turns
