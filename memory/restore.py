"""From a backup to a bank: the whole file is read and checked before anything is written, then a folder appears at once."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, func, inspect, select

from cruxbank.errors import BankMismatch, InputError, StoreError
from cruxbank.memory import archive
from cruxbank.memory.archive import Archive, Manifest, Member
from cruxbank.memory.backup import PLACES
from cruxbank.memory.bank import SCHEMA, BankFolder, BankInfo
from cruxbank.memory.commits import enqueue
from cruxbank.memory.database import Database
from cruxbank.memory.migrations import MIGRATIONS, migrate, schema_version
from cruxbank.memory.rows import OutboxKind
from cruxbank.memory.schema import items, outbox, topics
from cruxbank.memory.tables import RECORD, dump, load, rows
from cruxbank.models.ledger_schema import VERSION as LEDGER_SCHEMA, connect

_BANK_FILE = 2**20


def check(path: Path) -> Manifest:
    """Read a backup from its first byte to its last.

    Raises:
        InputError: damaged, cut off, foreign, or anything but what a backup holds.
        BankMismatch: a newer cruxbank made it.
        StoreError: it cannot be read.
    """
    with archive.opened(path) as found:
        _check_versions(found.manifest)
        for member in found.members():
            _check_member(member)
    return found.manifest


def _check_versions(manifest: Manifest) -> None:
    known = {"record": (manifest.record_schema, len(MIGRATIONS)), "ledger": (manifest.ledger_schema, LEDGER_SCHEMA)}
    for name, (found, newest) in known.items():
        if found > newest:
            message = f"backup of {name} schema {found}, this cruxbank knows up to {newest}"
            raise BankMismatch(message, hint="install the newer cruxbank that made it")
    names = {entry.name for entry in manifest.files}
    wanted = [f"record/{name}.jsonl" for name in RECORD] if manifest.record_schema == len(MIGRATIONS) else []
    if missing := [name for name in wanted if name not in names]:
        raise InputError(f"{missing[0]}: is not in the backup", hint="use another backup")


def _check_member(member: Member) -> None:
    place, _, rest = member.entry.name.partition("/")
    if member.entry.name == "bank.json":
        _bank_file(member)
    elif place in PLACES:
        table = PLACES[place][rest.removesuffix(".jsonl")]
        _check_rows(member, sum(1 for _ in rows(table, member.lines())))
    else:
        member.finish()


def _check_rows(member: Member, found: int) -> None:
    if found != member.entry.rows:
        message = f"{member.entry.name}: {found} rows, the list of files says {member.entry.rows}"
        raise InputError(message, hint="use another backup")


def _bank_file(member: Member) -> bytes:
    """bank.json, when it is a bank's description."""
    if member.entry.size > _BANK_FILE:
        raise InputError("bank.json: too long for a bank's description", hint="use another backup")
    try:
        text = b"".join(member.pieces())
        info = BankInfo.model_validate_json(text)
    except ValidationError as error:
        raise InputError("bank.json: not a bank's description", hint="use another backup") from error
    if info.schema_version > SCHEMA:
        message = f"bank.json: schema version {info.schema_version}, this cruxbank knows up to {SCHEMA}"
        raise BankMismatch(message, hint="install the newer cruxbank that made it")
    return text


def unpack(path: Path, folder: Path, record_url: str | None, ready: Callable[[], None]) -> Manifest:
    """Fill an empty folder from a backup, the record at its URL or as a file in the folder; vectors are left to the outbox.

    `ready` is called when all is written and read back, before the record's transaction ends: a failure there undoes it.

    Raises:
        InputError, BankMismatch: as `check`; or the database is not empty.
        StoreError: the database or the disk refuses. Then nothing stays but the folder.
    """
    database = Database.attach(record_url or str(BankFolder(folder).record), foreign_keys=False)
    try:
        with archive.opened(path) as found, database.write() as connection:
            _fill(found, connection, BankFolder(folder))
            ready()
        return found.manifest
    finally:
        database.close()


