"""Calibration of the shipped recogniser's training on arguments that people labelled, on conclusions it has not seen.

python -m cruxbank.bench.calibration --data ../shared/data/touche23_valueeval --publish

Every probability comes from a head that saw nothing of the argument's conclusion (the recogniser's own grouped
cross-validation), every cut from conclusions other than those it is applied to. Intervals take the conclusions as groups.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cruxbank.accuracy import Accuracy, Cut, Rate, Reliability
from cruxbank.bench.calibration_transport import Transport, transported
from cruxbank.bench.publish import publish
from cruxbank.bench.recogniser_training import triples
from cruxbank.bench.recogniser_unseen import out_of_fold_values
from cruxbank.errors import CruxbankError
from cruxbank.recogniser import load_labels
from cruxbank.report.calibration_text import rate, table
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.calibration import accuracy
from cruxbank.science.probabilities import SPECIFICITY, YOUDEN, cross_fitted, reliability


class Unseen(NamedTuple):
    """Out-of-fold probabilities of the ten values; rows are texts."""

    probabilities: Array
    truth: Bools
    predicted: Bools | None
    """With thresholds from the training folds; None for made-up answers, whose cuts are cross-fitted here."""
    groups: Ints


class Found(NamedTuple):
    """One value's figures."""

    value: str
    reliability: Reliability
    own: Accuracy | None
    youden: Cut
    cautious: Cut


def unseen(folder: Path, seed: int, cache: Path | None) -> tuple[Unseen, Unseen]:
    """Single arguments, and made-up answers of three arguments on one side of one conclusion."""
    data = out_of_fold_values(folder, seed, cache)
    values, truth = data.probabilities, data.labels
    single = Unseen(values.astype(np.float64), truth, data.predicted, data.group)
    many, largest = triples(data.side, truth, values, seed)
    _, place = triples(data.side, truth, data.group[:, None].astype(np.float32), seed)
    return single, Unseen(largest.astype(np.float64), many, None, place[:, 0].astype(np.int64))


def figures(data: Unseen, seed: int) -> list[Found]:
    """Every value's figures."""
    found = []
    for j, value in enumerate(load_labels().values):
        scores, truth = data.probabilities[:, j], data.truth[:, j]
        found.append(
            Found(
                value=value,
                reliability=reliability(scores, truth),
                own=accuracy(truth, data.predicted[:, j], data.groups) if data.predicted is not None else None,
                youden=cross_fitted(scores, truth, data.groups, YOUDEN, seed=seed),
                cautious=cross_fitted(scores, truth, data.groups, SPECIFICITY, 0.9, seed=seed),
            )
        )
    return found


def _table(found: list[Found]) -> str:
    with_own = found[0].own is not None
    head = ["value", "with it", "AUC", "calibration error", "Brier (base rate)"]
    head += ["sensitivity, F1 cut", "specificity, F1 cut"] if with_own else []
    head += ["sensitivity, Youden", "specificity, Youden", "sensitivity at specificity .9"]
    return table(head, [_row(f) for f in found])


def _row(f: Found) -> list[str]:
    r = f.reliability
    row = [f.value, str(f.youden.accuracy.sensitivity.n), f"{r.auc or 0:.2f}", f"{r.ece:.3f}"]
    row.append(f"{r.brier:.3f} ({r.brier_of_base_rate:.3f})")
    row += [rate(f.own.sensitivity), rate(f.own.specificity)] if f.own else []
    cautious = f.cautious.accuracy
    return [*row, rate(f.youden.accuracy.sensitivity), rate(f.youden.accuracy.specificity), rate(cautious.sensitivity)]


def markdown(single: Unseen, answers: Unseen, seed: int, moved: Transport) -> str:
    """The two tables and what correction does on other conclusions."""
    groups = len(np.unique(single.groups))
    return "\n\n".join(
        [
            f"Real labels, {len(single.truth)} arguments in {groups} groups of conclusions (Touché23-ValueEval); "
            f"cross-validation of the shipped recipe, seed {seed}. No probability or cut was made on the conclusions that "
            "it is scored on; intervals are 95 %, with conclusions as groups. Presence only.",
            "Single arguments. F1 cut: the threshold that the recogniser ships for single texts is chosen so.",
            _table(figures(single, seed)),
            f"Made-up answers of three arguments on one side ({len(answers.truth)}): the form that the local judge reads; "
            "it ships the Youden cut.",
            _table(figures(answers, seed)),
            f"Correction on other conclusions: cut, errors and rate each from another third of the conclusions "
            f"({moved.splits} splits, all values, answers of three, Youden cut; {moved.rates} rates, {moved.unidentified} "
            f"more could not be corrected). The 95 % interval holds the labelled rate in {moved.raw_covered:.0%} of the "
            f"rates as read and in {moved.covered:.0%} of the corrected ones. Mean distance from the labelled rate: "
            f"{moved.raw:.3f} as read, {moved.corrected:.3f} corrected: a judge this weak leaves a correction so wide that "
            "its middle is no better; what is gained is an interval that tells the truth.",
        ]
    )


def rows(single: Unseen, answers: Unseen, seed: int, moved: Transport) -> dict[str, Any]:
    """The same for docs/benchmarks/calibration.json."""
    return {
        "seed": seed,
        "arguments": [_plain(f) for f in figures(single, seed)],
        "answers_of_three": [_plain(f) for f in figures(answers, seed)],
        "transport": moved._asdict(),
    }


def _plain(f: Found) -> dict[str, Any]:
    r = f.reliability
    curve = [{"mean": round(b.mean, 4), "share": round(b.rate.est, 4), "n": b.rate.n} for b in r.bins]
    plain: dict[str, Any] = {"value": f.value, "auc": round(r.auc or 0, 4), "ece": round(r.ece, 4)}
    plain |= {"brier": round(r.brier, 4), "base_rate_brier": round(r.brier_of_base_rate, 4), "curve": curve}
    plain |= {"youden": _cut(f.youden), "specificity_90": _cut(f.cautious)}
    return plain | ({"f1_cut": _sides(f.own)} if f.own else {})


def _cut(cut: Cut) -> dict[str, Any]:
    return {"cut": round(cut.cut, 4), **_sides(cut.accuracy)}


def _sides(found: Accuracy) -> dict[str, Any]:
    return {"sensitivity": _rate(found.sensitivity), "specificity": _rate(found.specificity)}


def _rate(found: Rate) -> list[float]:
    return [round(found.est, 4), round(found.lo, 4), round(found.hi, 4), found.n]


def main(argv: list[str] | None = None) -> int:
    """Print the tables; 0 when done, 2 on bad input."""
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.calibration", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with arguments.tsv and labels20.tsv")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="folder for the encoded texts (default: the temporary folder)")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md")
    args = parser.parse_args(argv)
    try:
        single, answers = unseen(args.data, args.seed, args.cache)
    except CruxbankError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    moved = transported(answers.probabilities, answers.truth, answers.groups, args.seed)
    text = markdown(single, answers, args.seed, moved)
    print(text)
    if args.publish:
        command = f"python -m cruxbank.bench.calibration --data {args.data} --seed {args.seed} --publish"
        publish("calibration", text, rows(single, answers, args.seed, moved), command)
    return 0


if __name__ == "__main__":
    sys.exit(main())
