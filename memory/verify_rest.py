"""What else the record holds: sessions, exports, reviews, staged slots, rows that name nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, func, select

from cruxbank.curation import ExportEntry
from cruxbank.items import Item
from cruxbank.memory import schema
from cruxbank.memory.findings import BACKUP, REPAIR, Inconsistency
from cruxbank.memory.verify_payloads import Rows
from cruxbank.sessions import Session, Turn

_NUMBERED = ("topics", "runs", "items", "decisions", "updates", "sessions", "reviews")
_RERUN = "run the same crux grow again, or crux bank verify --repair"


def check_sessions(items: dict[str, Item], rows: Rows) -> Iterator[Inconsistency]:
    """Turns are numbered without a gap, go on from earlier ones, and ask about what the bank or the session knows."""
    sessions: list[Session] = rows.of(schema.sessions)
    known = {session.id for session in sessions} | rows.doubted(schema.sessions)
    asked = defaultdict[str, list[Turn]](list)
    for (key, _), turn in rows.read[schema.turns].items():
        asked[key].append(turn)
    for item in items.values():
        if item.provenance.session and item.provenance.session not in known:
            detail = f"session {item.provenance.session} is not in the record"
            yield Inconsistency(kind="item_without_session", ref=item.id, detail=detail, hint=BACKUP)
    for session in sessions:
        if session.id not in rows.doubted(schema.turns):
            yield from _turns(session, asked[session.id], items.keys() | rows.doubted(schema.items))


def _turns(session: Session, turns: Sequence[Turn], items: set[str]) -> Iterator[Inconsistency]:
    key, own = session.id, {draft.id for draft in session.discovered} | items
    if sorted(turn.number for turn in turns) != list(range(len(turns))):
        yield Inconsistency(kind="turns_with_gaps", ref=key, detail="turn numbers", hint=BACKUP)
    if any(turn.ask.after is not None and not 0 <= turn.ask.after < turn.number for turn in turns):
        yield Inconsistency(kind="turn_after_nothing", ref=key, detail="a turn goes on from none", hint=BACKUP)
    stray = sorted({turn.ask.proposition for turn in turns} - own) if session.ended else []
    if stray:
        yield Inconsistency(kind="turn_without_item", ref=key, detail=stray[0], hint=BACKUP)


def check_exports(connection: Connection, items: set[str], rows: Rows) -> Iterator[Inconsistency]:
    """An export's rows are as many as it says, each about an item that exists; no item is both held back and given out."""
    table = schema.exposures
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    parts: dict[str, set[str]] = defaultdict(set)
    known: dict[str, ExportEntry] = {entry.id: entry for entry in rows.of(schema.exports)}
    doubted = rows.doubted(schema.exports)
    for export, item, part in connection.execute(select(table.c.export, table.c.item_id, table.c.part)):
        counted[export][part] += 1
        parts[item].add(part)
        if item not in items:
            yield Inconsistency(kind="exposure_without_item", ref=item, detail=f"export {export}", hint=BACKUP)
        if export not in known.keys() | doubted:
            yield Inconsistency(kind="exposure_without_export", ref=item, detail=f"export {export}", hint=BACKUP)
    for key, entry in known.items():
        have = (counted[key]["published"], counted[key]["held"])
        if have != (entry.published, entry.held):
            said = f"{entry.published} published and {entry.held} held back"
            detail = f"says {said}, the record lists {have[0]} and {have[1]}"
            yield Inconsistency(kind="export_differs", ref=key, detail=detail, hint=BACKUP)
    for item, found in parts.items():
        if len(found) > 1:
            detail = "was held back and given out: it no longer tells who has learnt the bank"
            yield Inconsistency(
                kind="held_and_published", ref=item, detail=detail, hint="the other held items still do"
            )


def check_reviews(items: set[str], rows: Rows) -> Iterator[Inconsistency]:
    """A decision is about an item that exists, numbered without a gap for each person."""
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in rows.of(schema.reviews):
        numbers[one.item, one.reviewer].append(one.number)
        stray = [key for key in (one.item, one.made) if key and key not in items]
        if stray:
            detail = f"a decision of {one.reviewer} names {stray[0]}, which the record has not"
            yield Inconsistency(kind="review_without_item", ref=one.item, detail=detail, hint=BACKUP)
    for (item, reviewer), found in numbers.items():
        if sorted(found) != list(range(len(found))) and item not in rows.doubted(schema.reviews):
            detail = f"a decision of {reviewer} is missing"
            yield Inconsistency(kind="reviews_with_gaps", ref=item, detail=detail, hint=BACKUP)


def check_waiting(connection: Connection) -> Iterator[Inconsistency]:
    """Rows on their way: vectors that are not written yet, slots that are committed and still staged."""
    pending = connection.execute(select(func.count()).select_from(schema.outbox)).scalar_one()
    if pending:
        yield Inconsistency(kind="outbox", ref="outbox", detail=f"{pending} rows are not in Chroma yet", hint=_RERUN)
    staged, decided = schema.staged, schema.decisions
    both = (staged.c.run == decided.c.run) & (staged.c.slot == decided.c.slot)
    for run, slot in connection.execute(select(staged.c.run, staged.c.slot).join(decided, both)):
        detail = "is committed, and still waits to be"
        yield Inconsistency(kind="staged_and_committed", ref=f"{run}/{slot}", detail=detail, hint=REPAIR)


def check_numbers(connection: Connection) -> Iterator[Inconsistency]:
    """Rows that are never removed are numbered from 1 without a gap: a gap is a row that is gone."""
    for table in (getattr(schema, name) for name in _NUMBERED):
        query = select(func.count(), func.max(table.c.seq))
        count, highest = connection.execute(query.select_from(table)).one()
        if count and highest != count:
            detail = f"{count} rows, numbered up to {highest}"
            yield Inconsistency(kind="rows_missing", ref=table.name, detail=detail, hint=BACKUP)


def check_database(connection: Connection) -> Iterator[Inconsistency]:
    """SQLite's own checks: damaged pages, rows that name rows which are not there. PostgreSQL holds to both itself."""
    if connection.dialect.name != "sqlite":
        return
    told = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if told != "ok":
        yield Inconsistency(kind="damaged", ref="record", detail=" ".join(str(told).split()), hint=BACKUP)
        return
    stray = Counter((row[0], row[2]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))
    for (table, parent), count in stray.items():
        detail = f"{count} rows name none of {parent}"
        yield Inconsistency(kind="dangling", ref=str(table), detail=detail, hint=BACKUP)
    lost = ~schema.turns.c.session.in_(select(schema.sessions.c.id))
    count = connection.execute(select(func.count()).select_from(schema.turns).where(lost)).scalar_one()
    if count:
        yield Inconsistency(kind="dangling", ref="turns", detail=f"{count} rows name none of sessions", hint=BACKUP)
