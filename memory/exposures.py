"""Which items were given out, which are kept back for good, and the string by which a bank is found again."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, func, insert, select

from cruxbank.curation import ExportEntry, Part
from cruxbank.errors import InputError
from cruxbank.memory import schema
from cruxbank.memory.codec import to_json
from cruxbank.memory.families import NONE, Families, families

CANARY = "cruxbank canary "


def canary(connection: Connection) -> str:
    """The bank's canary string: of its first run and its first item, so that it stays the same while the bank grows, and
    equal banks have equal ones. Empty for a bank without items."""
    item = connection.execute(select(schema.items.c.id).order_by(schema.items.c.seq).limit(1)).scalar_one_or_none()
    if item is None:
        return ""
    query = select(schema.runs.c.config_hash).order_by(schema.runs.c.seq).limit(1)
    run = connection.execute(query).scalar_one_or_none() or ""
    digest = hashlib.sha256(f"{run}\0{item}".encode()).digest()
    return CANARY + str(uuid.UUID(bytes=digest[:16], version=5))


def entered(connection: Connection, part: Part) -> frozenset[str]:
    """Ids of the items that an export gave out (`published`) or kept back (`held`)."""
    table = schema.exposures
    return frozenset(connection.execute(select(table.c.item_id).where(table.c.part == part)).scalars())


def exposed(connection: Connection, part: Part, known: Families | None = None) -> frozenset[str]:
    """Ids of the items that were given out, or kept back, in this or another version, or are near-duplicates of these:
    who has learnt one of them has learnt all. known: the families, where they were read already."""
    found = entered(connection, part)
    if not found:
        return found
    return (families(connection, found) if known is None else known).of(found)


def certain(connection: Connection) -> frozenset[str]:
    """Ids of the items that went out without a lot being drawn: the first export that published them held nothing back."""
    table = schema.exposures
    given: dict[str, set[str]] = {}
    for row in connection.execute(select(table.c.export, table.c.item_id).where(table.c.part == "published")):
        given.setdefault(row.export, set()).add(row.item_id)
    drawn: set[str] = set()
    found: set[str] = set()
    for entry in entries(connection):
        ids = given.get(entry.id, set())
        if "holdback" in dict(entry.filters):
            drawn |= ids - found
        else:
            found |= ids - drawn
    return frozenset(found)


def entries(connection: Connection) -> tuple[ExportEntry, ...]:
    """All public exports in their order."""
    rows = connection.execute(select(schema.exports.c.payload).order_by(schema.exports.c.seq)).scalars()
    return tuple(ExportEntry.model_validate_json(row) for row in rows)


def note(connection: Connection, entry: ExportEntry, published: Sequence[str], held: Sequence[str]) -> bool:
    """Enter a public export. False: the same one was entered before, and nothing is changed.

    Raises:
        InputError: one of the items, or another version of it, was kept back, or given out, by another export meanwhile.
    """
    if connection.execute(select(schema.exports.c.id).where(schema.exports.c.id == entry.id)).first():
        return False
    _refuse_crossed(connection, set(published), set(held))
    seq = int(connection.execute(select(func.max(schema.exports.c.seq))).scalar_one() or 0) + 1
    values = {"id": entry.id, "seq": seq, "public": int(entry.public), "payload": to_json(entry)}
    connection.execute(insert(schema.exports).values(**values))
    rows = [{"export": entry.id, "item_id": key, "part": "published"} for key in published]
    rows += [{"export": entry.id, "item_id": key, "part": "held"} for key in held]
    connection.execute(insert(schema.exposures), rows)
    return True


def _refuse_crossed(connection: Connection, published: set[str], held: set[str]) -> None:
    """Nothing of a family is published while another part of it is held back. What was held before stays held."""
    given, kept = entered(connection, "published"), entered(connection, "held")
    known = families(connection, kept | given | held) if kept or (given and held) else NONE
    _refuse(published & known.of(kept | held), "was held back")
    _refuse((held - known.of(kept)) & known.of(given), "was published")


def _refuse(ids: Collection[str], what: str) -> None:
    if ids:
        raise InputError(f"item {min(ids)}: {what} by another export meanwhile", hint="run the same export again")


def forget(connection: Connection, export: str) -> None:
    """Take an entry back: its files could not be moved to their place."""
    connection.execute(delete(schema.exposures).where(schema.exposures.c.export == export))
    connection.execute(delete(schema.exports).where(schema.exports.c.id == export))
