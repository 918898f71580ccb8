"""What recorded and simulated ratings are compared on: the same code for both (SCIENCE 4, FACTS 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import rankdata

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.divergence import entropy, equal_weights, gjs, plug_in, plug_in_bias

CHOSEN = 25
TOP = 15
LEAST_ANSWERS = 5
"""Answers that a model needs on an item to be counted in bits (Political Compass has gaps)."""
Rule = Callable[["Ratings", Ints, Ints, np.random.Generator], tuple[Ints, Array]]


@dataclass(frozen=True)
class Ratings:
    """Answers of K models to N items in W wordings.

    values (K, N, W): points, NaN where missing; bins: upper edges of the outcomes that bits are taken of; middle: of
    the scale; correlations (N, 10): of an item's rating with people's values, without rows where nobody knows.
    """

    values: Array
    bins: tuple[float, ...]
    middle: float
    correlations: Array = field(default_factory=lambda: np.zeros((0, 10)))

    @property
    def means(self) -> Array:
        """(K, N) mean over wordings."""
        return np.asarray(np.nanmean(self.values, axis=2))


def shares(ratings: Ratings) -> dict[str, float]:
    """Variance components of a crossed design, points squared; cells with gaps count with what they have."""
    k, n, _ = ratings.values.shape
    seen = (~np.isnan(ratings.values)).sum(axis=2)
    cells = ratings.means
    rest = float(np.nansum((ratings.values - cells[..., None]) ** 2) / (seen - 1).clip(0).sum())
    noise = rest * float((1 / seen.clip(1)).mean())
    models, items, grand = cells.mean(axis=1), cells.mean(axis=0), cells.mean()
    left = cells - models[:, None] - items + grand
    both = float((left**2).sum() / ((k - 1) * (n - 1)))
    return {
        "model": float(models.var(ddof=1)) - both / n,
        "item": float(items.var(ddof=1)) - both / k,
        "model x item": both - noise,
        "wording and order": rest,
        "directions": _directions(left),
        "uneven": _uneven(ratings, noise),
    }


def _directions(left: Array) -> float:
    """Participation ratio of model x item over models: (sum of eigenvalues)^2 / sum of squares."""
    values = np.linalg.eigvalsh(left @ left.T)
    squares = float((values**2).sum())
    return float(values.sum() ** 2 / squares) if squares > 0 else 0.0


def _uneven(ratings: Ratings, noise: float) -> float:
    """SD over items of the variance between models, in its mean, less what K models explain by chance."""
    k = ratings.values.shape[0]
    between = ratings.means.var(axis=0, ddof=1)
    mean = float(between.mean())
    chance = 2 / (k - 1) * mean**2
    return float(np.sqrt(max(between.var() - chance, 0.0)) / max(mean - noise, 1e-9))


def order_effect(ratings: Ratings) -> dict[str, float]:
    """Wordings in pairs (as is, reversed): SD over models of the mean difference, and how often the side changes."""
    first, second = ratings.values[..., 0::2], ratings.values[..., 1::2]
    both = ~np.isnan(first) & ~np.isnan(second)
    means = np.nanmean(np.where(both, first - second, np.nan), axis=(1, 2))
    changed = (first > ratings.middle) != (second > ratings.middle)
    flips = [float(c[b].mean()) for c, b in zip(changed, both, strict=True)]
    return {"order effect, SD": float(means.std(ddof=1)), "order flips, median model": float(np.median(flips))}


def bits(ratings: Ratings, rng: np.random.Generator) -> dict[str, float]:
    """One wording's bits between models against those of all wordings, and what the top of one wording keeps.

    `one`: entropy of the models' outcomes, mean over wordings. `many`: gjs over wordings less its plug-in bias.
    """
    one, many, raw = (np.array(column) for column in zip(*_item_bits(ratings), strict=True))
    columns = rng.permutation(one.shape[1])
    tops = [np.argsort(-np.nan_to_num(one[:, w], nan=-1.0))[:TOP] for w in columns]
    claim = float(np.mean([one[top, w].mean() for top, w in zip(tops, columns, strict=True)]))
    kept = float(np.mean([raw[top].mean() for top in tops]))
    first, all_of_them = float(np.nanmean(one)), float(many.mean())
    return {"one": first, "many": all_of_them, "ratio": first / all_of_them, "claim": claim, "keep": kept}


def _item_bits(ratings: Ratings) -> Iterator[tuple[Array, float, float]]:
    size = len(ratings.bins) + 1
    outcome = np.where(np.isnan(ratings.values), -1, np.searchsorted(ratings.bins, np.nan_to_num(ratings.values)))
    for item in range(outcome.shape[1]):
        rows = outcome[:, item]
        rows = rows[(rows >= 0).sum(axis=1) >= min(LEAST_ANSWERS, rows.shape[1])]
        if len(rows) < 3:
            continue
        counts = np.stack([(rows == c).sum(axis=1) for c in range(size)], axis=-1)
        weights = equal_weights(len(rows))
        raw = float(gjs(plug_in(counts), weights))
        yield _single(rows, size), raw - plug_in_bias(counts, weights), raw


def _single(rows: Ints, size: int) -> Array:
    """(W,) entropy of the models' outcomes under one wording; NaN with fewer than four models."""
    found = []
    for column in rows.T:
        seen = column[column >= 0]
        p = np.bincount(seen, minlength=size) / max(len(seen), 1)
        found.append(float(entropy(p)) if len(seen) > 3 else np.nan)
    return np.array(found)


