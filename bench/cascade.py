"""What a cascade saves and what it costs: the local judge first, a model where the local one is unsure.

    python -m cruxbank.bench.cascade --items 20 --seed 1
    python -m cruxbank.bench.cascade --data ../shared/data/touche23_valueeval

An answer is sent where the local judge expects so many dimensions wrong. First on simulated answers, against a simulated
model's verdicts; then, with `--data`, on made-up answers of three human arguments each, against human labels, with a
model of stated errors behind the local judge. Beside each threshold stands what sending the same share of answers gives
when they are those with a probability nearest to its cut, or drawn at random.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from cruxbank.bench.cascade_human import on_human_labels
from cruxbank.bench.cascade_simulated import on_simulated_answers
from cruxbank.bench.publish import publish
from cruxbank.errors import CruxbankError

THRESHOLDS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 1.0)
SIMULATED = ("sent", "calls saved", "equal verdicts", "95 %", "alpha", "nearest to a cut: alpha", "at random: alpha")
HUMAN = (
    "sent",
    "calls saved",
    "sensitivity",
    "specificity",
    "alpha",
    "95 %",
    "nearest to a cut: alpha",
    "at random: alpha",
)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 when done, 2 on bad input."""
    args = _parser().parse_args(argv)
    try:
        simulated = asyncio.run(on_simulated_answers(THRESHOLDS, args.items, args.seed, args.model))
        human = (
            on_human_labels(THRESHOLDS, args.data, args.seed, args.sensitivity, args.specificity) if args.data else {}
        )
    except CruxbankError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    text = markdown(simulated, human)
    print(text)
    if args.publish:
        data = " --data DATA/touche23_valueeval" if human else ""
        command = f"python -m cruxbank.bench.cascade --items {args.items} --seed {args.seed}{data}"
        publish("cascade", text, {"simulated": simulated, "human": human}, command)
    return 0


def markdown(simulated: dict[str, Any], human: dict[str, Any]) -> str:
    """Both tables with their denominators."""
    parts = [
        f"The local judge (`schwartz-10`) with `{simulated['model']}` behind it, on {simulated['responses']} simulated "
        f"answers to {simulated['items']} items ({simulated['unread']} more that one of them could not read are left "
        f"out); seed {simulated['seed']}. An answer is sent where the share of its ten "
        "dimensions that the local judge expects to read wrong, by its own probabilities, reaches the threshold "
        "(`judging.unsure`). Equal verdicts and alpha (Krippendorff, "
        "mean over the dimensions where it is defined) are against the model's own presence verdicts, so that sending "
        "everything gives 1. Simulated figures.",
        _table(SIMULATED, simulated["rows"]),
    ]
    if human:
        parts += [
            f"The same on {human['answers']} made-up answers of three human arguments on one side of one conclusion "
            f"(Touché23-ValueEval), against the union of their human labels. The head never saw the conclusion; cuts "
            f"come from the other half of the conclusions. Behind it stands a model that is right as often as stated: "
            f"sensitivity {human['stated'][0]:g}, specificity {human['stated'][1]:g}, errors independent; seed "
            f"{human['seed']}.",
            _table(HUMAN, human["rows"]),
        ]
    return "\n\n".join(parts)


def _table(names: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    lines = [f"| threshold | {' | '.join(names)} |", "|" + "---|" * (len(names) + 1)]
    lines += [f"| {row['threshold']} | {' | '.join(row[name] for name in names)} |" for row in rows]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Calls saved by a cascade of judges against agreement lost.")
    parser.add_argument("--items", type=int, default=20, help="local questions put to the simulated panel")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", default="sim-quill-3", help="simulated judge behind the local one")
    parser.add_argument("--data", type=Path, help="folder of touche23_valueeval")
    parser.add_argument("--sensitivity", type=float, default=0.85, help="of the model behind it, on human labels")
    parser.add_argument("--specificity", type=float, default=0.95)
    parser.add_argument("--publish", action="store_true", help="write the tables into docs/benchmarks.md")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
