"""One split: half of the models choose items from half of the items, the other halves judge the choice (FACTS 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cruxbank.bench.recorded_data import Recorded
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.divergence import equal_weights, gjs, plug_in
from cruxbank.science.quadratic import q_batch
from cruxbank.science.seeds import rng
from cruxbank.science.selection import RULES, Candidates, Selection, select
from cruxbank.science.selection_design import response_models
from cruxbank.science.selection_model import ResponseModel
from cruxbank.science.selection_scores import Imputer, distances, scores

OURS = "design"
CEILING = "all"
LOADED = ("quota", "quota-spread")
"""Rules that cannot run without loadings."""
CATEGORIES = 12
"""Up to so many different ratings are outcomes as they are; more are cut at the quantiles of the pool."""
FIGURES = ("distance", "value", "distance.imputed", "value.imputed", "inside", "outside")
Cells = dict[str, list[float]]


@dataclass(frozen=True)
class Split:
    """Positions of the models that choose and that are scored, and of the items of the pool and of the reference."""

    number: int
    choosing: Ints
    scored: Ints
    pool: Ints
    reference: Ints

    @staticmethod
    def draw(seed: int, number: int, recorded: Recorded) -> Split:
        """Random halves; the smaller half chooses, and is the pool, where the number is odd."""
        source = rng(seed, number, "bench.recorded.split")
        models, items = source.permutation(len(recorded.models)), source.permutation(len(recorded.items))
        half, middle = len(models) // 2, len(items) // 2
        return Split(number, models[:half], models[half:], items[:middle], items[middle:])

    def without(self, model: int) -> Split:
        """The same split with one model taken out of its half."""
        return replace(self, choosing=self.choosing[self.choosing != model], scored=self.scored[self.scored != model])


@dataclass(frozen=True)
class Chosen:
    """What the choosing models decide: a selection for each (rule, k), and their model of the answers."""

    selections: Mapping[tuple[str, int], Selection]
    model: ResponseModel
    inside: Array


def rules_for(recorded: Recorded) -> list[str]:
    """Rules that this matrix allows, ours last but for the ceiling."""
    return [rule for rule in RULES if recorded.loadings is not None or rule not in LOADED]


def choose(recorded: Recorded, split: Split, sizes: Sequence[int], seed: int, rules: Sequence[str]) -> Chosen:
    """The rules' items, from the choosing models' answers to the pool and from nothing else."""
    answers = recorded.answers[np.ix_(split.choosing, split.pool)]
    loadings = None if recorded.loadings is None else recorded.loadings[split.pool]
    means = recorded.means[np.ix_(split.choosing, split.pool)].T
    candidates = Candidates(means, divergence(answers), loadings)
    selections = {}
    for rule in rules:
        for k in sizes[-1:] if rule == CEILING else sizes:
            source = rng(seed, split.number, f"bench.recorded.{rule}", k)
            selections[rule, k] = select(rule, candidates, k, source)
    (model,) = response_models(candidates)
    return Chosen(selections, model, separation(answers))


def judge(recorded: Recorded, split: Split, chosen: Chosen) -> Cells:
    """Figures of each "rule/k" on the models that did not choose, in the order of FIGURES."""
    means = recorded.means[split.scored]
    loadings = np.zeros((means.shape[1], 0)) if recorded.loadings is None else recorded.loadings
    reference, flat = means[:, split.reference], np.ones(len(split.reference))
    far = distances(reference, flat)
    profile = scores(reference, flat, loadings[split.reference])
    outside = separation(recorded.answers[np.ix_(split.scored, split.pool)])
    cells = {}
    for (rule, k), selection in chosen.selections.items():
        at = split.pool[selection.items]
        answers = means[:, at]
        imputer = Imputer(chosen.model, selection.items, answers)
        cells[f"{rule}/{k}"] = [
            spearman(distances(answers, selection.weights), far),
            _by_dimension(scores(answers, selection.weights, loadings[at]), profile),
            spearman(imputer.distances(), far),
            _by_dimension(imputer.scores(), profile),
            float(chosen.inside[selection.items].mean()),
            float(outside[selection.items].mean()),
        ]
    return cells


def divergence(answers: Array) -> Array:
    """(N,) what "divergence" means in the known rules: GJS over wordings in bits, plug-in; with one wording the
    between-model variance. answers: (K, N, W)."""
    if answers.shape[2] < 2:
        with np.errstate(invalid="ignore"):
            return _variance(answers[:, :, 0])
    category = _categories(answers)
    seen = np.isfinite(answers)
    top = int(category.max()) + 1
    counts = np.stack([(seen & (category == c)).sum(axis=2) for c in range(top)], axis=-1).transpose(1, 0, 2)
    there = counts.sum(axis=2) > 0
    weights = there / np.maximum(there.sum(axis=1, keepdims=True), 1)
    return gjs(plug_in(counts), np.where(there.any(axis=1, keepdims=True), weights, equal_weights(len(answers))))


def _categories(answers: Array) -> Ints:
    values = answers[np.isfinite(answers)]
    cuts = np.unique(values)
    if len(cuts) > CATEGORIES:
        cuts = np.unique(np.quantile(values, np.linspace(0.0, 1.0, CATEGORIES + 1)[:-1]))
    return np.asarray(np.searchsorted(cuts, np.nan_to_num(answers), side="right") - 1).clip(0)


def separation(answers: Array) -> Array:
    """(N,) between-model variance over the items' mean total variance; with two wordings or more unbiased (Q)."""
    k, _, wordings = answers.shape
    if wordings < 2 or (np.isfinite(answers).sum(axis=2) >= 2).sum() < k:
        plain = _variance(np.where(np.isfinite(answers).any(axis=2), _mean(answers), np.nan))
        return np.asarray(plain / max(float(plain.mean()), 1e-12))
    x = answers.transpose(1, 0, 2)
    seen = np.isfinite(x)
    level = max(float(np.mean(_variance(x.transpose(1, 2, 0).reshape(-1, x.shape[0])))), 1e-12)
    stats = q_batch(np.where(seen, x, 0.0)[..., None], np.eye(1) / level, seen)
    return np.where(stats.known, stats.q, 0.0)


