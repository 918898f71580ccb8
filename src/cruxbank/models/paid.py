"""Calls as the ledger has them: what was sent, what came back, when, and what it cost. Nothing is written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from cruxbank.frozen import Frozen
from cruxbank.items import Message, Usage
from cruxbank.models.ledger_schema import store_error

_CHUNK = 500
"""Keys asked for at once: SQLite takes no more than 999 variables in old builds."""
_CALLS = """
SELECT c.key, c.messages, c.model, c.status, c.answer, c.finish_reason, c.refusal, c.input_tokens, c.output_tokens,
  c.cached_tokens, c.usd, c.latency_ms, c.committed_at,
  (SELECT MAX(a.sent_at) FROM attempts a WHERE a.key = c.key) AS sent_at
FROM call_list c WHERE c.key IN ({})
"""


class Paid(Frozen):
    """One call. Times are seconds since 1970, None where they are not known."""

    messages: tuple[Message, ...]
    """As they were sent."""
    model: str
    """The endpoint's name of the model."""
    answered: bool
    text: str = ""
    finish_reason: str = ""
    refusal: str = ""
    usage: Usage = Usage()
    usd: float = 0.0
    latency_ms: int = 0
    sent_at: float | None = None
    """Of the last attempt."""
    committed_at: float | None = None


def paid_calls(ledger: Path, keys: Sequence[str]) -> dict[str, Paid]:
    """The calls with these keys. Keys that the ledger does not know are left out, all of them where there is no ledger.

    Raises:
        StoreError: it cannot be read.
    """
    wanted = sorted({key for key in keys if key})
    if not wanted or not ledger.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            return dict(_found(connection, wanted))
    except sqlite3.Error as error:
        raise store_error(ledger, error) from error


def _found(connection: sqlite3.Connection, keys: Sequence[str]) -> Iterator[tuple[str, Paid]]:
    connection.row_factory = sqlite3.Row
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        rows = connection.execute(_CALLS.format(", ".join("?" * len(chunk))), chunk)
        yield from ((row["key"], _paid(row)) for row in rows)


def _paid(row: sqlite3.Row) -> Paid:
    tokens = {name: row[name] or 0 for name in ("input_tokens", "output_tokens", "cached_tokens")}
    return Paid(
        messages=tuple(Message(**message) for message in json.loads(row["messages"])),
        model=row["model"],
        answered=row["status"] == "answered",
        text=row["answer"] or "",
        finish_reason=row["finish_reason"] or "",
        refusal=row["refusal"] or "",
        usage=Usage(**tokens),
        usd=row["usd"] or 0.0,
        latency_ms=row["latency_ms"] or 0,
        sent_at=row["sent_at"],
        committed_at=row["committed_at"],
    )
