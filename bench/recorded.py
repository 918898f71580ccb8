"""Choosing k items with some models, judged on other models and other items: real recorded answers.

    python -m cruxbank.bench.recorded --data ../shared/data [--cache FILE] [--publish]
    python -m cruxbank.bench.recorded --matrix FILE [--loadings FILE] [--k 10,25] [--splits 150]

The format of the two files is in `recorded_data`. No rule is tuned to a matrix. What was looked at while the rule was
made is said in the published notes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cruxbank.bench.publish import publish
from cruxbank.bench.recorded_data import (
    Recorded,
    moralchoice,
    moralchoice_legacy,
    political_compass,
    read,
    value_portrait,
)
from cruxbank.bench.recorded_study import Cache, Plan, Study, study
from cruxbank.bench.recorded_tables import markdown, rows
from cruxbank.errors import CruxbankError, InputError

SIZES = (10, 25, 50, 100)
SPLITS, JACKKNIFE = 150, 60
NOTES = (
    "The rule was made while looking at ValuePortrait under other splits (seeds 77, 78, a plain generator) with the same "
    "18 models: its figures here are not blind. MoralChoice's two tables, the Political Compass and one simulated "
    "matrix (33 x 520) were looked at for two changes: variances shrunk towards a function of the item's mean, and a "
    "distance loss free of scale. No constant was fitted on any of them: the two losses weigh alike. The published "
    "comparison had 33 models, 18 are here: its absolute figures are not comparable.",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print the table."""
    given = _parser().parse_args(arguments)
    try:
        found = [_run(one, given) for one in _matrices(given)]
    except CruxbankError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    text = markdown(found, NOTES if given.data else ())
    print(json.dumps(rows(found), indent=1) if given.json else text)
    if given.publish:
        publish("recorded", text, rows(found), "python -m cruxbank.bench.recorded --data ../shared/data --publish")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.recorded", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--data", type=Path, help="a folder with value_portrait, moralchoice, political_compass_roettger"
    )
    source.add_argument("--matrix", type=Path, help="a CSV file: model, item, rating and optionally wording")
    parser.add_argument("--loadings", type=Path, help="a CSV file: item and one column a dimension")
    parser.add_argument("--k", type=_sizes, default=SIZES, help="sizes, e.g. 10,25 (default 10,25,50,100)")
    parser.add_argument("--splits", type=int, default=SPLITS)
    parser.add_argument(
        "--jackknife", type=int, default=JACKKNIFE, help="splits at most on which each model is left out in turn"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="finished splits, so that a stopped run goes on")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    parser.add_argument("--publish", action="store_true", help="write the table to docs/benchmarks.md (needs --data)")
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(part) for part in text.split(",")}))


def _matrices(given: argparse.Namespace) -> list[Recorded]:
    if given.publish and given.data is None:
        raise InputError("--publish without --data", hint="only the named public sets are published")
    if given.data is None:
        return [read(given.matrix, given.loadings)]
    return [f(given.data) for f in (value_portrait, moralchoice_legacy, political_compass, moralchoice)]


def _run(recorded: Recorded, given: argparse.Namespace) -> Study:
    pool = len(recorded.items) // 2
    sizes = tuple(k for k in given.k if 0 < k < pool)
    if not sizes or given.splits < 1:
        raise InputError(
            f"--k {given.k} --splits {given.splits}", hint=f"needs k below the pool's {pool} items, splits >= 1"
        )
    start = time.monotonic()
    found = study(recorded, Plan(sizes, given.splits, given.jackknife, given.seed), Cache(given.cache))
    print(f"{recorded.name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
