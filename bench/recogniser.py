"""Train the recogniser's head, or check it: conclusion-grouped cross-validation, thresholds inside the training folds.

python -m cruxbank.bench.recogniser evaluate --data DIR [--seed N]
python -m cruxbank.bench.recogniser heldout --data DIR
python -m cruxbank.bench.recogniser train --data DIR --out FILE
python -m cruxbank.bench.recogniser card --head FILE --out FILE
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from cruxbank.bench.recogniser_card import card, markdown
from cruxbank.bench.recogniser_figures import figures_of, held_out_figures, own_answers_figures
from cruxbank.bench.recogniser_own import read_answers, read_own
from cruxbank.bench.recogniser_training import OUTER, Recipe, Study, trained
from cruxbank.bench.recogniser_unseen import head_for_held_out, study_of, unseen
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import CruxbankError
from cruxbank.recogniser import Head, Recogniser, load_head
from cruxbank.recogniser.head import save_head

SOURCE = (
    "Touché23-ValueEval, main training arguments (webis/Touche23-ValueEval), CC BY 4.0; part A builds on CC BY-SA 3.0; "
    "and arguments written for Cruxbank"
)
SEEDS = (1, 2)
"""Seeds of the check beside the one that chose the recipe."""


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 when done, 2 on bad input."""
    args = _parser().parse_args(argv)
    try:
        if args.command == "card":
            args.out.write_text(card(load_head(args.head).meta), encoding="utf-8")
        else:
            print(_report(args))
    except CruxbankError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def train(study: Study, recipe: Recipe, seed: int, encoder: Encoder, cache: Path | None) -> Head:
    """The head on all arguments, cuts from out-of-fold probabilities of all arguments, with its figures."""
    figures = figures_of(unseen(study, recipe, seed, cache), seed)
    others = [figures_of(unseen(study, recipe, other, cache), other) for other in SEEDS]
    head, rows = head_for_held_out(study, recipe, seed)
    figures["other_seeds"] = [{k: row[k] for k in row if k != "columns"} for row in others]
    figures["held_out"] = held_out_figures(study, head, rows)
    meta = {
        "format": 2,
        "encoder": {"name": encoder.name, "dimension": encoder.dimension, "digest": encoder.digest},
        "recipe": asdict(recipe),
        "source": SOURCE,
        "own_arguments": len(study.own.labels),
        "own_searched": int(read_own().searched.sum()),
    }
    found = trained(study, np.arange(len(study.data.texts)), recipe, seed + 1000, OUTER)
    found = replace(found, meta={**found.meta, **meta})
    answers = read_answers()
    figures["own_answers"] = own_answers_figures(Recogniser(encoder, found), answers.texts, answers.labels)
    return replace(found, meta={**found.meta, "figures": figures})


def _report(args: argparse.Namespace) -> str:
    encoder, recipe = load_encoder(), replace(Recipe(), nets=args.nets)
    study = study_of(args.data, encoder, recipe, args.cache)
    if args.command == "heldout":
        figures: dict[str, Any] = held_out_figures(study, *head_for_held_out(study, recipe, args.seed))
        return json.dumps(figures, sort_keys=True)
    if args.command == "evaluate":
        figures = figures_of(unseen(study, recipe, args.seed, args.cache), args.seed)
    else:
        head = train(study, recipe, args.seed, encoder, args.cache)
        save_head(head, args.out)
        figures = head.meta["figures"]
    return f"{markdown(figures)}\n\n{json.dumps(figures, sort_keys=True)}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.recogniser", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("evaluate", "heldout", "train"):
        command = commands.add_parser(name)
        command.add_argument("--data", type=Path, required=True, help="folder with arguments.tsv and labels20.tsv")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--nets", type=int, default=Recipe().nets, help="networks that vote")
        command.add_argument("--cache", type=Path, help="folder for encoded texts and out-of-fold probabilities")
        if name == "train":
            command.add_argument("--out", type=Path, required=True, help="the head, an .npz file")
    command = commands.add_parser("card")
    command.add_argument("--head", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
