"""Whether an embedded Chroma can be read at all, asked in a process of its own.

A cut-off index file makes Chroma's compiled part die of a segmentation fault (seen with header.bin cut in half): no
`except` catches that, and what opens such a folder must not be the process that has to report it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cruxbank.errors import StoreError

_READ = 1000
_ASKED = 8
"""Rows whose neighbours are asked for, in each collection: they go through different parts of the index."""


def check_readable(folder: Path) -> StoreError | None:
    """Why the folder cannot be read; None when every vector was read and every question had an answer."""
    if not folder.is_dir():
        return None
    command = [sys.executable, "-m", "cruxbank.memory.probe", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode == 0:
        return None
    told = done.stderr.strip().splitlines()
    reason = f"reading it ends with signal {-done.returncode}" if done.returncode < 0 else (told or ["no reason"])[-1]
    return StoreError(f"chroma {folder}: {reason}", hint="crux bank verify --repair makes the vectors again")


def read_all(folder: Path) -> None:
    """Read every vector and ask for the neighbours of some."""
    from cruxbank.memory.chroma import connect

    client = connect(str(folder))
    for collection in client.list_collections():
        ids = sorted(collection.get(include=[])["ids"])
        for start in range(0, len(ids), _READ):
            collection.get(ids=ids[start : start + _READ], include=["embeddings"])
        asked = ids[:: max(1, len(ids) // _ASKED)][:_ASKED]
        if asked:
            own = collection.get(ids=asked, include=["embeddings"])["embeddings"]
            collection.query(query_embeddings=own, n_results=min(10, len(ids)), include=["distances"])
    client.close()


if __name__ == "__main__":
    read_all(Path(sys.argv[1]))
