"""Growth at equal budgets: ours, its ablations, "just ask" and AdAEM, in worlds where the truth is known (SCIENCE 5).

python -m cruxbank.bench.growth --cache growth.json --publish
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from cruxbank.bench.growth_outcomes import best, outcomes
from cruxbank.bench.growth_play import Play
from cruxbank.bench.growth_strategies import CONTROL, OURS, STRATEGIES
from cruxbank.bench.growth_tables import tables
from cruxbank.bench.publish import publish
from cruxbank.bench.worlds import NumericWorld

NEUTRAL = ("compass", "opinionated")
CONTROLS = ("no-values", "no-transfer", "adaem")
LEADING = 0.1
"""Share of drafts whose wordings push, so that the framing rule has something to do."""
PARTS = (1.0, 0.5, 1 / 3)
"""Shares of the budget at which ours is looked at."""


class Cell(NamedTuple):
    """One run."""

    world: str
    strategy: str
    seed: int
    near: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Play what is not in the cache yet, print the tables, publish them where asked."""
    options = _options(arguments)
    done: dict[str, Any] = json.loads(options.cache.read_text()) if options.cache and options.cache.exists() else {}
    todo = [cell for cell in cells(options.seeds, options.controls, options.seed) if key(cell) not in done]
    with ProcessPoolExecutor(options.workers) as pool:
        jobs = ((cell, options.budget, options.items) for cell in todo)
        for cell, found in zip(todo, pool.map(_job, jobs, chunksize=1), strict=True):
            done[key(cell)] = found
            if options.cache:
                options.cache.write_text(json.dumps(done, sort_keys=True))
    wanted = {key(cell): done[key(cell)] for cell in cells(options.seeds, options.controls, options.seed)}
    text = tables(wanted, options.budget, options.items, options.seeds, options.controls, options.seed)
    print(text)
    if options.publish:
        publish("growth", text, wanted, f"python -m cruxbank.bench.growth --seed {options.seed} --publish")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.growth", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="first seed (tuned on 101 to 108)")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the two neutral worlds")
    parser.add_argument("--controls", type=int, default=10, help="seeds of each control world")
    parser.add_argument("--budget", type=int, default=6000, help="examinee calls of a run")
    parser.add_argument("--items", type=int, default=40, help="items of a bank that are judged")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--cache", type=Path, help="keep finished runs here and go on from it")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md")
    return parser.parse_args(arguments)


def cells(seeds: int, controls: int, first: int) -> Iterator[Cell]:
    """Every run of the study: the neutral worlds, those without likeness between near topics, the control worlds."""
    for seed in range(first, first + max(seeds, controls)):
        if seed < first + seeds:
            yield from (Cell(world, strategy.name, seed, 0.35) for world in NEUTRAL for strategy in STRATEGIES)
        if seed < first + controls:
            yield from (Cell(world, name, seed, 0.35) for world in CONTROLS for name in CONTROL)
            yield from (Cell("compass", name, seed, 0.0) for name in ("ours", "random topics"))


def key(cell: Cell) -> str:
    """The cell's name in cache and JSON."""
    return f"{cell.world}|{cell.near:g}|{cell.strategy}|{cell.seed}"


def _job(given: tuple[Cell, int, int]) -> dict[str, Any]:
    cell, budget, items = given
    return run(cell, budget, items)


def run(cell: Cell, budget: int, items: int) -> dict[str, Any]:
    """Outcomes of one run; of ours also at parts of the budget."""
    world = NumericWorld(cell.seed, cell.world, leading=LEADING, near=cell.near)
    strategy = next(s for s in STRATEGIES if s.name == cell.strategy)
    play = Play(world, strategy, budget, cell.seed).run()
    parts = PARTS if strategy is OURS or strategy == OURS else PARTS[:1]
    found = {
        f"{part:.2f}": outcomes(world, best(play.bank, items, int(budget * part)), items, cell.seed) for part in parts
    }
    admitted = sum(kept.admitted for kept in play.bank)
    return {"at": found, "calls": play.calls, "admitted": admitted, "simulator": world.version}


if __name__ == "__main__":
    main()
