"""An item as `cruxbank.item/1`, the plain object that every format starts from (CONTRACTS 10)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from cruxbank.accuracy import Calibration
from cruxbank.items import Item
from cruxbank.measures import LanguageDif, LanguageReading, Separation
from cruxbank.science.value_rates import covered

SCHEMA = "cruxbank.item/1"


def line(
    item: Item, weight: float | None, calibration: Calibration | None = None, flags: Sequence[LanguageDif] = ()
) -> dict[str, Any]:
    """One item as plain JSON values. Where a calibration says how well it was read, its provenance names that one."""
    known = calibration is not None and covered(calibration, item)
    calibrated = {"calibration": calibration.digest} if calibration and known else {}
    return {
        "schema": SCHEMA,
        "id": item.id,
        "kind": item.kind,
        "text": item.text,
        "options": [option.model_dump() for option in item.options],
        "wordings": [w.model_dump() for w in item.wordings],
        "fresh_wordings": item.fresh,
        "language": item.language,
        "topic": {"id": item.topic.id, **item.topic.model_dump(include={"text", "domain", "region"})},
        "status": item.status.value,
        "exit": item.exit.value,
        "origin": item.provenance.origin,
        "value_system": item.value_system,
        "separation": _separation(item, item.separation) if item.separation else None,
        "by_language": {
            language: _in_language(reading, [f for f in flags if (f.item, f.language) == (item.id, language)])
            for language, reading in item.by_language.items()
        },
        "framing": item.separation.framing.model_dump() if item.separation and item.separation.framing else None,
        "counts": {model: counts.model_dump() for model, counts in item.counts.items()},
        "verdicts": item.verdicts,
        "signed": item.provenance.signed,
        "provenance": item.provenance.model_dump(mode="json", exclude={"origin", "signed"}) | calibrated,
        "weight": weight,
    }


def _in_language(reading: LanguageReading, flags: Sequence[LanguageDif]) -> dict[str, Any]:
    """What became of an item in a further language, and whether it asks the same there (as the bank's last run found)."""
    told = [flag.model_dump(exclude={"item", "language"}) for flag in flags]
    return {**reading.model_dump(), "flags": told}


def _separation(item: Item, separation: Separation) -> dict[str, Any]:
    return {
        "joint": separation.joint.model_dump(),
        "by_dimension": {d: s.model_dump() for d, s in separation.by_dimension.items()},
        "stance": separation.stance.model_dump(),
        "refusal": separation.refusal.model_dump(),
        "pairwise": separation.pairwise,
        "transfer": {
            "confirmation": item.confirmation.model_dump() if item.confirmation else None,
            "families": separation.carried.model_dump() if separation.carried else None,
        },
        "lfdr": separation.lfdr,
        "models": separation.models,
        "responses": separation.responses,
        "estimator": separation.estimator,
    }


def dump(value: Any) -> str:
    """Sorted keys, UTF-8, floats to 6 places, no NaN: equal data give equal bytes."""
    return json.dumps(_rounded(value), sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) + 0.0 if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
