"""How long the estimators take: Q with its error for many items, and full posteriors for candidates. One core.

python -m cruxbank.bench.speed --publish
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cruxbank.bench.estimators_worlds import Setting, readings, vectors
from cruxbank.bench.publish import publish
from cruxbank.science.estimate import TablePriors, estimate
from cruxbank.science.quadratic import q_batch
from cruxbank.science.scatter import Scatter, weight
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import Prior

DIMENSIONS = 10
MATMUL = 2000
"""Side of the square matrices whose product is the yardstick of the machine."""
LIMITS = {"q": 5.0, "posteriors": 60.0}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.speed", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--items", type=int, default=10_000, help="items for Q: 30 models x 8 responses x 10 dimensions"
    )
    parser.add_argument("--candidates", type=int, default=1_000, help="candidates for posteriors: 12 models x 6")
    parser.add_argument("--publish", action="store_true", help="write into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    rows = measure(options.seed, options.items, options.candidates)
    text = table(rows)
    print(text)
    if options.publish:
        publish("speed", text, rows, f"python -m cruxbank.bench.speed --seed {options.seed} --publish")


def measure(seed: int, items: int, candidates: int) -> list[dict[str, Any]]:
    """One row a task: CPU and wall seconds, and the CPU time in units of one matrix product."""
    unit = min(_timed(_product(seed))[0] for _ in range(3))
    tasks = [
        ("q", f"Q with its error, {items} items x 30 models x 8 responses x 10 dimensions and the stance", items),
        ("posteriors", f"posteriors of all dimensions, stance, refusal and joint, {candidates} candidates", candidates),
    ]
    rows = []
    for name, label, count in tasks:
        cpu, wall = _timed(_q(seed, count) if name == "q" else _posteriors(seed, count))
        rows.append({"task": name, "label": label, "cpu": round(cpu, 2), "wall": round(wall, 2), "limit": LIMITS[name]})
        rows[-1] |= {"ratio": round(cpu / unit, 1), "unit": round(unit, 3), "cores": os.cpu_count()}
    return rows


def _timed(task: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    task()
    return time.process_time() - cpu, time.perf_counter() - wall


def _product(seed: int) -> Callable[[], object]:
    a = rng(seed, 0, "matmul").random((MATMUL, MATMUL))
    return lambda: a @ a


def _q(seed: int, items: int) -> Callable[[], object]:
    x = rng(seed, 0, "speed q").integers(-1, 2, (items, 30, 8, DIMENSIONS + 1)).astype(np.float64)
    metric = weight(Scatter.empty(DIMENSIONS + 1))
    return lambda: q_batch(x, metric)


def _posteriors(seed: int, items: int) -> Callable[[], object]:
    world = vectors(Setting("speed", -1.2, 0.3, 0.7), items, 12, 6, rng(seed, 0, "speed posteriors"))
    drafts = [readings(x) for x in world.x]
    priors = TablePriors.fit(drafts[:50], DIMENSIONS, rng(seed, 0, "speed fit"))
    metric, names = weight(Scatter.empty(DIMENSIONS + 1)), [f"d{i}" for i in range(DIMENSIONS)]

    def all_of_them() -> None:
        for place, draft in enumerate(drafts):
            estimate(
                draft, metric, Prior.default(), priors, s0=0.05, dimensions=names, rng=rng(seed, place, "posterior")
            )

    return all_of_them


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown."""
    lines = [
        f"CPU seconds of one thread (machine: {rows[0]['cores']} cores, shared), and the same as multiples of one product "
        f"of two {MATMUL} x {MATMUL} matrices in the same run ({rows[0]['unit']} s).",
        "",
        "| task | CPU s | limit s | wall s | matrix products |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['label']} | {r['cpu']:.1f} | {r['limit']:.0f} | {r['wall']:.1f} | {r['ratio']:.0f} |" for r in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
