"""The vectors of items, from Chroma; what it has none of (drafts) is encoded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cruxbank.app.looking import open_encoder
from cruxbank.app.sketches import as_plain
from cruxbank.blocking import run_blocking
from cruxbank.config.settings import Settings
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import Vectors, encoder_id
from cruxbank.memory.payloads import payloads
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore, check_encoder


def unit_vectors(settings: Settings, record: Record, ids: Sequence[str]) -> Vectors:
    """(N, D) of unit length, of the items of these ids in their order: each item's base text.

    Raises:
        BankMismatch: the settings name another encoder than the bank was made with.
    """
    stored = run_blocking(lambda: _stored(settings, ids))
    missing = [key for key in ids if key not in stored]
    if missing:
        stored |= _encoded(settings, record, missing)
    rows = np.stack([stored[key] for key in ids])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


async def _stored(settings: Settings, ids: Sequence[str]) -> dict[str, Vectors]:
    folder, url = BankFolder(settings.bank), settings.memory.chroma_url
    if url is None and not (folder.chroma / "chroma.sqlite3").exists():
        return {}  # opening it would make one, and an export only reads
    vectors = await VectorStore.open(url or str(folder.chroma), folder.read().encoder)
    try:
        return await vectors.vectors("items", ids)
    finally:
        await vectors.close()


def _encoded(settings: Settings, record: Record, ids: Sequence[str]) -> dict[str, Vectors]:
    with record.database.read() as connection:
        texts = {kept.id: str(as_plain(kept)["text"]) for kept in payloads(connection, ids)}
    with open_encoder(settings) as encoder:
        check_encoder(f"bank {settings.bank}", BankFolder(settings.bank).read().encoder, encoder_id(encoder))
        return dict(zip(texts, encoder.encode(list(texts.values())), strict=True))
