"""How the recogniser's head is trained, and how it is judged: everything is chosen inside the training folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cruxbank.bench.recogniser_data import Arguments, Floats, Ints
from cruxbank.recogniser.head import Head, Net, features

OUTER, INNER = 5, 4
"""Folds of the check, and folds inside each training part on which thresholds are chosen."""
WINDOW = 0.02
"""The F1 curve is smoothed over this share of the texts: a rare label's peak is otherwise luck."""

Flags = NDArray[np.bool_]
Curve = NDArray[np.float64]
Gain = Callable[[Curve, Curve, int, int], Curve]
"""(hits, texts taken, positives, texts) at every cut to what is to be made large."""


@dataclass(frozen=True)
class Recipe:
    """Settings of the training. Found on the grouped check: layers 2, 4, 6 beat the last one by .02 macro F1."""

    layers: tuple[int, ...] = (2, 4, 6)
    hidden: int = 256
    nets: int = 3
    epochs: int = 6
    batch: int = 64
    rate: float = 1e-3
    decay: float = 1e-2
    drop_input: float = 0.1
    drop_hidden: float = 0.5


def folds(group: Ints, k: int, seed: int) -> Ints:
    """A fold for every row; a group is never split; largest groups first into the smallest fold."""
    names, sizes = np.unique(group, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load = np.zeros(k)
    place = np.zeros(len(names), np.int64)
    for name in order:
        place[name] = np.argmin(load)
        load[place[name]] += sizes[name]
    return place[np.searchsorted(names, group)]


def fit(layers: Floats, labels: Flags, recipe: Recipe, seed: int) -> Head:
    """Train the networks; thresholds are left at one half."""
    x = features(layers, list(recipe.layers))
    centre = x.mean(axis=0)
    scale = x.std(axis=0) + 1e-3 * float(x.std())
    nets = tuple(_net((x - centre) / scale, labels, recipe, seed * 1000 + i) for i in range(recipe.nets))
    half = np.full(labels.shape[1], 0.5, np.float32)
    return Head(centre, scale, nets, half, half[:10], {"layers": list(recipe.layers), "nets": recipe.nets})


def out_of_fold(layers: Floats, data: Arguments, rows: Ints, recipe: Recipe, seed: int, k: int = INNER) -> Floats:
    """Probabilities for `rows`, each from a head that saw nothing of the row's conclusion."""
    part = folds(data.group[rows], k, seed)
    found = np.zeros((len(rows), data.labels.shape[1]), np.float32)
    for fold in range(k):
        seen = rows[part != fold]
        head = fit(layers[seen], data.labels[seen], recipe, seed + fold)
        found[part == fold] = head.probabilities(layers[rows[part == fold]])
    return found


def cross_validate(layers: Floats, data: Arguments, recipe: Recipe, seed: int) -> tuple[Floats, Flags]:
    """Probabilities and predictions (n, 30) for every argument, thresholds from the training folds alone."""
    part = folds(data.group, OUTER, seed)
    shape = data.labels.shape
    probabilities, predicted = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
    for fold in range(OUTER):
        train, test = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
        inner = out_of_fold(layers, data, train, recipe, seed + 100 * (fold + 1))
        limits = f1_thresholds(data.labels[train], inner)
        head = fit(layers[train], data.labels[train], recipe, seed + 50 + fold)
        probabilities[test] = head.probabilities(layers[test])
        predicted[test] = probabilities[test] > limits
    return probabilities, predicted


def f1(labels: Flags, predicted: Flags) -> NDArray[np.float64]:
    """F1 of each column: 2 TP / (positives + predicted)."""
    hits = (labels & predicted).sum(axis=0)
    return np.asarray(2.0 * hits / np.maximum(labels.sum(axis=0) + predicted.sum(axis=0), 1))


def f1_thresholds(labels: Flags, probabilities: Floats) -> Floats:
    """For each column the cut between two texts at which smoothed F1 is largest."""
    return _cuts(labels, probabilities, lambda hits, taken, positives, _: 2 * hits / (taken + positives))


def youden_thresholds(labels: Flags, probabilities: Floats) -> Floats:
    """For each column the cut at which sensitivity + specificity - 1 is largest."""

    def gain(hits: Curve, taken: Curve, positives: int, n: int) -> Curve:
        return hits / max(positives, 1) - (taken - hits) / max(n - positives, 1)

    return _cuts(labels, probabilities, gain)


def triples(side: Ints, labels: Flags, probabilities: Floats, seed: int) -> tuple[Flags, Floats]:
    """Made-up answers of three key points: three premises of one side of one conclusion.

    Returns whether any of the three has the label, and the largest of the three probabilities.
    """
    rng = np.random.default_rng(seed)
    trios: list[NDArray[np.int64]] = []
    for name in np.unique(side):
        rows = rng.permutation(np.flatnonzero(side == name))
        trios.extend(rows[at : at + 3] for at in range(0, len(rows) - 2, 3))
    chosen = np.stack(trios)
    truth: Flags = np.asarray(labels[chosen].any(axis=1))
    largest: Floats = probabilities[chosen].max(axis=1)
    return truth, largest


def _cuts(labels: Flags, probabilities: Floats, gain: Gain) -> Floats:
    found = [_cut(labels[:, j], probabilities[:, j], gain) for j in range(labels.shape[1])]
    return np.array(found, np.float32)


def _cut(labels: Flags, probabilities: Floats, gain: Gain) -> float:
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(labels[order]).astype(np.float64)
    curve = gain(hits, np.arange(1.0, len(hits) + 1), int(labels.sum()), len(hits))
    width = max(int(WINDOW * len(curve)), 1)
    left = width // 2
    smooth = np.convolve(np.pad(curve, (left, width - 1 - left), mode="edge"), np.ones(width) / width, "valid")
    best = min(int(np.argmax(smooth)), len(order) - 2)
    return float(probabilities[order[best]] + probabilities[order[best + 1]]) / 2


def _net(x: Floats, labels: Flags, recipe: Recipe, seed: int) -> Net:
    """One network by AdamW with a one-cycle rate; bit for bit the same for one seed on one machine."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(labels.astype(np.float32))
    first, last = nn.Linear(x.shape[1], recipe.hidden), nn.Linear(recipe.hidden, labels.shape[1])
    with torch.no_grad():
        last.bias.copy_(torch.logit(targets.mean(0).clamp(1e-3, 1 - 1e-3)))
    net = nn.Sequential(nn.Dropout(recipe.drop_input), first, nn.SiLU(), nn.Dropout(recipe.drop_hidden), last)
    steps = recipe.epochs * -(-len(x) // recipe.batch)
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps)
    for _ in range(recipe.epochs):
        for rows in torch.randperm(len(x)).split(recipe.batch):
            loss = nn.functional.binary_cross_entropy_with_logits(net(inputs[rows]), targets[rows]) * labels.shape[1]
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return _net_numbers(first, last)


def _net_numbers(first: object, last: object) -> Net:
    arrays = [p.detach().numpy() for layer in (first, last) for p in (layer.weight.t(), layer.bias)]  # type: ignore[attr-defined]
    return Net(*(np.ascontiguousarray(a).astype(np.float16).astype(np.float32) for a in arrays))
