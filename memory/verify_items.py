"""What the record says about its items, twice: in columns and payload, in counts and rows, in status and history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Table, func, select

from cruxbank.curation import PERSON
from cruxbank.items import Exit, Item, Topic, item_id as id_of
from cruxbank.memory import schema
from cruxbank.memory.codec import plain
from cruxbank.memory.findings import BACKUP, REPAIR, Inconsistency
from cruxbank.memory.rows import Change, Decision, Run
from cruxbank.memory.verify_payloads import Rows


class Known(NamedTuple):
    """The record's items and topics that can be read, and its runs."""

    items: dict[str, Item]
    topics: dict[str, Topic]
    runs: dict[str, Run | None]
    """None: it is there and cannot be read."""


def known_of(rows: Rows) -> Known:
    """Items, topics and runs by id."""
    items = {key: item for (key,), item in rows.read[schema.items].items()}
    topics = {key: topic for (key,), topic in rows.read[schema.topics].items()}
    unread: dict[str, Run | None] = dict.fromkeys(sorted(rows.doubted(schema.runs)))
    return Known(items, topics, unread | {run.id: run for run in rows.of(schema.runs)})


def columns_of(item: Item) -> dict[str, Any]:
    """The columns of `items` that repeat what the payload says."""
    joint = item.separation.joint if item.separation else None
    figures = {"joint_est": joint and joint.est, "joint_lo": joint and joint.lo, "joint_hi": joint and joint.hi}
    said: dict[str, Any] = {"status": item.status.value, "exit": item.exit.value, "topic_id": item.topic.id}
    said |= {"domain": plain(item.topic.domain), "language": plain(item.language)}
    said |= {"run": item.provenance.run, "slot": item.provenance.slot}
    return {**said, **figures, "lfdr": item.separation.lfdr if item.separation else None}


def wordings_of(item: Item) -> set[tuple[str, int]]:
    """The rows of `wordings` that an item has: (hash, position)."""
    return {(id_of(w.text, w.language or item.language), place) for place, w in enumerate(item.wordings)}


def check_items(connection: Connection, known: Known, rows: Rows) -> Iterator[Inconsistency]:
    """Ids, columns, wordings, counts and history of every item."""
    columns = {row["id"]: row for row in connection.execute(select(schema.items)).mappings()}
    words = _grouped(connection, schema.wordings)
    of = schema.responses.c.item_id
    readings = {str(key): int(n) for key, n in connection.execute(select(of, func.count()).group_by(of))}
    changes, doubted = _lives(rows), rows.doubted(schema.item_history)
    for key, item in known.items.items():
        if id_of(item.text, item.language) != key or item.id != key:
            yield Inconsistency(kind="wrong_id", ref=key, detail="the id is not the hash of the text", hint=BACKUP)
        yield from _columns(item, columns[key])
        if {(row["hash"], row["position"]) for row in words.get(key, ())} != wordings_of(item):
            detail = "the hashes of its wordings are not those of its texts"
            yield Inconsistency(kind="wordings_differ", ref=key, detail=detail, hint=REPAIR)
        yield from _counts(item, readings.get(key, 0))
        if key not in doubted:
            yield from _history(item, changes.get(key, ()))


def _lives(rows: Rows) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in sorted(rows.of(schema.item_history), key=lambda one: one.step):
        found.setdefault(change.item_id, []).append(change)
    return found


def _grouped(connection: Connection, table: Table) -> dict[str, list[RowMapping]]:
    found = connection.execute(select(table).order_by(table.c.item_id)).mappings()
    return {key: list(rows) for key, rows in groupby(found, key=lambda row: str(row["item_id"]))}


def _columns(item: Item, row: RowMapping) -> Iterator[Inconsistency]:
    differ = [name for name, value in columns_of(item).items() if not _same(row[name], value)]
    if differ:
        detail = f"the columns {', '.join(differ)} say something else than the item itself"
        yield Inconsistency(kind="columns_differ", ref=item.id, detail=detail, hint=REPAIR)


def _same(stored: object, value: object) -> bool:
    if isinstance(stored, float) and isinstance(value, float | int):
        return abs(stored - value) < 1e-9
    return stored == value


def _counts(item: Item, readings: int) -> Iterator[Inconsistency]:
    counted = [*item.counts.values(), *(item.confirmation.counts.values() if item.confirmation else ())]
    counted += [counts for reading in item.by_language.values() for counts in reading.counts.values()]
    asked = sum(counts.asked for counts in counted)
    if asked and asked != readings:
        detail = f"counts say {asked} responses, the record holds {readings}"
        yield Inconsistency(kind="counts_differ", ref=item.id, detail=detail, hint=BACKUP)


def _history(item: Item, life: Sequence[Change]) -> Iterator[Inconsistency]:
    if not life or life[-1].after is not item.status:
        last = life[-1].after.value if life else "nothing"
        detail = f"status {item.status.value}, its history ends with {last}"
        yield Inconsistency(kind="history_differs", ref=item.id, detail=detail, hint=BACKUP)
    gaps = [change.step for change in life] != list(range(len(life)))
    if gaps or any(later.before is not earlier.after for earlier, later in pairwise(life)):
        yield Inconsistency(kind="history_with_gaps", ref=item.id, detail="a step is missing", hint=BACKUP)


def check_origins(known: Known, unread: set[str], rows: Rows) -> Iterator[Inconsistency]:
    """Every item comes from a run, and from a slot of it unless a session or a person made it; every decision leads to its
    item.

    unread: ids of items and topics that are there and cannot be read.
    """
    decisions: list[Decision] = rows.of(schema.decisions)
    decided = rows.read[schema.decisions].keys() | rows.unread.get(schema.decisions, frozenset())
    for key, item in known.items.items():
        made = item.provenance
        if made.run not in known.runs:
            yield Inconsistency(kind="item_without_run", ref=key, detail=made.run, hint=BACKUP)
        edited = item.replaces is not None and made.generator == PERSON  # keeps run and slot of what it replaces
        exempt = made.session or edited or _imported(known, made.run)
        if (made.run, str(made.slot)) not in decided and not exempt:
            detail = f"slot {made.slot} of run {made.run} has no decision"
            yield Inconsistency(kind="item_without_decision", ref=key, detail=detail, hint=BACKUP)
        if item.topic.id not in known.topics.keys() | unread:
            yield Inconsistency(kind="item_without_topic", ref=key, detail=item.topic.id, hint=BACKUP)
    for one in decisions:
        if one.exit is Exit.ADMITTED and (one.item_id or "") not in known.items.keys() | unread:
            ref = f"{one.run}/{one.slot}"
            yield Inconsistency(kind="decision_without_item", ref=ref, detail=str(one.item_id), hint=BACKUP)


def _imported(known: Known, run: str) -> bool:
    """Whether a run's items need no decision; of a run that nobody can read it is not known that they do."""
    found = known.runs.get(run)
    return run in known.runs if found is None else found.kind == "import"
