"""Design study: how many items and wordings does a value profile need? (SCIENCE 3, end.)

    E rho^2_d = s2_model / (s2_model + s2_model.item / n_items + (s2_model.wording + s2_error / r) / (n_items w))

With one response to each wording (r = 1), s2_model.wording and s2_error are one figure, `within`. Everything is centred
over models item by item, so the items' own levels play no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array
from cruxbank.science.readings import ItemReadings


@dataclass(frozen=True)
class Components:
    """Variance components of the verdicts, arrays (D,): model, model x item, and within (wording and error).

    models, items: how many they rest on. Unbiased, so a component may be negative: then it is 0 in `reliability`.
    """

    model: Array
    item: Array
    within: Array
    models: int
    items: int

    def reliability(self, items: int, wordings: int) -> Array:
        """(D,) E rho^2 of a profile from `items` items answered in `wordings` wordings each, from 0 to 1."""
        signal = np.maximum(self.model, 0.0)
        noise = np.maximum(self.item, 0.0) / items + np.maximum(self.within, 0.0) / (items * wordings)
        return np.asarray(np.where(signal > 0, signal / np.maximum(signal + noise, 1e-12), 0.0))

    def items_needed(self, target: float, wordings: int) -> Array:
        """(D,) fewest items for E rho^2 >= target; infinite where models do not differ at all.

        Raises:
            ValueError: target is not between 0 and 1.
        """
        if not 0 < target < 1:
            raise ValueError(f"items_needed: target {target} is not between 0 and 1")
        each = np.maximum(self.item, 0.0) + np.maximum(self.within, 0.0) / wordings
        signal = np.maximum(self.model, 0.0)
        need = np.ceil(target / (1 - target) * each / np.where(signal > 0, signal, 1.0) - 1e-9)
        return np.asarray(np.where(signal > 0, np.maximum(need, 1.0), np.inf))


def components(items: Sequence[ItemReadings]) -> Components:
    """Variance components from items that the same models answered; models that miss an item are left out everywhere.

    model: mean over pairs of items of the covariance over models of their mean verdicts (a model's leaning that comes
    back on other items); item: variance over models within an item, less noise, less `model`; within: pooled variance
    of a model's responses to one item. Each centred over models, with K - 1.

    Raises:
        ValueError: fewer than two items, or fewer than three models answered all of them twice.
    """
    models = _common(items)
    if len(items) < 2 or len(models) < 3:
        raise ValueError(f"components: {len(items)} items, {len(models)} models with two scored responses to each")
    found = [_item(item, models) for item in items]
    means = np.array([mean for mean, _, _ in found])
    centred = means - means.mean(axis=1, keepdims=True)
    within = np.array([v for _, v, _ in found])
    noise = np.array([v * share for _, v, share in found])
    freedom, count = len(models) - 1, len(items)
    squares = (centred**2).sum(axis=1) / freedom
    total = (centred.sum(axis=0) ** 2).sum(axis=0) / freedom
    model = (total - squares.sum(axis=0)) / (count * (count - 1))
    item = (squares - noise).mean(axis=0) - model
    return Components(model, item, within.mean(axis=0), len(models), count)


def _common(items: Sequence[ItemReadings]) -> list[int]:
    sets = [set(item.eligible().tolist()) for item in items]
    return sorted(set.intersection(*sets)) if sets else []


def _item(item: ItemReadings, models: Sequence[int]) -> tuple[Array, Array, float]:
    """(K, D) means, (D,) variance within models, and mean of 1/n."""
    kept = item.scored
    rows = [item.values[kept & (item.models == model)] for model in models]
    squares = sum(((r - r.mean(axis=0)) ** 2).sum(axis=0) for r in rows)
    freedom = sum(len(r) - 1 for r in rows)
    share = float(np.mean([1 / len(r) for r in rows]))
    return np.array([r.mean(axis=0) for r in rows]), np.asarray(squares / freedom), share
