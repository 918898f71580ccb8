"""Every row of the record read once, through the model that its readers use: what can be read, and what nobody can.

The other checks take their rows from here and never meet one that raises: a payload that is damaged is one finding, and the
rest of the bank is still compared.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, RowMapping, Table, select

from cruxbank.curation import ExportEntry, HumanReview
from cruxbank.items import Item, Reading, Topic
from cruxbank.memory import schema
from cruxbank.memory.findings import BACKUP, Inconsistency
from cruxbank.memory.rows import Change, Decision, Measurement, OutboxRow, Run, Update
from cruxbank.sessions import Session, Turn

_CHUNK = 500
_UNREADABLE = (ValueError, TypeError, RecursionError)


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("is no JSON object")
    return found


def _list(text: str) -> list[Any]:
    found = json.loads(text)
    if not isinstance(found, list):
        raise ValueError("is no JSON list")
    return found


def _run(row: RowMapping) -> Run:
    _object(row["payload"])
    return Run(**row)


def _decision(row: RowMapping) -> Decision:
    _object(row["payload"])
    return Decision(**dict(row) | {"seen_before": tuple(_list(row["seen_before"]))})


def _update(row: RowMapping) -> Update:
    _object(row["payload"])
    return Update(**row)


def _session(row: RowMapping) -> Session:
    if any(not isinstance(one, dict) or "costs" not in one for one in _list(row["further"])):
        raise ValueError("its further costs name none")
    return Session.model_validate_json(row["payload"])


def _turn(row: RowMapping) -> Turn:
    _object(row["costs"])
    return Turn.model_validate_json(row["payload"])


def _meta(row: RowMapping) -> int:
    return int(row["value"])


_READ: Mapping[Table, Callable[[RowMapping], Any]] = MappingProxyType(
    {
        schema.meta: _meta,
        schema.topics: lambda row: Topic.model_validate_json(row["payload"]),
        schema.runs: _run,
        schema.items: lambda row: Item.model_validate_json(row["payload"]),
        schema.item_history: lambda row: Change(**row),
        schema.responses: lambda row: Reading.model_validate_json(row["payload"]),
        schema.decisions: _decision,
        schema.staged: lambda row: _object(row["payload"]),
        schema.outbox: lambda row: OutboxRow(**row),
        schema.updates: _update,
        schema.measurements: lambda row: Measurement.model_validate_json(row["payload"]),
        schema.sessions: _session,
        schema.turns: _turn,
        schema.exports: lambda row: ExportEntry.model_validate_json(row["payload"]),
        schema.reviews: lambda row: HumanReview.model_validate_json(row["payload"]),
    }
)
"""All tables but `wordings` and `exposures`, whose rows are names and numbers only."""
_DROPPED = frozenset({schema.responses, schema.meta, schema.staged, schema.outbox, schema.updates, schema.measurements})
"""Read and not kept: nothing else here asks for them, and readings are most of a record."""

Key = tuple[str, ...]


class Rows(NamedTuple):
    """What of the record can be read, by table and primary key, and the keys of what cannot."""

    read: Mapping[Table, Mapping[Key, Any]]
    unread: Mapping[Table, frozenset[Key]]

    def of(self, table: Table) -> list[Any]:
        """The rows that can be read, in the table's own order."""
        return list(self.read.get(table, {}).values())

    def doubted(self, table: Table) -> set[str]:
        """First parts of the keys of rows that nobody can read: the items, sessions or exports that they belong to."""
        return {key[0] for key in self.unread.get(table, ())}


def read_rows(connection: Connection, tables: Collection[Table] = frozenset(_READ)) -> tuple[Rows, list[Inconsistency]]:
    """Every row of these tables, all of them by default, and a finding for each that its readers would fail on."""
    read, unread = dict[Table, dict[Key, Any]](), defaultdict[Table, set[Key]](set)
    found: list[Inconsistency] = []
    for table, parse in _READ.items():
        if table not in tables:
            continue
        kept = read.setdefault(table, {})
        for row in _ordered(connection, table):
            key = tuple(str(row[column.name]) for column in table.primary_key)
            try:
                value = parse(row)
            except _UNREADABLE as error:
                unread[table].add(key)
                detail = f"{table.name}: {_why(error)}"
                found.append(Inconsistency(kind="unreadable", ref="/".join(key), detail=detail, hint=BACKUP))
            else:
                if table not in _DROPPED:
                    kept[key] = value
    return Rows(read, {table: frozenset(keys) for table, keys in unread.items()}), found


def _ordered(connection: Connection, table: Table) -> Iterator[RowMapping]:
    order = [table.c.seq] if "seq" in table.c else list(table.primary_key)
    query = select(table).order_by(*order)
    return iter(connection.execute(query, execution_options={"yield_per": _CHUNK}).mappings())


def _why(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return " ".join(f"payload: {error}".split())
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'payload'}: {first['msg']}"
