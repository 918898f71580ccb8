"""Items in two languages with a planted difference, as numbers: what the tests of `science.dif` flag, and what they miss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import false_discovery_control

from cruxbank.science.arrays import Array, Bools
from cruxbank.science.dif import Contrast, Wordings, contrast
from cruxbank.science.languages import LEAST_REORDERED, LEAST_SHIFT, LEVEL
from cruxbank.science.readings import ItemReadings
from cruxbank.science.scatter import Scatter, focused

PANEL, D, OWN = 12, 10, 9
MIRROR = np.array([0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0], dtype=np.bool_)
"""Six wordings that choose, three that confirm, then up to four of the other language."""
BETWEEN, HABIT = 0.8, 0.3
"""Standard deviations over models of a latent coordinate, and of a habit of saying yes, where a response's own is 1."""
PLANTED = 0.2


class World(NamedTuple):
    """What is planted in a fifth of the items, in latent standard deviations of a response."""

    name: str
    shift: float = 0.0
    reorder: bool = False
    push: float = 0.3
    """SD of what a wording adds for all models, the same in either language."""
    responses: int = 2


class Score(NamedTuple):
    """Of the planted and of the other items: how many there are, how many were flagged."""

    planted: int
    found: int
    others: int
    false: int


def play(world: World, items: int, seed: int) -> Score:
    """Flags of `items` items, a fifth of them planted, with Benjamini-Hochberg over all tests."""
    rng = np.random.default_rng(seed)
    marks = (
        np.arange(items) < round(PLANTED * items) if world.shift or world.reorder else np.zeros(items, dtype=np.bool_)
    )
    made = [_item(world, rng, planted=bool(mark)) for mark in marks]
    at_home = [_own(item) for item in made]
    total = Scatter.empty(at_home[0].coordinates)
    for item in at_home:
        total = total + Scatter.of(item)
    metric, wordings = focused(total), Wordings.fit(at_home)
    found = [_contrast(item, metric, wordings, [seed, i]) for i, item in enumerate(made)]
    flags = _flags(found)
    return Score(int(marks.sum()), int(flags[marks].sum()), int((~marks).sum()), int(flags[~marks].sum()))


def _contrast(item: ItemReadings, metric: Array, wordings: Wordings, seed: list[int]) -> Contrast:
    one = contrast(item, item.wordings >= OWN, metric, wordings, np.random.default_rng(seed))
    if one is None:
        raise RuntimeError("a world of twelve models always has enough")
    return one


def _flags(found: list[Contrast]) -> Bools:
    """(items,) whether any test flags an item, beyond chance and beyond the least size."""
    q = false_discovery_control(np.array([[c.p_stance, c.p_value, c.p_places] for c in found]).ravel()).reshape(-1, 3)
    sizes = np.array([[abs(c.shift[-1]), abs(c.shift[c.largest]), c.reordered] for c in found])
    large = sizes >= np.array([LEAST_SHIFT, LEAST_SHIFT, LEAST_REORDERED])
    return np.asarray(((q <= LEVEL) & large).any(axis=1))


def _item(world: World, rng: np.random.Generator, *, planted: bool) -> ItemReadings:
    home = rng.standard_normal((PANEL, D + 1)) * BETWEEN
    away = rng.standard_normal((PANEL, D + 1)) * BETWEEN if planted and world.reorder else home
    habit = rng.standard_normal(PANEL) * HABIT
    pairs = [(m, w) for m in range(PANEL) for w in (*range(6), 6, 7 + m % 2, *_abroad(m, world.responses))]
    models, wordings = (np.array(column) for column in zip(*pairs, strict=True))
    there = wordings >= OWN
    latent = np.where(there[:, None], away[models], home[models]) + rng.standard_normal((len(pairs), D + 1))
    latent += (rng.standard_normal((len(MIRROR), D + 1)) * world.push)[wordings]
    latent[:, D] += habit[models] * np.where(MIRROR[wordings], -1, 1) + (world.shift * there if planted else 0.0)
    return _read(models, wordings, latent)


def _abroad(model: int, responses: int) -> tuple[int, ...]:
    """Of three translated wordings every other model meets the mirror; of four everybody meets all."""
    return (OWN, OWN + 1 + model % 2) if responses == 2 else tuple(range(OWN, OWN + responses))


def _read(models: Array, wordings: Array, latent: Array) -> ItemReadings:
    """A judge's view: a value is raised by one response in eight, stances split in three."""
    none = np.zeros(len(models), dtype=np.bool_)
    return ItemReadings(
        models=models.astype(np.int64),
        wordings=wordings.astype(np.int64),
        mirror=MIRROR,
        values=np.where(latent[:, :D] > 1.4, 1.0, np.where(latent[:, :D] < -2.4, -1.0, 0.0)),
        stance=np.where(latent[:, D] > 0.3, 1.0, np.where(latent[:, D] < -0.3, -1.0, 0.0)),
        refused=none,
        unscored=none,
        signed=True,
    )


def _own(item: ItemReadings) -> ItemReadings:
    home = item.wordings < OWN
    return ItemReadings(
        models=item.models[home],
        wordings=item.wordings[home],
        mirror=item.mirror,
        values=item.values[home],
        stance=item.stance[home],
        refused=item.refused[home],
        unscored=item.unscored[home],
        signed=True,
    )
