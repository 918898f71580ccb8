"""Probing sessions in the record: a session's turns are the truth, committed one by one, each before the next is chosen."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from cruxbank.errors import InputError
from cruxbank.items import Item
from cruxbank.memory import schema
from cruxbank.memory.codec import plain, to_json
from cruxbank.memory.commits import put_item
from cruxbank.memory.rows import SlotCommit, TurnCommit, TurnRow
from cruxbank.sessions import Session, Turn


def begin_session(connection: Connection, session: Session) -> Session:
    """Enter a session, or find it again as it was begun."""
    table = schema.sessions
    known = connection.execute(select(table.c.payload).where(table.c.id == session.id)).scalar_one_or_none()
    if known is not None:
        return Session.model_validate_json(known)
    if connection.execute(select(schema.runs.c.id).where(schema.runs.c.id == session.run)).first() is None:
        raise InputError(f"session {session.id}: its run is not in the record", hint="call begin_run first")
    highest = connection.execute(select(func.max(table.c.seq))).scalar_one()
    values = {"id": session.id, "run": session.run, "number": session.number, "target": plain(session.target)}
    values |= {"seq": int(highest or 0) + 1, "ended": plain(session.ended), "further": "[]"}
    connection.execute(insert(table).values(**values, payload=to_json(session)))
    return session


def end_session(connection: Connection, session: Session, drafts: Sequence[Item], costs: str) -> None:
    """Say how a session ended, or with `ended` empty that it goes on; enter the questions that it made."""
    table = schema.sessions
    if costs:
        _note(connection, session.id, {"costs": json.loads(costs)})
    values = {"ended": plain(session.ended), "payload": to_json(session)}
    connection.execute(update(table).where(table.c.id == session.id).values(**values))
    _add_drafts(connection, session, drafts)


def commit_turn(connection: Connection, commit: TurnCommit) -> bool:
    """Write the next turn. False, and nothing changed, when this turn was committed before."""
    table, number = schema.turns, commit.turn.number
    if _row(connection, commit.session)["ended"]:
        raise InputError(f"session {commit.session}: has ended", hint="begin another one, or open it again")
    have = connection.execute(select(func.count()).select_from(table).where(table.c.session == commit.session))
    done = int(have.scalar_one())
    if number < done:
        return False
    if number > done:
        message = f"session {commit.session}: turn {number}, but it has {done} turns"
        raise InputError(message, hint="commit turns one after another")
    values = commit.model_dump(include={"session", "examinee_calls", "judge_calls", "agent_calls", "costs"})
    values |= {"number": number, "proposition": plain(commit.turn.ask.proposition)}
    connection.execute(insert(table).values(**values, payload=to_json(commit.turn)))
    return True


def undo_turn(connection: Connection, session: str) -> Turn | None:
    """Take back the last turn; what it was and what it cost stays with the session. None where there is none."""
    table, rows = schema.turns, turns(connection, session)
    if not rows:
        return None
    last = rows[-1]
    _note(connection, session, {"turn": json.loads(to_json(last.turn)), "costs": json.loads(last.costs)})
    connection.execute(delete(table).where(table.c.session == session, table.c.number == last.turn.number))
    return last.turn


def turns(connection: Connection, session: str) -> tuple[TurnRow, ...]:
    """A session's turns in their order."""
    table = schema.turns
    query = select(table.c.costs, table.c.payload).where(table.c.session == session).order_by(table.c.number)
    rows = connection.execute(query)
    return tuple(TurnRow(turn=Turn.model_validate_json(row.payload), costs=row.costs) for row in rows)


def further_costs(connection: Connection, session: str) -> tuple[str, ...]:
    """What a session cost beside its turns: those that were taken back, and new questions. One JSON text each."""
    return tuple(json.dumps(one["costs"]) for one in json.loads(_row(connection, session)["further"]))


def _note(connection: Connection, session: str, entry: dict[str, object]) -> None:
    table = schema.sessions
    further = [*json.loads(_row(connection, session)["further"]), entry]
    text = json.dumps(further, sort_keys=True, separators=(",", ":"))
    connection.execute(update(table).where(table.c.id == session).values(further=text))


def sessions(connection: Connection, run: str | None, target: str | None) -> tuple[Session, ...]:
    """Sessions in the order in which they began."""
    table = schema.sessions
    query = select(table.c.payload).order_by(table.c.seq)
    for column, wanted in (("run", run), ("target", target)):
        if wanted is not None:
            query = query.where(table.c[column] == wanted)
    return tuple(Session.model_validate_json(payload) for payload in connection.execute(query).scalars())


def session(connection: Connection, prefix: str) -> Session:
    """The session with this id, or with the only id that starts so.

    Raises:
        InputError: no such session, or several.
    """
    table = schema.sessions
    match = table.c.id.startswith(prefix, autoescape=True)
    found = connection.execute(select(table.c.id, table.c.payload).where(match).order_by(table.c.seq)).all()
    exact = [row for row in found if row.id == prefix]
    if not prefix or not found:
        raise InputError(
            f"session '{prefix}': not in this bank", hint="a run folder's findings.json names its sessions"
        )
    if len(found) > 1 and not exact:
        some = ", ".join(row.id for row in found[:3])
        raise InputError(f"session '{prefix}': several ids start so ({some} ...)", hint="give more of the id")
    return Session.model_validate_json((exact or found)[0].payload)


def _add_drafts(connection: Connection, session: Session, items: Sequence[Item]) -> None:
    """Drafts whose text the record has already are left out: it knows them better, or another session made them."""
    for item in items:
        slot = SlotCommit(run=session.run, slot=item.provenance.slot, topic=item.topic, exit=item.exit)
        known = select(schema.items.c.id).where(schema.items.c.id == item.id)
        if connection.execute(known).first() is None:
            put_item(connection, slot, item)


def _row(connection: Connection, key: str) -> RowMapping:
    table = schema.sessions
    found = connection.execute(select(table).where(table.c.id == key)).mappings().first()
    if found is None:
        raise InputError(f"session '{key}': not in this bank", hint="begin it first")
    return found
