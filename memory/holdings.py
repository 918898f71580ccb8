"""What a record holds beside the items that somebody takes out of it: the figures for a data card. Sums, no items."""

from __future__ import annotations

import json
from collections.abc import Collection

from pydantic import Field
from sqlalchemy import Connection, Table, distinct, func, select

from cruxbank.frozen import Frozen
from cruxbank.memory import schema
from cruxbank.memory.database import Database


class Holdings(Frozen):
    """Counts over the whole record."""

    drafts: int = 0
    by_status: dict[str, int] = Field(default_factory=dict)
    by_exit: dict[str, int] = Field(default_factory=dict)
    """All texts by the way in which they left the graph."""
    slots: int = 0
    topics: int = 0
    remeasured: int = 0
    sessions: int = 0


class RunCost(Frozen):
    """Logical calls, tokens and US dollars of a run."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0


def holdings(database: Database) -> Holdings:
    """Counts over the whole record, by queries that read no item."""
    with database.read() as connection:
        return Holdings(
            drafts=_count(connection, schema.items),
            by_status=_by(connection, "status"),
            by_exit=_by(connection, "exit"),
            slots=_count(connection, schema.decisions),
            topics=_count(connection, schema.topics),
            remeasured=_distinct(connection),
            sessions=_count(connection, schema.sessions),
        )


def reviewed(database: Database, ids: Collection[str]) -> tuple[int, int]:
    """(items, people): how many of these items a person decided about, and how many people did."""
    table = schema.reviews
    with database.read() as connection:
        rows = connection.execute(select(table.c.item_id, table.c.reviewer).distinct()).all()
    known = set(ids)
    mine = [row for row in rows if row.item_id in known]
    return len({row.item_id for row in mine}), len({row.reviewer for row in mine})


def run_cost(database: Database, run: str) -> RunCost:
    """What a run used, whichever kind it was: its slots, its batches or its turns."""
    sessions = schema.sessions
    sources = (
        select(schema.decisions.c.payload).where(schema.decisions.c.run == run),
        select(schema.updates.c.payload).where(schema.updates.c.run == run),
        select(schema.turns.c.costs)
        .join(sessions, sessions.c.id == schema.turns.c.session)
        .where(sessions.c.run == run),
    )
    total = RunCost()
    with database.read() as connection:
        for source in sources:
            for text in connection.execute(source.execution_options(yield_per=500)).scalars():
                total = _plus(total, json.loads(text).get("spent", {}))
    return total.model_copy(update={"usd": round(total.usd, 6)})


def _plus(total: RunCost, spent: dict[str, float]) -> RunCost:
    return RunCost.model_construct(
        calls=total.calls + int(sum(spent.get(name, 0) for name in ("examinee", "judge", "agents"))),
        tokens=total.tokens + int(spent.get("tokens", 0)),
        usd=total.usd + float(spent.get("usd", 0.0)),
    )


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _by(connection: Connection, column: str) -> dict[str, int]:
    found = schema.items.c[column]
    rows = connection.execute(select(found, func.count()).group_by(found).order_by(found)).all()
    return {str(word): int(number) for word, number in rows}


def _distinct(connection: Connection) -> int:
    return int(connection.execute(select(func.count(distinct(schema.measurements.c.item_id)))).scalar_one())