def _fill(found: Archive, connection: Connection, bank: BankFolder) -> None:
    manifest = found.manifest
    _check_versions(manifest)
    _make_tables(connection, manifest)
    ledger = _Ledger(bank.ledger) if manifest.ledger_schema else None
    try:
        for member in found.members():
            place, _, rest = member.entry.name.partition("/")
            if place == "record":
                _check_rows(member, load(connection, RECORD[rest.removesuffix(".jsonl")], member.lines()))
            elif place == "ledger" and ledger:
                _check_rows(member, ledger.load(rest.removesuffix(".jsonl"), member.lines()))
            elif member.entry.name == "bank.json":
                bank.info_file.write_bytes(_bank_file(member))
            else:
                _write_file(member, bank.path / member.entry.name)
    finally:
        if ledger:
            ledger.close()
    _compare(connection, manifest)
    migrate(connection)
    _ask_for_vectors(connection)


def _make_tables(connection: Connection, manifest: Manifest) -> None:
    """The tables of the backup's schema, empty."""
    before = schema_version(connection)
    names = {e.name.removeprefix("record/").removesuffix(".jsonl") for e in manifest.files if e.rows is not None}
    if before == 0:
        migrate(connection, [step for step in MIGRATIONS if step.version <= manifest.record_schema])
    present = set(inspect(connection).get_table_names()) & RECORD.keys()
    full = [n for n in present - {"meta"} if connection.execute(select(func.count()).select_from(RECORD[n])).scalar()]
    if full or before not in (0, manifest.record_schema):
        raise InputError("the database of --record-url holds a bank already", hint="give an empty database")
    if missing := present - names:
        raise InputError(f"table {min(missing)} is not in the backup", hint="use another backup")
    connection.execute(RECORD["meta"].delete())


class _Ledger:
    """The ledger that is being restored."""

    def __init__(self, path: Path) -> None:
        connect(path, recover=False).close()
        self._database = Database.attach(str(path))

    def load(self, name: str, lines: Iterator[bytes]) -> int:
        with self._database.write() as connection:
            return load(connection, PLACES["ledger"][name], lines)

    def close(self) -> None:
        self._database.close()


def _write_file(member: Member, path: Path) -> None:
    """A file under its checked name, in a folder that nobody else knows yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        for piece in member.pieces():
            file.write(piece)


def _compare(connection: Connection, manifest: Manifest) -> None:
    """The new record, dumped again, is what was backed up, byte for byte."""
    wanted = {e.name: e.sha256 for e in manifest.files}
    for name, table in RECORD.items():
        digest = hashlib.sha256()
        key = f"record/{name}.jsonl"
        if key in wanted and len(table.columns) == len(_columns(connection, name)):
            for line in dump(connection, table):
                digest.update(line)
            if digest.hexdigest() != wanted[key]:
                raise StoreError(f"table {name}: the database gives back other rows", hint="use another database")


def _columns(connection: Connection, table: str) -> list[str]:
    return [column["name"] for column in inspect(connection).get_columns(table)]


def _ask_for_vectors(connection: Connection) -> None:
    """Every topic and measured item waits for its vector: the next who drains the outbox makes them."""
    connection.execute(outbox.delete())
    known = connection.execute(select(topics.c.id).order_by(topics.c.seq)).scalars()
    waiting: list[tuple[OutboxKind, str]] = [("topic", key) for key in known]
    measured = select(items.c.id).where(items.c.status != "draft").order_by(items.c.seq)
    waiting += [("item", key) for key in connection.execute(measured).scalars()]
    enqueue(connection, waiting)


def place_for(out: Path, need: int) -> Path:
    """An empty folder beside `out` to build in, on the same disk.

    Raises:
        InputError: `out` holds something.
        StoreError: the disk has no room, or refuses.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: is not an empty folder", hint="restore into a new one; a bank is never overwritten")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(out.parent).free
        if free < 2 * need:  # rows with their indexes, and the journal beside them
            message = f"{out.parent}: {free >> 20} MiB free, a bank of {need >> 20} MiB needs twice that"
            raise StoreError(message, hint="free space on this disk, or restore to another")
        return Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.restore."))
    except OSError as error:
        raise StoreError(f"{out}: {error.strerror}", hint="check the disk and the permissions") from error
