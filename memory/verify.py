"""`crux bank verify`: every place where the parts of a bank do not agree, by name."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection

from cruxbank.errors import StoreError
from cruxbank.memory import schema
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.findings import Inconsistency
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.memory.verify_items import Known, check_items, check_origins, known_of
from cruxbank.memory.verify_ledger import check_ledger
from cruxbank.memory.verify_payloads import Rows, read_rows
from cruxbank.memory.verify_rest import (
    check_database,
    check_exports,
    check_numbers,
    check_reviews,
    check_sessions,
    check_waiting,
)
from cruxbank.memory.verify_runs import check_runs
from cruxbank.memory.verify_vectors import check_vectors

__all__ = ["Inconsistency", "verify", "verify_record"]


async def verify(
    record: Record, vectors: VectorStore | StoreError, folder: BankFolder | None = None, *, idle: bool = False
) -> list[Inconsistency]:
    """All disagreements between record, vectors, ledger and run folders, sorted; empty when the bank is sound.

    vectors: the open store, or why it does not open.
    folder: where ledger and run folders lie; None leaves them out.
    idle: nobody else holds the bank, so that no request can be on its way.
    """
    known, found = await asyncio.to_thread(verify_record, record)
    if any(one.kind == "damaged" for one in found):
        return found  # whatever else is said of it would be guessed
    unread = {one.ref for one in found if one.kind == "unreadable"}
    found += await check_vectors(vectors, known, unread)
    if folder is not None:
        found += await asyncio.to_thread(_beside, record, known, folder, idle)
    return sorted(found, key=lambda one: (one.kind, one.ref, one.detail))


def verify_record(record: Record) -> tuple[Known, list[Inconsistency]]:
    """What the record's items and topics are, and where the record does not agree with itself."""
    with record.database.read() as connection:
        found = list(check_database(connection))
        if any(one.kind == "damaged" for one in found):
            return Known({}, {}, {}), found
        rows, unread = read_rows(connection)
        known = known_of(rows)
        return known, [*found, *unread, *_own(connection, known, rows)]


def _own(connection: Connection, known: Known, rows: Rows) -> list[Inconsistency]:
    unread = rows.doubted(schema.items) | rows.doubted(schema.topics)
    ids = known.items.keys() | unread
    return [
        *check_waiting(connection),
        *check_numbers(connection),
        *check_items(connection, known, rows),
        *check_origins(known, unread, rows),
        *check_sessions(known.items, rows),
        *check_exports(connection, ids, rows),
        *check_reviews(ids, rows),
    ]


def _beside(record: Record, known: Known, folder: BankFolder, idle: bool) -> list[Inconsistency]:
    with record.database.read() as connection:
        found = list(check_ledger(folder.ledger, connection, idle=idle))
    return [*found, *check_runs(known.runs, folder)]
