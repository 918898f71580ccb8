"""Items that are one and the same to who has learnt one of them: versions of an item, and near-duplicates of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, or_, select

from cruxbank.memory import schema


@dataclass(frozen=True)
class Families:
    """What belongs to an item.

    versions: id -> the name of its family, for every item that replaces another (an edit, a rewording) or was replaced.
    like: id of a draft that was refused as a duplicate -> the item that it repeats. A duplicate belongs to what it repeats;
    the two items that one duplicate repeats do not belong to each other.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    like: Mapping[str, str] = field(default_factory=dict)

    def of(self, keys: Collection[str]) -> frozenset[str]:
        """These ids, all versions of them, forward and back, and what repeats one of those."""
        names = {self.versions[key] for key in keys if key in self.versions}
        found = set(keys) | {key for key, name in self.versions.items() if name in names}
        return frozenset(found | {key for key, item in self.like.items() if item in found})

    def units(self, ids: Sequence[str]) -> dict[str, str]:
        """id -> the name of the smallest group of these ids that no draw may part."""
        pairs = [(key, self.like[key]) for key in ids if key in self.like]
        named = {*ids, *(item for _, item in pairs)}
        pairs += [(key, self.versions[key]) for key in named if self.versions.get(key, key) != key]
        joined = _joined(pairs)
        return {key: joined.get(key, key) for key in ids}


NONE = Families()


def families(connection: Connection) -> Families:
    """Of all items of the record. All of it is searched: 2 s for 20,000 items (220 MB of JSON)."""
    table = schema.items
    # As `codec.to_json` writes it. A quote within a text is \" in JSON: no text can be taken for the field.
    linked = table.c.payload.like('%"replaces":"%')
    repeats = table.c.exit.like("duplicate%")
    rows = connection.execute(select(table.c.id, table.c.exit, table.c.payload).where(or_(linked, repeats)))
    replaced: list[tuple[str, str]] = []
    like: dict[str, str] = {}
    for row in rows:
        item = json.loads(row.payload)
        if item.get("replaces"):
            replaced.append((row.id, item["replaces"]))
        if row.exit.startswith("duplicate") and (near := _nearest(item)) not in ("", row.id):
            like[row.id] = near
    return Families(_joined(replaced), like)


def _nearest(item: Mapping[str, Any]) -> str:
    return str((item["provenance"].get("nearest") or {}).get("id", ""))


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Every id of a pair (later, earlier) -> the first of those that pairs connect it with: the first name among those
    that come after nothing, so that the name stays when a later one joins."""
    beside: dict[str, set[str]] = {}
    for one, other in pairs:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    later = {one for one, _ in pairs}
    found: dict[str, str] = {}
    for start in sorted(beside, key=lambda key: (key in later, key)):
        if start not in found:
            found |= dict.fromkeys(_reached(start, beside), start)
    return found


def _reached(start: str, beside: Mapping[str, set[str]]) -> Iterator[str]:
    seen, look = {start}, [start]
    while look:
        one = look.pop()
        yield one
        look += beside[one] - seen
        seen |= beside[one]
