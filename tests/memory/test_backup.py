"""A bank as one file and back: every table, both databases, odd names and texts."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import insert, inspect

from cruxbank.app.backup import restore_bank
from cruxbank.errors import InputError
from cruxbank.items import Item
from cruxbank.memory import archive, schema
from cruxbank.memory.backup import collect
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.database import Database
from cruxbank.memory.record import Record
from cruxbank.memory.restore import check, unpack
from cruxbank.memory.reviews import Reviews
from cruxbank.memory.tables import LEDGER, RECORD, dump, load, rows
from cruxbank.models.ledger_schema import connect
from tests.made_items import RUN
from tests.memory.packed_bank import fill, packed


def tables(url: str) -> dict[str, bytes]:
    database = Database.attach(url)
    try:
        with database.read() as connection:
            kept = {n: t for n, t in RECORD.items() if n not in ("meta", "outbox")}
            return {name: b"".join(dump(connection, table)) for name, table in kept.items()}
    finally:
        database.close()


def test_every_database_restores_into_every_other(record: Record, url: str, home: BankFolder, make, tmp_path, postgres):
    fill(record, make)
    before, dumped = record.canonical_dump(), tables(url)
    path = packed(record, home, tmp_path / "b.tar.gz")
    assert check(path).record_schema == 5
    into = tmp_path / "sqlite"
    into.mkdir()
    unpack(path, into, None, lambda: None)
    again = Record.open(str(into / "record.sqlite"))
    assert again.canonical_dump() == before
    assert tables(str(into / "record.sqlite")) == dumped
    waiting = {row.ref for row in again.outbox(1000)}
    assert waiting == {t.id for t in again.topics()} | {i.id for i in again.items()}
    again.close()
    import psycopg

    with psycopg.connect(postgres.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "r{abs(hash(str(tmp_path)))}"')
    other = f"{postgres}/r{abs(hash(str(tmp_path)))}"
    second = tmp_path / "second"
    second.mkdir()
    unpack(path, second, other, lambda: None)
    assert tables(other) == dumped
    assert not (second / "record.sqlite").exists()
    moved = Record.open(other)
    assert moved.canonical_dump() == before
    moved.begin_run("0002-bbbbbbbb", "b" * 64)  # it takes new rows
    moved.commit_slot(make.commit(0, make.item("Should new?", run="0002-bbbbbbbb"), run="0002-bbbbbbbb"))
    moved.close()
    with pytest.raises(InputError, match="holds a bank already"):
        unpack(path, tmp_path, other, lambda: None)


def test_a_backup_holds_the_ledger_the_run_folders_and_whole_lines(backup: Path, tmp_path: Path, home: BankFolder):
    out = tmp_path / "out"
    out.mkdir()
    unpack(backup, out, None, lambda: None)
    again = BankFolder(out)
    assert again.read() == home.read()
    assert (out / "runs" / RUN / "events.jsonl").read_text() == '{"event": "run_started"}\n'
    for name, table in LEDGER.items():
        lines = []
        for bank in (home, again):
            database = Database.attach(str(bank.ledger))
            with database.read() as connection:
                lines.append(list(dump(connection, table)))
            database.close()
        assert lines[0] == lines[1], name
        assert len(lines[0]) == 2


def test_the_same_bank_gives_the_same_content(backup: Path, tmp_path: Path, home: BankFolder):
    record = Record.open(str(home.record))
    second = packed(record, home, tmp_path / "second.tar.gz")
    record.close()
    assert check(backup).digest == check(second).digest
    with tarfile.open(backup) as ordinary:  # any tar reads it
        assert ordinary.getnames()[:2] == [archive.MANIFEST, "bank.json"]


def test_the_tables_are_those_that_the_migrations_make(tmp_path: Path):
    path = tmp_path / "ledger.sqlite"
    connect(path, recover=False).close()
    database = Database.attach(str(path))
    with database.read() as connection:
        found = {name: [c["name"] for c in inspect(connection).get_columns(name)] for name in LEDGER}
        assert found == {name: list(table.columns.keys()) for name, table in LEDGER.items()}
        assert set(inspect(connection).get_table_names()) == set(LEDGER)
    database.close()
    assert set(RECORD) == set(schema.METADATA.tables)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, unique=True),
    number=st.floats(allow_nan=False),
)
def test_any_text_and_number_comes_back(texts: list[str], number: float):
    table = schema.decisions
    first, second = (Database.attach("sqlite://", foreign_keys=False) for _ in "ab")
    for database in (first, second):
        with database.write() as connection:
            table.metadata.create_all(connection, [table])
    made = [
        {"run": text, "slot": i, "seq": i + 1, "topic_id": text, "exit": text, "reward": number, "examinee_calls": i,
         "judge_calls": 2**31 - 1, "agent_calls": 0, "item_id": None, "seen_before": text, "payload": text}
        for i, text in enumerate(texts)
    ]  # fmt: skip
    with first.write() as connection:
        connection.execute(insert(table), made)
        lines = list(dump(connection, table))
    with second.write() as connection:
        assert load(connection, table, lines) == len(made)
        assert list(dump(connection, table)) == lines
    assert [row["payload"] for row in rows(table, lines)] == sorted(texts)
    first.close()
    second.close()


def test_links_in_a_run_folder_are_named_and_not_followed(home: BankFolder, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("key")
    (home.path / "runs" / RUN / "link").symlink_to(secret)
    record = Record.open(str(home.record))
    parts = tmp_path / "parts"
    parts.mkdir()
    manifest = collect(record, home, parts)
    record.close()
    assert manifest.left_out == (f"runs/{RUN}/link",)
    assert not [entry for entry in manifest.files if "link" in entry.name]


LONG, WIDE = b"n" * 200, "字".encode() * 80
ODD = (LONG, WIDE, b"two\nlines", b"\x1b[31mred", b"\xc2\x9b", b"a/b/c/d/e", b"not \xff utf-8", b"back\\slash")


def test_odd_names_in_a_run_folder_are_left_out_and_the_backup_is_whole(home: BankFolder, tmp_path: Path):
    for name in ODD:
        path = home.path / "runs" / RUN / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    record = Record.open(str(home.record))
    manifest = check(packed(record, home, tmp_path / "odd.tar.gz"))
    record.close()
    told = {os.fsdecode(name).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for name in ODD}
    assert set(manifest.left_out) == {f"runs/{RUN}/{name}" for name in told}
    assert [e.name for e in manifest.files if e.name.startswith("runs/")] == [
        f"runs/{RUN}/config.yaml",
        f"runs/{RUN}/events.jsonl",
    ]


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_restored_bank_is_open_to_whom_new_folders_are(umask: int, backup: Path, tmp_path: Path):
    before = os.umask(umask)
    try:
        restore_bank(backup, tmp_path / "again", vectors=False)
    finally:
        os.umask(before)
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o777 & ~umask
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_items_are_items_again(backup: Path, tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    unpack(backup, out, None, lambda: None)
    record = Record.open(str(out / "record.sqlite"))
    assert all(isinstance(item, Item) for item in record.items())
    assert Reviews(record.database).all()[0].reviewer == "Ä"
    record.close()