def transfer(ratings: Ratings, splits: int, rng: np.random.Generator) -> float:
    """Share of the gain in variance between models that the top items of one half keep on the other half."""
    k, means = len(ratings.values), ratings.means
    mine, theirs = 0.0, 0.0
    for _ in range(splits):
        order = rng.permutation(k)
        one, two = (means[part].var(axis=0, ddof=1) for part in (order[: k // 2], order[k // 2 :]))
        top = np.argsort(-one)[:CHOSEN]
        mine, theirs = mine + one[top].mean() - one.mean(), theirs + two[top].mean() - two.mean()
    return float(theirs / mine)


def selections(ratings: Ratings, rules: Mapping[str, Rule], splits: int, rng: np.random.Generator) -> dict[str, Array]:
    """FACTS 12's protocol: rule -> (distances, value scores), means over splits of Spearman with the reference.

    Half of the models choose CHOSEN items from half of the items; the others are scored on them and on the other half.
    """
    k, n, _ = ratings.values.shape
    total = {name: np.zeros(2) for name in rules}
    for split in range(splits):
        models, items = rng.permutation(k), rng.permutation(n)
        judged, pool, reference = models[k // 2 :], items[: n // 2], items[n // 2 :]
        wanted = _figures(ratings, judged, reference, np.ones(len(reference)))
        for name, rule in rules.items():
            chosen, weights = rule(ratings, models[: k // 2], pool, np.random.default_rng([split, len(name)]))
            found = _figures(ratings, judged, chosen, weights)
            total[name] += [_spearman(found[0], wanted[0]), _by_column(found[1], wanted[1])]
    return {name: both / splits for name, both in total.items()}


def half_half(ratings: Ratings, splits: int, rng: np.random.Generator) -> float:
    """Spearman over all models of their value scores on two halves of the items, mean over values and splits."""
    k, n, _ = ratings.values.shape
    total = 0.0
    for _split in range(splits):
        items = rng.permutation(n)
        halves = items[: n // 2], items[n // 2 :]
        one, two = (_figures(ratings, np.arange(k), half, np.ones(len(half)))[1] for half in halves)
        total += _by_column(one, two)
    return total / splits


def signs(ratings: Ratings, most_missing: float = 0.3) -> Ratings:
    """The same as +1 above the middle and -1 below, without models and items that have too many gaps."""
    values = np.where(np.isnan(ratings.values), np.nan, np.sign(ratings.values - ratings.middle))
    values = values[np.isnan(values).mean(axis=(1, 2)) < most_missing]
    known = (~np.isnan(values)).sum(axis=2).min(axis=0) >= 3
    return Ratings(values[:, known], (0.0,), 0.0)


def _figures(ratings: Ratings, models: Ints, items: Ints, weights: Array) -> tuple[Array, Array]:
    """Pairwise distances of models and their ten value scores, on weighted items."""
    means = ratings.means[models][:, items]
    one, two = np.triu_indices(len(models), 1)
    distances = np.sqrt(((means[one] - means[two]) ** 2 * weights).sum(axis=1))
    centred = means - np.average(means, axis=1, weights=weights)[:, None]
    return distances, (centred * weights) @ ratings.correlations[items]


def _spearman(a: Array, b: Array) -> float:
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def _by_column(a: Array, b: Array) -> float:
    return float(np.mean([_spearman(a[:, d], b[:, d]) for d in range(a.shape[1])]))
