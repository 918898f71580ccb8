"""The bank's vectors in Chroma, behind one owner thread: what is near this, and did it separate?

Chroma only proposes candidates; their cosines are computed again here, exactly, so that decisions do not depend on HNSW.
It can be rebuilt from the record at any time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Literal, TypeVar

import numpy as np
from pydantic import ConfigDict

from cruxbank.errors import BankMismatch, CruxbankError, StoreError
from cruxbank.frozen import Frozen
from cruxbank.memory.chroma import HnswSettings, connect
from cruxbank.memory.embeds import EncoderId, Vectors

CHUNK = 64
"""Rows a call: add() holds the GIL, and 2,000 rows would block the event loop for 1.2 s."""
READ = 2000
"""Rows read a call; SQLite takes some 30,000 ids in one question."""
PLACES = 5
"""Cosines are compared after rounding to so many places: the encoder's noise is 1e-7."""

Collection = Literal["topics", "items", "translations"]
COLLECTIONS: tuple[Collection, ...] = ("topics", "items", "translations")
Metadata = dict[str, str | int | float | bool]
T = TypeVar("T")


class VectorRow(Frozen):
    """One text with its vector and what is said about it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    id: str
    text: str
    vector: Vectors
    metadata: Metadata


class Hit(Frozen):
    """A neighbour with its exact cosine, to 5 places."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    id: str
    text: str
    cosine: float
    vector: Vectors
    metadata: Metadata


