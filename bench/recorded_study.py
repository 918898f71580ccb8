"""All splits of one matrix, the gains of our rule and their intervals by model; finished splits are kept in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from cruxbank.bench.recorded_data import Recorded
from cruxbank.bench.recorded_protocol import CEILING, FIGURES, OURS, Cells, Split, choose, judge, rules_for
from cruxbank.science.arrays import Array

VERSION = "recorded/1"
"""Part of the cache's keys: raised when a rule or a figure changes."""
LEFT_OUT = 1080
"""Runs with a model left out, at most: 60 splits of 18 models; 33 models get 32 splits and take about as long."""
LEAST_MODELS = 8
"""Below it no interval: a half with one model less could hardly choose."""
METRICS = {
    "distance": ("distance", "distance"),
    "value": ("value", "value"),
    "distance.imputed": ("distance.imputed", "distance.imputed"),
    "value.imputed": ("value.imputed", "value.imputed"),
    "distance.whole": ("distance.imputed", "distance"),
    "value.whole": ("value.imputed", "value"),
}
"""Figure of ours and of the rival. `whole`: our rule with our scorer against the known rules as they are used, weighted."""


@dataclass(frozen=True)
class Plan:
    """How the splits are drawn. jackknife: on so many of the splits every model is left out in turn."""

    sizes: tuple[int, ...]
    splits: int
    jackknife: int
    seed: int


@dataclass(frozen=True)
class Gain:
    """Ours less the best known rule on one metric at one k: mean over splits, 95 % interval by model (or None)."""

    k: int
    metric: str
    rival: str
    rival_mean: float
    ours: float
    gain: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Study:
    """means: "rule/k" -> figure -> mean over splits. against: gains over every known rule; front: over the best."""

    name: str
    shape: tuple[int, int, int]
    plan: Plan
    means: dict[str, dict[str, float]]
    against: list[Gain]
    front: list[Gain] = field(default_factory=list)


class Cache:
    """Finished cells, one JSON line each; a line that was cut off by a stop is ignored."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known: dict[str, Cells] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            row = json.loads(line)
        except ValueError:
            return
        self.known[row["key"]] = row["cells"]

    def put(self, key: str, cells: Cells) -> None:
        """Keep and write."""
        self.known[key] = cells
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"key": key, "cells": cells}) + "\n")


def study(recorded: Recorded, plan: Plan, cache: Cache) -> Study:
    """Run what is not cached and summarise."""
    stamp = _stamp(recorded, plan)
    full = [_whole(recorded, plan, n, cache, stamp) for n in range(plan.splits)]
    left = [_left_out(recorded, plan, n, cache, stamp) for n in range(_jackknifed(recorded, plan))]
    table = {name: np.array([cells[name] for cells in full]) for name in full[0]}
    means = {name: dict(zip(FIGURES, _mean(rows), strict=True)) for name, rows in table.items()}
    gains = [
        _gain(k, metric, rival, table, left)
        for k in plan.sizes
        for metric in METRICS
        for rival in rules_for(recorded)
        if rival not in (OURS, CEILING) and np.isfinite(means[f"{OURS}/{k}"][METRICS[metric][0]])
    ]
    shape = (recorded.answers.shape[0], recorded.answers.shape[1], recorded.answers.shape[2])
    return Study(recorded.name, shape, plan, means, gains, _front(gains))


def _front(gains: Sequence[Gain]) -> list[Gain]:
    best: dict[tuple[int, str], Gain] = {}
    for gain in gains:
        at = (gain.k, gain.metric)
        if at not in best or gain.rival_mean > best[at].rival_mean:
            best[at] = gain
    return list(best.values())


def _jackknifed(recorded: Recorded, plan: Plan) -> int:
    models = len(recorded.models)
    return min(plan.jackknife, plan.splits, LEFT_OUT // models) if models >= LEAST_MODELS else 0


def _stamp(recorded: Recorded, plan: Plan) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(recorded.answers).tobytes())
    if recorded.loadings is not None:
        digest.update(np.ascontiguousarray(recorded.loadings).tobytes())
    return f"{VERSION} {recorded.name} {digest.hexdigest()[:12]} {plan.seed} {list(plan.sizes)}"


def _whole(recorded: Recorded, plan: Plan, number: int, cache: Cache, stamp: str) -> Cells:
    key = f"{stamp} {number}"
    if key not in cache.known:
        split = Split.draw(plan.seed, number, recorded)
        chosen = choose(recorded, split, plan.sizes, plan.seed, rules_for(recorded))
        cache.put(key, judge(recorded, split, chosen))
    return cache.known[key]


def _left_out(recorded: Recorded, plan: Plan, number: int, cache: Cache, stamp: str) -> list[Cells]:
    """The split's cells with each model left out of its half; the choice is made again where it had a part in it."""
    split = Split.draw(plan.seed, number, recorded)
    rules = [rule for rule in rules_for(recorded) if rule != CEILING]
    same = None
    out = []
    for model in range(len(recorded.models)):
        key = f"{stamp} {number} without {model}"
        if key not in cache.known:
            fewer = split.without(model)
            if model in split.choosing:
                chosen = choose(recorded, fewer, plan.sizes, plan.seed, rules)
            else:
                same = same or choose(recorded, split, plan.sizes, plan.seed, rules)
                chosen = same
            cache.put(key, judge(recorded, fewer, chosen))
        out.append(cache.known[key])
    return out


def _gain(k: int, metric: str, rival: str, table: dict[str, Array], left: Sequence[Sequence[Cells]]) -> Gain:
    """Paired over splits, with an interval where models were left out."""
    at, to = (FIGURES.index(figure) for figure in METRICS[metric])
    mine, other = table[f"{OURS}/{k}"][:, at], table[f"{rival}/{k}"][:, to]
    gain = float(np.nanmean(mine - other))
    low = high = None
    if len(left) > 1:
        rows = np.array([[c[f"{OURS}/{k}"][at] - c[f"{rival}/{k}"][to] for c in split] for split in left])
        reach = float(student.ppf(0.975, rows.shape[1] - 1)) * jackknife_error(mine - other, rows)
        low, high = gain - reach, gain + reach
    return Gain(k, metric, rival, float(np.nanmean(other)), float(np.nanmean(mine)), gain, low, high)


def jackknife_error(gains: Array, without: Array) -> float:
    """Standard error of the mean gain for models drawn anew: delete-one-model jackknife + the error of finite splits.

    gains: (splits,); without: (S, K) gain in split s with model m left out of its half. A choice made with one model
    less jumps, so the mean over S splits without m has an error of its own; its estimate is taken off the jackknife's
    sum of squares (as Wager, Hastie and Efron 2014 do for finite bootstraps), which would else be too large.
    """
    k = without.shape[1]
    gap = without - np.nanmean(without, axis=1, keepdims=True)
    count = np.maximum(np.isfinite(gap).sum(axis=0), 2)
    square = (np.nanmean(gap, axis=0) ** 2 - np.nanvar(gap, axis=0, ddof=1) / count).sum()
    finite = float(np.nanvar(gains, ddof=1)) / max(int(np.isfinite(gains).sum()), 1) if len(gains) > 1 else 0.0
    return float(np.sqrt(max((k - 1) / k * square, 0.0) + finite))


def _mean(rows: Array) -> list[float]:
    seen = np.isfinite(rows)
    count = seen.sum(axis=0)
    total = np.where(seen, rows, 0.0).sum(axis=0)
    return [float(t / c) if c else float("nan") for t, c in zip(total, count, strict=True)]
