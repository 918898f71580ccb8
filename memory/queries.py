"""Reading the record: items, readings, history, texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, RowMapping, Select, and_, not_, or_, select

from cruxbank.errors import InputError
from cruxbank.items import Exit, Item, Reading, Status, Topic
from cruxbank.memory import schema
from cruxbank.memory.rows import Change, Decision, Horizon, Order, OutboxRow, Run, TextRow

WAITING = (Exit.DISCOVERED, Exit.IMPORTED, Exit.EDITED)
"""Exits of drafts that passed the gates and that nobody has measured: `crux bank remeasure --drafts` does."""
NEVER_MEASURED = (Exit.BUDGET.value, Exit.FAILED.value, *(waiting.value for waiting in WAITING))
"""Drafts that left only because money or a model gave out, or that nobody has put to a model yet: their text may come
again, unless a person rejected it."""


def topics(connection: Connection) -> tuple[Topic, ...]:
    """All topics in the order in which they came."""
    rows = connection.execute(select(schema.topics.c.payload).order_by(schema.topics.c.seq)).scalars()
    return tuple(Topic.model_validate_json(row) for row in rows)


def topics_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Topic]:
    """The topics with these ids; absent ones are left out."""
    table = schema.topics
    rows = connection.execute(select(table.c.id, table.c.payload).where(table.c.id.in_(ids)))
    return {row.id: Topic.model_validate_json(row.payload) for row in rows}


def runs(connection: Connection) -> tuple[Run, ...]:
    """All runs in order."""
    rows = connection.execute(select(schema.runs).order_by(schema.runs.c.seq)).mappings()
    return tuple(Run(**row) for row in rows)


def items(
    connection: Connection,
    *,
    status: Status | None,
    language: str | None,
    domain: str | None,
    order: Order,
    limit: int | None,
    offset: int,
) -> tuple[Item, ...]:
    """Items that match, ordered; ties by id, and items without a measurement last."""
    table = schema.items
    query = select(table.c.payload)
    wanted = {"status": status.value if status else None, "language": language, "domain": domain}
    for column, value in wanted.items():
        if value is not None:
            query = query.where(table.c[column] == value)
    query = _ordered(query, order).offset(offset)
    if limit is not None:
        query = query.limit(limit)
    return tuple(Item.model_validate_json(payload) for payload in connection.execute(query).scalars())


def items_of_topic(connection: Connection, topic: str, horizon: Horizon, limit: int) -> tuple[Item, ...]:
    """A topic's operational items that a slot may see, best first."""
    table = schema.items
    query = select(table).where(table.c.topic_id == topic, table.c.status == Status.OPERATIONAL.value)
    rows = connection.execute(query.order_by(table.c.joint_est.desc(), table.c.id)).mappings()
    seen = [row["payload"] for row in rows if horizon.sees(row["run"], row["slot"])]
    return tuple(Item.model_validate_json(payload) for payload in seen[:limit])


def operational_bits(connection: Connection, run: str | None) -> list[float]:
    """Joint separation of all operational items, or of those of one run."""
    table = schema.items
    query = select(table.c.joint_est).where(table.c.status == Status.OPERATIONAL.value).order_by(table.c.seq)
    if run is not None:
        query = query.where(table.c.run == run)
    return [float(bits) for bits in connection.execute(query).scalars() if bits is not None]


def _ordered(query: Select[str], order: Order) -> Select[str]:
    table = schema.items
    if order == "separation":
        return query.order_by(table.c.joint_est.is_(None), table.c.joint_est.desc(), table.c.id)
    return query.order_by(table.c.id if order == "id" else table.c.seq)


def item(connection: Connection, prefix: str) -> Item:
    """The item with this id, or with the only id that starts so.

    Raises:
        InputError: no such item, or several.
    """
    table = schema.items
    exact = connection.execute(select(table.c.payload).where(table.c.id == prefix)).scalar_one_or_none()
    if exact is not None:
        return Item.model_validate_json(exact)
    match = table.c.id.startswith(prefix, autoescape=True)
    found = connection.execute(select(table.c.id, table.c.payload).where(match).order_by(table.c.id).limit(4)).all()
    if not prefix or not found:
        raise InputError(f"item '{prefix}': not in this bank", hint="crux bank search finds items by their words")
    if len(found) > 1:
        some = ", ".join(row.id for row in found[:3])
        raise InputError(f"item '{prefix}': several ids start so ({some} ...)", hint="give more digits of the id")
    return Item.model_validate_json(found[0].payload)


