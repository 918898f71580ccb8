"""Probabilities against labels: reliability curve, Brier score, and cuts that are never chosen where they are reported."""

from __future__ import annotations

import numpy as np

from cruxbank.accuracy import Bin, Cut, Rate, Reliability
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.auc import auc
from cruxbank.science.calibration import accuracy
from cruxbank.science.proportions import wilson

BINS = 10
FOLDS = 5
YOUDEN, F1, SPECIFICITY = "youden", "f1", "specificity"


def reliability(scores: Array, truth: Bools, bins: int = BINS) -> Reliability:
    """The curve in `bins` bins of equal width with Wilson intervals; empty bins are left out.

    scores: (n,) in [0, 1]; truth: (n,). ECE as in Naeini et al. (2015), Brier: mean squared distance.
    """
    place = np.minimum((scores * bins).astype(np.int64), bins - 1)
    found = [_bin(scores[place == b], truth[place == b], b / bins, (b + 1) / bins) for b in np.unique(place)]
    n, share = max(len(scores), 1), float(truth.mean()) if len(truth) else 0.0
    both = bool(truth.any()) and not bool(truth.all())
    return Reliability(
        bins=tuple(found),
        ece=sum(b.rate.n * abs(b.mean - b.rate.est) for b in found) / n,
        brier=float(((scores - truth) ** 2).sum()) / n,
        brier_of_base_rate=share * (1 - share),
        auc=auc(scores, truth) if both else None,
    )


def _bin(scores: Array, truth: Bools, low: float, high: float) -> Bin:
    hits, n = int(truth.sum()), len(truth)
    down, up = wilson(hits, n)
    rate = Rate(est=hits / n, lo=down, hi=up, hits=hits, n=n, effective=float(n))
    return Bin(low=float(low), high=float(high), mean=float(scores.mean()), rate=rate)


def best_cut(scores: Array, truth: Bools, rule: str = YOUDEN, target: float = 0.9) -> float:
    """The cut (found: score > cut) that a rule wants: largest sensitivity + specificity, largest F1, or the smallest cut
    with a specificity of at least `target`. Cuts lie half way between scores; ties go to the smallest.

    Raises:
        ValueError: an unknown rule.
    """
    if rule not in {YOUDEN, F1, SPECIFICITY}:
        raise ValueError(f"best_cut: no rule '{rule}'")
    values = np.unique(scores)
    cuts = np.concatenate([[values[0] / 2], (values[1:] + values[:-1]) / 2, [(1 + values[-1]) / 2]])
    above = len(scores) - np.searchsorted(np.sort(scores), cuts, side="right")
    inside = np.sort(scores[truth])
    hits = len(inside) - np.searchsorted(inside, cuts, side="right")
    positives, negatives = len(inside), len(scores) - len(inside)
    false = above - hits
    if rule == SPECIFICITY:
        clean = 1 - false / max(negatives, 1)
        return float(cuts[np.argmax(clean >= target)])
    if rule == F1:
        return float(cuts[np.argmax(2 * hits / np.maximum(above + positives, 1))])
    return float(cuts[np.argmax(hits / max(positives, 1) - false / max(negatives, 1))])


def cross_fitted(
    scores: Array,
    truth: Bools,
    groups: Ints,
    rule: str = YOUDEN,
    target: float = 0.9,
    seed: int = 0,
    folds: int = FOLDS,
) -> Cut:
    """A cut, and what cuts chosen that way give on texts of groups that had no part in choosing them.

    Groups are dealt into `folds` folds; each fold is read with the cut of the others. The cut that is named is chosen on
    all texts; its accuracy is that of the procedure. With fewer than `folds` groups every group is a fold.
    """
    fold = _deal(groups, folds, seed)
    read = np.zeros(len(scores), np.bool_)
    for one in np.unique(fold):
        mine = fold == one
        read[mine] = scores[mine] > best_cut(scores[~mine], truth[~mine], rule, target) if (~mine).any() else False
    name = f"{rule} {target:g}" if rule == SPECIFICITY else rule
    return Cut(rule=name, cut=best_cut(scores, truth, rule, target), accuracy=accuracy(truth, read, groups))


def _deal(groups: Ints, folds: int, seed: int) -> Ints:
    """A fold for every text: largest groups first into the smallest fold, equal ones in a drawn order."""
    place, sizes = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load, fold = np.zeros(folds), np.zeros(len(sizes), np.int64)
    for group in order:
        fold[group] = int(np.argmin(load))
        load[fold[group]] += sizes[group]
    return np.asarray(fold[place])
