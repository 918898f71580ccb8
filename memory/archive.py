"""The file of a backup: a gzipped tar whose first member says what follows, in which order, how long, with which hash.

Whatever is not exactly that is refused: other names, links, folders, further members, a wrong length or hash, text after
the end. So a reader never meets a path that it did not expect, and knows the size before the first byte.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, Self

from pydantic import Field, ValidationError, model_validator

from cruxbank.errors import BankMismatch, CruxbankError, InputError, StoreError
from cruxbank.frozen import Frozen
from cruxbank.memory.tables import LEDGER, LONGEST, RECORD

MANIFEST = "cruxbank-backup.json"
LEVEL = 6
BLOCK = 512
PIECE = 2**20
MANIFEST_MAX = 16 * 2**20
MOST_GROWTH = 200
"""A file that says it holds more than so many times its size is refused: banks shrink to a fifth or a tenth, and gzip
can be made to promise a thousand times."""
SMALL = 64 * 2**20
"""Below this many bytes the growth does not matter."""
_RUN_FILE = re.compile(r"runs/\d+-[0-9a-f]{8}(?:/[^/\\\x00-\x1f\x7f]{1,120}){1,4}")
_TABLES = frozenset({f"record/{n}.jsonl" for n in RECORD} | {f"ledger/{n}.jsonl" for n in LEDGER} | {"bank.json"})
_ORDER = {f"record/{name}.jsonl": place for place, name in enumerate(RECORD)}
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError, UnicodeError)


class Entry(Frozen):
    """One file inside."""

    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    rows: int | None = None
    """Rows of a table; None for other files."""


class Manifest(Frozen):
    """What a backup holds."""

    format: Literal["cruxbank.backup/1"] = "cruxbank.backup/1"
    made_with: str
    """Version of cruxbank."""
    made_at: str
    """UTC, for people."""
    record_schema: int = Field(ge=1)
    ledger_schema: int = Field(ge=0)
    """0: the bank had no ledger."""
    files: tuple[Entry, ...]
    left_out: tuple[str, ...] = ()
    """What lies in run folders and is not here: links, which are not followed, and names that no archive takes."""

    @model_validator(mode="after")
    def _names(self) -> Self:
        """Only names that a bank has, each once; no way out of a folder."""
        names = [entry.name for entry in self.files]
        for name in names:
            parts = name.split("/")
            if name not in _TABLES and not (_RUN_FILE.fullmatch(name) and not {".", ".."} & set(parts)):
                raise ValueError("a file that no bank has")
        if len(set(names)) != len(names) or "bank.json" not in names:
            raise ValueError("a file twice, or no bank.json")
        tables = [name for name in names if name.startswith("record/")]
        if tables != sorted(tables, key=_ORDER.__getitem__):
            raise ValueError("tables in an order in which they cannot be filled")
        return self

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files)

    @property
    def digest(self) -> str:
        """The same for two backups that hold the same: SHA-256 over names, sizes and hashes."""
        lines = [f"{e.name} {e.size} {e.sha256}\n" for e in self.files]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def entry_of(path: Path, name: str, rows: int | None = None) -> Entry:
    """The entry of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Entry(name=name, size=path.stat().st_size, sha256=digest, rows=rows)


def write(manifest: Manifest, folder: Path, target: BinaryIO) -> None:
    """Write the archive of files that lie in `folder` under their names. The same files give the same bytes."""
    with gzip.GzipFile("", "wb", LEVEL, target, mtime=0) as out:
        text = (manifest.model_dump_json(indent=1) + "\n").encode()
        out.write(_header(MANIFEST, len(text)) + text + _padding(len(text)))
        for entry in manifest.files:
            out.write(_header(entry.name, entry.size))
            with (folder / entry.name).open("rb") as file:
                while piece := file.read(PIECE):
                    out.write(piece)
            out.write(_padding(entry.size))
        out.write(bytes(2 * BLOCK))


def takes(name: str) -> bool:
    """Whether an archive takes a file of a run folder under this name: short, few folders deep, nothing unprintable."""
    if not _RUN_FILE.fullmatch(name) or not name.isprintable():
        return False
    try:
        _header(name, 0)
    except ValueError:  # longer in bytes than in letters
        return False
    return True


def _header(name: str, size: int) -> bytes:
    """One block: GNU's form, whose sizes know no limit, where the name fits it, else the one that splits names."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    fits = len(name.encode()) <= tarfile.LENGTH_NAME
    return info.tobuf(tarfile.GNU_FORMAT if fits else tarfile.USTAR_FORMAT, "utf-8", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCK)


class _Source:
    """A backup's bytes. An OSError while they are read is put down to its file; one elsewhere (a full disk) is not."""

    def __init__(self, path: Path, file: gzip.GzipFile) -> None:
        self._path = path
        self._file = file

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        try:
            return self._file.read(size)
        except gzip.BadGzipFile:
            raise
        except OSError as error:
            raise unread(self._path, error) from error


