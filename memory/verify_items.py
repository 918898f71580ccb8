"""What the record says about its items, twice: in columns and payload, in counts and rows, in status and history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, RowMapping, Table, func, select

from cruxbank.frozen import Frozen
from cruxbank.items import Exit, Item, Topic, item_id as id_of
from cruxbank.memory import schema
from cruxbank.memory.codec import plain
from cruxbank.memory.findings import BACKUP, REPAIR, Inconsistency
from cruxbank.memory.rows import Change, Decision

F = TypeVar("F", bound=Frozen)


class Known(NamedTuple):
    """The record's items and topics that can be read."""

    items: dict[str, Item]
    topics: dict[str, Topic]


def readable(connection: Connection) -> tuple[Known, list[Inconsistency]]:
    """Items and topics by id, and those whose payload nobody can read."""
    items, bad_items = _read(connection, schema.items, Item)
    topics, bad_topics = _read(connection, schema.topics, Topic)
    return Known(items, topics), [*bad_items, *bad_topics]


def _read(connection: Connection, table: Table, model: type[F]) -> tuple[dict[str, F], list[Inconsistency]]:
    found, bad = dict[str, F](), list[Inconsistency]()
    for key, payload in connection.execute(select(table.c.id, table.c.payload).order_by(table.c.id)):
        try:
            found[key] = model.model_validate_json(payload)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "payload"
            detail = f"{table.name}: {where}: {first['msg']}"
            bad.append(Inconsistency(kind="unreadable", ref=key, detail=detail, hint=BACKUP))
    return found, bad


def columns_of(item: Item) -> dict[str, Any]:
    """The columns of `items` that repeat what the payload says."""
    joint = item.separation.joint if item.separation else None
    figures = {"joint_est": joint and joint.est, "joint_lo": joint and joint.lo, "joint_hi": joint and joint.hi}
    said = {"status": item.status.value, "exit": item.exit.value, "topic_id": item.topic.id}
    said |= {"domain": plain(item.topic.domain), "language": plain(item.language)}
    return {**said, **figures, "lfdr": item.separation.lfdr if item.separation else None}


def wordings_of(item: Item) -> set[tuple[str, int]]:
    """The rows of `wordings` that an item has: (hash, position)."""
    return {(id_of(w.text, w.language or item.language), place) for place, w in enumerate(item.wordings)}


def check_items(connection: Connection, known: Known) -> Iterator[Inconsistency]:
    """Ids, columns, wordings, counts and history of every item."""
    columns = {row["id"]: row for row in connection.execute(select(schema.items)).mappings()}
    words = _grouped(connection, schema.wordings)
    rows = schema.responses.c.item_id
    readings = {str(key): int(n) for key, n in connection.execute(select(rows, func.count()).group_by(rows))}
    changes = _grouped(connection, schema.item_history)
    for key, item in known.items.items():
        if id_of(item.text, item.language) != key or item.id != key:
            yield Inconsistency(kind="wrong_id", ref=key, detail="the id is not the hash of the text", hint=BACKUP)
        life = [Change(**row) for row in sorted(changes.get(key, ()), key=lambda row: int(row["step"]))]
        yield from _columns(item, columns[key])
        if {(row["hash"], row["position"]) for row in words.get(key, ())} != wordings_of(item):
            detail = "the hashes of its wordings are not those of its texts"
            yield Inconsistency(kind="wordings_differ", ref=key, detail=detail, hint=REPAIR)
        yield from _counts(item, readings.get(key, 0))
        yield from _history(item, life)


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


def check_origins(
    known: Known, unread: set[str], decisions: Sequence[Decision], runs: Mapping[str, str]
) -> Iterator[Inconsistency]:
    """Every item comes from a run, and from a slot of it unless a session or a person made it; every decision leads to its
    item.

    unread: ids of items and topics that are there and cannot be read. runs: id -> kind.
    """
    decided = {(d.run, d.slot) for d in decisions}
    for key, item in known.items.items():
        made = item.provenance
        if made.run not in runs:
            yield Inconsistency(kind="item_without_run", ref=key, detail=made.run, hint=BACKUP)
        if (made.run, made.slot) not in decided and not made.session and runs.get(made.run) != "import":
            detail = f"slot {made.slot} of run {made.run} has no decision"
            yield Inconsistency(kind="item_without_decision", ref=key, detail=detail, hint=BACKUP)
        if item.topic.id not in known.topics.keys() | unread:
            yield Inconsistency(kind="item_without_topic", ref=key, detail=item.topic.id, hint=BACKUP)
    for one in decisions:
        if one.exit is Exit.ADMITTED and (one.item_id or "") not in known.items.keys() | unread:
            ref = f"{one.run}/{one.slot}"
            yield Inconsistency(kind="decision_without_item", ref=ref, detail=str(one.item_id), hint=BACKUP)
