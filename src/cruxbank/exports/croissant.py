"""`croissant`: a data set that describes itself (Croissant 1.0), with the provenance of each item in the words of PROV-O."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import orjson

from cruxbank.config.publishing import Publishing
from cruxbank.errors import InputError
from cruxbank.exports.card import Card
from cruxbank.exports.croissant_metadata import ITEMS, PROVENANCE, TABLED, Written, metadata
from cruxbank.exports.csv_tables import TABLES
from cruxbank.exports.format import Bundle
from cruxbank.exports.lines import encode, encode_all
from cruxbank.exports.provenance import entity

FILE = "croissant.json"
ASKED = ("licence", "creator", "url")
"""Croissant 1.0 requires them, and only the user knows them: refused before the bank is read."""
REQUIRED = (*ASKED, "published")
"""The day is that of the last run where the user names none, so only the card tells whether there is one."""


class Croissant:
    """croissant.json, the items whole (items.jsonl), their flat tables, and a PROV-O object each (provenance.jsonl)."""

    name: ClassVar[str] = "croissant"
    summary: ClassVar[str] = "Croissant 1.0 with PROV-O provenance (mlcroissant, data set search)"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """One pass over the items; the description last, since it holds the files' hashes.

        Raises:
            InputError: the card lacks what Croissant requires.
        """
        _refuse_gaps(bundle.front, ASKED)
        names = (ITEMS, PROVENANCE, *TABLED)
        files = {name: _Hashed(folder / f"{name}.jsonl") for name in names}
        try:
            _fill(bundle, files)
        finally:
            for file in files.values():
                file.close()
        kept = [Written(name, file.digest, file.size) for name, file in files.items() if file.kept()]
        _refuse_gaps(bundle.card, REQUIRED)
        told = metadata(bundle.card, kept)
        (folder / FILE).write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _refuse_gaps(said: Publishing | Card, names: Sequence[str]) -> None:
    missing = [f"export.{name}" for name in names if not getattr(said, name)]
    if missing:
        message = f"--to croissant: Croissant 1.0 requires {', '.join(missing)}"
        raise InputError(message, hint="set them under `export:` in crux.yaml")


def _fill(bundle: Bundle, files: Mapping[str, _Hashed]) -> None:
    for line in bundle.lines:
        files[ITEMS].add(encode(line))
        files[PROVENANCE].add(encode(entity(line)))
        for name in TABLED:
            table = TABLES[name]
            files[name].add(encode_all([dict(zip(table.columns, row, strict=True)) for row in table.rows(line)]))


class _Hashed:
    """A file whose SHA-256 and size are known when it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self.size = 0

    def add(self, content: bytes) -> None:
        """Write on."""
        self._file.write(content)
        self._hash.update(content)
        self.size += len(content)

    def close(self) -> None:
        """Write what is left."""
        self._file.close()

    def kept(self) -> bool:
        """Whether there is anything in it; an empty file has no columns, and no reader finds its fields: it goes."""
        if not self.size:
            self._path.unlink()
        return self.size > 0

    @property
    def digest(self) -> str:
        """64 hex digits."""
        return self._hash.hexdigest()
