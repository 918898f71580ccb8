"""Everything that changes the record: each function runs inside one write transaction of its caller."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from cruxbank.errors import InputError
from cruxbank.items import Item, Reading, Status, Topic, item_id
from cruxbank.memory import schema
from cruxbank.memory.codec import plain, to_json
from cruxbank.memory.rows import OutboxKind, SlotCommit

RANK = {Status.DRAFT: 0, Status.PILOT: 1, Status.OPERATIONAL: 2, Status.RETIRED: 3}


def _next(connection: Connection, table: Table, column: str = "seq") -> int:
    highest = connection.execute(select(func.max(table.c[column]))).scalar_one()
    return int(highest or 0) + 1


def add_topics(connection: Connection, topics: Iterable[Topic]) -> int:
    """Insert the topics that are new, in their order; returns how many were."""
    known = set(connection.execute(select(schema.topics.c.id)).scalars())
    seq = _next(connection, schema.topics)
    fresh: dict[str, Topic] = {}
    for topic in topics:
        if topic.id not in known:
            fresh.setdefault(topic.id, topic)
    for offset, (key, topic) in enumerate(fresh.items()):
        row = {"id": key, "seq": seq + offset, "domain": plain(topic.domain), "language": plain(topic.language)}
        connection.execute(insert(schema.topics).values(**row, payload=to_json(topic)))
    enqueue(connection, [("topic", key) for key in fresh])
    return len(fresh)


def enqueue(connection: Connection, rows: Sequence[tuple[OutboxKind, str]]) -> None:
    """Note that these topics and items need their vectors written."""
    if not rows:
        return
    seq = _ticket(connection, len(rows))
    connection.execute(
        insert(schema.outbox), [{"seq": seq + i, "kind": kind, "ref": ref} for i, (kind, ref) in enumerate(rows)]
    )


def _ticket(connection: Connection, count: int) -> int:
    """The first of `count` outbox numbers. Never reused: a number cleared late must not hit a newer row."""
    table = schema.meta
    last = int(connection.execute(select(table.c.value).where(table.c.key == "outbox")).scalar_one_or_none() or 0)
    connection.execute(delete(table).where(table.c.key == "outbox"))
    connection.execute(insert(table).values(key="outbox", value=str(last + count)))
    return last + 1


def commit_slot(connection: Connection, commit: SlotCommit) -> bool:
    """Write a slot whole. False, and nothing changed, when this slot was committed before."""
    if _decided(connection, commit):
        return False
    _check(connection, commit)
    add_topics(connection, [commit.topic, *commit.children])
    seen = [item.id for item in commit.items if not _put(connection, commit, item)]
    seen_before = tuple(sorted(set(seen)))
    _put_readings(connection, [r for r in commit.readings if r.response.item not in seen_before])
    _decide(connection, commit, seen_before)
    unstage(connection, commit.run, commit.slot)
    return True


def unstage(connection: Connection, run: str, slot: int) -> None:
    """Remove a staged slot."""
    table = schema.staged
    connection.execute(delete(table).where(table.c.run == run, table.c.slot == slot))


def put_item(connection: Connection, commit: SlotCommit, item: Item) -> bool:
    """Insert or upgrade one item without a decision about a slot. False: its text came before from another slot."""
    return _put(connection, commit, item)


def _decided(connection: Connection, commit: SlotCommit) -> bool:
    table = schema.decisions
    query = select(table.c.seq).where(table.c.run == commit.run, table.c.slot == commit.slot)
    return connection.execute(query).first() is not None


def _check(connection: Connection, commit: SlotCommit) -> None:
    where = f"slot {commit.slot} of run {commit.run}"
    if connection.execute(select(schema.runs.c.id).where(schema.runs.c.id == commit.run)).first() is None:
        raise InputError(f"{where}: the run is not in the record", hint="call begin_run first")
    ids = {item.id for item in commit.items}
    stray = {r.response.item for r in commit.readings} - ids
    if stray:
        raise InputError(f"{where}: readings of {min(stray)}", hint="commit readings together with their item")
    if commit.item_id is not None and commit.item_id not in ids:
        raise InputError(f"{where}: item_id {commit.item_id} is not among its items", hint="commit the item with it")


def _put(connection: Connection, commit: SlotCommit, item: Item) -> bool:
    """Insert or upgrade one item. False: its text came before from another slot, which keeps it."""
    table = schema.items
    row = connection.execute(select(table).where(table.c.id == item.id)).mappings().first()
    if row is not None and RANK[item.status] <= RANK[Status(row["status"])]:
        return (row["run"], row["slot"]) == (commit.run, commit.slot)
    add_topics(connection, [item.topic])
    values = _columns(item, commit) | {"rev": _next(connection, table, "rev")}
    if row is None:
        connection.execute(insert(table).values(seq=_next(connection, table), **values))
    else:  # a better attempt replaces the measurements; the calls behind the old ones stay in the ledger
        connection.execute(update(table).where(table.c.id == item.id).values(**values))
        connection.execute(delete(schema.responses).where(schema.responses.c.item_id == item.id))
    put_wordings(connection, item)
    before = Status(row["status"]) if row is not None else None
    note_change(connection, item.id, before, item.status, item.exit.value, commit.run, commit.slot)
    if item.status is not Status.DRAFT:
        enqueue(connection, [("item", item.id)])
    return True


def _columns(item: Item, commit: SlotCommit) -> dict[str, object]:
    joint = item.separation.joint if item.separation else None
    return {
        "id": item.id,
        "status": item.status.value,
        "exit": item.exit.value,
        "topic_id": item.topic.id,
        "domain": plain(item.topic.domain),
        "language": plain(item.language),
        "run": commit.run,
        "slot": commit.slot,
        "joint_est": joint.est if joint else None,
        "joint_lo": joint.lo if joint else None,
        "joint_hi": joint.hi if joint else None,
        "lfdr": item.separation.lfdr if item.separation else None,
        "payload": to_json(item),
    }


def put_wordings(connection: Connection, item: Item) -> None:
    """Write the hashes of an item's wordings in place of those that are there."""
    table = schema.wordings
    connection.execute(delete(table).where(table.c.item_id == item.id))
    rows = [
        {"hash": item_id(wording.text, wording.language or item.language), "item_id": item.id, "position": position}
        for position, wording in enumerate(item.wordings)
    ]
    if rows:
        connection.execute(insert(table), rows)


