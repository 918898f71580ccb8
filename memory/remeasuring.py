"""Re-measurements in the record: one transaction a batch, and what was measured when, on which models."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from cruxbank.errors import InputError
from cruxbank.items import Item, Reading
from cruxbank.memory import schema
from cruxbank.memory.codec import to_json
from cruxbank.memory.commits import enqueue, note_change
from cruxbank.memory.rows import Measurement, Update, UpdateCommit


def commit_update(connection: Connection, commit: UpdateCommit) -> bool:
    """Write a batch whole. False, and nothing changed, when this batch was committed before."""
    table = schema.updates
    known = select(table.c.seq).where(table.c.run == commit.run, table.c.batch == commit.batch)
    if connection.execute(known).first() is not None:
        return False
    _check(connection, commit)
    highest = connection.execute(select(func.max(table.c.seq))).scalar_one()
    values = commit.model_dump(include={"run", "batch", "examinee_calls", "judge_calls", "payload"})
    connection.execute(insert(table).values(seq=int(highest or 0) + 1, **values))
    for item, measurement in zip(commit.items, commit.measurements, strict=True):
        _renew(connection, item, measurement)
    _add_readings(connection, commit.readings)
    enqueue(connection, [("item", item.id) for item in commit.items])
    return True


def _check(connection: Connection, commit: UpdateCommit) -> None:
    where = f"batch {commit.batch} of run {commit.run}"
    if connection.execute(select(schema.runs.c.id).where(schema.runs.c.id == commit.run)).first() is None:
        raise InputError(f"{where}: the run is not in the record", hint="call begin_run first")
    ids = [item.id for item in commit.items]
    if ids != [m.item_id for m in commit.measurements] or len(set(ids)) != len(ids):
        raise InputError(f"{where}: items and measurements differ", hint="give one measurement an item, in its order")
    stray = {r.response.item for r in commit.readings} - set(ids)
    if stray:
        raise InputError(f"{where}: readings of {min(stray)}", hint="commit readings together with their item")
    found = set(connection.execute(select(schema.items.c.id).where(schema.items.c.id.in_(ids))).scalars())
    if lost := set(ids) - found:
        raise InputError(f"{where}: item {min(lost)} is not in the record", hint="measure items of this bank")


def _renew(connection: Connection, item: Item, measurement: Measurement) -> None:
    """New figures of one item; its status too, unless somebody changed it since it was read."""
    table = schema.items
    row = connection.execute(select(table.c.payload).where(table.c.id == item.id)).scalar_one()
    stands = Item.model_validate_json(row)
    if stands.status is not measurement.before:
        item = item.model_copy(update={"status": stands.status, "exit": stands.exit, "reasons": stands.reasons})
        reason = f"its status was changed to {stands.status.value} meanwhile"
        measurement = measurement.model_copy(update={"before": stands.status, "after": stands.status, "reason": reason})
    elif measurement.after is not measurement.before:
        change = (measurement.before, measurement.after, measurement.reason, measurement.run, measurement.batch)
        note_change(connection, item.id, *change)
    rev = int(connection.execute(select(func.max(table.c.rev))).scalar_one()) + 1
    connection.execute(update(table).where(table.c.id == item.id).values(**_figures(item), rev=rev))
    _note(connection, measurement)


def _figures(item: Item) -> dict[str, object]:
    joint = item.separation.joint if item.separation else None
    return {
        "status": item.status.value,
        "exit": item.exit.value,
        "joint_est": joint.est if joint else None,
        "joint_lo": joint.lo if joint else None,
        "joint_hi": joint.hi if joint else None,
        "lfdr": item.separation.lfdr if item.separation else None,
        "payload": to_json(item),
    }


def _note(connection: Connection, measurement: Measurement) -> None:
    table = schema.measurements
    highest = connection.execute(select(func.max(table.c.step)).where(table.c.item_id == measurement.item_id))
    last = highest.scalar_one()
    numbered = measurement.model_copy(update={"step": 0 if last is None else int(last) + 1})
    values = numbered.model_dump(include={"item_id", "step", "run", "batch"})
    connection.execute(insert(table).values(**values, payload=to_json(numbered)))


def _add_readings(connection: Connection, readings: Sequence[Reading]) -> None:
    table = schema.responses
    for reading in readings:
        r = reading.response
        where = {"item_id": r.item, "model": r.model, "wording": r.wording, "repeat": r.repeat}
        same = [table.c[name] == value for name, value in where.items()]
        connection.execute(delete(table).where(*same))
        connection.execute(insert(table).values(**where, payload=to_json(reading)))


def updates(connection: Connection, run: str) -> tuple[Update, ...]:
    """The committed batches of a run, in order."""
    table = schema.updates
    rows = connection.execute(select(table).where(table.c.run == run).order_by(table.c.batch)).mappings()
    return tuple(Update(**row) for row in rows)


def measurements(connection: Connection, item_id: str | None, run: str | None) -> tuple[Measurement, ...]:
    """Re-measurements in the order of their batches, within a batch by item id."""
    table, batches = schema.measurements, schema.updates
    join = (table.c.run == batches.c.run) & (table.c.batch == batches.c.batch)
    query = select(batches.c.seq, table.c.payload).join(batches, join)
    if item_id is not None:
        query = query.where(table.c.item_id == item_id)
    if run is not None:
        query = query.where(table.c.run == run)
    found = [(row.seq, Measurement.model_validate_json(row.payload)) for row in connection.execute(query)]
    return tuple(m for _, m in sorted(found, key=lambda pair: (pair[0], pair[1].item_id)))


def answered(connection: Connection) -> dict[str, dict[str, tuple[int, ...]]]:
    """item id -> model -> wordings with a reading, ascending. Payloads are not read: they are most of the record."""
    table = schema.responses
    found: dict[str, dict[str, set[int]]] = {}
    for row in connection.execute(select(table.c.item_id, table.c.model, table.c.wording)):
        found.setdefault(row.item_id, {}).setdefault(row.model, set()).add(row.wording)
    return {i: {m: tuple(sorted(w)) for m, w in sorted(models.items())} for i, models in found.items()}
