"""The vectors of items, from Chroma; what it has none of (drafts) is encoded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cruxbank.app.looking import open_encoder
from cruxbank.blocking import run_blocking
from cruxbank.config.settings import Settings
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import Vectors
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore


def unit_vectors(settings: Settings, record: Record, ids: Sequence[str]) -> Vectors:
    """(N, D) of unit length, of the items of these ids in their order: each item's base text."""
    stored = run_blocking(lambda: _stored(settings, ids))
    missing = [key for key in ids if key not in stored]
    if missing:
        stored |= _encoded(settings, record, missing)
    rows = np.stack([stored[key] for key in ids])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


async def _stored(settings: Settings, ids: Sequence[str]) -> dict[str, Vectors]:
    folder = BankFolder(settings.bank)
    location = settings.memory.chroma_url or str(folder.chroma)
    vectors = await VectorStore.open(location, folder.read().encoder)
    try:
        return await vectors.vectors("items", ids)
    finally:
        await vectors.close()


def _encoded(settings: Settings, record: Record, ids: Sequence[str]) -> dict[str, Vectors]:
    items = record.items_by_id(ids)
    with open_encoder(settings) as encoder:
        return dict(zip(ids, encoder.encode([items[key].text for key in ids]), strict=True))
