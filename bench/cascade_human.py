"""The cascade on human arguments with human labels; the model behind it is an oracle with stated errors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cruxbank.agents.cascade import expected_wrong
from cruxbank.bench.cascade_scores import Flags, at_random, interval, mean_alpha, nearest, resampled_alpha
from cruxbank.bench.recogniser_training import triples, youden_thresholds
from cruxbank.bench.recogniser_unseen import OutOfFold, out_of_fold_values
from cruxbank.science.seeds import rng


def on_human_labels(
    thresholds: Sequence[float], folder: Path, seed: int, sensitivity: float, specificity: float
) -> dict[str, Any]:
    """A row a threshold.

    Raises:
        InputError: the folder does not hold the data.
    """
    truth, largest, cuts = _answers(out_of_fold_values(folder, seed), seed)
    draw = rng(seed, 0, "oracle with errors")
    model = np.where(truth, draw.random(truth.shape) < sensitivity, draw.random(truth.shape) > specificity)
    local, distance = largest > cuts, np.abs(largest - cuts).min(axis=1)
    wrong = np.array([expected_wrong(row, cut) for row, cut in zip(largest, cuts, strict=True)])
    rows = [_row(threshold, truth, (local, model), wrong >= threshold, distance, seed) for threshold in thresholds]
    return {"answers": len(truth), "seed": seed, "stated": [sensitivity, specificity], "rows": rows}


def _answers(data: OutOfFold, seed: int) -> tuple[Flags, Any, Any]:
    """Truth, largest probability and cut of every made-up answer (n, 10); cuts from the other half of the issues."""
    half = rng(seed, 1, "halves of the issues").permutation(int(data.group.max()) + 1)[data.group] % 2
    parts = {
        side: triples(data.side[half == side], data.labels[half == side], data.probabilities[half == side], seed)
        for side in (0, 1)
    }
    cuts = [np.broadcast_to(youden_thresholds(*parts[1 - side]), parts[side][1].shape) for side in (0, 1)]
    truth = np.concatenate([parts[side][0] for side in (0, 1)])
    return truth, np.concatenate([parts[side][1] for side in (0, 1)]), np.concatenate(cuts)


def _row(
    threshold: float, truth: Flags, judges: tuple[Flags, Flags], sent: Flags, distance: Any, seed: int
) -> dict[str, Any]:
    local, model = judges
    found, share = np.where(sent[:, None], model, local), float(sent.mean())
    draw = rng(seed, 2, "at random", round(1000 * threshold))
    return {
        "threshold": f"{threshold:g}",
        "sent": f"{share:.1%}",
        "calls saved": f"{1 - share:.1%}",
        "sensitivity": f"{_mean(found, truth):.3f}",
        "specificity": f"{_mean(~found, ~truth):.3f}",
        "alpha": f"{mean_alpha(found, truth):.3f}",
        "95 %": interval(resampled_alpha(found, truth, draw)),
        "nearest to a cut: alpha": f"{mean_alpha(nearest(local, model, share, distance), truth):.3f}",
        "at random: alpha": f"{mean_alpha(at_random(local, model, share, draw), truth):.3f}",
    }


def _mean(found: Flags, truth: Flags) -> float:
    """Share of the true ones that were found, mean over dimensions."""
    return float(((found & truth).sum(axis=0) / np.maximum(truth.sum(axis=0), 1)).mean())
