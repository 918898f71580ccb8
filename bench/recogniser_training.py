"""How the recogniser's head is trained, and how it is judged: everything is chosen inside the training folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cruxbank.bench.recogniser_data import Arguments, Floats, Ints
from cruxbank.recogniser.head import Head, Net, Numbers, Scale, features, pooled

OUTER, INNER = 5, 4
"""Folds of the check, and folds inside each training part on which thresholds are chosen."""
WINDOW = 0.02
"""The F1 curve is smoothed over this share of the texts: a rare label's peak is otherwise luck."""

PRIOR = 10.0
"""Penalty of Platt's slope away from one, in units of about one text: it matters for the rarest labels only."""

Flags = NDArray[np.bool_]
Curve = NDArray[np.float64]
Gain = Callable[[Curve, Curve, int, int], Curve]
"""(hits, texts taken, positives, texts) at every cut to what is to be made large."""


@dataclass(frozen=True)
class Recipe:
    """Settings of the training (docs/recogniser.md: what was tried)."""

    layers: tuple[int, ...] = (2, 4, 6)
    hidden: int = 512
    nets: int = 5
    epochs: int = 5
    batch: int = 128
    rate: float = 1.5e-3
    decay: float = 1e-2
    drop_input: float = 0.1
    drop_hidden: float = 0.6
    own: float = 2.0
    """Weight of a mark on an argument of our own; a missing mark there weighs less, nobody searched all twenty."""
    own_absent: float = 0.6
    lay: float = 1.4
    """The same for those of our own in which all twenty were searched: a mark, and a missing one."""
    lay_absent: float = 0.8
    anchor_weight: float = 2.0
    """Weight of likeness to definitions in the values' logits: .001-.003 AUC on unseen conclusions, best from 1 to 4."""


@dataclass(frozen=True)
class Texts:
    """What a head is trained on: layers (n, layers, width), labels and weights (n, 30)."""

    layers: Floats
    labels: Flags
    weights: Floats


@dataclass(frozen=True)
class Study:
    """All that training and checks need. `own`: arguments of our own, in every training set and never in a test set."""

    layers: Floats
    data: Arguments
    own: Texts
    anchors: Floats

    def texts(self, rows: Ints) -> Texts:
        """The labelled arguments `rows` and all of our own."""
        labels = self.data.labels[rows]
        weights = np.concatenate([np.ones(labels.shape, np.float32), self.own.weights])
        layers = np.concatenate([self.layers[rows], self.own.layers])
        return Texts(layers, np.concatenate([labels, self.own.labels]), weights)


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


def fit(texts: Texts, anchors: Floats, recipe: Recipe, seed: int) -> Head:
    """Train the networks; calibration is left out and every cut at one half."""
    x = features(texts.layers, list(recipe.layers))
    centre = x.mean(axis=0)
    scale = x.std(axis=0) + 1e-3 * float(x.std())
    ready = (x - centre) / scale
    nets = tuple(_net(ready, texts, recipe, seed * 1000 + i) for i in range(recipe.nets))
    outputs = texts.labels.shape[1]
    half, same = np.full(outputs, 0.5, np.float32), Scale(np.ones(outputs, np.float32), np.zeros(outputs, np.float32))
    meta = {"layers": list(recipe.layers), "nets": recipe.nets, "anchor_weight": recipe.anchor_weight}
    return Head(centre, scale, nets, anchors, same, same, half, half, half, meta)


def out_of_fold(study: Study, rows: Ints, recipe: Recipe, seed: int, k: int = INNER) -> Numbers:
    """Logits (rows, 30), each from a head that saw nothing of the row's conclusion."""
    part = folds(study.data.group[rows], k, seed)
    found = np.zeros((len(rows), study.data.labels.shape[1]))
    for fold in range(k):
        head = fit(study.texts(rows[part != fold]), study.anchors, recipe, seed + fold)
        found[part == fold] = head.logits(study.layers[rows[part == fold]])
    return found


def calibrate(head: Head, study: Study, rows: Ints, unseen: Numbers, seed: int) -> Head:
    """Calibration and cuts from the out-of-fold logits of `rows`."""
    labels, side = study.data.labels[rows], study.data.side[rows]
    single = platt(unseen, labels)
    probabilities = single.probabilities(unseen)
    three = trios(side, seed)
    truth: Flags = np.asarray(labels[three].any(axis=1))
    joint = np.stack([pooled(unseen[rows_of]) for rows_of in three])
    answer = platt(joint, truth)
    return replace(
        head,
        single=single,
        answer=answer,
        thresholds=shrunk_f1_thresholds(labels, probabilities),
        triple=youden_thresholds(truth, probabilities[three].max(axis=1)),
        whole=youden_thresholds(truth, answer.probabilities(joint)),
    )


def cross_validate(study: Study, recipe: Recipe, seed: int) -> tuple[Floats, Flags]:
    """Probabilities and predictions (n, 30) for every argument; calibration and cuts from the training folds alone."""
    data = study.data
    part = folds(data.group, OUTER, seed)
    probabilities, predicted = np.zeros(data.labels.shape, np.float32), np.zeros(data.labels.shape, np.bool_)
    for fold in range(OUTER):
        train, test = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
        head = trained(study, train, recipe, seed + 100 * (fold + 1))
        probabilities[test] = head.probabilities(study.layers[test])
        predicted[test] = probabilities[test] > head.thresholds
    return probabilities, predicted


