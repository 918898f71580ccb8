"""What a record does when the process is killed, the disk is full, or the file is not what it should be."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from cruxbank.errors import BankMismatch, InputError, StoreError
from cruxbank.memory import schema
from cruxbank.memory.migrations import MIGRATIONS, Migration, migrate, schema_version
from cruxbank.memory.record import Record

RUN = "0001-aaaaaaaa"

WRITER = """
import json, sys
from cruxbank.items import *
from cruxbank.memory.record import Record
from cruxbank.memory.rows import SlotCommit
record = Record.open(sys.argv[1])
record.begin_run("0001-aaaaaaaa", "a" * 64)
topic = Topic(text="rent control")
for slot in range(record.next_slot("0001-aaaaaaaa"), 100000):
    items, readings = [], []
    for n in range(3):
        text = f"Should measure {slot} of kind {n} be taken?"
        key = item_id(text)
        where = Provenance(run="0001-aaaaaaaa", seed=1, slot=slot, generator="local", judge="local")
        items.append(Item(id=key, text=text, wordings=(Wording(kind="base", text=text),), topic=topic,
            status=Status.PILOT, exit=Exit.PILOT_LOW, value_system="schwartz-10", provenance=where))
        for wording in range(5):
            response = Response(item=key, wording=wording, model="m", state="answered", stance="yes", text="x" * 400)
            readings.append(Reading(response=response, verdict=Verdict(state="scored")))
    record.stage("0001-aaaaaaaa", slot, "p")
    record.commit_slot(SlotCommit(run="0001-aaaaaaaa", slot=slot, topic=topic, exit=Exit.PILOT_LOW,
        item_id=items[0].id, items=tuple(items), readings=tuple(readings)))
    print(slot, flush=True)
"""


def whole(record: Record) -> int:
    """The number of committed slots; fails unless each is there with all its parts."""
    decisions = record.decisions(RUN)
    assert [d.slot for d in decisions] == list(range(len(decisions)))
    items = record.items()
    assert len(items) == 3 * len(decisions)
    assert all(len(record.readings(item.id)) == 5 for item in items)
    assert all(len(record.history(item.id)) == 1 for item in items)
    assert len([row for row in record.outbox(10**6) if row.kind == "item"]) == len(items)
    assert not record.staged(RUN, range(len(decisions)))
    return len(decisions)


def test_kill_9_between_commits_loses_nothing_acknowledged(tmp_path):
    path = tmp_path / "record.sqlite"
    last = -1
    for round_ in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for _ in range(3 + round_):
            last = int(writer.stdout.readline())
        time.sleep(0.003 * round_)
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.communicate()[0].split()
        last = int(rest[-1]) if rest else last
        record = Record.open(str(path))
        assert whole(record) >= last + 1
        record.close()


def test_a_full_database_says_so_and_keeps_what_it_had(tmp_path, make):
    path = tmp_path / "record.sqlite"
    record = Record.open(str(path))
    record.begin_run(RUN, "a" * 64)
    record.commit_slot(make.commit(0, make.item("Should A be banned?")))
    before = record.canonical_dump()

    from sqlalchemy import event

    pages = sqlite3.connect(path).execute("PRAGMA page_count").fetchone()[0]
    engine = record._database._engine
    engine.dispose()
    event.listen(engine, "connect", lambda c, _: c.execute(f"PRAGMA max_page_count={pages}"))
    big = make.commit(1, make.item("Should B be banned?"), payload="x" * 200_000)
    with pytest.raises(StoreError, match="disk is full") as caught:
        record.commit_slot(big)
    assert "free space" in caught.value.hint
    assert record.canonical_dump() == before
    record.close()
    again = Record.open(str(path))
    assert again.commit_slot(big)
    again.close()


def test_a_file_size_limit_is_a_store_error_and_nothing_is_half_written(tmp_path):
    path = tmp_path / "record.sqlite"
    Record.open(str(path)).close()
    limit = 600_000
    code = WRITER.replace("import json, sys", "import json, sys, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)")
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 1
    assert "StoreError" in done.stderr
    assert "free space" in done.stderr
    record = Record.open(str(path))
    assert whole(record) == len(done.stdout.split())
    record.close()


def test_a_newer_record_is_refused_and_untouched(tmp_path):
    path = tmp_path / "record.sqlite"
    Record.open(str(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(BankMismatch, match="99"):
        Record.open(str(path))
    assert path.read_bytes() == before


def test_migrations_run_in_order_once_and_whole(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/m.sqlite")
    second = Migration(version=2, name="more", statements=("ALTER TABLE topics ADD COLUMN more TEXT",))
    with engine.begin() as connection:
        assert schema_version(connection) == 0
        assert migrate(connection, MIGRATIONS[:1]) == 1
        assert migrate(connection, (second, *MIGRATIONS[:1])) == 2
        assert migrate(connection, (second, *MIGRATIONS[:1])) == 2
        assert "more" in {column["name"] for column in inspect(connection).get_columns("topics")}


def test_the_tables_are_those_that_the_migrations_make(url):
    record = Record.open(url)
    found = inspect(record._database._engine)
    assert set(found.get_table_names()) == set(schema.METADATA.tables)
    for name, table in schema.METADATA.tables.items():
        columns = {column["name"]: column["nullable"] for column in found.get_columns(name)}
        wanted = {column.name: column.nullable for column in table.columns}
        key = set(found.get_pk_constraint(name)["constrained_columns"])
        assert {n: null for n, null in columns.items() if n not in key} == {
            n: null for n, null in wanted.items() if n not in key
        }
        assert key == {column.name for column in table.primary_key}
    record.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [("mysql://x/y", "mysql"), ("://", "not a database URL"), ("oracle://h", "oracle")],
)
def test_a_wrong_url_is_named(url, words):
    with pytest.raises(InputError, match=words):
        Record.open(url)


def test_a_password_is_never_shown():
    with pytest.raises(StoreError) as caught:
        Record.open("postgresql://crux:sesame@127.0.0.1:1/none")
    assert "sesame" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path):
    path: Path = tmp_path / "record.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"record\.sqlite") as caught:
        Record.open(str(path))
    assert "backup" in caught.value.hint
    with pytest.raises(StoreError, match="does not exist"):
        Record.open(str(tmp_path / "no" / "such" / "record.sqlite"))


def test_a_busy_record_waits_then_says_it_may_be_tried_again(tmp_path, make, monkeypatch):
    monkeypatch.setattr("cruxbank.memory.database.BUSY_SECONDS", 0)
    path = tmp_path / "record.sqlite"
    record = Record.open(str(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked") as caught:
        record.add_topics([make.topic()])
    assert caught.value.retryable
    other.execute("ROLLBACK")
    other.close()
    assert record.add_topics([make.topic()]) == 1
    record.close()
