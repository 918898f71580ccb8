"""The ledger against itself and against the record: every answer that the record rests on was paid for, and is there."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from cruxbank.memory import schema
from cruxbank.memory.findings import BACKUP, Inconsistency
from cruxbank.models.calls import canonical
from cruxbank.models.ledger_schema import VERSION

_CHUNK = 500
_IDENTITY = "SELECT key, provider, base_url, model, params, messages, repeat, kind, run, slot, step FROM call_list"
_BARE = "SELECT key FROM attempts WHERE key NOT IN (SELECT key FROM calls)"
_UNPAID = """
SELECT key FROM calls WHERE status = 'answered'
  AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.key = calls.key AND a.outcome IN ('answered', 'unknown'))
"""
_HOMELESS = "SELECT key FROM calls WHERE endpoint NOT IN (SELECT id FROM endpoints)"
_OPEN = "SELECT COUNT(*) FROM attempts WHERE outcome = 'open'"


def check_ledger(path: Path, record: Connection, *, idle: bool) -> Iterator[Inconsistency]:
    """All disagreements. `idle`: nobody holds the bank, so no request can be on its way.

    A bank whose readings name no call (imported, never measured) needs no ledger.
    """
    if not path.is_file():
        if record.execute(select(func.count()).select_from(schema.responses)).scalar_one():
            found = Counter(call.item for call in _calls(record) if call.key)
            if found:
                detail = f"there is no such file, and {found.total()} readings of {len(found)} items name calls in it"
                yield Inconsistency(kind="ledger_missing", ref=path.name, detail=detail, hint=BACKUP)
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as ledger:
            yield from _own(ledger, path, idle)
            yield from _readings(ledger, record)
    except sqlite3.Error as error:
        yield Inconsistency(kind="ledger_damaged", ref=path.name, detail=str(error), hint=BACKUP)


def _own(ledger: sqlite3.Connection, path: Path, idle: bool) -> Iterator[Inconsistency]:
    """What the ledger says about itself."""
    told = ledger.execute("PRAGMA quick_check(1)").fetchone()[0]
    if told != "ok":
        yield Inconsistency(kind="ledger_damaged", ref=path.name, detail=" ".join(told.split()), hint=BACKUP)
    if (version := ledger.execute("PRAGMA user_version").fetchone()[0]) != VERSION:
        detail = f"schema version {version}, this cruxbank reads {VERSION}"
        yield Inconsistency(kind="ledger_damaged", ref=path.name, detail=detail, hint="use the cruxbank that wrote it")
        return
    for key, *parts in ledger.execute(_IDENTITY):
        if _key(*parts) != key:
            yield Inconsistency(kind="wrong_key", ref=key, detail="is not the hash of what was asked", hint=BACKUP)
    lacking = {"attempt_without_call": _BARE, "answer_without_attempt": _UNPAID, "call_without_endpoint": _HOMELESS}
    for kind, query in lacking.items():
        for (key,) in ledger.execute(query):
            yield Inconsistency(kind=kind, ref=key, detail="a row of the ledger is missing", hint=BACKUP)
    count = ledger.execute(_OPEN).fetchone()[0]
    if count and idle:
        detail = f"{count} requests were on their way when a process ended; they count as paid at their reserved price"
        hint = "the next crux grow enters them so, or crux bank verify --repair"
        yield Inconsistency(kind="open_attempts", ref=path.name, detail=detail, hint=hint)


def _key(
    provider: str,
    base_url: str,
    model: str,
    params: str,
    messages: str,
    repeat: int,
    kind: str,
    run: str,
    slot: int,
    step: str,
) -> str:
    """`Request.key` over the canonical texts that the ledger keeps: parsing them would take ten times as long."""
    own = [repeat, run, slot, step] if kind == "generative" else [repeat]
    head, tail = canonical([provider, base_url, model])[:-1], canonical(own)[1:]
    return sha256(f"{head},{params},{messages},{tail}".encode()).hexdigest()


class _Call(NamedTuple):
    """What a reading of the record says about the call behind it."""

    item: str
    key: str
    state: str
    text: str


def _calls(record: Connection) -> Iterator[_Call]:
    table = schema.responses
    query = select(table.c.item_id, table.c.payload)
    for item, payload in record.execute(query, execution_options={"yield_per": _CHUNK}):
        try:
            said: dict[str, Any] = json.loads(payload)["response"]
            yield _Call(item, said["call"], said["state"], said["text"])
        except (ValueError, KeyError, TypeError):
            continue  # named as `unreadable` already: verify_payloads reads it whole


def _readings(ledger: sqlite3.Connection, record: Connection) -> Iterator[Inconsistency]:
    """One finding an item: how many of its answers the ledger has not, or has otherwise."""
    lost, other = Counter[str](), Counter[str]()
    chunk: list[_Call] = []
    for call in _calls(record):
        if call.key:
            chunk.append(call)
        if len(chunk) == _CHUNK:
            _compare(ledger, chunk, lost, other)
            chunk = []
    _compare(ledger, chunk, lost, other)
    for item, count in lost.items():
        detail = f"{count} of its readings name a call that the ledger has no answer to"
        yield Inconsistency(kind="reading_without_call", ref=item, detail=detail, hint=BACKUP)
    for item, count in other.items():
        detail = f"{count} of its readings quote an answer that the ledger has otherwise"
        yield Inconsistency(kind="answer_differs", ref=item, detail=detail, hint=BACKUP)


def _compare(ledger: sqlite3.Connection, chunk: list[_Call], lost: Counter[str], other: Counter[str]) -> None:
    keys = sorted({call.key for call in chunk})
    query = f"SELECT key, status, answer, refusal FROM calls WHERE key IN ({','.join('?' * len(keys))})"  # noqa: S608
    answers: dict[str, tuple[str, str, str]] = defaultdict(lambda: ("", "", ""))
    answers |= {key: (status, text or "", refusal or "") for key, status, text, refusal in ledger.execute(query, keys)}
    for call in chunk:
        status, text, refusal = answers[call.key]
        if not status or (status != "answered" and call.state != "failed"):
            lost[call.item] += 1
        elif call.state != "failed" and not (text.startswith(call.text) or refusal.startswith(call.text)):
            other[call.item] += 1
