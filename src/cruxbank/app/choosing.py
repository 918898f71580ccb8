"""Choosing items of a bank for a purpose: the selection rules of `science.selection` on what the record holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.app.sketches import Sketch
from cruxbank.errors import InputError
from cruxbank.items import Item
from cruxbank.memory.record import Record
from cruxbank.science.readings import collect
from cruxbank.science.seeds import rng
from cruxbank.science.selection import Candidates, Selection, select
from cruxbank.values.systems import ValueSystem

CHOICES = ("top", "balanced", "weighted", "random", "design")
"""Rules for a bank. The others in `science.selection` need published loadings or are there to be compared with."""
SAMPLES = ("weighted", "random")
BLIND = ("random",)
"""Rules that ask for no measurement."""
READ_WHOLE = ("design",)
"""Rules that need every model's answers to every item that they choose from."""
TOGETHER = 200
"""Items read whole at a time."""


@dataclass(frozen=True)
class Drawn:
    """Items with their weights, by id.

    weights: what each stands for among those that the rule could take; None where it picks the best, which stand for nobody
    else. effective: Kish's effective sample size of the weights. pool: how many there were to choose from. unmeasured: how
    many of them the rule could not take, because they were never measured.
    """

    weights: Mapping[str, float | None]
    effective: float
    pool: int
    unmeasured: int = 0

    @property
    def ids(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted(self.weights))


def choose(record: Record, system: ValueSystem, pool: Sequence[Sketch], rule: str, n: int | None, seed: int) -> Drawn:
    """n items of a pool by a rule, or all of them.

    Raises:
        InputError: no such rule, or n of a pool in which nothing was measured by a rule that goes by measurements.
    """
    check_rule(rule)
    if n is None or n >= len(pool):
        return Drawn(dict.fromkeys((one.id for one in pool), 1.0), float(len(pool)), len(pool))
    known = sorted((one for one in pool if rule in BLIND or one.joint is not None), key=lambda one: one.id)
    if not known:
        raise InputError(f"--select {rule}: none of the {len(pool)} items was measured", hint="leave --n out")
    found = select(rule, _candidates(record, system, known, rule), n, rng(seed, n, f"select {rule}"))
    ids = [known[i].id for i in found.items]
    weights = dict(zip(ids, _weights(rule, found, len(known)), strict=True))
    return Drawn(weights, found.effective, len(pool), len(pool) - len(known))


def check_rule(rule: str) -> None:
    """Refuse a rule that is not there.

    Raises:
        InputError: it is not.
    """
    if rule not in CHOICES:
        raise InputError(f"--select: no rule '{rule}'", hint=f"one of {', '.join(CHOICES)}")


def _weights(rule: str, found: Selection, pool: int) -> Sequence[float | None]:
    """What each item stands for in the pool: inverse chances of a sample, shares of a design, nothing for the best."""
    if rule in SAMPLES and found.inclusion is not None:
        return [float(1 / p) for p in found.inclusion]
    return [float(w * pool) for w in found.weights] if rule == "design" else [None] * len(found.items)


def _candidates(record: Record, system: ValueSystem, items: Sequence[Sketch], rule: str) -> Candidates:
    domains = {name: number for number, name in enumerate(sorted({one.domain for one in items}))}
    whole = rule in READ_WHOLE
    return Candidates(
        values=_answers(record, items, system.ids) if whole else np.zeros((len(items), 1)),
        separation=np.array([one.joint or 0.0 for one in items], dtype=np.float64),
        loadings=np.array([[one.by_dimension.get(d, 0.0) for d in system.ids] for one in items]),
        groups=np.array([domains[one.domain] for one in items], dtype=np.int64),
    )


def _answers(record: Record, items: Sequence[Sketch], dimensions: Sequence[str]) -> np.ndarray:
    """(N, K, D + 1) mean verdicts of each model that was asked anything."""
    ids = [one.id for one in items]
    chunks = [ids[start : start + TOGETHER] for start in range(0, len(ids), TOGETHER)]
    whole = {key: item for chunk in chunks for key, item in record.items_by_id(chunk).items()}
    panel = sorted({model for item in whole.values() for model, counts in item.counts.items() if counts.asked})
    return np.array([_means(record, whole[key], panel, dimensions) for key in ids])


def _means(record: Record, item: Item, panel: Sequence[str], dimensions: Sequence[str]) -> np.ndarray:
    """(K, D + 1) mean verdicts of each model on the wordings that chose the item; NaN where it gave none."""
    found = collect(item.choosing(record.readings(item.id)), item.chosen_on, panel, dimensions)
    means = np.full((len(panel), len(dimensions) + 1), np.nan)
    for model in np.unique(found.models[found.scored]).tolist():
        means[model] = found.vectors()[found.scored & (found.models == model)].mean(axis=0)
    return means
