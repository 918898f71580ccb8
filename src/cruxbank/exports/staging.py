"""Files of an export appear together or not at all: written beside their places, then moved; what fails is taken back."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cruxbank.errors import StoreError
from cruxbank.exports.earlier import MANIFEST, list_files, made, refuse_taken

MANY = 100
"""Files."""
PREFIX = ".export."
LOCK, NEW, OLD = "lock", "new", "old"


@contextmanager
def staging(*, force: bool = False) -> Iterator[Staging]:
    """Places for the files of an export. What the block leaves half made is gone when it ends, however it ends.

    Raises:
        StoreError: a folder or file cannot be written.
    """
    made_here = Staging(force=force)
    try:
        yield made_here
    except OSError as error:
        message = f"{made_here.at}: cannot be written ({error.strerror or error})"
        raise StoreError(message, hint="check space and permissions") from error
    finally:
        made_here.close()


class Staging:
    """The folders that one export writes into."""

    def __init__(self, *, force: bool = False) -> None:
        """force: files of earlier exports are replaced."""
        self._force = force
        self._places: list[Place] = []
        self.at = Path()
        """The folder that is being written to, for a message."""

    def folder(self, out: Path, *, private: bool = False) -> Path:
        """An empty folder whose files belong under `out`. private: nobody but the user may read them there."""
        self.at = out
        place = Place(out, private)
        self._places.append(place)
        return place.open()

    def check(self) -> None:
        """Refuse what `publish` cannot do.

        Raises:
            InputError: see `earlier.refuse_taken`.
        """
        for place in self._places:
            refuse_taken(place.new, place.out, force=self._force)

    def publish(self) -> None:
        """Move all files to where they belong, the folder that was asked for last first. After an error every folder
        holds what it held before."""
        self.check()
        for place in self._places:
            place.flush()
        try:
            for place in reversed(self._places):
                self.at = place.out
                place.move()
        except BaseException:
            for place in self._places:
                place.take_back()
            raise

    @property
    def visible(self) -> bool:
        """Whether a file of the export is in its place."""
        return any(place.moved for place in self._places)

    def close(self) -> None:
        """Remove what was made on the way, and folders that stayed empty."""
        for place in reversed(self._places):
            place.close()


class Place:
    """One folder that files go to, and beside them, in it, the hidden one where they are made: a move is then a rename."""

    def __init__(self, out: Path, private: bool) -> None:
        self.out, self._private = out, private
        self.moved: list[Path] = []
        """Files that are in their place or on their way there, relative."""
        self._folders: list[Path] = []
        self._work: Path | None = None
        self._lock: IO[bytes] | None = None

    @property
    def new(self) -> Path:
        """Where files are made."""
        return self._within(NEW)

    def open(self) -> Path:
        """Make the folders; the lock shows other exports that somebody is at work in them."""
        self._make(self.out)
        sweep(self.out)
        self._work = Path(tempfile.mkdtemp(dir=self.out, prefix=PREFIX))
        self._lock = (self._work / "lock.new").open("wb")
        with suppress(OSError):  # a file system without locks: nobody can take it for left behind either
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (self._work / "lock.new").rename(self._work / LOCK)
        for name in (NEW, OLD):
            (self._work / name).mkdir()
        return self.new

    def flush(self) -> None:
        """To the disk, and as readable as a file is that the user makes."""
        files = made(self.new)
        list_files(self.new, files)
        modes = self._within("modes")
        modes.touch()  # 0666 less the umask, which cannot be asked for without changing it for every thread
        mode = 0o600 if self._private else modes.stat().st_mode & 0o777
        for name in (Path(MANIFEST), *files):
            (self.new / name).chmod(mode)
        _sync(self.new, files)

    def move(self) -> None:
        """Put every file in its place, the list of them first: a kill in between leaves no file that it does not name."""
        for name in (Path(MANIFEST), *made(self.new)):
            self._make((self.out / name).parent)
            self._keep(name)
            self.moved.append(name)
            (self.new / name).replace(self.out / name)

    def take_back(self) -> None:
        """Undo `move`; what is in `moved` afterwards could not be."""
        for name in tuple(reversed(self.moved)):
            kept = self._within(OLD) / name
            with suppress(OSError):
                if (self.new / name).exists():
                    pass  # it was not moved
                elif os.path.lexists(kept):
                    kept.replace(self.out / name)
                else:
                    (self.out / name).unlink()
                self.moved.remove(name)

    def close(self) -> None:
        """Remove the hidden folder, and each folder that was made for the export and holds nothing."""
        if self._work is not None:
            shutil.rmtree(self._work, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
        for folder in reversed(self._folders):
            with suppress(OSError):  # files are in it now
                folder.rmdir()

    def _keep(self, name: Path) -> None:
        """Put what is there aside: a second name for the same file, so that it never misses in its place."""
        was, kept = self.out / name, self._within(OLD) / name
        if not os.path.lexists(was):
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(was, kept, follow_symlinks=False)
        except OSError:  # a file system without hard links
            shutil.copy2(was, kept, follow_symlinks=False)

    def _make(self, folder: Path) -> None:
        """A folder with those above it."""
        missing = [path for path in (*reversed(folder.parents), folder) if not path.exists()]
        for path in missing:
            own = self._private and (path == self.out or self.out in path.parents)
            path.mkdir(mode=0o700 if own else 0o777, exist_ok=True)
            self._folders.append(path)

    def _within(self, name: str) -> Path:
        if self._work is None:
            raise RuntimeError(f"{self.out}: not open")
        return self._work / name


def sweep(out: Path) -> None:
    """Remove the hidden folders of exports that were killed: the kernel let go of their locks."""
    for work in out.glob(f"{PREFIX}*"):
        with suppress(OSError), (work / LOCK).open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(work, ignore_errors=True)


def _sync(folder: Path, files: Sequence[Path]) -> None:
    """To the disk before anything is moved. One by one a file takes 6 ms; of many the whole disk is flushed at once."""
    if len(files) > MANY and hasattr(os, "sync"):
        os.sync()
        return
    for name in files:
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())
