"""One SQL database, SQLite or PostgreSQL: opening, transactions, and errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from cruxbank.errors import InputError, StoreError
from cruxbank.memory.migrations import migrate

BUSY_SECONDS = 10
_WRITE = "cruxbank_write"
_ADVISORY_KEY = 0x63727578  # "crux": one writer at a time on PostgreSQL too, so that `seq` has no gaps
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class Database:
    """An open database. Safe to use from several threads; every write holds the one write lock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{_WRITE: True})
        # On PostgreSQL a writer must take its snapshot after it got the advisory lock, so only readers repeat.
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ") if self.postgres else engine

    @classmethod
    def open(cls, url: str) -> Database:
        """Open or create the database at a path or URL and bring its schema up to date.

        Raises:
            InputError: the URL cannot be read or names another kind of database.
            BankMismatch: a newer cruxbank made it.
            StoreError: it cannot be opened.
        """
        database = cls(_engine(parse_url(url)))
        try:
            with database.write() as connection:
                migrate(connection)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def attach(cls, url: str, *, foreign_keys: bool = True) -> Database:
        """The database as it is: no schema is made or changed. `foreign_keys`: whether SQLite holds writers to them.

        Raises:
            InputError, StoreError: as `open`.
        """
        engine = _engine(parse_url(url))
        if not foreign_keys and engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _leave_foreign_keys)
        return cls(engine)

    @property
    def postgres(self) -> bool:
        """Whether this is PostgreSQL."""
        return self._engine.dialect.name == "postgresql"

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one consistent state."""
        with _errors(self._engine), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed whole, or leaves nothing."""
        with _errors(self._engine), self._writer.begin() as connection:
            if self.postgres:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
            yield connection


def parse_url(url: str) -> URL:
    """A path becomes SQLite; `postgresql://` gets the psycopg driver.

    Raises:
        InputError: not a database that the record can live in.
    """
    if "://" not in url:
        return URL.create("sqlite", database=url)
    hint = "a file path, sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InputError("memory.record_url: not a database URL", hint=hint) from error
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise InputError(f"memory.record_url: '{backend}' is not supported", hint=hint)
    return parsed.set(drivername=_DRIVERS[backend])


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        _check_folder(url)
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, connect_args={"connect_timeout": BUSY_SECONDS})


def _check_folder(url: URL) -> None:
    folder = Path(url.database or ".").parent
    if not folder.is_dir():
        raise StoreError(f"record: the folder {folder} does not exist", hint="create it, or set bank to another folder")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves: the driver's own begin comes too late
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _leave_foreign_keys(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once when another one wrote meanwhile.
    write = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def _errors(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise _translated(engine.url, error) from error


def _translated(url: URL, error: SQLAlchemyError) -> StoreError:
    reason = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
    where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    message = f"record {where}: {reason}"
    low = reason.lower()
    if "disk is full" in low or "no space left" in low or "file too large" in low or "disk i/o" in low:
        return StoreError(message, hint="free space on this disk, then run the same command again: nothing was lost")
    if "locked" in low or "busy" in low:
        return StoreError(message, hint="another program is writing to it; wait and run again", retryable=True)
    if "not a database" in low or "malformed" in low:
        return StoreError(message, hint="restore this file from a backup, or use another bank folder")
    if (isinstance(error, DBAPIError) and error.connection_invalidated) or "connection" in low:
        return StoreError(message, hint="check that the database server runs and memory.record_url", retryable=True)
    return StoreError(message, hint="check memory.record_url and the permissions of the bank folder")
