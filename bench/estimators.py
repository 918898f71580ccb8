"""How true are the estimates and their intervals? Bias, RMSE, ranking, coverage; after the race too.

python -m cruxbank.bench.estimators --cache estimators.json --publish
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cruxbank.bench import estimators_joint as joint, estimators_tables as per_dimension
from cruxbank.bench.estimators_text import page
from cruxbank.bench.estimators_worlds import Setting
from cruxbank.bench.publish import publish
from cruxbank.science.estimate import ESTIMATOR

WORLDS = (
    Setting("dense", -0.4, 0.1, 0.0),
    Setting("dense, wordings", -0.4, 0.1, 1.0),
    Setting("sparse", -2.0, 0.1, 0.0),
    Setting("sparse, wordings", -2.0, 0.1, 1.0),
    Setting("nulls", -1.2, 0.75, 0.0),
    Setting("nulls, wordings", -1.2, 0.75, 1.0),
)
"""Names end in "wordings" where a wording pushes with SD 1 logit. nulls: three quarters of the items have no difference."""
SIZES = (2, 4, 6, 8, 16)
MODELS = (8, 12, 16)
Task = Callable[[], dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cells that the cache does not have, print the tables."""
    options = _options(arguments)
    cache = _load(options.cache)
    for key, task in tasks(options.seed, options.panels, options.part).items():
        if key in cache:
            continue
        started = time.process_time()
        cache[key] = task() | {"cpu": round(time.process_time() - started, 1)}
        if options.cache:
            options.cache.write_text(json.dumps(cache, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    text = page(cache, ESTIMATOR, options.seed, options.panels)
    print(text)
    if options.publish:
        command = f"python -m cruxbank.bench.estimators --seed {options.seed} --panels {options.panels} --publish"
        publish("estimators", text, cache, command)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.estimators", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--panels", type=int, default=20, help="banks of 100 items in each cell")
    parser.add_argument("--part", choices=("joint", "tables", "race"), help="only these cells")
    parser.add_argument("--cache", type=Path, help="JSON file of finished cells")
    parser.add_argument("--publish", action="store_true", help="write into docs/benchmarks.md")
    return parser.parse_args(arguments)


def _load(cache: Path | None) -> dict[str, Any]:
    if cache is None or not cache.exists():
        return {}
    loaded: dict[str, Any] = json.loads(cache.read_text(encoding="utf-8"))
    return loaded


def tasks(seed: int, panels: int, part: str | None = None) -> dict[str, Task]:
    """Cells by key: part | world | models | responses | outcomes."""
    out: dict[str, Task] = {}
    for world in WORLDS:
        for n in SIZES:
            for models in MODELS if n in (2, 4, 8) else (12,):
                out[f"joint|{world.name}|{models}|{n}"] = _joint(world, models, n, seed, panels)
                out[f"tables|{world.name}|{models}|{n}|3"] = _tables(world, models, n, 3, seed, panels)
            if n in (2, 4, 8) and world.wording:
                for outcomes in (2, 4):
                    out[f"tables|{world.name}|12|{n}|{outcomes}"] = _tables(world, 12, n, outcomes, seed, panels)
        out[f"race|{world.name}|joint"] = _race(joint.after_race, world, seed, panels)
        out[f"race|{world.name}|tables"] = _race(per_dimension.after_race, world, seed, max(panels // 4, 1))
    return {key: task for key, task in out.items() if part is None or key.startswith(part)}


def _joint(world: Setting, models: int, n: int, seed: int, panels: int) -> Task:
    return lambda: joint.cell(world, models, n, seed, panels)


def _tables(world: Setting, models: int, n: int, outcomes: int, seed: int, panels: int) -> Task:
    return lambda: per_dimension.cell(world, models, n, outcomes, seed, panels)


def _race(run: Callable[[Setting, int, int], dict[str, Any]], world: Setting, seed: int, panels: int) -> Task:
    return lambda: run(world, seed, panels)


if __name__ == "__main__":
    main()
