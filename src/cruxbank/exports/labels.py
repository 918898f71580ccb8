"""What is said of an item beside its text where a tool has room for names and plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cruxbank.exports.about import summed
from cruxbank.exports.format import Line
from cruxbank.measures import widest

Plain = str | int | float | bool
OWN = ("kind", "language", "status", "exit", "origin", "value_system", "signed", "weight", "canary")


def labels(line: Line) -> dict[str, Plain]:
    """Flat, sorted by name and without what is missing. Separation in bits with its interval, and the denominators."""
    separation = line["separation"] or {}
    told: dict[str, Any] = {name: line.get(name) for name in OWN}
    told |= {name: line["topic"][name] for name in ("domain", "region")}
    told |= {"topic": line["topic"]["text"], "topic_id": line["topic"]["id"]}
    told |= _estimate("separation", separation.get("joint"))
    told |= _widest(separation.get("by_dimension") or {})
    told |= _carried(separation.get("transfer") or {})
    told |= {name: separation.get(name) for name in ("models", "responses", "estimator", "lfdr")}
    told |= summed(line["counts"])
    told |= {"run": line["provenance"].get("run"), "calibration": line["provenance"].get("calibration")}
    return {name: value for name, value in sorted(told.items()) if value is not None and value != ""}


def _estimate(name: str, figures: Any) -> dict[str, Any]:
    """Estimate, lower and upper end of its interval."""
    return {f"{name}{end}": figures[key] for end, key in (("", "est"), ("_lo", "lo"), ("_hi", "hi"))} if figures else {}


def _widest(by_dimension: Mapping[str, Any]) -> dict[str, Any]:
    """The dimension that the item separates best, and by how many bits."""
    if not by_dimension:
        return {}
    best = best_dimension(by_dimension)
    return {"dimension": best} | _estimate("dimension_separation", by_dimension[best])


def best_dimension(by_dimension: Mapping[str, Any]) -> str:
    """`measures.widest` of the figures as a line has them."""
    return widest({name: figures["est"] for name, figures in by_dimension.items()})


def _carried(transfer: Any) -> dict[str, Any]:
    """Separation on fresh wordings, among models that had no part in choosing, and with a family of models left out."""
    confirmed = transfer.get("confirmation") or {}
    return (
        _estimate("separation_confirmed", confirmed.get("scoring"))
        | _estimate("separation_holdout", confirmed.get("holdout"))
        | _estimate("separation_families", transfer.get("families"))
    )
