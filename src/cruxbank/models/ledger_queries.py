"""What is asked of the ledger and written to it, as SQL."""

from __future__ import annotations

import sqlite3

from pydantic import Field

from cruxbank.frozen import Frozen
from cruxbank.items import FailureReason, Usage
from cruxbank.models.calls import Reply, Request, canonical


class LedgerSummary(Frozen):
    """The bill. `attempts` are requests sent; `unknown` were sent and their answer never came (billed as reserved)."""

    attempts: int = 0
    answers: int = 0
    failed: int = 0
    unknown: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float = 0.0
    usd_by_purpose: dict[str, float] = Field(default_factory=dict)
    usd_by_model: dict[str, float] = Field(default_factory=dict)


class Spent(Frozen):
    """New money, calls and tokens of one session: answered and unknown attempts."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0


_LOOKUP = """
SELECT answer, finish_reason, refusal, input_tokens, output_tokens, cached_tokens, usd, latency_ms
FROM calls WHERE key = ? AND status = 'answered'
"""
_ENDPOINT = "INSERT OR IGNORE INTO endpoints (provider, base_url, model, params) VALUES (?, ?, ?, ?)"
_ENDPOINT_ID = "SELECT id FROM endpoints WHERE provider = ? AND base_url = ? AND model = ? AND params = ?"
_CALL = """
INSERT INTO calls (key, endpoint, messages, kind, purpose, repeat, run, slot, step, status)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')
ON CONFLICT (key) DO UPDATE SET status = 'pending', failure = NULL WHERE status = 'failed'
"""
_ATTEMPT = """
INSERT INTO attempts (key, number, session, sent_at, reserved_tokens, reserved_usd, outcome)
SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2, ?3, ?4, ?5, 'open' FROM attempts WHERE key = ?1
RETURNING number
"""
_ANSWER = """
UPDATE calls SET status = 'answered', failure = NULL, answer = ?, finish_reason = ?, refusal = ?, input_tokens = ?,
  output_tokens = ?, cached_tokens = ?, usd = ?, latency_ms = ?, committed_at = ?
WHERE key = ? AND status != 'answered'
"""
_ANSWERED = "UPDATE attempts SET outcome = 'answered', tokens = ?, usd = ?, error = '' WHERE key = ? AND number = ?"
_FAILED = "UPDATE attempts SET outcome = 'failed', error = ? WHERE key = ? AND number = ? AND outcome = 'open'"
_UNKNOWN = """
UPDATE attempts SET outcome = 'unknown', error = ?, tokens = reserved_tokens, usd = reserved_usd
WHERE key = ? AND number = ? AND outcome = 'open'
"""
_NOT_SENT = "UPDATE attempts SET outcome = 'failed', error = 'not sent' WHERE key = ? AND outcome = 'open'"
_GIVEN_UP = "UPDATE calls SET status = 'failed', failure = ? WHERE key = ? AND status = 'pending'"


def lookup(connection: sqlite3.Connection, key: str) -> Reply | None:
    """The committed answer of a call, or None."""
    row = connection.execute(_LOOKUP, (key,)).fetchone()
    if row is None:
        return None
    text, finish, refusal, tokens_in, tokens_out, cached, usd, latency = row
    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out, cached_tokens=cached)
    return Reply(text, finish, refusal, usage, usd, latency)


def write_attempt(
    connection: sqlite3.Connection, request: Request, key: str, session: str, sent_at: float, tokens: int, usd: float
) -> int:
    """Record that a request is about to be sent; the attempt's number, from 1."""
    endpoint = (request.provider, request.base_url, request.model, canonical(request.params))
    row = connection.execute(_ENDPOINT_ID, endpoint).fetchone()
    if row is None:
        connection.execute(_ENDPOINT, endpoint)
        row = connection.execute(_ENDPOINT_ID, endpoint).fetchone()
    scope = request.scope
    about = (scope.kind, scope.purpose, scope.repeat, scope.run, scope.slot, scope.step)
    connection.execute(_CALL, (key, row[0], canonical(request.turns), *about))
    number: int = connection.execute(_ATTEMPT, (key, session, sent_at, tokens, usd)).fetchone()[0]
    return number


def write_answer(connection: sqlite3.Connection, key: str, number: int, reply: Reply, at: float) -> None:
    """Record an answer. One that is already there stays: an answer never changes."""
    usage = reply.usage
    counts = (usage.input_tokens, usage.output_tokens, usage.cached_tokens)
    said = (reply.text, reply.finish_reason, reply.refusal)
    connection.execute(_ANSWER, (*said, *counts, reply.usd, reply.latency_ms, at, key))
    tokens = usage.input_tokens + usage.output_tokens
    connection.execute(_ANSWERED, (tokens, reply.usd, key, number))


def write_failure(connection: sqlite3.Connection, key: str, number: int, error: str, *, billed: bool) -> None:
    """Record that an attempt gave nothing. `billed`: it may have been served, so it costs what was reserved."""
    connection.execute(_UNKNOWN if billed else _FAILED, (error, key, number))


def write_not_sent(connection: sqlite3.Connection, key: str) -> None:
    """Record that the caller was cancelled before the request went out (one flight a key: at most one is open)."""
    connection.execute(_NOT_SENT, (key,))


def write_given_up(connection: sqlite3.Connection, key: str, reason: FailureReason) -> None:
    """Record that a call failed after its retries. It is not an answer: a later run asks again."""
    connection.execute(_GIVEN_UP, (reason.value, key))


def summary(connection: sqlite3.Connection) -> LedgerSummary:
    """The bill over all sessions."""
    outcomes = dict(connection.execute("SELECT outcome, COUNT(*) FROM attempts GROUP BY outcome"))
    tokens = connection.execute(
        "SELECT COALESCE(SUM(input_tokens), 0), COALESCE(SUM(output_tokens), 0), COALESCE(SUM(cached_tokens), 0) "
        "FROM calls WHERE status = 'answered'"
    ).fetchone()
    answers = connection.execute("SELECT COUNT(*) FROM calls WHERE status = 'answered'").fetchone()[0]
    by = "SELECT {0}, SUM(a.usd) FROM attempts a JOIN call_list c ON c.key = a.key GROUP BY {0} ORDER BY {0}"
    purposes = dict(connection.execute(by.format("c.purpose")))
    return LedgerSummary(
        attempts=sum(outcomes.values()),
        answers=answers,
        failed=outcomes.get("failed", 0),
        unknown=outcomes.get("unknown", 0),
        input_tokens=tokens[0],
        output_tokens=tokens[1],
        cached_tokens=tokens[2],
        usd=sum(purposes.values()),
        usd_by_purpose=purposes,
        usd_by_model=dict(connection.execute(by.format("c.model"))),
    )


def spent(connection: sqlite3.Connection, session: str) -> Spent:
    """What one session cost so far, over all its processes."""
    row = connection.execute(
        "SELECT COUNT(*), COALESCE(SUM(tokens), 0), COALESCE(SUM(usd), 0) FROM attempts "
        "WHERE session = ? AND outcome IN ('answered', 'unknown')",
        (session,),
    ).fetchone()
    return Spent(calls=row[0], tokens=row[1], usd=row[2])
