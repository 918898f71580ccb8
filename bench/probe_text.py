"""Do whole probing sessions find what was planted in simulated targets? In words: bank, graph, prober, judge, ledger.

python -m cruxbank.bench.probe_text --seed 1 [--scale 1.0] [--processes 2] [--cache DIR] [--publish]

Finished batches stay in the cache folder; the same command goes on where it was stopped, inside a batch too.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from cruxbank.bench.probe_text_jobs import COUNTS, jobs, played
from cruxbank.bench.probe_text_tables import page, rows_of
from cruxbank.bench.publish import publish

TUNING = frozenset({7})
"""Seeds that the strategy was looked at on. Never reported."""


def main() -> None:
    """Play what the cache lacks, mark it, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help=f"share of the sessions of {COUNTS}")
    parser.add_argument("--kinds", nargs="+", choices=list(COUNTS), default=list(COUNTS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "crux-probe-text")
    parser.add_argument("--publish", action="store_true", help="put the tables into docs/benchmarks.md")
    args = parser.parse_args()
    if args.publish and args.seed in TUNING:
        parser.error(f"--seed {args.seed}: the strategy was looked at on this one; take another")
    marks = played(jobs(args.seed, args.scale, args.kinds), args.cache, args.processes)
    rows = rows_of(marks, args.seed)
    markdown = page(rows)
    print(markdown)
    if args.publish:
        command = f"python -m cruxbank.bench.probe_text --seed {args.seed} --scale {args.scale:g} --publish"
        publish("probe-text", markdown, rows, command)


if __name__ == "__main__":
    main()
