"""Do probing sessions find what was planted in simulated targets, and how many turns does choosing adaptively save?

python -m cruxbank.bench.probe --seed 1 [--scale 1.0] [--publish]
"""

from __future__ import annotations

import argparse

from cruxbank.bench.probe_numeric import study
from cruxbank.bench.publish import publish

COMMAND = "python -m cruxbank.bench.probe --seed 1 --publish"


def main() -> None:
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full number of sessions")
    parser.add_argument("--publish", action="store_true", help="put the tables into docs/benchmarks.md")
    args = parser.parse_args()
    markdown, rows = study(args.seed, args.scale)
    print(markdown)
    if args.publish:
        publish("probe", markdown, {"numeric": rows}, COMMAND)


if __name__ == "__main__":
    main()
