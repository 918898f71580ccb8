"""The recogniser's figures: F1, AUC and calibration by label, reading of made-up answers and of answers of our own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cruxbank.bench.recogniser_data import Floats, Ints
from cruxbank.bench.recogniser_training import INNER, OUTER, Flags, Study, f1, trios
from cruxbank.bench.recogniser_unseen import OutOfFold
from cruxbank.recogniser import Head, Recogniser, load_labels
from cruxbank.recogniser.head import Numbers, pooled

BINS = 10


def figures_of(found: OutOfFold, seed: int) -> dict[str, Any]:
    """Macro F1 and AUC with seed and denominators, F1 and AUC of every column, calibration error of the ten values."""
    scores, areas = f1(found.labels_all, found.predicted_all), areas_of(found.labels_all, found.probabilities_all)
    labels = load_labels()
    columns = [
        {"name": name, "positives": int(found.labels_all[:, j].sum()), "f1": _r(scores[j]), "auc": _r(areas[j])}
        for j, name in enumerate((*labels.categories, *labels.values))
    ]
    return {
        "seed": seed,
        "arguments": len(found.labels_all),
        "conclusions": len(set(found.conclusions)),
        "groups": len(np.unique(found.group)),
        "folds": OUTER,
        "inner_folds": INNER,
        **macro(scores, areas),
        "calibration_error_values": _r(calibration_error(found.labels, found.probabilities)),
        "columns": columns,
    }


def macro(scores: NDArray[np.float64], areas: NDArray[np.float64]) -> dict[str, float]:
    """Means over the 20 categories and over the ten values."""
    cut = len(load_labels().categories)
    parts = {"categories": slice(None, cut), "values": slice(cut, None)}
    f1s = {f"macro_f1_{name}": _r(scores[part].mean()) for name, part in parts.items()}
    return f1s | {f"macro_auc_{name}": _r(areas[part].mean()) for name, part in parts.items()}


def held_out_figures(study: Study, head: Head, rows: Ints) -> dict[str, Any]:
    """One head on the arguments that chose nothing: F1, AUC, and how it reads made-up answers of three of them."""
    data = study.data
    labels, logits = data.labels[rows], head.logits(study.layers[rows])
    probabilities = head.single.probabilities(logits)
    three = trios(data.side[rows], 0)
    truth: Flags = np.asarray(labels[three].any(axis=1))
    return {
        "arguments": len(rows),
        "groups": len(np.unique(data.group[rows])),
        **macro(f1(labels, probabilities > head.thresholds), areas_of(labels, probabilities)),
        "triples": triples_of(truth, probabilities[three].max(axis=1), head.triple),
        "answers_auc_values": _r(answers_area(truth, logits, three)),
    }


def answers_area(truth: Flags, logits: Numbers, three: Ints) -> float:
    """Mean AUC over the ten values of made-up answers read as a whole."""
    cut = len(load_labels().categories)
    joint = np.stack([pooled(logits[rows]) for rows in three])
    return float(areas_of(truth[:, cut:], joint[:, cut:]).mean())


def triples_of(truth: Flags, largest: Floats, limits: Floats) -> dict[str, Any]:
    """Sensitivity and specificity of the cuts for three key points, by value."""
    found = largest > limits
    sensitivity = (found & truth).sum(axis=0) / np.maximum(truth.sum(axis=0), 1)
    specificity = (~found & ~truth).sum(axis=0) / np.maximum((~truth).sum(axis=0), 1)
    labels = load_labels()
    rows = {
        name: {
            "positives": int(truth[:, j].sum()),
            "sensitivity": _r(sensitivity[j]),
            "specificity": _r(specificity[j]),
        }
        for j, name in enumerate((*labels.categories, *labels.values))
        if name in labels.values
    }
    return {"triples": len(truth), "by_value": rows}


def own_answers_figures(recogniser: Recogniser, texts: tuple[str, ...], labels: Flags) -> dict[str, Any]:
    """Mean AUC over the ten values on the whole answers of our own."""
    areas = areas_of(labels, recogniser.value_probabilities(texts))
    by_value = {name: _r(areas[j]) for j, name in enumerate(load_labels().values)}
    return {"answers": len(texts), "auc_values": _r(areas.mean()), "by_value": by_value}


def areas_of(labels: Flags, probabilities: Any) -> NDArray[np.float64]:
    """Area under the ROC curve of each column, by ranks (ties share theirs); one half where a class is missing."""
    from scipy.stats import rankdata

    ranks = rankdata(probabilities, axis=0)
    positives = labels.sum(axis=0)
    above = (ranks * labels).sum(axis=0) - positives * (positives + 1) / 2
    pairs = positives * (len(labels) - positives)
    return np.where(pairs > 0, above / np.maximum(pairs, 1), 0.5)


def calibration_error(labels: Flags, probabilities: Floats) -> float:
    """Expected calibration error, mean over columns: |share present - mean probability| in ten bins of equal width."""
    errors = []
    for truth, found in zip(labels.T, probabilities.T, strict=True):
        place = np.minimum((found * BINS).astype(int), BINS - 1)
        gaps = [abs(float(truth[place == b].sum() - found[place == b].sum())) for b in range(BINS)]
        errors.append(sum(gaps) / len(truth))
    return float(np.mean(errors))


def _r(figure: Any) -> float:
    return round(float(figure), 4)
