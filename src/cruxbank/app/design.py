"""The design study of a bank: how many models, items and wordings a value profile needs (SCIENCE 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cruxbank.config.settings import Settings
from cruxbank.errors import InputError
from cruxbank.frozen import Frozen
from cruxbank.items import Item, Status
from cruxbank.memory.record import Record
from cruxbank.science.design import Components, components
from cruxbank.science.readings import ItemReadings, collect
from cruxbank.values.systems import load_system

ITEMS = (10, 25, 50, 100)
WORDINGS = (2, 6)
LEAST_ITEMS = 5


class DimensionDesign(Frozen):
    """One dimension: shares of the verdicts' variance, reliability by (items, wordings), and the items that are needed."""

    dimension: str
    model: float
    item: float
    within: float
    reliability: dict[str, float]
    """E rho^2 by "ITEMSxWORDINGS"."""
    lo: float
    hi: float
    """E rho^2 of the largest design, the models being drawn anew: 95 % interval of the jackknife over families."""
    needed: int | None
    """Fewest items at the most wordings for the target; None where models do not differ on it."""


class DesignStudy(Frozen):
    """Of a bank's operational items, on the models that answered all of them twice."""

    items: int
    models: int
    families: int
    target: float
    dimensions: tuple[DimensionDesign, ...]


def design_study(record: Record, settings: Settings, target: float) -> DesignStudy:
    """Variance components of the operational items, and what they say of other designs.

    Raises:
        InputError: too few items or models to tell, or a target that is not between 0 and 1.
    """
    if not 0 < target < 1:
        raise InputError(f"--target: {target} is not between 0 and 1", hint="0.8 is usual for comparing models")
    names, panel = load_system(settings.values).ids, settings.panels.scoring
    items = record.items(status=Status.OPERATIONAL, order="id")
    if len(items) < LEAST_ITEMS:
        raise InputError(f"{len(items)} operational items: {LEAST_ITEMS} are needed", hint="grow on with `crux grow`")
    arrays = [_arrays(record, item, panel, names, settings) for item in items]
    home = np.array([settings.model(model).family for model in panel])
    found = _components(arrays)
    jackknife = [_largest(_components([_without(a, home == family) for a in arrays])) for family in sorted(set(home))]
    low, high = _interval(_largest(found), np.array(jackknife))
    needed = found.items_needed(target, WORDINGS[-1])
    whole = np.maximum(found.model, 0) + np.maximum(found.item, 0) + np.maximum(found.within, 0)
    rows = tuple(
        DimensionDesign(
            dimension=name,
            model=float(max(found.model[d], 0) / max(whole[d], 1e-12)),
            item=float(max(found.item[d], 0) / max(whole[d], 1e-12)),
            within=float(max(found.within[d], 0) / max(whole[d], 1e-12)),
            reliability={f"{n}x{w}": float(found.reliability(n, w)[d]) for n in ITEMS for w in WORDINGS},
            lo=float(low[d]),
            hi=float(high[d]),
            needed=int(needed[d]) if np.isfinite(needed[d]) else None,
        )
        for d, name in enumerate(names)
    )
    return DesignStudy(items=found.items, models=found.models, families=len(set(home)), target=target, dimensions=rows)


def _components(arrays: Sequence[ItemReadings]) -> Components:
    try:
        return components(arrays)
    except ValueError as error:
        raise InputError(
            str(error), hint="the study needs models that answered every operational item twice"
        ) from error


def _arrays(record: Record, item: Item, panel: Sequence[str], names: Sequence[str], settings: Settings) -> ItemReadings:
    mine = [r for r in item.choosing(record.readings(item.id)) if r.response.model in panel]
    return collect(mine, item.chosen_on, panel, names, signed=settings.signed)


def _without(readings: ItemReadings, gone: np.ndarray) -> ItemReadings:
    """The readings with the responses of some models marked as refused: they leave the study."""
    return replace(readings, refused=readings.refused | gone[readings.models])


def _largest(found: Components) -> np.ndarray:
    return found.reliability(ITEMS[-1], WORDINGS[-1])


def _interval(est: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """est -+ 1.96 SE of the jackknife over families, held in [0, 1]."""
    n = len(left)
    error = 1.96 * np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    return np.clip(est - error, 0, 1), np.clip(est + error, 0, 1)
