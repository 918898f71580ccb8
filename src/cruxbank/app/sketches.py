"""The little that choosing needs of an item: 100,000 of them fit into memory, 100,000 items do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from cruxbank.app.payload_shape import is_whole
from cruxbank.items import Item, topic_id
from cruxbank.measures import widest
from cruxbank.memory.payloads import Kept, payloads


class Sketch(NamedTuple):
    """One item in a few words and numbers; its id alone where nobody looks at more."""

    id: str
    kind: str = ""
    language: str = ""
    domain: str = ""
    region: str = ""
    topic: str = ""
    options: tuple[str, ...] = ()
    """Values that the options of a dilemma serve."""
    joint: float | None = None
    """Joint separation in bits; None where it was never measured."""
    by_dimension: Mapping[str, float] = MappingProxyType({})
    """Separation by value, bits."""

    @property
    def value(self) -> str:
        """The value on which the item separates models best; ties go to the first name; "" without a measurement."""
        return widest(self.by_dimension)

    @property
    def values(self) -> frozenset[str]:
        """The values that the item is about: the one on which it separates best, and those of its options."""
        return frozenset(filter(None, (self.value, *self.options)))


GROUPS: Mapping[str, Callable[[Sketch], str]] = MappingProxyType(
    {
        "domain": lambda one: one.domain,
        "topic": lambda one: one.topic,
        "region": lambda one: one.region,
        "language": lambda one: one.language,
        "kind": lambda one: one.kind,
        "value": lambda one: one.value,
    }
)
"""What a quota may count by. An empty name is no group."""


def sketches(connection: Connection, ids: Sequence[str]) -> list[Sketch]:
    """Of the items of these ids, in their order."""
    return [sketch(as_plain(kept)) for kept in payloads(connection, ids)]


def as_plain(kept: Kept) -> dict[str, Any]:
    """An item's JSON as plain values, with every field that `Item` has: what an earlier version wrote is filled up."""
    try:
        found: dict[str, Any] = orjson.loads(kept.payload)
    except orjson.JSONDecodeError:  # NaN, which only Python's own JSON knows
        return Item.model_validate_json(kept.payload).model_dump(mode="json")
    return found if is_whole(found) else Item.model_validate_json(kept.payload).model_dump(mode="json")


def sketch(payload: Mapping[str, Any]) -> Sketch:
    """Of one item."""
    topic, separation = payload["topic"], payload["separation"]
    return Sketch(
        id=payload["id"],
        kind=payload["kind"],
        language=payload["language"],
        domain=topic["domain"],
        region=topic["region"],
        topic=topic_id(topic["text"], topic["language"]),
        options=tuple(option["value"] for option in payload["options"]),
        joint=separation["joint"]["est"] if separation else None,
        by_dimension={d: float(s["est"]) for d, s in separation["by_dimension"].items()} if separation else {},
    )
