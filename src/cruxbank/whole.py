"""A file that is written whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Written beside, flushed to the disk, renamed: whoever reads finds the old content or the new. What is overwritten
    keeps its permissions.

    Raises:
        OSError: it cannot be written; an older file is as it was, and nothing is left beside it.
    """
    aside = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        if file.exists():
            shutil.copymode(file, aside)
        aside.replace(file)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise
