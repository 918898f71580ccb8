"""The recogniser's card, written from what its head file holds."""

from __future__ import annotations

from typing import Any

_HOW = """## How it was made
```
python -m cruxbank.bench.recogniser train --data DIR --out head.npz
python -m cruxbank.bench.recogniser evaluate --data DIR --seed 0
python -m cruxbank.bench.recogniser heldout --data DIR
python -m cruxbank.bench.recogniser card --head head.npz --out CARD.md
```
DIR holds `arguments.tsv` and `labels20.tsv`. Seed 0. The same machine gives the same bytes."""

_FAILS = """## Where it fails
- English only. It does not notice another language; it answers something.
- Presence only: it cannot tell a text that defends a value from one that attacks it (`signed` is false).
- Weak on what language models write. On 1,266 real model answers, each labelled for one value, a linear head on the
  same encoder reached a mean AUC of .62, similarity to value definitions .65; this head could not be tried there. It
  serves the offline default, pre-screening and tests. A published figure needs a judge that is a language model, and a
  report says when this one read.
- Rare labels are read badly (stimulation, hedonism, face, humility): look at the table before you trust a column.
- The arguments are short English ones on controversial debate topics; probabilities follow their base rates.
"""


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


def card(meta: dict[str, Any]) -> str:
    """The whole card, for a head with figures."""
    figures = meta["figures"]
    parts = [
        _what(meta),
        _data(meta),
        _HOW,
        f"## How well it reads\n{markdown(figures)}",
        _others(figures),
        _cuts(figures["held_out"]),
        _answers(figures["own_answers"]),
        _FAILS,
    ]
    return "# Card of the recogniser\n\n" + "\n\n".join(parts)


def _what(meta: dict[str, Any]) -> str:
    hidden, encoder = meta["recipe"]["hidden"], meta["encoder"]
    layers = ", ".join(str(layer) for layer in meta["layers"])
    inputs = f"{len(meta['layers'])} x {encoder['dimension']}"
    return f"""What it is: {meta["nets"]} small networks ({inputs} inputs, {hidden} hidden units, 30 outputs;
their logits are averaged) on mean-pooled states of layers {layers} of {encoder["name"]}
(weights digest {encoder["digest"]}), plus {meta["anchor_weight"]:g} times the likeness to each value's definition
and cue (cosine, centred over the ten). It says which of 20 value categories and which of Schwartz's ten values an
English text stands on. An answer of several points is taken apart, each point is read, and the answer's logit is the
log of the mean odds. Probabilities are calibrated (Platt). File: `head.npz`."""


def _data(meta: dict[str, Any]) -> str:
    figures = meta["figures"]
    first = meta["own_arguments"] - meta["own_searched"]
    return f"""## Data and licence
- Touché23-ValueEval, main training arguments (webis/Touche23-ValueEval; Mirzakhmedova, Kiesel et al.), CC BY 4.0.
  {figures["arguments"]} premises on {figures["conclusions"]} conclusions with 20 categories each. Most of them build on
  IBM-ArgQ-Rank-30kArgs (CC BY-SA 3.0), so treat the head as share-alike to be safe. Only numbers derived from the data
  are here; no text of it is.
- {meta["own_arguments"]} arguments with categories, written for Cruxbank by a language model: {first} in
  `bench/recogniser_own.txt`, {meta["own_searched"]} in `bench/recogniser_own_lay.txt`. They are in every training
  part and in no test part, and their topics are not those of the data. The second
  file's writers learned the annotators' habits from examples on four fifths of the groups.
- The encoder is all-MiniLM-L6-v2 (Apache-2.0).
- The ten values are present where one of their categories is (`categories.yaml`). Face and Humility stand between two
  of the ten and count for none."""


def _others(figures: dict[str, Any]) -> str:
    held = figures["held_out"]
    lines = [
        "F1 is counted over the predictions of all folds together. The recipe was chosen on four fifths of the groups",
        "(folds of seed 0; that cuts are shrunk, on all groups), so seed 0 flatters a little. Other seeds change folds and",
        "networks, but four fifths of their arguments were open to the writers of the added ones. In the last line one",
        "head, trained on those four fifths, reads the fifth part, which neither those writers nor the recipe saw:",
        "",
        "| check | arguments | groups | F1, 20 categories | F1, ten values | AUC, 20 | AUC, ten |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [_row(f"folds, seed {row['seed']}", row) for row in figures["other_seeds"]]
    error = f"Calibration of the ten values: expected error {figures['calibration_error_values']:.3f}."
    return "\n".join([*lines, _row("held out", held), "", error])


def _row(name: str, row: dict[str, Any]) -> str:
    scores = [row[f"macro_{score}_{kind}"] for score in ("f1", "auc") for kind in ("categories", "values")]
    return f"| {name} | {row['arguments']} | {row['groups']} | " + " | ".join(f"{score:.3f}" for score in scores) + " |"


def _cuts(held: dict[str, Any]) -> str:
    intro = f"""## Cuts
- One text: for each label halfway between the cut with the largest F1 on out-of-fold probabilities of all arguments and
  the cut that these calibrated probabilities expect to be best.
- An answer of three key points (the local judge): a value is present when the largest of its three probabilities passes
  a cut of its own, the one with the largest sensitivity + specificity - 1 on made-up answers (three premises of one
  side of one conclusion, out-of-fold probabilities). F1 would be the wrong aim: where 86 % of the answers have a value
  (universalism), it is nearly best to say present always, and that separates nobody. Made-up answers of the held-out
  part ({held["triples"]["triples"]}), read by the head that never saw it:

| value | answers with it | sensitivity | specificity |
|---|---:|---:|---:|"""
    lines = [
        f"| {value} | {row['positives']} | {row['sensitivity']:.2f} | {row['specificity']:.2f} |"
        for value, row in sorted(held["triples"]["by_value"].items())
    ]
    whole = f"Read as whole answers: mean AUC {held['answers_auc_values']:.3f} over the ten values."
    return "\n".join([intro, *lines, "", whole])


def _answers(own: dict[str, Any]) -> str:
    by_value = ", ".join(f"{name} {area:.2f}" for name, area in own["by_value"].items())
    return f"""On {own["answers"]} whole answers written for Cruxbank in the form of models' answers: mean AUC
{own["auc_values"]:.3f} ({by_value}).
They were never trained on, but the way of pooling was compared on them too, and their author also wrote the added
arguments: this flatters."""
