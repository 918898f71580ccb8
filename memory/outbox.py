"""From the record to the vectors: draining the outbox, and building everything again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cruxbank.items import Item, Status, Topic
from cruxbank.memory import schema
from cruxbank.memory.embeds import Embeds, embed_all
from cruxbank.memory.record import Record
from cruxbank.memory.rows import OutboxRow
from cruxbank.memory.tallies import best_dimension
from cruxbank.memory.vectors import CHUNK, COLLECTIONS, READ, Metadata, VectorRow, VectorStore
from cruxbank.memory.verify_payloads import Rows, read_rows


async def drain(record: Record, vectors: VectorStore, embeds: Embeds) -> int:
    """Write what the outbox names and clear it, chunk by chunk; returns the number of rows.

    Idempotent: a kill between the two writes the same vectors once more. Called after a commit and on start.
    """
    done = 0
    while rows := await asyncio.to_thread(record.outbox, CHUNK):
        await _write(rows, record, vectors, embeds)
        await asyncio.to_thread(record.clear_outbox, [row.seq for row in rows])
        done += len(rows)
    return done


async def rebuild(record: Record, vectors: VectorStore, embeds: Embeds) -> int:
    """Throw the vectors away and make them again from the record; returns how many.

    What of the record cannot be read keeps the rows that Chroma has of it: its text may stand nowhere else.
    """
    rows = await asyncio.to_thread(_rows, record)
    topics: list[Topic] = rows.of(schema.topics)
    measured: list[Item] = [item for item in rows.of(schema.items) if item.status is not Status.DRAFT]
    if unread := rows.doubted(schema.topics) | rows.doubted(schema.items):
        await _clear(vectors, unread)
    else:
        await vectors.reset()
    await _write_topics(topics, vectors, embeds)
    await _write_items(measured, vectors, embeds)
    return len(topics) + len(measured)


def _rows(record: Record) -> Rows:
    with record.database.read() as connection:
        return read_rows(connection, (schema.topics, schema.items))[0]


async def _clear(vectors: VectorStore, kept: set[str]) -> None:
    """Remove all rows but those of these items and topics: a reset that kept some would lose them to a kill."""
    for name in COLLECTIONS:
        ids = [key for key in await vectors.ids(name) if key.partition("/")[0] not in kept]
        for start in range(0, len(ids), READ):
            await vectors.delete(name, ids[start : start + READ])


def topic_metadata(topic: Topic) -> Metadata:
    """What Chroma says about a topic."""
    return {"domain": topic.domain, "region": topic.region, "language": topic.language}


def item_metadata(item: Item) -> Metadata:
    """What Chroma says about an item: where it stands, where it comes from, how well it separates (bits)."""
    said: Metadata = {
        "status": item.status.value,
        "topic": item.topic.text,
        "topic_id": item.topic.id,
        "region": item.topic.region,
        "domain": item.topic.domain,
        "language": item.language,
        "run": item.provenance.run,
        "slot": item.provenance.slot,
        "measured": item.separation is not None,
    }
    if item.kind != "question":  # banks of before other kinds came say nothing of it
        said["kind"] = item.kind
    if item.separation is not None:
        joint = item.separation.joint
        said |= {"joint": round(joint.est, 6), "lo": round(joint.lo, 6), "hi": round(joint.hi, 6)}
        said |= {"lfdr": round(item.separation.lfdr, 6), "best": best_dimension(item.separation)}
    return said


def translation_rows(item: Item) -> dict[str, tuple[str, Metadata]]:
    """Row id -> (text, what Chroma says) of an item in each further language."""
    said, own = item_metadata(item), item.translations
    return {f"{item.id}/{name}": (w[0].text, said | {"language": name, "item": item.id}) for name, w in own.items()}


async def _write(rows: Sequence[OutboxRow], record: Record, vectors: VectorStore, embeds: Embeds) -> None:
    topic_ids = [row.ref for row in rows if row.kind == "topic"]
    item_ids = [row.ref for row in rows if row.kind == "item"]
    topics = await asyncio.to_thread(record.topics_by_id, topic_ids)
    items = await asyncio.to_thread(record.items_by_id, item_ids)
    await _write_topics([topics[key] for key in dict.fromkeys(topic_ids) if key in topics], vectors, embeds)
    measured = [items[key] for key in dict.fromkeys(item_ids) if key in items]
    await _write_items([item for item in measured if item.status is not Status.DRAFT], vectors, embeds)
    await vectors.delete("items", [item.id for item in measured if item.status is Status.DRAFT])


async def _write_topics(topics: Sequence[Topic], vectors: VectorStore, embeds: Embeds) -> None:
    for start in range(0, len(topics), CHUNK):
        chunk = topics[start : start + CHUNK]
        made = zip(chunk, await embed_all(embeds, [t.text for t in chunk]), strict=True)
        rows = [VectorRow(id=t.id, text=t.text, vector=v, metadata=topic_metadata(t)) for t, v in made]
        await vectors.upsert("topics", rows)


async def _write_items(items: Sequence[Item], vectors: VectorStore, embeds: Embeds) -> None:
    for start in range(0, len(items), CHUNK):
        chunk = items[start : start + CHUNK]
        made = zip(chunk, await embed_all(embeds, [i.text for i in chunk]), strict=True)
        rows = [VectorRow(id=i.id, text=i.text, vector=v, metadata=item_metadata(i)) for i, v in made]
        await vectors.upsert("items", rows)
        await _write_translations(chunk, vectors, embeds)


async def _write_translations(items: Sequence[Item], vectors: VectorStore, embeds: Embeds) -> None:
    said = {key: row for item in items for key, row in translation_rows(item).items()}
    made = zip(said.items(), await embed_all(embeds, [text for text, _ in said.values()]), strict=True)
    rows = [VectorRow(id=key, text=text, vector=v, metadata=metadata) for (key, (text, metadata)), v in made]
    await vectors.upsert("translations", rows)
