"""Families by index: the same as by reading the whole record, at work that does not grow with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event

from cruxbank.items import Exit, Item, Neighbour, Status
from cruxbank.memory.families import Families, _joined, families
from cruxbank.memory.record import Record
from cruxbank.science.seeds import rng
from tests.memory.conftest import Factory

COUNT = 40


def linked(make: Factory, seed: int) -> list[Item]:
    """Items that replace and repeat one another at random, chains and trees of them too."""
    draw, items = rng(seed, 0, "families", 0), list[Item]()
    for slot in range(COUNT):
        repeats, replaces = (items[int(draw.integers(len(items)))] if items else None for _ in "ab")
        exit_ = Exit.DUPLICATE_MEANING if draw.random() < 0.3 else Exit.EDITED
        text = f'Is thing {slot} right, "replaces":"it_{slot}", "nearest":{{"id":"it_1"}}?'
        item = make.item(text, status=Status.DRAFT, exit=exit_, slot=slot)
        near = Neighbour(id=repeats.id, cosine=0.9) if repeats and draw.random() < 0.8 else None
        made = item.provenance.model_copy(update={"nearest": near})
        gone = replaces.id if replaces and draw.random() < 0.4 else None
        items.append(item.model_copy(update={"replaces": gone, "provenance": made}))
    return items


def read_whole(items: Collection[Item]) -> Families:
    """What they say of one another, item by item."""
    near = {one.id: one.provenance.nearest.id for one in items if one.provenance.nearest}
    like = {one.id: near[one.id] for one in items if one.exit is Exit.DUPLICATE_MEANING and one.id in near}
    return Families(_joined([(one.id, one.replaces) for one in items if one.replaces]), like)


@pytest.mark.parametrize("few", [5, 500])
@pytest.mark.parametrize("seed", range(3))
def test_what_belongs_to_an_item_is_what_the_whole_record_says(
    open_record: Callable[[], Record], make: Factory, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    """few: above so many ids all links are read at once; both ways give the same."""
    monkeypatch.setattr("cruxbank.memory.families.FEW", few)
    record, items = open_record(), linked(make, seed)
    record.begin_run("0001-aaaaaaaa", "a" * 64)
    for slot, item in enumerate(items):
        record.commit_slot(make.commit(slot, item))
    whole, ids = read_whole(items), [item.id for item in items]
    asked = [[key] for key in ids] + [ids, ids[::3], []]
    with record.database.read() as connection:
        for keys in asked:
            known = families(connection, keys)
            assert known.of(keys) == whole.of(keys)
            assert known.units(keys) == whole.units(keys)
    assert len(set(whole.units(ids).values())) < COUNT - 10, "or nothing was put together"


def test_no_question_reads_the_whole_table(tmp_path: Path, make: Factory) -> None:
    path = tmp_path / "record.sqlite"
    record = Record.open(str(path))
    record.begin_run("0001-aaaaaaaa", "a" * 64)
    items = [make.item(f"Is thing {slot} right?", slot=slot) for slot in range(3)]
    items = [items[0], *(b.model_copy(update={"replaces": a.id}) for a, b in pairwise(items))]
    for slot, item in enumerate(items):
        record.commit_slot(make.commit(slot, item))
    asked: list[tuple[str, object]] = []
    event.listen(record.database._engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with record.database.read() as connection:
        assert len(families(connection, [items[1].id]).versions) == 3
    record.close()
    with closing(sqlite3.connect(path)) as plain:
        plans = [plain.execute(f"EXPLAIN QUERY PLAN {sql}", given).fetchall() for sql, given in asked if "items" in sql]
    told = [row[-1] for plan in plans for row in plan]
    assert {"items_by_replaced", "items_by_nearest"} <= {word for line in told for word in line.split()}
    assert not [line for line in told if "SCAN items" in line]


def test_a_payload_that_nobody_can_read_stands_alone(tmp_path: Path, make: Factory) -> None:
    path = tmp_path / "record.sqlite"
    record = Record.open(str(path))
    record.begin_run("0001-aaaaaaaa", "a" * 64)
    items = [make.item(f"Is thing {slot} right?", slot=slot) for slot in range(2)]
    for slot, item in enumerate(items):
        record.commit_slot(make.commit(slot, item))
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE items SET payload = substr(payload, 1, 40) WHERE slot = 0")
        plain.commit()
    with record.database.read() as connection:
        assert families(connection, [items[0].id]).of([items[0].id]) == {items[0].id}
    record.close()
