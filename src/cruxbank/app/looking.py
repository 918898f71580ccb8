"""Looking into a bank without changing it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from sqlalchemy import func, select

from cruxbank.config.settings import Settings
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.items import Item, ItemKind, Status
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.record import Record
from cruxbank.memory.schema import items
from cruxbank.memory.vectors import Metadata, VectorStore


@contextmanager
def open_record(settings: Settings) -> Iterator[Record]:
    """The record of an existing bank.

    Raises:
        InputError: there is no bank in that folder.
    """
    folder = BankFolder(settings.bank)
    folder.read()
    record = Record.open(settings.memory.record_url or str(folder.record))
    try:
        yield record
    finally:
        record.close()


@contextmanager
def open_encoder(settings: Settings) -> Iterator[Encoder]:
    """The bank's encoder. Loading it takes seconds: who searches more than once keeps it."""
    encoder = load_encoder(settings.memory.encoder)
    try:
        yield encoder
    finally:
        encoder.close()


class Listed(NamedTuple):
    """Items that match, best first."""

    items: tuple[Item, ...]
    matching: int
    """How many match, listed or not."""
    by_status: dict[str, int]
    """Items of the whole bank."""


def list_items(
    settings: Settings,
    statuses: Sequence[Status],
    n: int,
    *,
    domain: str | None = None,
    kind: ItemKind | None = None,
) -> Listed:
    """The n items of these statuses that separate best; unmeasured ones last, ties by id.

    Raises:
        InputError: there is no bank in that folder.
    """
    with open_record(settings) as record:
        limit = n if kind is None else None  # a kind stands in the payload alone: every item is looked at
        found = [i for s in statuses for i in record.items(s, domain=domain, limit=limit) if kind in (None, i.kind)]
        by_status = _numbers(record, None)
        matching = len(found) if kind else sum(_numbers(record, domain).get(status.value, 0) for status in statuses)
    return Listed(tuple(sorted(found, key=_place)[:n]), matching, by_status)


def _place(item: Item) -> tuple[bool, float, str]:
    joint = item.separation.joint.est if item.separation else 0.0
    return item.separation is None, -joint, item.id


def _numbers(record: Record, domain: str | None) -> dict[str, int]:
    """Items by status, of the bank or of one domain."""
    query = select(items.c.status, func.count()).group_by(items.c.status).order_by(items.c.status)
    with record.database.read() as connection:
        rows = connection.execute(query if domain is None else query.where(items.c.domain == domain)).all()
    return {str(status): int(number) for status, number in rows}


def search_items(
    settings: Settings,
    text: str,
    n: int,
    status: Status | None,
    encoder: Encoder | None = None,
    kind: ItemKind | None = None,
) -> list[tuple[float, Item]]:
    """The n items nearest in meaning to a text, with their cosine. `encoder`: one that is open already."""
    with open_record(settings) as record, ExitStack() as stack:
        used = encoder or stack.enter_context(open_encoder(settings))
        return asyncio.run(_search(settings, record, used, text, n, status, kind))


async def _search(
    settings: Settings,
    record: Record,
    encoder: Encoder,
    text: str,
    n: int,
    status: Status | None,
    kind: ItemKind | None,
) -> list[tuple[float, Item]]:
    folder = BankFolder(settings.bank)
    vectors = await VectorStore.open(settings.memory.chroma_url or str(folder.chroma), encoder_id(encoder))

    def wanted(said: Metadata) -> bool:
        mine = kind is None or said.get("kind", "question") == kind
        return mine and (status is None or said.get("status") == status.value)

    try:
        vector = (await encoder.aencode([text]))[0]
        reach = await vectors.count("items")  # a filter may drop all but the last
        hits = await vectors.neighbours("items", vector, n, over_fetch=reach, keep=wanted)
    finally:
        await vectors.close()
    found = record.items_by_id([hit.id for hit in hits])
    return [(hit.cosine, found[hit.id]) for hit in hits if hit.id in found]
