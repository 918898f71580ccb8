"""Tables as portable text: one JSON line a row, in an order and a form that no database decides.

The first line names the columns, every other one is a row. SQLite and PostgreSQL give the same bytes for the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    select,
)

from cruxbank.errors import InputError
from cruxbank.memory import schema

RECORD: Mapping[str, Table] = MappingProxyType(dict(schema.METADATA.tables))
"""In the order in which they can be filled: a table comes after those that it names."""
CHUNK = 500
LONGEST = 64 * 2**20
"""Characters of one row; a longer one is no row of ours (answers are cut at 4 kB, an item's wordings are few)."""
_INT64 = range(-(2**63), 2**63)
_LEDGER = MetaData()

_endpoints = Table(
    "endpoints",
    _LEDGER,
    Column("id", Integer, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("provider", "base_url", "model", "params")),
)
_calls = Table(
    "calls",
    _LEDGER,
    Column("key", Text, primary_key=True),
    Column("endpoint", Integer, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("messages", "kind", "purpose")),
    Column("repeat", Integer, nullable=False),
    Column("run", Text, nullable=False),
    Column("slot", Integer, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("step", "status")),
    *(Column(name, Text) for name in ("answer", "finish_reason", "refusal", "failure")),
    *(Column(name, Integer) for name in ("input_tokens", "output_tokens", "cached_tokens")),
    Column("usd", Double),
    Column("latency_ms", Integer),
    Column("committed_at", Double),
)
_attempts = Table(
    "attempts",
    _LEDGER,
    Column("key", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("session", Text, nullable=False),
    Column("sent_at", Double, nullable=False),
    Column("reserved_tokens", Integer, nullable=False),
    Column("reserved_usd", Double, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("outcome", "error")),
    Column("tokens", Integer, nullable=False),
    Column("usd", Double, nullable=False),
)
LEDGER: Mapping[str, Table] = MappingProxyType(dict(_LEDGER.tables))
"""The ledger's tables (models/ledger_schema.py makes them; a test holds the two together)."""


def dump(connection: Connection, table: Table) -> Iterator[bytes]:
    """The table's lines, by primary key in the order of code points."""
    yield _line([column.name for column in table.columns])
    ordered = select(table).order_by(*(_key(connection, column) for column in table.primary_key))
    for row in connection.execute(ordered, execution_options={"yield_per": CHUNK}):  # of this query alone
        yield _line(list(row))


def _key(connection: Connection, column: Column[Any]) -> Any:
    """A database's own collation would decide the order of texts; "C" is by code point, as SQLite has it."""
    text = isinstance(column.type, String) and connection.dialect.name == "postgresql"
    return column.collate("C") if text else column


def _line(values: Sequence[Any]) -> bytes:
    return (json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def load(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Insert what `dump` gave; returns the number of rows.

    Raises:
        InputError: a line is no row of this table.
    """
    count, waiting = 0, list[dict[str, Any]]()
    for row in rows(table, lines):
        waiting.append(row)
        count += 1
        if len(waiting) == CHUNK:
            connection.execute(insert(table), waiting)
            waiting = []
    if waiting:
        connection.execute(insert(table), waiting)
    return count


def rows(table: Table, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The rows of a dump, each checked: column names, types, sizes.

    Raises:
        InputError: names the table and the line.
    """
    names: list[str] | None = None
    for number, line in enumerate(lines, 1):
        values = _parsed(table, number, line)
        if names is None:
            names = _columns(table, values)
        elif len(values) != len(names) or not all(map(_fits, (table.c[n] for n in names), values)):
            raise _refused(table, number)
        else:
            yield dict(zip(names, values, strict=True))
    if names is None:
        raise _refused(table, 1)


def _parsed(table: Table, number: int, line: bytes) -> list[Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, an endless number, a tower of brackets
        raise _refused(table, number) from error
    if not isinstance(values, list):
        raise _refused(table, number)
    return values


def _columns(table: Table, names: list[Any]) -> list[str]:
    """Names from outside never reach SQL unless the schema has them. A column may be left out: a later migration made it."""
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) != len(names) or len(set(texts)) != len(texts) or not set(texts) <= set(table.columns.keys()):
        raise _refused(table, 1)
    return texts


def _fits(column: Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    if isinstance(column.type, BigInteger | Integer):
        return type(value) is int and value in _INT64
    if isinstance(column.type, Double):
        return type(value) in (int, float)
    return isinstance(value, str)


def _refused(table: Table, line: int) -> InputError:
    return InputError(f"table {table.name}, line {line}: not a row of a bank", hint="use another backup")
