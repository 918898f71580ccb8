"""Scores of estimates against a truth: bias, RMSE, ranking, coverage over all items, admitted ones and terciles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from scipy.stats import spearmanr

from cruxbank.science.arrays import Array, Bools, Ints

CLOSE = 1e-6
"""Bits by which an interval may miss: below the grid's step next to zero."""


def _no_items() -> Bools:
    return np.zeros(0, dtype=np.bool_)


def _no_panels() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Judged:
    """Estimates (N,) with their 95 % intervals and the truth, bits; admitted: what the product would take in."""

    est: Array
    low: Array
    high: Array
    truth: Array
    admitted: Bools = field(default_factory=_no_items)
    panel: Ints = field(default_factory=_no_panels)

    @staticmethod
    def join(rows: Sequence[Judged]) -> Judged:
        """All items of all rows."""
        return Judged(*(np.concatenate([getattr(row, f.name) for row in rows]) for f in fields(Judged)))

    @property
    def covered(self) -> Bools:
        """(N,)"""
        return np.asarray((self.low - CLOSE <= self.truth) & (self.truth <= self.high + CLOSE))


def scores(judged: Judged) -> dict[str, float]:
    """One row of the table. Terciles of the truth are taken over all panels, ties in the order of the items."""
    error = judged.est - judged.truth
    covered = judged.covered
    thirds = np.array_split(np.argsort(judged.truth, kind="stable"), 3)
    out = {
        "items": float(len(error)),
        "truth": float(judged.truth.mean()),
        "bias": float(error.mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "spearman": float(spearmanr(judged.est, judged.truth).statistic),
        "width": float((judged.high - judged.low).mean()),
        "covered": float(covered.mean()),
        **{f"tercile {i + 1}": float(covered[third].mean()) for i, third in enumerate(thirds)},
        **_top_tenth(judged),
    }
    if len(judged.admitted):
        out |= _admitted(judged)
    return {name: round(value, 4) for name, value in out.items()}


def _admitted(judged: Judged) -> dict[str, float]:
    taken = judged.admitted
    if not taken.any():
        return {"admitted": 0.0}
    return {
        "admitted": float(taken.sum()),
        "admitted covered": float(judged.covered[taken].mean()),
        "admitted too high": float((judged.truth[taken] < judged.low[taken] - CLOSE).mean()),
        "admitted est": float(judged.est[taken].mean()),
        "admitted truth": float(judged.truth[taken].mean()),
        "admitted false": float((judged.truth[taken] <= 0.05).mean()),
    }


def _top_tenth(judged: Judged) -> dict[str, float]:
    """True separation of the tenth with the highest estimates, panel by panel, and of the truly best tenth."""
    chosen, best = [], []
    for panel in np.unique(judged.panel):
        rows = np.flatnonzero(judged.panel == panel)
        size = max(len(rows) // 10, 1)
        chosen.append(judged.truth[rows[np.argsort(-judged.est[rows], kind="stable")[:size]]].mean())
        best.append(np.sort(judged.truth[rows])[-size:].mean())
    return {"top tenth": float(np.mean(chosen)), "best tenth": float(np.mean(best))} if chosen else {}
