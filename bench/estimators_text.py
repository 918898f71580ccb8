"""The page of `bench estimators`: what was measured, and tables of means over cells and of single cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Rows = dict[str, dict[str, Any]]


def page(cells: Rows, estimator: str, seed: int, panels: int) -> str:
    """Markdown without headings above level 3. cells: as cached by the command."""
    cells = {key: cells[key] for key in sorted(cells, key=_place)}
    parts = [_head(estimator, seed, panels, sum(row["cpu"] for row in cells.values()))]
    for title, lines in (
        ("After the race (8 x 2, 12 x 4, 12 x 6)", _race(cells)),
        ("The joint figure without a race", _joint(cells)),
        ("One dimension: tables of outcomes", _tables(cells)),
        ("Against plug-in and bootstraps", _baselines(cells)),
    ):
        parts += ["", f"### {title}", "", *lines]
    return "\n".join(parts)


def _place(key: str) -> tuple[object, ...]:
    part, world, *sizes = key.split("|")
    return part, world, *(int(size) if size.isdigit() else size for size in sizes)


def _head(estimator: str, seed: int, panels: int, cpu: float) -> str:
    return (
        f"Estimator {estimator}; seed {seed}, {panels} banks of 100 items a cell (after 24 drafts to warm up), "
        f"{cpu / 60:.0f} minutes of one core. The estimator was tuned on other seeds (1000, 1001) of the same worlds.\n\n"
        "Truth is known because the worlds are made for this bench (logistic-normal answers, half-normal strengths, "
        "every response on another wording; none of it is what the estimators assume). Joint truth: 1/2 log2(1 + "
        "tr(W S_B)) of the panel over all wordings, under the same W that the estimate had, learned as in a run from the "
        "drafts before the item. Table truth: the generalised Jensen-Shannon divergence over all wordings. "
        "Intervals are nominal 95 %; the goal is 93-97 % over all items and over the admitted ones, and 88 % in every "
        "tercile of the truth. In a bank of nulls the mean is above that: a truth of exactly "
        "0 is nearly always covered by an interval that may hold 0. Admitted: lfdr <= .05 and lower bound >= .05 bits."
    )


def _line(values: Iterable[object]) -> str:
    return "| " + " | ".join(v if isinstance(v, str) else f"{v:.3f}".replace("0.", ".", 1) for v in values) + " |"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *(_line(row) for row in rows)]


COVERAGE = ("covered", "tercile 1", "tercile 2", "tercile 3", "admitted covered")


def _race(cells: Rows) -> list[str]:
    head = ["world", "figure", "prior from", "admitted", "bias", "covered", "terciles", "", "", "admitted covered"]
    head += ["claimed", "true"]
    rows: list[list[object]] = []
    for key, cell in cells.items():
        if not key.startswith("race"):
            continue
        _, world, figure = key.split("|")
        for prior in ("all drafts", "admitted only"):
            one = cell[prior]
            rows.append([world, figure, prior, f"{one.get('admitted', 0):.0f}", one["bias"]])
            rows[-1] += [one.get(name, float("nan")) for name in COVERAGE]
            rows[-1] += [one.get(name, float("nan")) for name in ("admitted est", "admitted truth")]
    stages = [f"{k.split('|')[1]} {c['stages']}" for k, c in cells.items() if k.startswith("race") and "stages" in c]
    note = "Shares of drafts that left after the pilot, after the scoring stage, at the end: " + "; ".join(stages) + "."
    shares = "Tables: ten dimensions of each item, in a quarter of the banks; admission by the joint figure."
    return [note, shares, "", *_table(head, rows)]


def _joint(cells: Rows) -> list[str]:
    found = {key: cell["q-eb"] for key, cell in cells.items() if key.startswith("joint")}
    return [*_grid(found), "", *_by_size(found)]


def _tables(cells: Rows) -> list[str]:
    found = {key: cell["posterior"] for key, cell in cells.items() if key.startswith("tables")}
    three = {key: cell for key, cell in found.items() if key.endswith("|3")}
    rows = [
        [f"C = {c}", *(_mean(found, lambda k, c=c: _twin(k, c), name) for name in ("bias", "rmse", *COVERAGE))]  # type: ignore[misc]
        for c in (2, 3, 4)
    ]
    head = [
        "worlds with wordings, K = 12, n = 2, 4, 8",
        "bias",
        "RMSE",
        "covered",
        "terciles",
        "",
        "",
        "admitted covered",
    ]
    return [*_grid(three), "", *_by_size(three), "", *_table(head, rows)]


def _twin(key: str, outcomes: int) -> bool:
    _, world, models, n, c = key.split("|")
    return world.endswith("wordings") and models == "12" and n in ("2", "4", "8") and c == str(outcomes)


def _mean(cells: Rows, chosen: Callable[[str], bool], name: str) -> float:
    """Mean over cells; of admitted items over the items."""
    rows = [cell for key, cell in cells.items() if chosen(key) and name in cell]
    if not rows:
        return float("nan")
    weights = [row["admitted"] if name.startswith("admitted ") else 1.0 for row in rows]
    return float(np.average([row[name] for row in rows], weights=weights))


def _grid(cells: Rows) -> list[str]:
    head = ["world", "K", "n", "truth", "bias", "RMSE", "Spearman", "top tenth", "best tenth", "covered"]
    head += ["terciles", "", "", "admitted", "admitted covered"]
    rows: list[list[object]] = []
    for key, one in cells.items():
        _, world, models, n = key.split("|")[:4]
        rows.append([world, models, n])
        rows[-1] += [one[name] for name in ("truth", "bias", "rmse", "spearman", "top tenth", "best tenth", "covered")]
        rows[-1] += [one[f"tercile {i}"] for i in (1, 2, 3)]
        rows[-1] += [f"{one.get('admitted', 0):.0f}", one.get("admitted covered", float("nan"))]
    return _table(head, rows)


def _by_size(cells: Rows) -> list[str]:
    sizes = sorted({int(key.split("|")[3]) for key in cells})
    rows = []
    for n in sizes:
        kept = {k: c for k, c in cells.items() if k.split("|")[3] == str(n) and k.split("|")[2] == "12"}
        rows.append([str(n), *(_mean(kept, lambda _: True, name) for name in ("bias", "rmse", "spearman", *COVERAGE))])
    head = [
        "n at K = 12, mean of six worlds",
        "bias",
        "RMSE",
        "Spearman",
        "covered",
        "terciles",
        "",
        "",
        "admitted covered",
    ]
    return _table(head, rows)


def _baselines(cells: Rows) -> list[str]:
    methods = (
        ("joint", "q-eb", "joint: Q with spike and empirical Bayes"),
        ("joint", "q-se", "joint: Q -+ 1.96 SE"),
        ("joint", "plug-in", "joint: plug-in, percentile bootstrap"),
        ("tables", "posterior", "table: spike + hierarchical Dirichlet"),
        ("tables", "plug-in percentile", "table: plug-in, percentile bootstrap"),
        ("tables", "corrected shifted", "table: bias-corrected, shifted percentile"),
        ("tables", "corrected basic", "table: bias-corrected, basic bootstrap"),
    )
    rows: list[list[object]] = []
    for part, method, label in methods:
        kept = {k: c[method] for k, c in cells.items() if k.startswith(part) and (part == "joint" or k.endswith("|3"))}
        row: list[object] = [label]
        for name in ("covered", "rmse"):
            row += [_mean({k: c for k, c in kept.items() if k.split("|")[2:4] == ["12", n]}, _any, name) for n in SHOWN]
        rows.append(row)
    head = ["K = 12, mean of six worlds", *(f"covered, n = {n}" for n in SHOWN), *(f"RMSE, n = {n}" for n in SHOWN)]
    return _table(head, rows)


SHOWN = ("2", "4", "8", "16")


def _any(_: str) -> bool:
    return True
