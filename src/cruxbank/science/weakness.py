"""Whether a move sways a target more than its own noise does: suspicion first, then a test on fresh answers.

A target that answers by chance flips now and then; that is noise, not inconsistency. So a weakness is a difference
between two rates: how often the answer flips under the move, and how often it flips when the same question is put
again unchanged. Many moves on many questions are looked at, and what looks worst by chance looks bad; therefore what
made a move suspect is not used to convict it:

1. suspicion: science.suspicion orders (question, move) pairs by the posterior chance that the move sways;
2. `convict`: each suspect gets ANSWERS fresh answers with the move and as many without, a one-sided Fisher exact test, and
   Holm's correction over the suspects of the session. The family-wise error is at most the level, however the
   suspects were found, because the tested answers had no part in finding them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cruxbank.science.arrays import Array

ANSWERS = 9
"""Fresh answers on either side. With two suspects, a rate of .9 against .1 is found with a chance of .94; 7 give .84. A move
that does not sway is settled after 6 or 7, because a test ends where its outcome is."""
SUSPECTS = 3
"""Most suspects of a session that are tested."""
RESERVE = 36
"""Answers for tests: two in full, or two that show a weakness (about 14 each) and one that shows none (6)."""
LEVEL = 0.05


@dataclass(frozen=True)
class Tested:
    """One suspect after its fresh answers."""

    moved_flips: int
    moved: int
    plain_flips: int
    plain: int
    p: float
    """One-sided, Holm-corrected over the suspects of the session."""
    weak: bool


def convict(fresh: Sequence[tuple[int, int, int, int]], level: float = LEVEL) -> tuple[Tested, ...]:
    """Fisher's exact test of each suspect (moved flips, moved, plain flips, plain) on fresh answers, Holm-corrected.

    Raises:
        ValueError: more flips than answers.
    """
    if any(not (0 <= a <= b and 0 <= c <= d) for a, b, c, d in fresh):
        raise ValueError(f"flips and answers {list(fresh)}: more flips than answers")
    raw = np.array([fisher(*row) for row in fresh])
    corrected = holm(raw)
    return tuple(Tested(*row, float(p), bool(p <= level)) for row, p in zip(fresh, corrected, strict=True))


@lru_cache(maxsize=4096)
def fisher(moved_flips: int, moved: int, plain_flips: int, plain: int) -> float:
    """One-sided p of Fisher's exact test: the chance of this many flips with the move or more, given all flips."""
    from scipy.stats import fisher_exact

    table = [[moved_flips, moved - moved_flips], [plain_flips, plain - plain_flips]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def holm(p: Array) -> Array:
    """(m,) Holm's (1979) corrected p values, in the order given."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    out = np.empty(len(p))
    out[order] = np.minimum(stepped, 1.0)
    return out
