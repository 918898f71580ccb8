"""What became of every question that was put to a model: sums of the items' counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, select

from cruxbank.frozen import Frozen
from cruxbank.measures import Counts
from cruxbank.memory import schema

_CHUNK = 200


class Denominators(Frozen):
    """Counts over all drafts, confirmations and translations of a bank."""

    total: Counts
    by_model: dict[str, Counts] = Field(default_factory=dict)
    by_kind: dict[str, Counts] = Field(default_factory=dict)
    by_language: dict[str, Counts] = Field(default_factory=dict)


def denominators(connection: Connection) -> Denominators:
    """Sums by model, by kind of item and by the language that was spoken: an item's own, or that of its translation."""
    sums: dict[tuple[str, str], Counts] = {}
    for item in _items(connection):
        for language, model, counts in _counts(item):
            for key in (("all", ""), ("model", model), ("kind", item["kind"]), ("language", language)):
                sums[key] = sums.get(key, Counts()) + counts
    parts = {part: {k: v for (p, k), v in sorted(sums.items()) if p == part} for part in ("model", "kind", "language")}
    return Denominators(
        total=sums.get(("all", ""), Counts()),
        by_model=parts["model"],
        by_kind=parts["kind"],
        by_language=parts["language"],
    )


def _items(connection: Connection) -> Iterator[dict[str, Any]]:
    """Payloads as plain JSON, a chunk at a time: a whole item takes twenty times as long to read as its counts."""
    rows = connection.execute(
        select(schema.items.c.payload).order_by(schema.items.c.id).execution_options(yield_per=_CHUNK)
    )
    for payload in rows.scalars():
        loaded: dict[str, Any] = json.loads(payload)
        yield loaded


def _counts(item: dict[str, Any]) -> Iterator[tuple[str, str, Counts]]:
    """(language, model, counts) of the item as it chose, as it was confirmed, and in every further language."""
    own = item["language"]
    further = item.get("by_language", {}).items()
    for language, source in ((own, item), (own, item.get("confirmation") or {}), *further):
        for model, counts in source.get("counts", {}).items():
            yield language, model, Counts.model_validate(counts)