class VectorStore:
    """Collections `topics`, `items` and `translations` (items in further languages, apart: an item counts once). One
    process owns them; every call runs on one thread."""

    def __init__(self, location: str, encoder: EncoderId, settings: HnswSettings) -> None:
        self._location = location
        self._encoder = encoder
        self._settings = settings
        self._owner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chroma")
        self._client: Any = None
        self._collections: dict[Collection, Any] = {}

    @classmethod
    async def open(cls, location: str, encoder: EncoderId, settings: HnswSettings | None = None) -> VectorStore:
        """Open or create the collections in a folder, or on a Chroma server by its http(s) URL.

        Raises:
            BankMismatch: the collections were made with another encoder.
            StoreError: the folder or server refuses.
        """
        store = cls(location, encoder, settings or HnswSettings())
        try:
            await store._call(store._connect)
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Let go of the database. Closing twice does nothing."""
        client, self._client = self._client, None
        if client is not None:
            await asyncio.get_running_loop().run_in_executor(self._owner, client.close)
        self._owner.shutdown(wait=True)

    async def upsert(self, collection: Collection, rows: Sequence[VectorRow]) -> None:
        """Write rows, in chunks of at most 64; the same id again replaces."""
        for start in range(0, len(rows), CHUNK):
            await self._call(partial(self._upsert, collection, rows[start : start + CHUNK]))

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Remove ids; absent ones do not matter."""
        if ids:
            await self._call(lambda: self._collections[collection].delete(ids=list(ids)))

    async def neighbours(
        self,
        collection: Collection,
        vector: Vectors,
        k: int,
        *,
        over_fetch: int = 32,
        keep: Callable[[Metadata], bool] | None = None,
    ) -> tuple[Hit, ...]:
        """The k nearest rows, nearest first, ties by id, of those that `keep` accepts.

        `over_fetch` more candidates are asked for: for what `keep` drops, and because HNSW is approximate.
        """
        hits = await self._call(lambda: self._query(collection, vector, k + over_fetch))
        kept = [hit for hit in hits if keep is None or keep(hit.metadata)]
        return tuple(sorted(kept, key=lambda h: (-h.cosine, h.id))[:k])

    async def count(self, collection: Collection) -> int:
        """Number of rows."""
        return int(await self._call(lambda: self._collections[collection].count()))

    async def ids(self, collection: Collection) -> tuple[str, ...]:
        """All ids, sorted."""
        found = await self._call(lambda: self._collections[collection].get(include=[])["ids"])
        return tuple(sorted(found))

    async def vectors(self, collection: Collection, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of these ids; absent ones are left out."""
        found: dict[str, Vectors] = {}
        for start in range(0, len(ids), READ):
            chunk = list(ids[start : start + READ])
            rows = await self._call(partial(self._collections[collection].get, ids=chunk, include=["embeddings"]))
            found |= zip(rows["ids"], np.asarray(rows["embeddings"], dtype=np.float32), strict=True)
        return found

    async def metadata(self, collection: Collection, ids: Sequence[str] | None = None) -> dict[str, Metadata]:
        """What is said about these ids, or about all."""
        wanted = None if ids is None else list(ids)
        if wanted == []:
            return {}
        found = await self._call(lambda: self._collections[collection].get(ids=wanted, include=["metadatas"]))
        return dict(zip(found["ids"], found["metadatas"], strict=True))

    async def texts(self, collection: Collection) -> dict[str, str]:
        """The text of every row."""
        found = await self._call(lambda: self._collections[collection].get(include=["documents"]))
        return {key: text or "" for key, text in zip(found["ids"], found["documents"], strict=True)}

    async def reset(self) -> None:
        """Throw the collections away and make them anew: the first step of a rebuild."""
        await self._call(self._reset)

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._owner, work)
        except CruxbankError:
            raise
        except Exception as error:  # Chroma raises its own, sqlite3's, httpx's and plain ones
            reason = " ".join(str(error).split())
            raise StoreError(f"chroma {self._location}: {reason}", hint="crux bank verify shows what is missing") from (
                error
            )

    def _connect(self) -> None:
        self._client = connect(self._location)
        for name in COLLECTIONS:
            self._collections[name] = self._open_collection(name)

    def _open_collection(self, name: Collection) -> Any:
        metadata = {"encoder": self._encoder.name, "dimension": self._encoder.dimension, "digest": self._encoder.digest}
        collection = self._client.get_or_create_collection(
            name,
            metadata=metadata,
            configuration={"hnsw": self._settings.as_chroma()},
            embedding_function=None,
        )
        check_encoder(f"collection {name}", EncoderId(**_fingerprint(collection.metadata)), self._encoder)
        return collection

    def _reset(self) -> None:
        for name in COLLECTIONS:
            self._client.delete_collection(name)
            self._collections[name] = self._open_collection(name)

    def _upsert(self, collection: Collection, rows: Sequence[VectorRow]) -> None:
        self._collections[collection].upsert(
            ids=[row.id for row in rows],
            embeddings=np.stack([row.vector for row in rows]),
            documents=[row.text for row in rows],
            metadatas=[row.metadata for row in rows],
        )

    def _query(self, collection: Collection, vector: Vectors, n: int) -> list[Hit]:
        store = self._collections[collection]
        n = min(n, store.count())
        if n == 0:
            return []
        fields = ["embeddings", "metadatas", "documents"]
        found = store.query(query_embeddings=[vector], n_results=n, include=fields)
        columns = (found[name][0] for name in ("ids", "documents", "embeddings", "metadatas"))
        return [_hit(vector, *row) for row in zip(*columns, strict=True)]


def cosine(a: Vectors, b: Vectors) -> float:
    """Cosine of two vectors to 5 places; 0 where one of them is nothing."""
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    norm = float(np.linalg.norm(x) * np.linalg.norm(y))
    return round(float(x @ y) / norm, PLACES) + 0.0 if norm > 0 else 0.0


def check_encoder(where: str, made_with: EncoderId, wanted: EncoderId) -> None:
    """Refuse vectors of another encoder.

    Raises:
        BankMismatch: names where, both encoders and the way out.
    """
    if made_with == wanted:
        return
    message = f"{where} was made with encoder {_shown(made_with)}, the configuration names {_shown(wanted)}"
    raise BankMismatch(message, hint="set memory.encoder back to the first, or use another bank folder")


def _shown(encoder: EncoderId) -> str:
    return f"{encoder.name} ({encoder.dimension}, {encoder.digest[:12] or 'no digest'})"


def _fingerprint(metadata: Metadata | None) -> dict[str, Any]:
    found = metadata or {}
    name, dimension, digest = (found.get(key, "") for key in ("encoder", "dimension", "digest"))
    return {"name": str(name) or "none", "dimension": int(dimension or 0), "digest": str(digest)}


def _hit(query: Vectors, row_id: str, text: str | None, vector: Any, metadata: Metadata | None) -> Hit:
    own = np.asarray(vector, dtype=np.float32)
    return Hit(id=row_id, text=text or "", cosine=cosine(query, own), vector=own, metadata=dict(metadata or {}))
