"""The ledger's tables, and how the file is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cruxbank.errors import StoreError

VERSION = 1
SCHEMA = """
CREATE TABLE endpoints (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL, base_url TEXT NOT NULL, model TEXT NOT NULL, params TEXT NOT NULL,
  UNIQUE (provider, base_url, model, params)
);
CREATE TABLE calls (
  key TEXT PRIMARY KEY,
  endpoint INTEGER NOT NULL REFERENCES endpoints (id),
  messages TEXT NOT NULL,
  kind TEXT NOT NULL, purpose TEXT NOT NULL, repeat INTEGER NOT NULL,
  run TEXT NOT NULL, slot INTEGER NOT NULL, step TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'answered', 'failed')),
  answer TEXT, finish_reason TEXT, refusal TEXT, failure TEXT,
  input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER,
  usd REAL, latency_ms INTEGER, committed_at REAL
) WITHOUT ROWID;
CREATE TABLE attempts (
  key TEXT NOT NULL REFERENCES calls (key),
  number INTEGER NOT NULL,
  session TEXT NOT NULL,
  sent_at REAL NOT NULL,
  reserved_tokens INTEGER NOT NULL, reserved_usd REAL NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('open', 'answered', 'failed', 'unknown')),
  error TEXT NOT NULL DEFAULT '',
  tokens INTEGER NOT NULL DEFAULT 0, usd REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (key, number)
) WITHOUT ROWID;
CREATE INDEX attempts_outcome ON attempts (outcome) WHERE outcome IN ('open', 'unknown');
CREATE VIEW call_list AS
  SELECT c.*, e.provider, e.base_url, e.model, e.params FROM calls c JOIN endpoints e ON e.id = c.endpoint;
"""
ABANDONED = """
UPDATE attempts SET outcome = 'unknown', error = 'killed', tokens = reserved_tokens, usd = reserved_usd
WHERE outcome = 'open'
"""
"""An attempt that a killed process left open may have been served: it is billed at its reserved price."""


def store_error(path: Path, error: sqlite3.Error) -> StoreError:
    """The one line that a person needs when the ledger refuses."""
    text = str(error)
    if "full" in text or "disk I/O" in text:
        hint = "free some disk space; the same command goes on where it stopped"
    elif "readonly" in text or "unable to open" in text:
        hint = "make the folder writable, or set bank to another one"
    elif "not a database" in text or "malformed" in text:
        hint = "this is no ledger, or it is damaged: move it away or restore a backup"
    else:
        hint = "check that no other process holds the file"
    return StoreError(f"ledger {path}: {text}", hint=hint)


def connect(path: Path, *, recover: bool) -> sqlite3.Connection:
    """Open for writing; made when absent. With `recover`, attempts left open become `unknown`.

    Raises:
        StoreError: the file cannot be written, is no ledger, or has another schema version.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    except sqlite3.Error as error:
        raise store_error(path, error) from error
    try:
        _prepare(connection, path, recover=recover)
    except sqlite3.Error as error:
        connection.close()
        raise store_error(path, error) from error
    except StoreError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, recover: bool) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: one fsync a group (0.25 ms on an SSD) and a paid answer outlives a power cut too
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, VERSION):
        message = f"ledger {path}: schema version {version}, this Cruxbank reads {VERSION}"
        raise StoreError(message, hint="use the Cruxbank that wrote it, or another bank folder")
    if version == 0:
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    if recover:
        connection.execute(ABANDONED)
    connection.execute("COMMIT")
