"""An item as `cruxbank.item/1`, the plain object that every format starts from (CONTRACTS 10).

There is one way from an item to its line: from the JSON that the record keeps. An export of 100,000 items takes it without
building an `Item` of each; `line` takes it for an item at hand.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import orjson

from cruxbank.accuracy import Calibration
from cruxbank.items import Item, topic_id
from cruxbank.measures import LanguageDif

SCHEMA = "cruxbank.item/1"
PLACES = 6
"""Decimal places of every figure in an export."""
COPIED = ("id", "kind", "text", "options", "wordings", "language", "status", "exit", "value_system")
FIGURES = ("joint", "by_dimension", "stance", "refusal", "pairwise", "lfdr", "models", "responses", "estimator")
ATOMS = frozenset({str, int, bool, type(None)})
APART = ("origin", "signed")
"""Fields of an item's provenance that stand at the top of its line."""

_LINE = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
BREAKS = ((b"\xc2\x85", b"\\u0085"), (b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"))
"""Characters that JSON lets stand and that some readers (`str.splitlines`) take for the end of a line."""


@dataclass(frozen=True)
class Shared:
    """What an export says of every item alike.

    calibration: how well its judge reads; flags: items that ask something else in another language (as the bank's last run
    found); canary: the string by which texts of this bank can be found again in training data; hidden: ids of items that
    are held back, which no line names; named: the only ids that a line may name as its neighbour, where it is published (an
    item that is named today could not be held back tomorrow); None: any that is not hidden.
    """

    calibration: Calibration | None = None
    flags: Sequence[LanguageDif] = ()
    canary: str = ""
    hidden: Collection[str] = ()
    named: Collection[str] | None = None

    def names(self, key: str) -> bool:
        """Whether a line may name this item as its neighbour."""
        return key not in self.hidden and (self.named is None or key in self.named)

    @cached_property
    def told(self) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
        """The flags by item and language."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for flag in self.flags:
            dumped = rounded(flag.model_dump(exclude={"item", "language"}))
            found.setdefault((flag.item, flag.language), []).append(dumped)
        return found


NOTHING = Shared()


def line(
    item: Item,
    weight: float | None,
    calibration: Calibration | None = None,
    flags: Sequence[LanguageDif] = (),
    canary: str = "",
) -> dict[str, Any]:
    """One item as plain JSON values. Where a calibration says how well it was read, its provenance names that one."""
    return shaped(item.model_dump(mode="json"), weight, Shared(calibration, flags, canary))


def shaped(payload: Mapping[str, Any], weight: float | None, shared: Shared = NOTHING) -> dict[str, Any]:
    """The line of an item that is given as the JSON of `Item`, with every field present; floats to 6 places."""
    separation, provenance = payload["separation"], payload["provenance"]
    found = {name: payload[name] for name in COPIED}
    return found | {
        "schema": SCHEMA,
        "canary": shared.canary,
        "fresh_wordings": payload["fresh"],
        "topic": _topic(payload["topic"]),
        "origin": provenance["origin"],
        "signed": provenance["signed"],
        "separation": _separation(separation, payload["confirmation"]) if separation else None,
        "by_language": _by_language(payload, shared),
        "framing": rounded(separation["framing"]) if separation else None,
        "counts": payload["counts"],
        "verdicts": payload["verdicts"],
        "provenance": _provenance(payload, shared),
        "replaces": None if payload["replaces"] in shared.hidden else payload["replaces"],
        "weight": rounded(weight),
    }


def _topic(topic: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: topic[name] for name in ("text", "domain", "region")}
    return {"id": _topic_id(topic["text"], topic["language"]), **kept}


_topic_id = lru_cache(maxsize=4096)(topic_id)
"""Items of one topic are many, and normalising its text is a tenth of a line's time."""


def _provenance(payload: Mapping[str, Any], shared: Shared) -> dict[str, Any]:
    said = payload["provenance"]
    found = {name: value for name, value in said.items() if name not in APART}
    near = said["nearest"]
    found["nearest"] = rounded(near) if near is not None and shared.names(near["id"]) else None
    known = shared.calibration
    if known and known.covers(said["judge_digest"], payload["kind"], payload["language"]):
        found["calibration"] = known.digest
    return found


def _by_language(payload: Mapping[str, Any], shared: Shared) -> dict[str, Any]:
    """What became of an item in each further language, and whether it asks the same there."""
    readings = payload["by_language"].items()
    return {name: {**rounded(said), "flags": shared.told.get((payload["id"], name), [])} for name, said in readings}


def _separation(separation: Mapping[str, Any], confirmation: Mapping[str, Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {name: rounded(separation[name]) for name in FIGURES}
    told["transfer"] = {"confirmation": _confirmation(confirmation), "families": rounded(separation["carried"])}
    return told


def _confirmation(confirmation: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Its counts, the larger part, are whole numbers."""
    if confirmation is None:
        return None
    return {name: said if name == "counts" else rounded(said) for name, said in confirmation.items()}


def encode(ready: Mapping[str, Any]) -> bytes:
    """A line that `line` or `shaped` made, as JSON with a line feed: sorted keys, UTF-8, one line for every reader."""
    return encode_all([ready])


def encode_all(ready: Sequence[Mapping[str, Any]]) -> bytes:
    """The same for several lines. An item has 120 verdicts, and to look through them at once takes half the time."""
    return _unbroken(b"".join([orjson.dumps(line, option=_LINE) for line in ready]))


def dump(value: Any) -> str:
    """Sorted keys, UTF-8, floats to 6 places, no NaN: equal data give equal bytes."""
    return _unbroken(orjson.dumps(rounded(value), option=orjson.OPT_SORT_KEYS)).decode()


def _unbroken(json: bytes) -> bytes:
    for character, escape in BREAKS:
        if character in json:
            json = json.replace(character, escape)
    return json


def rounded(value: Any) -> Any:
    """The same JSON value with floats to 6 places; what is no number is null."""
    kind = type(value)
    if kind in ATOMS:
        return value
    if isinstance(value, float):
        return round(value, PLACES) + 0.0 if math.isfinite(value) else None
    if kind is dict or isinstance(value, Mapping):
        return {key: rounded(inner) for key, inner in value.items()}
    if kind is list or isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return value
