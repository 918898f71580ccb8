"""What goes into a backup: bank.json, every table of record and ledger, the run folders. Vectors and checkpoints do not.

Both can be made again from the record. One read transaction sees the whole record, so a run may go on writing meanwhile;
the ledger is read after it, so that every answer that the record rests on is in the backup too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection, Table

from cruxbank.errors import StoreError
from cruxbank.memory.archive import PIECE, Entry, Manifest, entry_of, takes, unread
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.database import Database
from cruxbank.memory.migrations import schema_version
from cruxbank.memory.record import Record
from cruxbank.memory.tables import LEDGER, RECORD, dump
from cruxbank.models.ledger_schema import VERSION as LEDGER_SCHEMA

PLACES: Mapping[str, Mapping[str, Table]] = MappingProxyType({"record": RECORD, "ledger": LEDGER})
"""Folder inside the archive -> the tables that lie there."""


def collect(record: Record, bank: BankFolder, folder: Path) -> Manifest:
    """Lay everything that is backed up into an empty folder; returns the list of it.

    Raises:
        InputError: there is no bank.
        StoreError: a part of it cannot be read, or the folder not be written.
    """
    bank.read()
    _copy(bank.info_file, folder / "bank.json")
    with record.database.read() as connection:
        known = schema_version(connection)
        entries = [entry_of(folder / "bank.json", "bank.json"), *_tables(connection, "record", folder)]
    has_ledger = bank.ledger.is_file()
    if has_ledger:
        entries += _ledger(bank.ledger, folder)
    files, left_out = _run_files(bank, folder)
    return Manifest(
        made_with=version("cruxbank"),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        record_schema=known,
        ledger_schema=LEDGER_SCHEMA if has_ledger else 0,
        files=(*entries, *files),
        left_out=tuple(left_out),
    )


def _tables(connection: Connection, place: str, folder: Path) -> Iterator[Entry]:
    (folder / place).mkdir()
    for name, table in PLACES[place].items():
        path = folder / place / f"{name}.jsonl"
        with path.open("wb") as file:
            rows = -1  # the first line names the columns
            for line in dump(connection, table):
                file.write(line)
                rows += 1
        yield entry_of(path, f"{place}/{name}.jsonl", rows)


def _ledger(path: Path, folder: Path) -> list[Entry]:
    database = Database.attach(str(path))
    try:
        with database.read() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if found != LEDGER_SCHEMA:
                message = f"ledger {path}: schema version {found}, this cruxbank reads {LEDGER_SCHEMA}"
                raise StoreError(message, hint="use the cruxbank that wrote it")
            return list(_tables(connection, "ledger", folder))
    finally:
        database.close()


def _run_files(bank: BankFolder, folder: Path) -> tuple[list[Entry], list[str]]:
    """Copies of all files of the run folders, and the names of what is not a plain file of a usable name."""
    entries, left_out = list[Entry](), list[str]()
    for run in _run_folders(bank):
        for path in _below(run):
            name = path.relative_to(bank.path).as_posix()
            if _is_plain(path) and takes(name):
                entries.append(_copied(path, folder, name))
            else:
                left_out.append(os.fsencode(name).decode("utf-8", "backslashreplace"))
    return entries, left_out


def _run_folders(bank: BankFolder) -> list[Path]:
    runs = bank.path / "runs"
    try:
        return [path for name in bank.run_ids() if (path := runs / name).is_dir()]
    except OSError as error:
        raise unread(runs, error) from error


def _below(folder: Path) -> list[Path]:
    """All that lies in a folder and is none itself. One that cannot be listed is no empty one (to `rglob` it is)."""

    def refuse(error: OSError) -> None:
        raise unread(Path(error.filename), error) from error

    found = list[Path]()
    for place, folders, files in os.walk(folder, onerror=refuse):
        found += [Path(place, name) for name in files]
        found += [link for name in folders if (link := Path(place, name)).is_symlink()]
    return sorted(found)


def _is_plain(path: Path) -> bool:
    try:
        return path.is_file() and not path.is_symlink()
    except OSError as error:
        raise unread(path, error) from error


def _copied(path: Path, folder: Path, name: str) -> Entry:
    """A copy that holds whole lines: a run may be writing its next event just now."""
    copy = folder / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    _copy(path, copy)
    if path.name == "events.jsonl":
        with copy.open("rb+") as file:
            file.truncate(file.read().rfind(b"\n") + 1)
    return entry_of(copy, name)


def _copy(path: Path, copy: Path) -> None:
    with copy.open("wb") as file:
        for piece in _pieces(path):
            file.write(piece)


def _pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes. What goes wrong while they are read is put down to it, not to where they are written."""
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise unread(path, error) from error