def _mean(answers: Array) -> Array:
    seen = np.isfinite(answers)
    return np.asarray(np.where(seen, answers, 0.0).sum(axis=2) / np.maximum(seen.sum(axis=2), 1))


def _variance(x: Array) -> Array:
    """(N,) variance over rows, without missing ones; 0 below two."""
    seen = np.isfinite(x)
    n = seen.sum(axis=0)
    mean = np.where(seen, x, 0.0).sum(axis=0) / np.maximum(n, 1)
    square = np.where(seen, (x - mean) ** 2, 0.0).sum(axis=0)
    return np.asarray(np.where(n > 1, square / np.maximum(n - 1, 1), 0.0))


def spearman(one: Array, two: Array) -> float:
    """Rank correlation over places where both are known; NaN below 3 of them. 0 where `one` is constant: it tells
    nothing; NaN where the reference `two` is."""
    both = np.isfinite(one) & np.isfinite(two)
    if both.sum() < 3 or two[both].min() == two[both].max():
        return float("nan")
    a, b = _ranks(one[both]), _ranks(two[both])
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _ranks(x: Array) -> Array:
    """Mid-ranks less their mean (scipy's rankdata costs five times as much on 9 numbers)."""
    order = np.sort(x)
    rank = np.searchsorted(order, x, side="left") + np.searchsorted(order, x, side="right")
    return np.asarray(rank - rank.mean(), dtype=np.float64)


def _by_dimension(given: Array, reference: Array) -> float:
    """Mean rank correlation between models over the dimensions that can be ranked."""
    each = np.array([spearman(a, b) for a, b in zip(given.T, reference.T, strict=True)])
    return float(each[np.isfinite(each)].mean()) if np.isfinite(each).any() else float("nan")
