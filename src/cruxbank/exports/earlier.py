"""What lies in a folder that an export goes into: files of an earlier one, which may be replaced, and other people's."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from itertools import islice
from pathlib import Path

from cruxbank.errors import InputError
from cruxbank.memory.exposures import CANARY

MANIFEST = ".cruxbank-export.json"
"""Names of an export's files, beside them. Readers of data sets pass over hidden files."""
MARKS = {"README.md": CANARY.encode(), "items.jsonl": b'"cruxbank.item/1"'}
"""What some file of every export held before exports listed their files."""

LINES = 2000
"""Lines that are looked at; a card has some hundreds."""


def made(folder: Path) -> tuple[Path, ...]:
    """The files of an export in a folder, relative to it, sorted; the list of them is none."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(name for name in found if name != Path(MANIFEST)))


def list_files(folder: Path, names: Collection[Path]) -> None:
    """Write the manifest."""
    listed = sorted(name.as_posix() for name in names)
    (folder / MANIFEST).write_text(json.dumps({"files": listed}, indent=0) + "\n", encoding="utf-8", newline="\n")


def earlier(out: Path) -> frozenset[Path]:
    """Files that an export wrote into a folder, relative to it: what its manifest lists; where it has none (it was made
    before there were any) and a file bears an export's mark, all that are there and not hidden."""
    try:
        listed = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["files"]
        return frozenset(Path(str(name)) for name in listed)
    except FileNotFoundError:
        found = made(out) if any(_bears(out / name, mark) for name, mark in MARKS.items()) else ()
        return frozenset(name for name in found if not name.parts[0].startswith("."))
    except (OSError, ValueError, TypeError, KeyError):
        return frozenset()


def _bears(path: Path, mark: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return any(mark in line for line in islice(file, LINES))
    except OSError:
        return False


def refuse_taken(folder: Path, out: Path, *, force: bool = False) -> None:
    """Whether the files of a staged folder can take their places.

    Raises:
        InputError: a file of that name is there and `force` is not set, or no export wrote it; a folder is where a file
            belongs, or the other way round; files of an earlier export would stay beside these, or any in a folder of
            the export (that of its one-file-an-item formats, say), and would pass for this one's.
    """
    files, before = made(folder), earlier(out)
    _refuse_blocked(files, out)
    taken = [name for name in files if os.path.lexists(out / name)]
    if taken and not force:
        raise InputError(f"{out / taken[0]}: already exists", hint="choose another --out, or overwrite with --force")
    if foreign := sorted(set(taken) - before):
        raise InputError(
            f"{out / foreign[0]}: no export wrote it, so that --force does not replace it",
            hint="choose another --out, or move it away",
        )
    _refuse_stray(set(files), before, out)


def _refuse_blocked(files: Collection[Path], out: Path) -> None:
    for name in files:
        if (out / name).is_dir():
            raise InputError(
                f"{out / name}: is a folder where a file of the export belongs", hint="choose another --out"
            )
    for parent in sorted({parent for name in files for parent in name.parents}):
        if os.path.lexists(out / parent) and not (out / parent).is_dir():
            message = f"{out / parent}: is a file where a folder of the export belongs"
            raise InputError(message, hint="choose another --out")


def _refuse_stray(files: Collection[Path], before: Collection[Path], out: Path) -> None:
    own = {name.parent for name in files} - {Path()}
    inside = (path.relative_to(out) for sub in own if (out / sub).is_dir() for path in (out / sub).iterdir())
    stray = sorted(name for name in {*inside, *before} - set(files) if (out / name).is_file())
    if stray:
        place = out if stray[0].parent == Path() else out / stray[0].parent
        raise InputError(
            f"{out / stray[0]}: not of this export, and would stay among its files",
            hint=f"remove {place}, or choose another --out",
        )
