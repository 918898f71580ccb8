"""How few turns could the order of values take? The strategy and an oracle against the best script, at equal error.

python -m cruxbank.bench.probe_order --seed 1 [--sessions 100] [--publish]

The oracle knows how far the utilities spread and how readily ties are said, and asks the pair that tells most. Where it
needs more than .6 of the script's turns, no chooser of single pairs by information could do with less.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from cruxbank.bench.probe_errors import turns_to
from cruxbank.bench.probe_policies import Adaptive, Fixed
from cruxbank.bench.probe_sessions import oracle_path
from cruxbank.bench.probe_targets import SPREAD, plan_of, planted
from cruxbank.bench.probe_turns import EVERY, RACES, best_script, curve, table_of
from cruxbank.bench.publish import publish
from cruxbank.science.arrays import Array

TUNING, TUNED_ON = 7, 30
"""Seed and sessions that the script is chosen on, as in bench/probe."""
RACE = next(race for race in RACES if race.quantity == "order")


def main() -> None:
    """Play, print, publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--publish", action="store_true", help="put the table into docs/benchmarks.md")
    args = parser.parse_args()
    rows = study(args.seed, args.sessions)
    markdown = (
        f"Order of ten values, utilities of SD {SPREAD:g} logits, {args.sessions} sessions of seed {args.seed}; error is 1 "
        "- Spearman. The oracle knows the spread and the ties and asks the pair that tells most: the goal of .6 of the "
        "script's turns is out of reach where the oracle's ratio is above it.\n\n" + table_of(rows)
    )
    print(markdown)
    if args.publish:
        command = f"python -m cruxbank.bench.probe_order --seed {args.seed} --sessions {args.sessions} --publish"
        publish("probe-order", markdown, rows, command)


def study(seed: int, n: int) -> list[dict[str, Any]]:
    """One row a comparison point."""
    chosen = best_script(RACE, TUNING, TUNED_ON)
    script = np.minimum.accumulate(curve(RACE, lambda _, plan: Fixed(chosen, plan), seed, n))
    own, best = curve(RACE, lambda _, __: Adaptive(), seed, n), oracle_curve(seed, n)
    return [_row(turn, float(script[turn // EVERY - 1]), own, best) for turn in RACE.at]


def oracle_curve(seed: int, n: int) -> Array:
    """(turns / EVERY,) mean error of the oracle over the same n targets."""
    targets = [planted(seed, k, plan_of(RACE.turns, seed, 5)) for k in range(n)]
    paths = [list(oracle_path(t.utilities, RACE.turns, SPREAD, seed, k, EVERY)) for k, t in enumerate(targets)]
    return np.asarray(1.0 - np.mean(np.array(paths), axis=0), dtype=np.float64)


def _row(turn: int, level: float, own: Array, best: Array) -> dict[str, Any]:
    needed = {name: turns_to(found, level, EVERY) for name, found in (("strategy", own), ("oracle", best))}
    told = {f"{name}'s turns (ratio)": f"{found:.0f} ({found / turn:.2f})" for name, found in needed.items()}
    return {"script's turns": turn, "error": f"{level:.3f}", **told}


if __name__ == "__main__":
    main()
