"""How often models raise a value, as the judge read it and with the judge's errors taken off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cruxbank.accuracy import SIDES, Accuracy, Calibration, Rate, Side
from cruxbank.frozen import Frozen
from cruxbank.items import Item
from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array
from cruxbank.science.correction import Corrector
from cruxbank.science.proportions import rate_of_groups

COLUMNS: dict[Side, tuple[int, ...]] = {"present": (0, 1, 2), "supports": (0, 2), "opposes": (1, 2)}
"""Columns of a verdict table (supports, opposes, mixed, absent) that count on a side."""


class ValueRate(Frozen):
    """The share of one model's scored answers that raise one value on one side."""

    model: str
    dimension: str
    side: Side
    raw: Rate
    """Over every answer that was read for this side: `supports` and `opposes` by a judge that knows sides."""
    corrected: Estimate | None = None
    """Over the answers that the calibration covers; None without one, or where it cannot tell the judge from a coin."""
    identified: bool | None = None
    """Whether the calibration can correct; None without one, and where it covers no answer."""
    uncalibrated: int = 0
    """Answers that the calibration says nothing about: read by another judge, of another kind or language of items."""


def value_rates(
    items: Sequence[Item], dimensions: Sequence[str], calibration: Calibration | None = None
) -> tuple[ValueRate, ...]:
    """Rates of every model over items, by model, dimension and side; answers to one item are one group.

    Sides are told over the items whose judge knew them, and not at all where none did. Items that were chosen to separate
    are no sample of questions: these are rates over the bank, comparable between models, and not how often a model raises
    a value in general.
    """
    models = sorted({model for item in items for model in item.verdicts})
    by_side = {side: [i for i in items if i.provenance.signed or side == "present"] for side in SIDES}
    found = []
    for side, mine in by_side.items():
        known = mine if calibration is None else [item for item in mine if covered(calibration, item)]
        for dimension in dimensions if mine else ():
            corrector = _corrector(calibration, dimension, side)
            found += [_one(mine, known, model, dimension, side, corrector) for model in models]
    place = {d: i for i, d in enumerate(dimensions)}
    return tuple(sorted(found, key=lambda r: (r.model, place[r.dimension], SIDES.index(r.side))))


def covered(calibration: Calibration, item: Item) -> bool:
    """Whether a calibration says how well this item's answers were read."""
    return calibration.covers(item.provenance.judge_digest, item.kind, item.language)


def _table(items: Iterable[Item], model: str, dimension: str) -> Array:
    """(C, 4) verdicts by item."""
    rows = [item.verdicts[model][dimension] for item in items if dimension in item.verdicts.get(model, {})]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def _corrector(calibration: Calibration | None, dimension: str, side: Side) -> Corrector | None:
    """Without labels for a dimension or side nothing is known of the judge's errors there."""
    if calibration is None:
        return None
    known = calibration.dimensions.get(dimension)
    accuracy: Accuracy | None = known.side(side) if known else None
    return Corrector(accuracy, f"{calibration.digest} {dimension} {side}") if accuracy else None


def _one(
    items: Sequence[Item], known: Sequence[Item], model: str, dimension: str, side: Side, corrector: Corrector | None
) -> ValueRate:
    raw, sure = (_rate(_table(some, model, dimension), side) for some in (items, known))
    rate = ValueRate(model=model, dimension=dimension, side=side, raw=raw, uncalibrated=raw.n - sure.n)
    if corrector is None or not sure.n:
        return rate
    change = {"corrected": corrector.correct(sure, model).corrected, "identified": corrector.identified}
    return rate.model_copy(update=change)


def _rate(table: Array, side: Side) -> Rate:
    return rate_of_groups(table.sum(axis=1), table[:, COLUMNS[side]].sum(axis=1))
