"""Train the recogniser's head, or check it: conclusion-grouped cross-validation, thresholds inside the training folds.

python -m cruxbank.bench.recogniser evaluate --data DIR
python -m cruxbank.bench.recogniser train --data DIR --out FILE
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from cruxbank.bench.recogniser_data import Arguments, Floats, join_alike, layers_of, read_arguments
from cruxbank.bench.recogniser_training import (
    INNER,
    OUTER,
    Flags,
    Recipe,
    cross_validate,
    f1,
    f1_thresholds,
    fit,
    out_of_fold,
    triples,
    youden_thresholds,
)
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import CruxbankError
from cruxbank.recogniser import Head, load_labels
from cruxbank.recogniser.head import save_head

SOURCE = (
    "Touché23-ValueEval, main training arguments (webis/Touche23-ValueEval), CC BY 4.0; part A builds on CC BY-SA 3.0"
)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 when done, 2 on bad input."""
    args = _parser().parse_args(argv)
    try:
        encoder = load_encoder()
        data = join_alike(read_arguments(args.data), encoder)
        layers = layers_of(data.texts, encoder, args.cache)
        recipe = replace(Recipe(), nets=args.nets)
        figures = evaluate(layers, data, recipe, args.seed)
        if args.command == "train":
            save_head(train(layers, data, recipe, args.seed, encoder, figures), args.out)
    except CruxbankError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(markdown(figures))
    print()
    print(json.dumps(figures, sort_keys=True))
    return 0


def evaluate(layers: Floats, data: Arguments, recipe: Recipe, seed: int) -> dict[str, Any]:
    """The figures with seed and denominators: F1 and AUC of every column, macro means, reading of three key points."""
    probabilities, predicted = cross_validate(layers, data, recipe, seed)
    labels = load_labels()
    scores, areas = f1(data.labels, predicted), _auc(data.labels, probabilities)
    names = (*labels.categories, *labels.values)
    columns = [
        {"name": name, "positives": int(data.labels[:, j].sum()), "f1": _r(scores[j]), "auc": _r(areas[j])}
        for j, name in enumerate(names)
    ]
    cut = len(labels.categories)
    return {
        "seed": seed,
        "arguments": len(data.texts),
        "conclusions": len(set(data.conclusions)),
        "groups": len(np.unique(data.group)),
        "folds": OUTER,
        "inner_folds": INNER,
        "macro_f1_categories": _r(scores[:cut].mean()),
        "macro_f1_values": _r(scores[cut:].mean()),
        "macro_auc_categories": _r(areas[:cut].mean()),
        "macro_auc_values": _r(areas[cut:].mean()),
        "columns": columns,
    }


def train(
    layers: Floats, data: Arguments, recipe: Recipe, seed: int, encoder: Encoder, figures: dict[str, Any]
) -> Head:
    """The head on all arguments; thresholds from out-of-fold probabilities of all arguments."""
    rows = np.arange(len(data.texts))
    unseen = out_of_fold(layers, data, rows, recipe, seed + 1000, OUTER)
    first_value = len(load_labels().categories)
    truth, largest = triples(data.side, data.labels[:, first_value:], unseen[:, first_value:], seed)
    triple = youden_thresholds(truth, largest)
    head = fit(layers, data.labels, recipe, seed)
    meta = {
        "format": 1,
        "encoder": {"name": encoder.name, "dimension": encoder.dimension, "digest": encoder.digest},
        "layers": list(recipe.layers),
        "nets": recipe.nets,
        "recipe": asdict(recipe),
        "source": SOURCE,
        "figures": {**figures, "triples": _triples(truth, largest, triple)},
    }
    return replace(head, thresholds=f1_thresholds(data.labels, unseen), triple=triple, meta=meta)


def markdown(figures: dict[str, Any]) -> str:
    """The table of `evaluate`."""
    counts = f"{figures['arguments']} arguments, {figures['conclusions']} conclusions in {figures['groups']} groups"
    lines = [
        f"{counts}, {figures['folds']} folds that split no group, thresholds chosen on {figures['inner_folds']} folds "
        f"inside the training part, seed {figures['seed']}",
        "",
        "| label | positives | F1 | AUC |",
        "|---|---:|---:|---:|",
    ]
    lines += [f"| {c['name']} | {c['positives']} | {c['f1']:.3f} | {c['auc']:.3f} |" for c in figures["columns"]]
    for kind, name in (("categories", "20 categories"), ("values", "ten values")):
        f, a = figures[f"macro_f1_{kind}"], figures[f"macro_auc_{kind}"]
        lines.append(f"| **macro, {name}** | | **{f:.3f}** | {a:.3f} |")
    return "\n".join(lines)


def _triples(truth: Flags, largest: Floats, limits: Floats) -> dict[str, Any]:
    """How well a value is read from three key points; a little optimistic, the cuts were chosen on the same triples."""
    found = largest > limits
    sensitivity = (found & truth).sum(axis=0) / np.maximum(truth.sum(axis=0), 1)
    specificity = (~found & ~truth).sum(axis=0) / np.maximum((~truth).sum(axis=0), 1)
    names = load_labels().values
    return {
        "triples": len(truth),
        "by_value": {
            name: {
                "positives": int(truth[:, j].sum()),
                "sensitivity": _r(sensitivity[j]),
                "specificity": _r(specificity[j]),
            }
            for j, name in enumerate(names)
        },
    }


def _auc(labels: Flags, probabilities: Floats) -> Any:
    """Area under the ROC curve of each column, by ranks (ties share theirs)."""
    from scipy.stats import rankdata

    ranks = rankdata(probabilities, axis=0)
    positives = labels.sum(axis=0)
    above = (ranks * labels).sum(axis=0) - positives * (positives + 1) / 2
    return above / np.maximum(positives * (len(labels) - positives), 1)


def _r(figure: Any) -> float:
    return round(float(figure), 4)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.recogniser", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("evaluate", "train"):
        command = commands.add_parser(name)
        command.add_argument("--data", type=Path, required=True, help="folder with arguments.tsv and labels20.tsv")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--nets", type=int, default=Recipe().nets, help="networks that vote")
        command.add_argument("--cache", type=Path, help="folder for the encoded texts (default: the temporary folder)")
        if name == "train":
            command.add_argument("--out", type=Path, required=True, help="the head, an .npz file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
