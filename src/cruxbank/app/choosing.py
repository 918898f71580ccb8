"""Choosing items of a bank for a purpose: the selection rules of `science.selection` on what the record holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.errors import InputError
from cruxbank.items import Item, Status
from cruxbank.memory.record import Record
from cruxbank.science.readings import collect
from cruxbank.science.seeds import rng
from cruxbank.science.selection import Candidates, Selection, select
from cruxbank.values.systems import ValueSystem

CHOICES = ("top", "balanced", "weighted", "random", "design")
"""Rules for a bank. The others in `science.selection` need published loadings or are there to be compared with."""
SAMPLES = ("weighted", "random")


@dataclass(frozen=True)
class Chosen:
    """Items with their weights. weights: by item id; None where the rule picks the best, which stand for nobody else.

    effective: Kish's effective sample size of the weights. pool: how many there were to choose from.
    """

    items: tuple[Item, ...]
    weights: Mapping[str, float | None]
    effective: float
    pool: int


def choose(record: Record, system: ValueSystem, rule: str, n: int | None, status: Status, seed: int) -> Chosen:
    """n items of a status by a rule, or all of them.

    Raises:
        InputError: no such rule, or no item of that status.
    """
    if rule not in CHOICES:
        raise InputError(f"--select: no rule '{rule}'", hint=f"one of {', '.join(CHOICES)}")
    pool = record.items(status=status)
    if not pool:
        raise InputError(f"--status {status.value}: the bank has no such item", hint="see `crux bank stats`")
    if n is None or n >= len(pool):
        return Chosen(pool, dict.fromkeys((i.id for i in pool), 1.0), float(len(pool)), len(pool))
    measured = tuple(sorted((i for i in pool if i.separation), key=lambda i: i.id))
    if not measured:
        raise InputError(f"--select {rule}: no item of status {status.value} was measured", hint="leave --n out")
    found = select(rule, _candidates(record, system, measured), n, rng(seed, n, f"select {rule}"))
    items = tuple(measured[i] for i in found.items)
    weights = dict(zip((item.id for item in items), _weights(rule, found, len(measured)), strict=True))
    return Chosen(items, weights, found.effective, len(measured))


def _weights(rule: str, found: Selection, pool: int) -> Sequence[float | None]:
    """What each item stands for in the pool: inverse chances of a sample, shares of a design, nothing for the best."""
    if rule in SAMPLES and found.inclusion is not None:
        return [float(1 / p) for p in found.inclusion]
    return [float(w * pool) for w in found.weights] if rule == "design" else [None] * len(found.items)


def _candidates(record: Record, system: ValueSystem, items: Sequence[Item]) -> Candidates:
    panel = sorted({model for item in items for model, counts in item.counts.items() if counts.asked})
    domains = sorted({item.topic.domain for item in items})
    values = [_means(record, item, panel, system.ids) for item in items]
    separations = [item.separation for item in items if item.separation is not None]
    return Candidates(
        values=np.array(values),
        separation=np.array([s.joint.est for s in separations]),
        loadings=np.array([[_of(s.by_dimension.get(d)) for d in system.ids] for s in separations]),
        groups=np.array([domains.index(item.topic.domain) for item in items], dtype=np.int64),
    )


def _of(figure: object) -> float:
    return float(getattr(figure, "est", 0.0))


def _means(record: Record, item: Item, panel: Sequence[str], dimensions: Sequence[str]) -> np.ndarray:
    """(K, D + 1) mean verdicts of each model on the wordings that chose the item; NaN where it gave none."""
    found = collect(item.choosing(record.readings(item.id)), item.chosen_on, panel, dimensions)
    means = np.full((len(panel), len(dimensions) + 1), np.nan)
    for model in np.unique(found.models[found.scored]).tolist():
        means[model] = found.vectors()[found.scored & (found.models == model)].mean(axis=0)
    return means
