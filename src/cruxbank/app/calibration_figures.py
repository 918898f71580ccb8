"""From labels and readings to a calibration: every figure, no input or output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cruxbank.accuracy import (
    Accuracy,
    Calibration,
    Contrast,
    Cut,
    DimensionAccuracy,
    JudgeIdentity,
    Side,
    without_region,
)
from cruxbank.app.labels import Label, Labels
from cruxbank.calibrations import sealed
from cruxbank.items import Outcome, Verdict
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.calibration import accuracy, by_family, confusion, contrasts
from cruxbank.science.probabilities import F1, SPECIFICITY, YOUDEN, cross_fitted, reliability
from cruxbank.science.seeds import rng

RULES = ((YOUDEN, 0.0), (F1, 0.0), (SPECIFICITY, 0.9))
"""Cuts that a calibration proposes: no side favoured, F1 largest, at most one false alarm in ten."""
ORDER = (Outcome.SUPPORTS, Outcome.OPPOSES, Outcome.MIXED, Outcome.ABSENT)
SEES: dict[Side, frozenset[Outcome]] = {
    "present": frozenset(ORDER[:3]),
    "supports": frozenset({Outcome.SUPPORTS, Outcome.MIXED}),
    "opposes": frozenset({Outcome.OPPOSES, Outcome.MIXED}),
}
"""Outcomes that count as a value on a side."""


class Readings(NamedTuple):
    """What a judge said of every label's text, in their order."""

    verdicts: tuple[Verdict, ...]
    scores: Array | None
    """(n, D) probability of presence, NaN where there is none; None for a judge that gives no probabilities."""
    calls: int = 0


class _Rows(NamedTuple):
    """The texts that have a label and a reading on one dimension."""

    place: Ints
    marks: tuple[Outcome, ...]
    read: tuple[Outcome, ...]
    groups: Ints
    families: tuple[str, ...]

    def truth(self, side: Side = "present") -> Bools:
        """Labelled so."""
        return np.array([m in SEES[side] for m in self.marks], dtype=np.bool_)

    def found(self, side: Side = "present") -> Bools:
        """Read so."""
        return np.array([r in SEES[side] for r in self.read], dtype=np.bool_)


def calibrated(
    labels: Labels, readings: Readings, identity: JudgeIdentity, dimensions: Sequence[str], simulated: bool = False
) -> Calibration:
    """The calibration of a judge. `dimensions`: the value system's, the columns of the readings' scores."""
    rows = {d: _rows(labels, readings.verdicts, d) for d in labels.dimensions}
    scored = [label for label, v in zip(labels.rows, readings.verdicts, strict=True) if v.state == "scored"]
    states = Counter(v.state for v in readings.verdicts)
    reasons = Counter(str(v.failure or "unknown") for v in readings.verdicts if v.state == "unscored")
    signed = labels.signed and identity.signed
    return sealed(
        Calibration(
            judge=identity,
            labels_digest=labels.digest,
            simulated=simulated,
            texts=len(labels.rows),
            scored=states["scored"],
            refused=states["refused"],
            unscored=dict(sorted(reasons.items())),
            groups=len({label.group for label in scored}),
            signed_labels=labels.signed,
            languages=tuple(sorted({without_region(label.language or "en") for label in scored})),
            dimensions={d: _dimension(r, _column(readings.scores, dimensions, d), signed) for d, r in rows.items()},
            contrasts=_contrasts(rows),
        )
    )


def _rows(labels: Labels, verdicts: Sequence[Verdict], dimension: str) -> _Rows:
    codes = {name: i for i, name in enumerate(sorted({label.group for label in labels.rows}))}
    kept: list[tuple[int, Label, Verdict]] = [
        (i, label, verdict)
        for i, (label, verdict) in enumerate(zip(labels.rows, verdicts, strict=True))
        if dimension in label.marks and verdict.state == "scored"
    ]
    return _Rows(
        place=np.array([i for i, _, _ in kept], dtype=np.int64),
        marks=tuple(label.marks[dimension] for _, label, _ in kept),
        read=tuple(v.outcomes.get(dimension, Outcome.ABSENT) for _, _, v in kept),
        groups=np.array([codes[label.group] for _, label, _ in kept], dtype=np.int64),
        families=tuple(label.family for _, label, _ in kept),
    )


def _column(scores: Array | None, dimensions: Sequence[str], dimension: str) -> Array | None:
    return None if scores is None else scores[:, list(dimensions).index(dimension)]


def _dimension(rows: _Rows, scores: Array | None, signed: bool) -> DimensionAccuracy:
    sides: dict[str, Any] = {}
    if signed:
        sides = {side: _side(rows, side) for side in ("supports", "opposes")}
        sides["confusion"] = confusion(_codes(rows.marks), _codes(rows.read))
    families = {name for name in rows.families if name}
    return DimensionAccuracy(
        present=_side(rows, "present"),
        by_family=_families(rows) if len(families) > 1 else {},
        **sides,
        **_curves(rows, scores),
    )


def _side(rows: _Rows, side: Side) -> Accuracy:
    return accuracy(rows.truth(side), rows.found(side), rows.groups)


def _codes(outcomes: Sequence[Outcome]) -> Ints:
    return np.array([ORDER.index(o) for o in outcomes], dtype=np.int64)


def _named(rows: _Rows) -> Bools:
    """Texts whose family is known."""
    return np.array([bool(name) for name in rows.families], dtype=np.bool_)


def _families(rows: _Rows) -> dict[str, Accuracy]:
    known = _named(rows)
    names = [name for name in rows.families if name]
    return by_family(rows.truth()[known], rows.found()[known], names, rows.groups[known])


def _curves(rows: _Rows, scores: Array | None) -> dict[str, Any]:
    """Reliability and cuts where the judge gives probabilities and both classes are there."""
    if scores is None:
        return {}
    mine = scores[rows.place]
    known = ~np.isnan(mine)
    probabilities, truth, groups = mine[known], rows.truth()[known], rows.groups[known]
    if not known.any():
        return {}
    cuts: tuple[Cut, ...] = ()
    if truth.any() and not truth.all():
        cuts = tuple(cross_fitted(probabilities, truth, groups, rule, target) for rule, target in RULES)
    return {"reliability": reliability(probabilities, truth), "cuts": cuts}


def _contrasts(rows: dict[str, _Rows]) -> tuple[Contrast, ...]:
    """Tests between families, over the dimensions that have at least two."""
    kept = {d: r for d, r in rows.items() if len({name for name in r.families if name}) > 1}
    if not kept:
        return ()
    known = {d: _named(r) for d, r in kept.items()}
    return contrasts(
        {d: r.truth()[known[d]] for d, r in kept.items()},
        {d: r.found()[known[d]] for d, r in kept.items()},
        {d: [name for name in r.families if name] for d, r in kept.items()},
        {d: r.groups[known[d]] for d, r in kept.items()},
        rng(0, 0, "differential judge error"),
    )
