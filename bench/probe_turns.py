"""(d) How many turns for the same realised error: the strategy against random moves and against the best fixed script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from cruxbank.bench.probe_errors import played, turns_to
from cruxbank.bench.probe_policies import Adaptive, AtRandom, Fixed, Policy, Script
from cruxbank.bench.probe_targets import plan_of, planted
from cruxbank.science.arrays import Array
from cruxbank.science.probing import Plan
from cruxbank.science.probing_plan import WORTH
from cruxbank.sessions import Purpose

EVERY = 4
Shares = tuple[tuple[Purpose, int], ...]
ALL: tuple[Purpose, ...] = ("flip", "order", "screen", "yield")


class Race(NamedTuple):
    """One quantity: which purposes serve it, how long the contenders play, after which turns they are compared."""

    quantity: str
    purposes: tuple[Purpose, ...]
    turns: int
    at: tuple[int, ...]
    moves: tuple[str, ...] = ()
    """Effects of the moves in play; empty: all."""


RACES = (
    Race("flip", ("flip",), 60, (24, 40, 60)),
    Race("order", ("order",), 80, (40, 60, 80)),
    Race("weakness", ("screen",), 120, (60, 90, 120)),
    Race("yield", ("screen", "yield"), 80, (40, 60, 80), ("pressure",)),
    Race("session", ALL, 160, (80, 120, 160)),
)
SPREADS: tuple[Shares, ...] = (
    (("flip", 1), ("order", 2), ("screen", 3), ("yield", 1)),
    (("flip", 1), ("order", 1), ("screen", 2), ("yield", 1)),
    (("flip", 1), ("order", 2), ("screen", 2), ("yield", 2)),
    (("flip", 2), ("order", 2), ("screen", 3), ("yield", 1)),
    (("flip", 1), ("order", 3), ("screen", 2), ("yield", 1)),
)


def scripts(race: Race) -> Iterator[Script]:
    """The scripts that are tried for a race."""
    openings = (1,) if race.quantity == "order" else (1, 2, 3, 5)
    ladders = (5, 9, 13) if "flip" in race.purposes else (9,)
    shares: tuple[Shares, ...] = SPREADS
    if race.quantity == "yield":
        shares = ((("screen", 1), ("yield", 1)), (("screen", 1), ("yield", 3)), (("screen", 2), ("yield", 1)))
    elif race.quantity != "session":
        shares = (tuple((purpose, 1) for purpose in race.purposes),)
    for opening, ladder, share in product(openings, ladders, shares):
        yield Script(opening, ladder, share)


def plan_for(race: Race, seed: int, session: int) -> Plan:
    """No tests, no early end: only how fast the error falls. The worth of other purposes is next to nothing."""
    worth = {purpose: WORTH[purpose] * (1.0 if purpose in race.purposes else 1e-3) for purpose in WORTH}
    if race.quantity == "yield":
        worth["screen"] = 1.0
    plan = plan_of(race.turns, 1000 * seed + session, 5, reserve=0, suspects=0, floor=0.0, worth=worth)
    if race.quantity == "order":
        return replace(plan, propositions=())
    if race.moves:
        plan = replace(plan, moves=tuple(m for m in plan.moves if m.effect in race.moves))
    return replace(plan, short=0.0) if race.quantity == "flip" else plan


def curve(race: Race, make: Callable[[int, Plan], Policy], seed: int, n: int) -> Array:
    """(turns / EVERY,) mean error of the race's quantity over n sessions."""
    rows = []
    for k in range(n):
        plan = plan_for(race, seed, k)
        rows.append(
            played(make(k, plan), planted(seed, k, plan_of(race.turns, seed, 5)), plan, (seed, k), race.quantity, EVERY)
        )
    return np.asarray(np.mean(rows, axis=0))


def best_script(race: Race, seed: int, n: int) -> Script:
    """The script with the lowest error on tuning seeds, averaged over the turns at which contenders are compared."""
    at = [turn // EVERY - 1 for turn in race.at]

    def error(script: Script) -> float:
        return float(curve(race, lambda _, plan: Fixed(script, plan), seed, n)[at].mean())

    return min(scripts(race), key=error)


def rows_of(race: Race, seed: int, n: int, tuning: int, tuned_on: int) -> list[dict[str, Any]]:
    """One row a comparison point and contender."""
    script = best_script(race, tuning, tuned_on)
    own = curve(race, lambda _, __: Adaptive(), seed, n)
    others = {
        "random moves": curve(race, lambda k, _: AtRandom(seed, k, race.purposes), seed, n),
        f"best script ({script.name})": curve(race, lambda _, plan: Fixed(script, plan), seed, n),
    }
    return [_row(race, name, other, own, turn) for name, other in others.items() for turn in race.at]


def _row(race: Race, name: str, other: Array, own: Array, turn: int) -> dict[str, Any]:
    level = float(np.minimum.accumulate(other)[turn // EVERY - 1])
    needed = turns_to(own, level, EVERY)
    return {
        "quantity": race.quantity,
        "against": name,
        "its turns": turn,
        "error": f"{level:.3f}",
        "adaptive turns": "not reached" if np.isnan(needed) else f"{needed:.0f}",
        "ratio": "-" if np.isnan(needed) else f"{needed / turn:.2f}",
    }


def table_of(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return "\n".join([*lines, *("| " + " | ".join(str(row[name]) for name in names) + " |" for row in rows)])
