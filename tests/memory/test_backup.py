"""A bank as one file and back: every table, both databases, and files that are no backup."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import insert, inspect

from cruxbank.app.backup import restore_bank
from cruxbank.curation import ExportEntry, HumanReview
from cruxbank.errors import BankMismatch, CruxbankError, InputError, StoreError
from cruxbank.items import Item, Status
from cruxbank.memory import archive, exposures, schema
from cruxbank.memory.backup import collect
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.database import Database
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record
from cruxbank.memory.restore import check, place_for, unpack
from cruxbank.memory.reviews import Reviews
from cruxbank.memory.tables import LEDGER, RECORD, dump, load, rows
from cruxbank.models.ledger_schema import connect
from cruxbank.sessions import PlannedSubject, Session, SessionPlan

RUN = "0001-aaaaaaaa"
HOSTILE = [
    "naïve \u202eright",
    "=1+1\n---",
    '"quoted" {{ env.SECRET }}',
    "emoji 🜚 \u2028",
    "Ünïcode Σ",
    "z",
    "Z",
    "ä",
    "_",
]


@pytest.fixture
def home(tmp_path: Path) -> BankFolder:
    bank = BankFolder(tmp_path / "bank")
    bank.ensure(EncoderId(name="bag-of-words", dimension=64, digest="feedbeef"), "schwartz-10")
    folder = bank.run_folder(RUN)
    (folder / "config.yaml").write_text("seed: 1\n")
    (folder / "events.jsonl").write_text('{"event": "run_started"}\n{"event": "slo')
    ledger = connect(bank.ledger, recover=False)
    ledger.execute("INSERT INTO endpoints VALUES (1, 'openai', 'https://a.b/v1', 'm', '{}')")
    ledger.execute(
        "INSERT INTO calls VALUES ('k', 1, '[]', 'measurement', 'respond', 0, '', -1, '', 'answered', 'ja', "
        "'stop', '', NULL, 3, 4, 0, 0.1, 12, 1.5)"
    )
    ledger.execute("INSERT INTO attempts VALUES ('k', 1, '0001', 1.25, 10, 0.5, 'answered', '', 7, 0.1)")
    ledger.close()
    return bank


def fill(record: Record, make: Any) -> None:
    """Something in every table."""
    for slot, text in enumerate(HOSTILE):
        item = make.item(f"Should {text}?", slot=slot, topic=make.topic(text), readings=1, extra=[f"Other {text}"])
        record.commit_slot(make.commit(slot, item, readings=[make.reading(item.id, model=text)]))
    items = record.items(order="seq")
    record.set_status(items[0].id, Status.RETIRED, "old")
    record.stage(RUN, 99, json.dumps({"text": HOSTILE[0]}))
    plan = SessionPlan(subjects=(PlannedSubject(item=items[1].id, dimensions=("power",)),))
    record.begin_session(
        Session(
            id=f"{RUN}.1", run=RUN, number=1, target="m1", seed=7, value_system="v", judge="local", turns=4, plan=plan
        )
    )
    Reviews(record.database).decide(HumanReview(item=items[2].id, reviewer="Ä", choice="flag", reason=HOSTILE[1]))
    entry = {"id": "e1", "format": "jsonl", "rule": "top", "seed": 1, "public": True, "at": "", "canary": "c"}
    with record.database.write() as connection:
        made = ExportEntry(**entry, digest="d", published=1, held=1)
        exposures.note(connection, made, [items[1].id], [items[2].id])


def packed(record: Record, home: BankFolder, path: Path) -> Path:
    parts = path.with_suffix(".parts")
    parts.mkdir()
    manifest = collect(record, home, parts)
    with path.open("wb") as target:
        archive.write(manifest, parts, target)
    return path


def tables(url: str) -> dict[str, bytes]:
    database = Database.attach(url)
    try:
        with database.read() as connection:
            kept = {n: t for n, t in RECORD.items() if n not in ("meta", "outbox")}
            return {name: b"".join(dump(connection, table)) for name, table in kept.items()}
    finally:
        database.close()


@pytest.fixture
def backup(tmp_path: Path, home: BankFolder, make: Any) -> Path:
    record = Record.open(str(home.record))
    record.begin_run(RUN, "a" * 64, seed=1)
    fill(record, make)
    path = packed(record, home, tmp_path / "bank.tar.gz")
    record.close()
    return path


def test_every_database_restores_into_every_other(record: Record, url: str, home: BankFolder, make, tmp_path, postgres):
    fill(record, make)
    before, dumped = record.canonical_dump(), tables(url)
    path = packed(record, home, tmp_path / "b.tar.gz")
    assert check(path).record_schema == 4
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


def refused(path: Path, tmp_path: Path) -> CruxbankError:
    """The one error, from the check and from the restore alike; nothing is written."""
    into = tmp_path / "never"
    into.mkdir(exist_ok=True)
    with pytest.raises((InputError, StoreError, BankMismatch)) as caught:
        check(path)
    with pytest.raises((InputError, StoreError, BankMismatch)):
        unpack(path, into, "sqlite://", lambda: None)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value) or isinstance(caught.value, BankMismatch)
    return caught.value


def test_every_cut_and_every_flipped_byte_is_noticed(backup: Path, tmp_path: Path):
    whole = backup.read_bytes()
    broken = tmp_path / "broken.tar.gz"
    places = [*range(0, len(whole), max(1, len(whole) // 60)), *range(len(whole) - 9, len(whole))]
    for place in places:
        broken.write_bytes(whole[:place])
        with pytest.raises(InputError):
            check(broken)
        if place not in (3, 4, 5, 6, 7, 8, 9):  # gzip's own time, flags and system: they say nothing
            broken.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
            with pytest.raises(InputError):
                check(broken)
    broken.write_bytes(whole + b"more")
    with pytest.raises(InputError):
        check(broken)
    refused(broken, tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a bank", gzip.compress(b""), gzip.compress(bytes(10240)), b"\x1f\x8b"])
def test_foreign_files_are_refused(content: bytes, tmp_path: Path):
    path = tmp_path / "foreign"
    path.write_bytes(content)
    refused(path, tmp_path)


Change = Callable[[dict[str, Any], dict[str, bytes]], None]


def forged(backup: Path, change: Change, *, listed: bool = True) -> Path:
    """The backup with other content, its list of files made to agree."""
    import hashlib

    with tarfile.open(backup) as ordinary:
        files = {m.name: ordinary.extractfile(m).read() for m in ordinary.getmembers()}  # type: ignore[union-attr]
    manifest = json.loads(files.pop(archive.MANIFEST))
    change(manifest, files)
    if listed:
        known = {entry["name"]: entry for entry in manifest["files"]}
        manifest["files"] = [
            {"rows": None, **known.get(n, {}), "name": n, "size": len(b), "sha256": hashlib.sha256(b).hexdigest()}
            for n, b in files.items()
        ]
    text = json.dumps(manifest).encode()
    path = backup.with_name("forged.tar.gz")
    with gzip.open(path, "wb") as out:
        for name, body in {archive.MANIFEST: text, **files}.items():
            out.write(archive._header(name, len(body)) + body + archive._padding(len(body)))
        out.write(bytes(1024))
    return path


def put(name: str, body: bytes) -> Change:
    return lambda _manifest, files: files.__setitem__(name, body)


def lines_of(name: str, *more: bytes) -> Change:
    def change(manifest: dict[str, Any], files: dict[str, bytes]) -> None:
        files[name] += b"".join(line + b"\n" for line in more)
        next(e for e in manifest["files"] if e["name"] == name)["rows"] += len(more)

    return change


def drop(name: str) -> Change:
    return lambda _manifest, files: files.__delitem__(name)


@pytest.mark.parametrize(
    "change",
    [
        put("../evil", b"x"),
        put("/etc/evil", b"x"),
        put("runs/0001-aaaaaaaa/../../evil", b"x"),
        put("runs/0001-aaaaaaaa/a\\b", b"x"),
        put("runs/evil/x", b"x"),
        put("record/sqlite_master.jsonl", b"[]\n"),
        put("chroma/chroma.sqlite3", b"x"),
        put("bank.json", b"{}"),
        put("bank.json", b'{"schema_version": 99, "encoder": {"name": "a", "dimension": 1}, "value_system": "v"}'),
        drop("bank.json"),
        drop("record/items.jsonl"),
        lines_of("record/topics.jsonl", b'["id"]'),
        lines_of("record/topics.jsonl", b'{"id": 1}'),
        lines_of("record/topics.jsonl", b'["tp", "1", "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", 1e400, "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", ' + b"9" * 40 + b', "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", ' + b"9" * 5000 + b', "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", null, "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", true, "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b"[" * 100_000),
        lines_of("record/topics.jsonl", b'["tp\xff", 1, "a", "en", "{}"]'),
        put("record/topics.jsonl", b'["id","seq","domain","language","payload; DROP TABLE items"]\n'),
        put("record/topics.jsonl", b'["id","id"]\n'),
        put("record/topics.jsonl", b""),
        put("record/topics.jsonl", b'["id","seq","domain","language","payload"]'),
        lambda manifest, _files: manifest.update(record_schema=99),
        lambda manifest, _files: manifest.update(format="cruxbank.backup/2"),
        lambda manifest, _files: manifest.update(surprise=1),
    ],
)
def test_archives_that_no_bank_made_are_refused(change: Change, backup: Path, tmp_path: Path):
    refused(forged(backup, change), tmp_path)


def test_what_the_list_does_not_say_is_refused(backup: Path, tmp_path: Path):
    for change in (put("runs/0001-aaaaaaaa/more", b"x"), put("bank.json", b"{}"), drop("record/meta.jsonl")):
        refused(forged(backup, change, listed=False), tmp_path)

    def bomb(manifest: dict[str, Any], _files: dict[str, bytes]) -> None:
        manifest["files"][-1]["size"] = 10**15

    assert "times its own size" in str(refused(forged(backup, bomb, listed=False), tmp_path))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_folders_and_devices_are_refused(kind: bytes, backup: Path, tmp_path: Path):
    with gzip.open(backup) as packed_file:
        raw = packed_file.read()
    with tarfile.open(fileobj=io.BytesIO(raw)) as ordinary:
        place = ordinary.getmember("bank.json").offset
    info = tarfile.TarInfo("bank.json")
    info.type, info.linkname, info.size = kind, "/etc/passwd", 0
    path = tmp_path / "link.tar.gz"
    path.write_bytes(gzip.compress(raw[:place] + info.tobuf(tarfile.GNU_FORMAT) + raw[place + 512 :]))
    refused(path, tmp_path)


def test_nothing_is_restored_over_anything(backup: Path, tmp_path: Path, home: BankFolder):
    with pytest.raises(InputError, match="not an empty folder"):
        place_for(home.path, 1)
    with pytest.raises(InputError, match="not an empty folder"):
        place_for(backup, 1)
    with pytest.raises(StoreError, match="MiB free"):
        place_for(tmp_path / "new", 2**60)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert place_for(empty, 1).parent == tmp_path


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


def test_a_disk_that_refuses_is_not_put_down_to_the_backup(backup: Path, tmp_path: Path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "runs").write_text("no folder")
    with pytest.raises(OSError, match="runs"):
        unpack(backup, full, None, lambda: None)
    with pytest.raises(StoreError, match="Is a directory") as caught:
        check(full)
    assert str(caught.value).startswith(f"{full}: ")


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
