"""What Chroma says against what the record says: missing, stray and stale rows, and an index that cannot be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cruxbank.errors import StoreError
from cruxbank.items import Status
from cruxbank.memory.findings import REPAIR, Inconsistency
from cruxbank.memory.outbox import item_metadata, topic_metadata, translation_rows
from cruxbank.memory.vectors import COLLECTIONS, Collection, Metadata, VectorStore
from cruxbank.memory.verify_items import Known

_NAMES: Mapping[Collection, str] = {"items": "item", "topics": "topic", "translations": "translation"}


class Row(NamedTuple):
    """What a row of Chroma says beside its vector."""

    text: str
    said: Metadata


class Differences(NamedTuple):
    """Ids of one collection that do not agree with the record."""

    missing: tuple[str, ...]
    stray: tuple[str, ...]
    stale: dict[str, tuple[str, ...]]
    """id -> what differs."""


def wanted(known: Known) -> dict[Collection, dict[str, Row]]:
    """The rows that Chroma should have: all topics, items that were measured, those in further languages."""
    measured = [item for item in known.items.values() if item.status is not Status.DRAFT]
    return {
        "topics": {key: Row(topic.text, topic_metadata(topic)) for key, topic in known.topics.items()},
        "items": {item.id: Row(item.text, item_metadata(item)) for item in measured},
        "translations": {key: Row(*row) for item in measured for key, row in translation_rows(item).items()},
    }


async def differences(vectors: VectorStore, known: Known, unread: set[str]) -> dict[Collection, Differences]:
    """By collection. `unread`: ids whose payload cannot be read, which Chroma may rightly know.

    Raises:
        StoreError: Chroma cannot be asked.
    """
    rows = wanted(known)
    found = dict[Collection, Differences]()
    for name in COLLECTIONS:
        said, texts = await vectors.metadata(name), await vectors.texts(name)
        present = {key: Row(texts.get(key, ""), said[key]) for key in said}
        found[name] = _compared(rows[name], present, unread)
    return found


def _compared(rows: Mapping[str, Row], present: Mapping[str, Row], unread: set[str]) -> Differences:
    stale = {key: _stale(rows[key], present[key]) for key in sorted(rows.keys() & present.keys())}
    strays = sorted(key for key in present.keys() - rows.keys() if key.partition("/")[0] not in unread)
    return Differences(
        missing=tuple(sorted(rows.keys() - present.keys())),
        stray=tuple(strays),
        stale={key: fields for key, fields in stale.items() if fields},
    )


def _stale(row: Row, present: Row) -> tuple[str, ...]:
    fields = row.said.keys() | present.said.keys()
    differ = sorted(f for f in fields if row.said.get(f) != present.said.get(f))
    return ("text", *differ) if row.text != present.text else tuple(differ)


async def check_vectors(vectors: VectorStore | StoreError, known: Known, unread: set[str]) -> list[Inconsistency]:
    """All disagreements by name; one when Chroma cannot be opened or asked at all."""
    if isinstance(vectors, StoreError):
        return [Inconsistency(kind="vectors_unreadable", ref="chroma", detail=vectors.message, hint=REPAIR)]
    try:
        found = await differences(vectors, known, unread)
    except StoreError as error:
        return [Inconsistency(kind="vectors_unreadable", ref="chroma", detail=error.message, hint=REPAIR)]
    return [one for name, differ in found.items() for one in _named(_NAMES[name], differ)]


def _named(kind: str, differ: Differences) -> Iterator[Inconsistency]:
    for key in differ.missing:
        yield Inconsistency(kind="missing_vector", ref=key, detail=f"the {kind} has no vector", hint=REPAIR)
    for key in differ.stray:
        detail = f"a vector for no {kind} of the record"
        yield Inconsistency(kind="stray_vector", ref=key, detail=detail, hint=REPAIR)
    for key, fields in differ.stale.items():
        detail = f"the vector's {', '.join(fields)} differ from the record's"
        yield Inconsistency(kind="stale_summary", ref=key, detail=detail, hint=REPAIR)
