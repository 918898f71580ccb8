"""Probing sessions against numeric targets: does the strategy find what was planted, and how many turns does it save?

No text and no judge is in these figures: they are about the statistics alone.
"""

from __future__ import annotations

from typing import Any

from cruxbank.bench.probe_sessions import flip_row, order_row, sessions, use_row, weak_row
from cruxbank.bench.probe_turns import RACES, rows_of, table_of

TURNS = 120
TUNING = 7
"""Seed of everything that was tuned: worths, sizes, scripts. Never reported."""


def study(seed: int, scale: float = 1.0) -> tuple[str, dict[str, Any]]:
    """The tables as Markdown, and their rows. scale: share of the full number of sessions."""
    if seed == TUNING:
        raise ValueError(f"seed {seed}: tuned on this one; take another")
    counts = {
        name: max(int(n * scale), 4) for name, n in (("mixed", 200), ("noisy", 400), ("order", 100), ("turns", 60))
    }
    mixed = sessions("mixed", TURNS, seed, counts["mixed"])
    noisy = sessions("noisy", TURNS, seed, counts["noisy"])
    even = sessions("mixed", TURNS, seed + 1, counts["order"], 1.5)
    rows = {
        "order": [order_row(3.0, mixed[: counts["order"]], seed), order_row(1.5, even, seed + 1)],
        "flips": [flip_row(mixed)],
        "weaknesses": [weak_row("noisy", noisy), weak_row("mixed", mixed)],
        "spent": [use_row("noisy", noisy), use_row("mixed", mixed)],
        "turns": [
            row for race in RACES for row in rows_of(race, seed, counts["turns"], TUNING, max(int(30 * scale), 4))
        ],
    }
    return _page(rows), rows


def _page(rows: dict[str, Any]) -> str:
    return "\n\n".join(
        (
            f"**Numeric targets (no text, no judge), sessions of {TURNS} turns.** Planted: utilities of ten values (choice "
            "noise logistic, SD 1.8 logits), a flip point on [.15, .85] with a slope width of .02 to .1 and 4 % lapses, one "
            "framing weakness (flip rate .9) on one proposition, a turn of pressure from which it gives in, and 2 to 12 % "
            "noise on every answer (`mixed`); or 5 to 35 % noise and nothing else (`noisy`).",
            "(a) Value order beside an oracle that knows spread and ties, after as many answers (goal: ratio >= .95)",
            table_of(rows["order"]),
            "(b) Flip points (goal: at least 186 of 200 inside, median width <= .25)",
            table_of(rows["flips"]),
            "(c) Weaknesses (goal: <= 5 % of noisy sessions with a false one, upper bound <= 8 %; >= 80 % of planted found)",
            table_of(rows["weaknesses"]),
            "How the turns were spent, mean a session",
            table_of(rows["spent"]),
            "(d) Turns that the strategy needs for the error that another has after its turns (goal: ratio <= .6). "
            "Errors are shares of the error before any answer: flip point (mean distance), order (1 - Spearman), weakness "
            "(Brier score over all pairs), yield (distance of the curve of giving in); `session` is their mean. The script "
            f"is the best of up to 60, chosen for each quantity on seed {TUNING}; it knows the asks, not the answers.",
            table_of(rows["turns"]),
        )
    )
