"""Sums over the record: statistics, the bandit's arms, and the dump that two equal runs share byte for byte."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, func, select

from cruxbank.items import Exit, Item, Status
from cruxbank.measures import Separation
from cruxbank.memory import queries, schema
from cruxbank.memory.codec import canonical_line
from cruxbank.memory.rows import Arm, BankStats, Decision, Horizon


def stats(connection: Connection) -> BankStats:
    """Counts over the whole bank."""
    operational = [Item.model_validate_json(p) for p in _payloads(connection, Status.OPERATIONAL)]
    decided, updated, turned = schema.decisions, schema.updates, schema.turns
    return BankStats(
        items=_count(connection, schema.items),
        by_status={s.value: 0 for s in Status} | _by(connection, schema.items, "status"),
        by_exit=_by(connection, schema.decisions, "exit"),
        topics=_count(connection, schema.topics),
        topics_tried=len(_by(connection, schema.decisions, "topic_id")),
        topics_operational=len({item.topic.id for item in operational}),
        domains=len({item.topic.domain for item in operational}),
        languages=_by(connection, schema.items, "language"),
        models=_by(connection, schema.responses, "model"),
        responses=_count(connection, schema.responses),
        runs=_count(connection, schema.runs),
        decisions=_count(connection, schema.decisions),
        examinee_calls=sum(_sum(connection, table, "examinee_calls") for table in (decided, updated, turned)),
        judge_calls=sum(_sum(connection, table, "judge_calls") for table in (decided, updated, turned)),
        agent_calls=sum(_sum(connection, table, "agent_calls") for table in (decided, turned)),
        operational_by_domain=_sorted(Counter(item.topic.domain for item in operational)),
        operational_by_dimension=_sorted(Counter(filter(None, (best_dimension(i.separation) for i in operational)))),
        operational_by_kind=_sorted(Counter(str(item.kind) for item in operational)),
        outbox=_count(connection, schema.outbox),
        remeasured=len(_by(connection, schema.measurements, "item_id")),
        sessions=_count(connection, schema.sessions),
        turns=_count(connection, schema.turns),
    )


def best_dimension(separation: Separation | None) -> str:
    """The dimension with the largest estimate; ties go to the first name; "" without a measurement."""
    by = separation.by_dimension if separation else {}
    return min(by, key=lambda d: (-by[d].est, d)) if by else ""


def _payloads(connection: Connection, status: Status) -> list[str]:
    query = select(schema.items.c.payload).where(schema.items.c.status == status.value)
    return list(connection.execute(query).scalars())


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _sum(connection: Connection, table: Table, column: str) -> int:
    return int(connection.execute(select(func.sum(table.c[column]))).scalar_one() or 0)


def _by(connection: Connection, table: Table, column: str) -> dict[str, int]:
    key = table.c[column]
    rows = connection.execute(select(key, func.count()).group_by(key))
    return _sorted({str(name): int(number) for name, number in rows})


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def arms(decisions: tuple[Decision, ...], before: Horizon | None) -> dict[str, Arm]:
    """One arm a topic that was ever pulled, from the decisions that a slot may see, by topic id."""
    found: dict[str, Arm] = {}
    for decision in decisions:
        if before is None or before.sees(decision.run, decision.slot):
            key = decision.topic_id
            found[key] = _pulled(found.get(key, Arm(topic_id=key)), decision)
    return dict(sorted(found.items()))


def _pulled(arm: Arm, decision: Decision) -> Arm:
    admitted = decision.exit is Exit.ADMITTED
    return Arm(
        topic_id=arm.topic_id,
        pulls=arm.pulls + 1,
        reward=arm.reward + decision.reward,
        examinee_calls=arm.examinee_calls + decision.examinee_calls,
        judge_calls=arm.judge_calls + decision.judge_calls,
        agent_calls=arm.agent_calls + decision.agent_calls,
        admitted=arm.admitted + admitted,
        misses=0 if admitted else arm.misses + 1,
    )


def canonical_dump(connection: Connection) -> bytes:
    """What must be equal byte for byte between two equal runs: one JSON line a fact, sorted.

    Reviews are in it: what people decided says which items are out and which flags wait, and whose decision it is says who
    may take it back (the reason of a change of status names the reviewer too). Only the time of a decision is not.
    Left out: times, states and payloads of runs (paths), `rev`, staged slots and the outbox (how far a process came), and
    what was exported when: no run reads it.
    """
    lines = sorted(_lines(connection))
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(connection: Connection) -> Iterator[str]:
    for run in queries.runs(connection):
        yield canonical_line("run", run.model_dump(mode="json", include={"id", "seq", "config_hash", "seed"}))
    for table, kind in ((schema.topics, "topic"), (schema.items, "item"), (schema.responses, "response")):
        for row in connection.execute(select(table)).mappings():
            yield canonical_line(kind, _opened(dict(row)))
    for table, kind in ((schema.wordings, "wording"), (schema.item_history, "change")):
        for row in connection.execute(select(table)).mappings():
            yield canonical_line(kind, dict(row))
    later = ((schema.decisions, "decision"), (schema.updates, "update"), (schema.measurements, "measurement"))
    probing = ((schema.sessions, "session"), (schema.turns, "turn"))
    for table, kind in (*later, *probing):
        for row in connection.execute(select(table)).mappings():
            yield canonical_line(kind, _opened(dict(row)))
    for row in connection.execute(select(schema.reviews)).mappings():
        yield canonical_line("review", _timeless(_opened(dict(row))))


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    if isinstance(row["payload"], dict):
        row["payload"].pop("at", None)
    return row


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    row.pop("rev", None)
    with contextlib.suppress(ValueError):  # a decision's payload is its caller's text; if not JSON, compared as text
        row["payload"] = json.loads(row["payload"])
    return row