def trained(study: Study, rows: Ints, recipe: Recipe, seed: int, k: int = INNER) -> Head:
    """A head with calibration and cuts, from the arguments `rows` alone."""
    unseen = out_of_fold(study, rows, recipe, seed, k)
    return calibrate(fit(study.texts(rows), study.anchors, recipe, seed + 50), study, rows, unseen, seed)


def platt(logits: Numbers, labels: Flags) -> Scale:
    """Slope and shift of each output by penalised maximum likelihood; the penalty draws the slope towards one."""
    found = [_platt(logits[:, j], labels[:, j]) for j in range(labels.shape[1])]
    slope, shift = np.array(found, np.float32).T
    return Scale(slope, shift)


def _platt(logits: Numbers, labels: Flags) -> tuple[float, float]:
    from scipy.optimize import minimize

    sign = 2.0 * labels - 1.0

    def loss(weights: Numbers) -> float:
        margins = sign * (weights[0] * logits + weights[1])
        return float(np.logaddexp(0.0, -margins).sum() + 0.5 * PRIOR * (weights[0] - 1.0) ** 2)

    slope, shift = minimize(loss, np.array([1.0, 0.0]), method="BFGS").x
    return float(slope), float(shift)


def f1(labels: Flags, predicted: Flags) -> NDArray[np.float64]:
    """F1 of each column: 2 TP / (positives + predicted)."""
    hits = (labels & predicted).sum(axis=0)
    return np.asarray(2.0 * hits / np.maximum(labels.sum(axis=0) + predicted.sum(axis=0), 1))


def f1_thresholds(labels: Flags, probabilities: Floats) -> Floats:
    """For each column the cut between two texts at which smoothed F1 is largest."""
    return _cuts(labels, probabilities, lambda hits, taken, positives, _: 2 * hits / (taken + positives))


def expected_f1_thresholds(probabilities: Floats) -> Floats:
    """For each column the cut with the largest F1 that calibrated probabilities expect, without looking at labels."""
    best = []
    for column in probabilities.T:
        falling = np.sort(column)[::-1]
        expected = 2 * np.cumsum(falling) / (np.arange(1, len(falling) + 1) + falling.sum())
        best.append(falling[int(np.argmax(expected))])
    return np.array(best, np.float32)


def shrunk_f1_thresholds(labels: Flags, probabilities: Floats) -> Floats:
    """Halfway between the cut that was best and the one expected to be: the first is luck in part (docs: +.005 F1)."""
    middle: Floats = (f1_thresholds(labels, probabilities) + expected_f1_thresholds(probabilities)) / np.float32(2)
    return middle


def youden_thresholds(labels: Flags, probabilities: Floats) -> Floats:
    """For each column the cut at which sensitivity + specificity - 1 is largest."""

    def gain(hits: Curve, taken: Curve, positives: int, n: int) -> Curve:
        return hits / max(positives, 1) - (taken - hits) / max(n - positives, 1)

    return _cuts(labels, probabilities, gain)


def trios(side: Ints, seed: int) -> Ints:
    """Made-up answers of three key points, (n, 3) rows: three premises of one side of one conclusion."""
    rng = np.random.default_rng(seed)
    found: list[Ints] = []
    for name in np.unique(side):
        rows = rng.permutation(np.flatnonzero(side == name))
        found.extend(rows[at : at + 3] for at in range(0, len(rows) - 2, 3))
    return np.stack(found)


def triples(side: Ints, labels: Flags, probabilities: Floats, seed: int) -> tuple[Flags, Floats]:
    """Of made-up answers: whether any of the three points has the label, and the largest of their probabilities."""
    rows = trios(side, seed)
    return np.asarray(labels[rows].any(axis=1)), np.asarray(probabilities[rows].max(axis=1))


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


def _net(x: Floats, texts: Texts, recipe: Recipe, seed: int) -> Net:
    """One network by AdamW with a one-cycle rate; bit for bit the same for one seed on one machine."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    inputs, weights = torch.from_numpy(x), torch.from_numpy(texts.weights)
    targets = torch.from_numpy(texts.labels.astype(np.float32))
    first, last = nn.Linear(x.shape[1], recipe.hidden), nn.Linear(recipe.hidden, targets.shape[1])
    with torch.no_grad():
        last.bias.copy_(torch.logit(targets.mean(0).clamp(1e-3, 1 - 1e-3)))
    net = nn.Sequential(nn.Dropout(recipe.drop_input), first, nn.SiLU(), nn.Dropout(recipe.drop_hidden), last)
    steps = recipe.epochs * -(-len(x) // recipe.batch)
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps)
    loss_of = nn.BCEWithLogitsLoss(reduction="none")
    for _ in range(recipe.epochs):
        for rows in torch.randperm(len(x)).split(recipe.batch):
            loss = (loss_of(net(inputs[rows]), targets[rows]) * weights[rows]).mean() * targets.shape[1]
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return _net_numbers(first, last)


def _net_numbers(first: object, last: object) -> Net:
    arrays = [p.detach().numpy() for layer in (first, last) for p in (layer.weight.t(), layer.bias)]  # type: ignore[attr-defined]
    return Net(*(np.ascontiguousarray(a).astype(np.float16).astype(np.float32) for a in arrays))
