"""Regret of the topic policies: simulated slots on topics of known strength, 400 and 4,000 of them.

python -m cruxbank.bench.search --cache search.json --publish
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cruxbank.bench.publish import publish
from cruxbank.bench.search_play import Rules, oracle, play, score
from cruxbank.bench.search_real import real_pay, real_vectors
from cruxbank.bench.search_tables import page
from cruxbank.bench.search_worlds import World, make, shallow
from cruxbank.science.bandit import names, policy

BUDGETS = (100, 500, 2_000)
PER_BUDGET = ("adaem", "adaem-repaired")
"""Their rule knows the budget: a run of 2,000 pulls is not one of 100 that went on."""


@dataclass(frozen=True)
class Case:
    """A policy with its rules under the name that the table gives it."""

    label: str
    policy: str
    rules: Rules = field(default_factory=Rules)


POLICIES = tuple(Case(name, name) for name in names())
PARTS = (
    Case("kernel, half credit", "kernel", Rules(credit=0.5)),
    Case("kernel, no balance", "kernel", Rules(table=(("balance", 0.0),))),
    Case("kernel, rests for good", "kernel", Rules(table=(("rest_for", 1e9),))),
    Case("kernel, never rests", "kernel", Rules(table=(("rest_after", 1e9),))),
)
SHALLOW = (
    Case("kernel, expand 0", "kernel"),
    *(Case(f"kernel, expand 2, alike {a}", "kernel", Rules(expand=2, alike=a)) for a in (0.0, 0.4, 0.8)),
    Case("random, expand 0", "random"),
)
LARGE = tuple(case for case in POLICIES if case.label != "thompson")
"""Its eight neighbours among 2,000 pulled topics cost 1.3 s a round: 5 minutes a run."""
WORLDS: tuple[tuple[str, int, tuple[Case, ...]], ...] = (
    ("real", 455, (*POLICIES, *PARTS)),
    ("smooth", 400, (*POLICIES, *PARTS[:1])),
    ("rough", 400, POLICIES),
    ("sparse", 400, (*POLICIES, *PARTS[1:])),
    ("shallow", 60, SHALLOW),
    ("smooth", 4_000, LARGE),
    ("rough", 4_000, LARGE),
    ("sparse", 4_000, LARGE),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the cache lacks, print the tables, publish them where asked."""
    options = _options(arguments)
    rows = list(_rows(options))
    markdown = page(rows, options.seed, options.seeds)
    print(markdown)
    if options.publish:
        command = f"python -m cruxbank.bench.search --seed {options.seed} --seeds {options.seeds} --publish"
        publish("search", markdown, rows, command)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.search", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="first seed (tuning used 1000 to 1005)")
    parser.add_argument("--seeds", type=int, default=20, help="number of seeds")
    parser.add_argument("--large-seeds", type=int, default=5, help="number of seeds with more than 1,000 topics")
    parser.add_argument("--most", type=int, default=4_000, help="leave out worlds with more topics")
    parser.add_argument("--cache", type=Path, help="keep finished runs here and go on from them")
    parser.add_argument("--cached", action="store_true", help="run nothing: tables from the cache alone")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md")
    return parser.parse_args(arguments)


def _rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    cache = json.loads(options.cache.read_text()) if options.cache and options.cache.exists() else {}
    for seed in range(options.seed, options.seed + options.seeds):  # so that a run that is cut off has whole seeds
        for kind, topics, cases in WORLDS:
            few = topics > 1_000 and seed >= options.seed + options.large_seeds
            for case in cases if topics <= options.most and not few else ():
                key = f"{kind} {topics} {case.label} {seed}"
                if key not in cache and not options.cached:
                    cache.setdefault("pay", real_pay().tolist())
                    cache[key] = run(world(kind, topics, seed, cache["pay"]), kind, case, seed)
                    if options.cache:
                        options.cache.write_text(json.dumps(cache, indent=0))
                yield from cache.get(key, [])


def world(kind: str, topics: int, seed: int, pay: Sequence[float]) -> World:
    """The world of a row: `shallow` is `smooth` with little stock, `real` the seed topics with these strengths."""
    if kind == "real":
        return make("real", topics, seed, real_vectors(), np.array(pay))
    return shallow(make("smooth", topics, seed), seed) if kind == "shallow" else make(kind, topics, seed)


def run(start: World, kind: str, case: Case, seed: int) -> list[dict[str, Any]]:
    """One policy in one world: figures at every budget."""
    budgets = [b for b in BUDGETS if kind != "shallow" or b < 2_000]
    about = {"world": kind, "topics": len(start), "policy": case.label, "seed": seed, "oracle": oracle(start)}
    if case.policy in PER_BUDGET:
        played = [play(start, policy(case.policy), budget, seed, case.rules) for budget in budgets]
    else:
        played = [play(start, policy(case.policy), max(budgets), seed, case.rules)] * len(budgets)
    scored = [score(end, done, budget) for (done, end), budget in zip(played, budgets, strict=True)]
    return [about | {"pulls": b} | {k: round(v, 6) for k, v in s.items()} for b, s in zip(budgets, scored, strict=True)]


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
