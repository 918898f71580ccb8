"""Entering a public export in the record before its files become visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from cruxbank.curation import ExportEntry
from cruxbank.errors import StoreError
from cruxbank.memory.exposures import forget, note
from cruxbank.memory.record import Record


class Remembering:
    """What ends in between was recorded and not given out, never the other way round.

    `enter` is called when all files are written and before the first is moved to its place. Where an error or Ctrl-C ends
    the block after that, the entry is taken back, unless a file is to be seen; after a kill it stands.
    """

    def __init__(
        self,
        record: Record,
        entry: ExportEntry | None,
        published: Sequence[str],
        held: Sequence[str],
        *,
        visible: Callable[[], bool],
    ) -> None:
        """entry: None remembers nothing. visible: whether a file of the export is in its place."""
        self._record, self._entry = record, entry
        self._published, self._held = published, held
        self._visible = visible
        self._new = False

    def __enter__(self) -> Self:
        return self

    def enter(self) -> None:
        """Enter the export, where it is to be.

        Raises:
            InputError: another export held back or published one of the items meanwhile.
        """
        if self._entry is not None:
            with self._record.database.write() as connection:
                self._new = note(connection, self._entry, self._published, self._held)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._new and self._entry is not None and error is not None and not self._visible():
            with suppress(StoreError), self._record.database.write() as connection:
                forget(connection, self._entry.id)
