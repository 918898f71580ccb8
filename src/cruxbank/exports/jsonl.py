"""`jsonl`: the bank's own format, one `cruxbank.item/1` object a line (CONTRACTS 10)."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cruxbank.accuracy import Calibration
from cruxbank.errors import InputError, StoreError
from cruxbank.items import Item
from cruxbank.measures import LanguageDif, LanguageReading, Separation
from cruxbank.science.value_rates import covered

SCHEMA = "cruxbank.item/1"
FILE = "items.jsonl"


def export(
    items: Iterable[Item],
    out: Path,
    *,
    weights: Mapping[str, float | None] | None = None,
    force: bool = False,
    calibration: Calibration | None = None,
    flags: Sequence[LanguageDif] = (),
) -> Path:
    """Write OUT/items.jsonl, sorted by id, atomically. `weights` are sampling weights by item id, None for an item
    that was chosen and not sampled; 1 when left out. `calibration` is the judge's, if any: the items that
    it covers name it; `flags` are the bank's items that do not ask the same in another language.

    Raises:
        InputError: the file exists and `force` is not set.
        StoreError: the folder cannot be written.
    """
    target = out / FILE
    if target.exists() and not force:
        raise InputError(f"{target}: already exists", hint="choose another --out, or overwrite with --force")
    given = weights or {}
    lines = [
        dump(line(item, given.get(item.id, 1.0), calibration, flags)) for item in sorted(items, key=lambda i: i.id)
    ]
    try:
        write_atomically(target, "".join(text + "\n" for text in lines))
    except OSError as error:
        raise StoreError(
            f"{target}: cannot be written ({error.strerror})", hint="check space and permissions"
        ) from error
    return target


def write_atomically(target: Path, text: str) -> None:
    """Write beside the target and rename: a reader sees the old file or the new one, never a half."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
