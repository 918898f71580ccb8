"""Items as the record keeps them, JSON without objects: what an export of a large bank reads, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Select, select

from cruxbank.memory import schema
from cruxbank.memory.codec import plain

CHUNK = 200
"""Items a query: at 10 kB an item 2 MB are in memory at a time."""


class Kept(NamedTuple):
    """One item with its JSON."""

    id: str
    payload: str


def ids(
    connection: Connection,
    statuses: Sequence[str],
    *,
    languages: Sequence[str] = (),
    domains: Sequence[str] = (),
    least: float | None = None,
) -> list[str]:
    """Ids of the items of these statuses, sorted; nothing named lets everything through.

    least: bits that the lower bound of the joint separation reaches; what was never measured does not.
    """
    table = schema.items
    query: Select[str] = select(table.c.id).where(table.c.status.in_(statuses))
    if languages:
        query = query.where(table.c.language.in_([plain(name) for name in languages]))
    if domains:
        query = query.where(table.c.domain.in_([plain(name) for name in domains]))
    if least is not None:
        query = query.where(table.c.joint_lo >= least)
    # Sorted here: a database's collation decides its own order.
    return sorted(connection.execute(query).scalars())


def payloads(connection: Connection, wanted: Sequence[str]) -> Iterator[Kept]:
    """The items of these ids in the order given; ids that the record does not know are left out."""
    table = schema.items
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        rows = connection.execute(select(table.c.id, table.c.payload).where(table.c.id.in_(chunk)))
        found = {row.id: row.payload for row in rows}
        yield from (Kept(key, found[key]) for key in chunk if key in found)


def names(connection: Connection, column: str) -> tuple[str, ...]:
    """What stands in a column of the items (`domain`, `language`), each once, sorted."""
    return tuple(sorted(connection.execute(select(schema.items.c[column]).distinct()).scalars()))
