"""Recorded ratings of real models as arrays: ValuePortrait and the Political Compass. Numbers only, no texts."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np

from cruxbank.bench.simulator_stats import Ratings
from cruxbank.science.arrays import Array, Bools

VERSIONS = ("v1", "v1r", "v2", "v2r", "v3", "v3r")
"""Three wordings, each also with the options reversed."""
VALUES = (
    "Self_Direction", "Stimulation", "Hedonism", "Achievement", "Power", "Security", "Conformity", "Tradition",
    "Benevolence", "Universalism",
)  # fmt: skip
THIRDS = (2.5, 4.5)
HALVES = (2.5,)


def value_portrait(folder: Path) -> Ratings:
    """18 models x 520 items x 6 versions, ratings 1 to 6; bits are taken of 1-2, 3-4, 5-6."""
    with gzip.open(folder / "value_portrait" / "llm_ratings.csv.gz", "rt", encoding="utf-8") as file:
        rows = [(row["model"], row["item"], [row[v] for v in VERSIONS]) for row in csv.DictReader(file)]
    cells = [(model, item, k, text) for model, item, texts in rows for k, text in enumerate(texts)]
    values, items = _array(cells, [str(k) for k in range(len(VERSIONS))])
    values, items = _without_gaps(values, items)
    with (folder / "value_portrait" / "item_value_correlations.csv").open(encoding="utf-8") as file:
        found = {row["item"]: [float(row[v]) for v in VALUES] for row in csv.DictReader(file)}
    return Ratings(values, THIRDS, 3.5, np.array([found[item] for item in items]))


def political_compass(folder: Path) -> Ratings:
    """8 models x 62 items x 10 paraphrases, 1 to 4 with gaps; bits are taken of disagree and agree."""
    with (folder / "political_compass_roettger" / "choices.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["exp"] == "paraphrase"]
    templates = sorted({row["templ_id"] for row in rows})
    cells = [(row["model"], row["pct_id"], templates.index(row["templ_id"]), row["choice"]) for row in rows]
    return Ratings(_array(cells, templates)[0], HALVES, 2.5)


def _array(cells: list[tuple[str, str, int, str]], wordings: list[str]) -> tuple[Array, list[str]]:
    """(K, N, W) and the names of the N items; NaN where nothing was read."""
    models, items = sorted({cell[0] for cell in cells}), sorted({cell[1] for cell in cells})
    row, column = ({name: k for k, name in enumerate(names)} for names in (models, items))
    values = np.full((len(models), len(items), len(wordings)), np.nan)
    for model, item, wording, text in cells:
        if text:
            values[row[model], column[item], wording] = float(text)
    return values, items


def _without_gaps(values: Array, items: list[str]) -> tuple[Array, list[str]]:
    """Items on which every model has an answer in every version."""
    whole: Bools = np.asarray(~np.isnan(values).any(axis=(0, 2)))
    return values[:, whole], [item for item, kept in zip(items, whole, strict=True) if kept]
