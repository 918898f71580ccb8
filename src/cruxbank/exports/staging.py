"""Files of an export appear together or not at all: written beside the target, then moved."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cruxbank.errors import InputError, StoreError


@contextmanager
def staged(out: Path, *, force: bool = False) -> Iterator[Path]:
    """An empty folder whose files replace those of the same names under `out` when the block ends without an error.

    Raises:
        InputError: a file of that name is there already and `force` is not set; nothing is changed then.
        StoreError: a folder or file cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=out, prefix=".export."))
    except OSError as error:
        message = f"{out}: cannot be written ({error.strerror})"
        raise StoreError(message, hint="check space and permissions") from error
    try:
        yield folder
        _move(folder, out, force)
    except OSError as error:
        message = f"{out}: cannot be written ({error.strerror})"
        raise StoreError(message, hint="check space and permissions") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path, out: Path, force: bool) -> None:
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    taken = [out / name for name in files if (out / name).exists()]
    if taken and not force:
        raise InputError(f"{taken[0]}: already exists", hint="choose another --out, or overwrite with --force")
    for name in files:
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())
    for name in files:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).chmod(0o644)
        (folder / name).replace(out / name)