def items_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Item]:
    """The items with these ids; absent ones are left out."""
    table = schema.items
    rows = connection.execute(select(table.c.id, table.c.payload).where(table.c.id.in_(ids)))
    return {row.id: Item.model_validate_json(row.payload) for row in rows}


def readings(connection: Connection, item_id: str) -> tuple[Reading, ...]:
    """All readings of an item, by model, wording and repeat."""
    table = schema.responses
    query = select(table.c.payload).where(table.c.item_id == item_id)
    query = query.order_by(table.c.model, table.c.wording, table.c.repeat)
    found = [Reading.model_validate_json(payload) for payload in connection.execute(query).scalars()]
    # The database's collation decides its own order of models; ours is by code point, on every database.
    return tuple(sorted(found, key=lambda r: (r.response.model, r.response.wording, r.response.repeat)))


def history(connection: Connection, item_id: str) -> tuple[Change, ...]:
    """An item's life, oldest step first."""
    table = schema.item_history
    rows = connection.execute(select(table).where(table.c.item_id == item_id).order_by(table.c.step)).mappings()
    return tuple(Change(**row) for row in rows)


def decisions(connection: Connection, run: str | None) -> tuple[Decision, ...]:
    """Decisions in the order of their commits, of one run or of all."""
    table = schema.decisions
    query = select(table).order_by(table.c.seq)
    if run is not None:
        query = query.where(table.c.run == run)
    return tuple(_decision(row) for row in connection.execute(query).mappings())


def _decision(row: RowMapping) -> Decision:
    return Decision(**dict(row) | {"seen_before": tuple(json.loads(row["seen_before"]))})


def outbox(connection: Connection, limit: int) -> tuple[OutboxRow, ...]:
    """The oldest rows of the outbox."""
    table = schema.outbox
    rows = connection.execute(select(table).order_by(table.c.seq).limit(limit)).mappings()
    return tuple(OutboxRow(**row) for row in rows)


def find_wordings(connection: Connection, hashes: Sequence[str], horizon: Horizon | None) -> tuple[str, ...]:
    """Ids of items that own one of these wordings, sorted, and that the slot may see."""
    words, owners = schema.wordings, schema.items
    query = select(owners.c.id).distinct().join(words, words.c.item_id == owners.c.id)
    known = or_(not_(owners.c.exit.in_(NEVER_MEASURED)), owners.c.status == Status.RETIRED.value)
    query = query.where(words.c.hash.in_(hashes), known)
    if horizon is not None:
        query = query.where(or_(owners.c.run != horizon.run, owners.c.slot < horizon.slot))
    return tuple(sorted(connection.execute(query).scalars()))


def texts(connection: Connection, after_rev: int) -> tuple[TextRow, ...]:
    """Measured items that changed since `after_rev`, for the lexical index."""
    table = schema.items
    measured = and_(table.c.rev > after_rev, table.c.status != Status.DRAFT.value)
    query = select(table.c.rev, table.c.run, table.c.slot, table.c.payload).where(measured).order_by(table.c.rev)
    return tuple(found for row in connection.execute(query).mappings() for found in _text_rows(row))


def _text_rows(row: RowMapping) -> Iterator[TextRow]:
    """An item in its own language, then in those that it was put into."""
    item = Item.model_validate_json(row["payload"])
    where = {"run": row["run"], "slot": row["slot"], "rev": row["rev"]}
    about = {"topic": item.topic.text, "topic_id": item.topic.id, "region": item.topic.region}
    texts = {item.language: item.text} | {language: own[0].text for language, own in item.translations.items()}
    for language, text in texts.items():
        yield TextRow(id=item.id, text=text, language=language, **about, **where)
