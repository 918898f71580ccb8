"""From draft to bank: at which stage each exit leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cruxbank.items import Exit
from cruxbank.report.figures import Stage

LATE = (Exit.DUPLICATE_IN_WINDOW, Exit.DUPLICATE_TRANSLATED)
"""Duplicates that only showed once the draft was measured."""
STAGES: tuple[tuple[str, frozenset[Exit]], ...] = (
    ("passed the critic", frozenset({Exit.NOT_WRITTEN, Exit.CRITIC})),
    (
        "new to the bank",
        frozenset({Exit.DUPLICATE_TEXT, Exit.DUPLICATE_LEXICAL, Exit.DUPLICATE_MEANING, *LATE}),
    ),
    ("measured", frozenset({Exit.BUDGET, Exit.FAILED, Exit.DISCOVERED, Exit.IMPORTED, Exit.EDITED})),
    ("worth asking on after the pilot", frozenset({Exit.PILOT_LOW, Exit.OUTDONE})),
    ("operational", frozenset({Exit.UNSCORED, Exit.TOO_FEW_MODELS, Exit.LFDR, Exit.LOW, Exit.SCORE, Exit.FRAMING})),
)
"""A stage, and the exits of drafts that do not reach it. Together with ADMITTED every exit occurs once."""


def stages(exits: Sequence[Exit]) -> tuple[Stage, ...]:
    """Drafts that reached each stage, the first being all that were written."""
    left = len(exits)
    counts = Counter(exits)
    found = [Stage("drafts written", left)]
    for name, losing in STAGES:
        left -= sum(counts[e] for e in losing)
        found.append(Stage(name, left))
    return tuple(found)


def losses(exits: Sequence[Exit]) -> tuple[tuple[Exit, int], ...]:
    """Why drafts were not admitted, most frequent first, ties in the order of the stages."""
    counts = Counter(e for e in exits if e is not Exit.ADMITTED)
    place = {e: i for i, e in enumerate(Exit)}
    return tuple(sorted(counts.items(), key=lambda kv: (-kv[1], place[kv[0]])))