def note_change(
    connection: Connection, item: str, before: Status | None, after: Status, reason: str, run: str, slot: int
) -> None:
    """Add a step to an item's history."""
    table = schema.item_history
    highest = connection.execute(select(func.max(table.c.step)).where(table.c.item_id == item)).scalar_one()
    values = {"item_id": item, "step": 0 if highest is None else int(highest) + 1, "reason": plain(reason)}
    values |= {"before": before.value if before else None, "after": after.value, "run": run, "slot": slot}
    connection.execute(insert(table).values(**values))


def _put_readings(connection: Connection, readings: Sequence[Reading]) -> None:
    # Plain inserts: an item that is new here has none yet, and an upgrade has removed its old ones.
    rows: dict[tuple[str, str, int, int], dict[str, object]] = {}
    for reading in readings:
        r = reading.response
        where = {"item_id": r.item, "model": r.model, "wording": r.wording, "repeat": r.repeat}
        rows[r.item, r.model, r.wording, r.repeat] = where | {"payload": to_json(reading)}
    if rows:
        connection.execute(insert(schema.responses), list(rows.values()))


def _decide(connection: Connection, commit: SlotCommit, seen_before: Sequence[str]) -> None:
    values = commit.model_dump(include={"run", "slot", "reward", "item_id", "payload"})
    values |= commit.model_dump(include={"examinee_calls", "judge_calls", "agent_calls"})
    values |= {"seq": _next(connection, schema.decisions), "topic_id": commit.topic.id, "exit": commit.exit.value}
    connection.execute(insert(schema.decisions).values(**values, seen_before=json.dumps(list(seen_before))))


def set_status(connection: Connection, row_id: str, to: Status, reason: str) -> bool:
    """Move an item by hand (retire, restore). False when it stands there already."""
    table = schema.items
    row = connection.execute(select(table).where(table.c.id == row_id)).mappings().one()
    item = Item.model_validate_json(row["payload"])
    if item.status is to:
        return False
    payload = to_json(item.model_copy(update={"status": to, "reasons": (*item.reasons, reason)}))
    values = {"status": to.value, "payload": payload, "rev": _next(connection, table, "rev")}
    connection.execute(update(table).where(table.c.id == row_id).values(**values))
    note_change(connection, row_id, item.status, to, reason, row["run"], row["slot"])
    enqueue(connection, [("item", row_id)])
    return True
