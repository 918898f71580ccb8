"""One grow at a time holds a bank: flock on its `lock` file, with the holder's pid and start written in it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cruxbank.errors import BankLocked, StoreError


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock until the block ends; the kernel lets go when the process dies, so a kill leaves no stale lock.

    Raises:
        BankLocked: another process, or another block of this one, holds it.
        StoreError: the file cannot be written.
    """
    try:
        handle = path.open("a+", encoding="utf-8")
    except OSError as error:
        message = f"lock {path}: {error.strerror}"
        raise StoreError(message, hint="check the permissions of the bank folder") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            hint = "wait until it ends, stop it, or use another bank folder"
            raise BankLocked(f"bank {path.parent}: in use by {holder(path)}", hint=hint) from error
        handle.truncate(0)
        handle.write(json.dumps({"pid": os.getpid(), "start": datetime.now(UTC).isoformat(timespec="seconds")}))
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)  # the file stays: removing it would let two processes lock two files of one name


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock just now."""
    try:
        with path.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def holder(path: Path) -> str:
    """Who wrote the lock file, in words."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return f"process {int(found['pid'])} since {found['start']}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"
