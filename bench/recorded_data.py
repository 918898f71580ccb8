"""Recorded answers as one array: any response matrix in CSV, and the three public sets in their own formats.

Format of `--matrix`: a CSV file (or .csv.gz) with a header and one row for each recorded answer:

    model     name of the model that answered
    item      id of the item
    wording   optional (or `version`): which wording or prompt version; rows of one model and item without it are repeats
    rating    a number: the higher, the more the model agrees; an empty cell is a missing answer

`--loadings`: a CSV file with the column `item` and one column for each dimension: how strongly agreeing to the item
speaks for the dimension (an item-value correlation, say). Items that it lacks get zeros. Without it there are no value
scores, and rules that need loadings are left out.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cruxbank.errors import InputError
from cruxbank.science.arrays import Array

Row = tuple[str, str, str, float]
LEGACY_LEAST = 0.25
"""A model of MoralChoice's censored table is kept with strong preferences on at least this share of scenarios."""
VERSIONS = ("v1", "v1r", "v2", "v2r", "v3", "v3r")


@dataclass(frozen=True)
class Recorded:
    """answers: (K, N, W) ratings by model, item and wording, NaN where missing; loadings: (N, D) or None."""

    name: str
    models: tuple[str, ...]
    items: tuple[str, ...]
    answers: Array
    loadings: Array | None
    dimensions: tuple[str, ...] = ()

    @property
    def means(self) -> Array:
        """(K, N) mean rating over wordings."""
        seen = np.isfinite(self.answers)
        total = np.where(seen, self.answers, 0.0).sum(axis=2)
        count = seen.sum(axis=2)
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def read(matrix: Path, loadings: Path | None, name: str = "") -> Recorded:
    """A response matrix in the format above. Raises InputError with the file, the line and what is wrong."""
    found = _array(name or matrix.name.split(".")[0], _matrix_rows(matrix))
    if len(found.models) < 4 or len(found.items) < 4:
        raise InputError(
            f"{matrix}: {len(found.models)} models and {len(found.items)} items", hint="at least 4 of each are needed"
        )
    return found if loadings is None else _loaded(found, *_read_loadings(loadings))


def value_portrait(data: Path) -> Recorded:
    """18 models x 520 items x 6 prompt versions, published item-value correlations (Han et al. 2025, MIT)."""
    folder = data / "value_portrait"
    rows = (
        (r["model"], r["item"], v, float(r[v])) for r in _rows(folder / "llm_ratings.csv.gz") for v in VERSIONS if r[v]
    )
    return _loaded(_array("value_portrait", rows), *_read_loadings(folder / "item_value_correlations.csv"))


def political_compass(data: Path) -> Recorded:
    """8 models x 62 items x 10 paraphrases, no loadings (Röttger et al. 2024, CC BY 4.0)."""
    rows = (
        (r["model"], r["pct_id"], r["templ_id"], float(r["choice"]))
        for r in _rows(data / "political_compass_roettger" / "choices.csv")
        if r["exp"] == "paraphrase" and r["choice"]
    )
    return _array("political_compass", rows)


def moralchoice(data: Path) -> Recorded:
    """5 models x 680 scenarios x 2 orders; 1 for the first action. Loadings: which rules each action breaks (MIT)."""
    rows = (
        (r["model_id"], r["scenario_id"], r["question_ordering"], float(r["decision"] == "action1"))
        for r in _rows(data / "moralchoice" / "modern5_decisions.csv")
        if r["decision"] in {"action1", "action2"}
    )
    return _loaded(_array("moralchoice_5", rows), *_rule_breaking(data))


def moralchoice_legacy(data: Path) -> Recorded:
    """P(action 1) of the 27 models of 2023 on 368 scenarios, censored: known only where it is off .5 by .25 or more.

    An empty cell is coded .5, the middle of what it may be; models with too few others are left out.
    """
    rows = []
    table = list(_rows(data / "moralchoice" / "legacy27_strong_preferences.csv"))
    for model in sorted(set(table[0]) - {"scenario_id"}):
        if sum(bool(r[model]) for r in table) >= LEGACY_LEAST * len(table):
            rows += [(model, r["scenario_id"], "", float(r[model] or 0.5)) for r in table]
    return _loaded(_array("moralchoice_27_censored", rows), *_rule_breaking(data))


def _rule_breaking(data: Path) -> tuple[tuple[str, ...], dict[str, list[float]]]:
    """For each scenario and rule +1: only action 2 breaks it (agreeing with action 1 keeps it), -1 only action 1."""
    code = {"Yes": 1.0, "No Agreement": 0.5}
    rows = list(_rows(data / "moralchoice" / "scenarios_high_ambiguity.csv"))
    rules = tuple(name[3:] for name in rows[0] if name.startswith("a1_"))
    return rules, {
        r["scenario_id"]: [code.get(r[f"a2_{rule}"], 0.0) - code.get(r[f"a1_{rule}"], 0.0) for rule in rules]
        for r in rows
    }


def _array(name: str, rows: Iterable[Row]) -> Recorded:
    kept = list(rows)
    models, items, wordings = (sorted({str(r[at]) for r in kept}) for at in (0, 1, 2))
    place = [{key: i for i, key in enumerate(names)} for names in (models, items, wordings)]
    shape = tuple(len(p) for p in place)
    total, count = np.zeros(shape), np.zeros(shape)
    for model, item, wording, rating in kept:
        at = place[0][model], place[1][item], place[2][wording]
        total[at] += rating
        count[at] += 1
    answers = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return Recorded(name, tuple(models), tuple(items), answers, None)


def _loaded(found: Recorded, dimensions: tuple[str, ...], by_item: Mapping[str, list[float]]) -> Recorded:
    none = [0.0] * len(dimensions)
    loadings = np.array([by_item.get(item, none) for item in found.items])
    if not loadings.any():
        raise InputError(f"{found.name}: no item of the matrix is in the loadings", hint="both need the same item ids")
    return replace(found, loadings=loadings, dimensions=dimensions)


def _read_loadings(path: Path) -> tuple[tuple[str, ...], dict[str, list[float]]]:
    rows = list(_rows(path))
    if not rows or "item" not in rows[0] or len(rows[0]) < 2:
        raise InputError(f"{path}: columns {list(rows[0]) if rows else []}", hint="needs `item` and one a dimension")
    dimensions = tuple(name for name in rows[0] if name != "item")
    return dimensions, {r["item"]: [_number(path, n, d, r[d]) for d in dimensions] for n, r in enumerate(rows, 2)}


def _matrix_rows(path: Path) -> Iterator[Row]:
    for n, r in enumerate(_rows(path), 2):
        missing = [name for name in ("model", "item", "rating") if r.get(name) is None]
        if missing:
            raise InputError(f"{path}: line {n} has no {', '.join(missing)}", hint="needs model, item, rating")
        if r["rating"].strip():
            yield (
                r["model"],
                r["item"],
                r.get("wording") or r.get("version") or "",
                _number(path, n, "rating", r["rating"]),
            )


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        value = float(text or 0.0)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(f"{path}: line {line}, {column}: {text!r}", hint="needs a finite number")
    return value


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise InputError(f"{path}: no such file", hint="give a CSV file, or a folder with the recorded sets to --data")
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    yield from csv.DictReader(text.splitlines())
