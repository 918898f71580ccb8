"""`crux bank verify --repair`: what can be made again from what the bank holds is made again; nothing else is touched.

A text, answer, decision or measurement is never written, changed or removed here: those are named, and a backup has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import update

from cruxbank.memory import commits, schema
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.findings import Inconsistency
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.rows import OutboxKind
from cruxbank.memory.vectors import VectorStore
from cruxbank.memory.verify_items import Known, columns_of
from cruxbank.memory.verify_runs import EVENTS
from cruxbank.memory.verify_vectors import differences
from cruxbank.models.ledger_schema import connect

DONE: Mapping[str, str] = MappingProxyType(
    {
        "missing_vector": "made from the record's text",
        "stray_vector": "removed: the record has nothing of that id that was measured",
        "stale_summary": "written again from the record",
        "vectors_unreadable": "all vectors made again; what was there lies beside it as chroma.damaged",
        "outbox": "written to Chroma",
        "columns_differ": "written again from the item, with which its history agrees",
        "wordings_differ": "hashed again",
        "staged_and_committed": "no longer waits: it is committed",
        "open_attempts": "entered as paid at their reserved price",
        "events_cut_off": "the line was ended, or what was left of it lies in events.cut-off",
        "report_missing": "drawn again from the record",
    }
)
"""Every kind that can be mended, and what that means."""
CUT_OFF = "events.cut-off"
_DOUBT = frozenset({"history_differs", "wrong_id", "item_without_run", "item_without_decision"})
"""Of an item that is found so, the columns may be right and the item wrong."""


def repair_record(record: Record, known: Known, found: Sequence[Inconsistency]) -> None:
    """Columns and wordings that repeat what the items say, slots that wait although they are committed."""
    doubted = {one.ref for one in found if one.kind in _DOUBT}
    with record.database.write() as connection:
        for one in found:
            if one.kind == "columns_differ" and one.ref not in doubted:
                table = schema.items
                columns = columns_of(known.items[one.ref])
                connection.execute(update(table).where(table.c.id == one.ref).values(**columns))
            elif one.kind == "wordings_differ" and one.ref not in doubted:
                commits.put_wordings(connection, known.items[one.ref])
            elif one.kind == "staged_and_committed":
                run, _, slot = one.ref.rpartition("/")
                commits.unstage(connection, run, int(slot))


async def repair_vectors(
    record: Record, vectors: VectorStore, embeds: Embeds, known: Known, found: Sequence[Inconsistency]
) -> None:
    """Remove the rows of nothing, write those that are missing or otherwise, drain what waits.

    Raises:
        StoreError: Chroma refuses.
    """
    unread = {one.ref for one in found if one.kind == "unreadable"}
    wanting: dict[tuple[OutboxKind, str], None] = {}
    for name, differ in (await differences(vectors, known, unread)).items():
        await vectors.delete(name, differ.stray)
        kind: OutboxKind = "topic" if name == "topics" else "item"
        wanting |= {(kind, key.partition("/")[0]): None for key in (*differ.missing, *differ.stale)}
    with record.database.write() as connection:
        commits.enqueue(connection, list(wanting))
    await drain(record, vectors, embeds)


def repair_files(folder: BankFolder, found: Sequence[Inconsistency]) -> None:
    """Attempts that a killed process left open, and event lines that it left without an end."""
    for one in found:
        if one.kind == "open_attempts":
            connect(folder.ledger, recover=True).close()
        elif one.kind == "events_cut_off":
            _end_line(folder.path / "runs" / one.ref.partition("/")[0])


def _end_line(run: Path) -> None:
    """The last line of the events gets its end when it is whole; else what there is of it moves into a file of its own."""
    path = run / EVENTS
    head, _, rest = path.read_bytes().rpartition(b"\n")
    try:
        json.loads(rest)
    except ValueError:
        with (run / CUT_OFF).open("ab") as beside:
            beside.write(rest + b"\n")
        with path.open("rb+") as file:
            file.truncate(len(head) + 1 if head else 0)
        return
    with path.open("ab") as file:
        file.write(b"\n")


def set_aside(folder: BankFolder) -> Path:
    """Move Chroma's folder away, under a name that is free."""
    target = folder.path / "chroma.damaged"
    number = 1
    while target.exists():
        number += 1
        target = folder.path / f"chroma.damaged-{number}"
    return folder.chroma.rename(target)