class Member:
    """One file of an archive while it is read: in pieces or lines. Its end checks length and hash."""

    def __init__(self, entry: Entry, source: _Source) -> None:
        self.entry = entry
        self._source = source
        self._left = entry.size
        self._hash = hashlib.sha256()

    def pieces(self) -> Iterator[bytes]:
        """The bytes, at most a MiB at a time."""
        while self._left:
            piece = self._source.read(min(PIECE, self._left))
            if not piece:
                raise EOFError
            self._left -= len(piece)
            self._hash.update(piece)
            yield piece
        if self._hash.hexdigest() != self.entry.sha256:
            raise InputError(f"{self.entry.name}: is not what was backed up", hint="use another backup")

    def lines(self) -> Iterator[bytes]:
        """The same line by line; the last one ends as the others do."""
        rest = b""
        for piece in self.pieces():
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
            if len(rest) > LONGEST:
                raise InputError(f"{self.entry.name}: a line without end", hint="use another backup")
        if rest:
            raise InputError(f"{self.entry.name}: the last line has no end", hint="use another backup")

    def finish(self) -> None:
        """Read what nobody wanted, and check it."""
        for _ in self.pieces():
            pass


class Archive:
    """An open backup; `members` may be walked once."""

    def __init__(self, manifest: Manifest, source: _Source) -> None:
        self.manifest = manifest
        self._source = source

    def members(self) -> Iterator[Member]:
        """The files in the manifest's order, then the check that nothing follows."""
        for entry in self.manifest.files:
            if _next(self._source) != (entry.name, entry.size):
                raise InputError(f"{entry.name}: is not where the list of files says", hint="use another backup")
            member = Member(entry, self._source)
            yield member
            member.finish()
            self._source.read(len(_padding(entry.size)))
        if _next(self._source) is not None or self._source.read(21 * BLOCK).strip(b"\0") or self._source.read(1):
            raise InputError("something follows after the last file", hint="use another backup")


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a backup and read its list of files.

    Raises:
        InputError: no backup, damaged, cut off, or more than a bank would hold; also while the members are read.
        BankMismatch: a newer cruxbank made it.
        StoreError: the file cannot be read.
    """
    try:
        raw, packed = path.open("rb"), path.stat().st_size
    except OSError as error:
        raise unread(path, error) from error
    try:
        with raw, gzip.GzipFile("", "rb", fileobj=raw) as file:
            source = _Source(path, file)
            yield Archive(_manifest(source, packed), source)
    except _DAMAGED as error:
        message = f"{path}: damaged or cut off, or no backup of a bank"
        raise InputError(message, hint="copy it again, or use another backup") from error
    except InputError as error:
        raise _named(path, error) from error


def unread(path: Path, error: OSError) -> StoreError:
    """What to raise where a file cannot be read: it is named, not what was being made of it."""
    return StoreError(f"{path}: {error.strerror or error}", hint="check the path and the permissions")


def _named(path: Path, error: CruxbankError) -> InputError:
    known = error.message.startswith(f"{path}: ")
    return InputError(error.message if known else f"{path}: {error.message}", hint=error.hint)


def _manifest(source: _Source, packed: int) -> Manifest:
    found = _next(source)
    if found is None or found[0] != MANIFEST or found[1] > MANIFEST_MAX:
        raise InputError("no backup of a bank", hint="crux bank backup makes one")
    text = source.read(found[1])
    source.read(len(_padding(found[1])))
    _check_format(text)
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "files"
        raise InputError(f"its list of files: {where}: {problem['msg']}", hint="use another backup") from error
    if manifest.size > max(SMALL, MOST_GROWTH * packed):
        message = f"says it holds {manifest.size} bytes, {manifest.size // max(packed, 1)} times its own size"
        raise InputError(message, hint="no bank packs so well: use another backup")
    return manifest


def _check_format(text: bytes) -> None:
    later = re.search(rb'"format":\s*"cruxbank\.backup/(\d{1,6})"', text[:PIECE])
    if later and int(later[1]) > 1:
        message = f"backup of format {int(later[1])}, this cruxbank reads 1"
        raise BankMismatch(message, hint="install the newer cruxbank that made it")


def _next(source: _Source) -> tuple[str, int] | None:
    """Name and size of the next member; None at the end. Only plain files: a link or folder is refused."""
    block = source.read(BLOCK)
    if len(block) < BLOCK:
        raise EOFError
    if not any(block):
        return None
    info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    if not info.isreg() or info.size < 0 or info.type in tarfile.GNU_TYPES:
        raise InputError(f"{info.name!r}: not a plain file", hint="use another backup")
    return info.name, info.size
