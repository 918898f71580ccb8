"""What a run tells while it goes: one JSON line an event in the run folder, and whoever listens (a progress display)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from cruxbank.errors import StoreError


class Events(Protocol):
    """Takes events. `name` is one of run_started, round_planned, slot_done, round_committed, run_ended."""

    def emit(self, name: str, **fields: Any) -> None:
        """Tell one event; fields are JSON values."""
        ...


class EventLog:
    """Appends events to a file and hands them to listeners."""

    def __init__(self, path: Path, clock: Callable[[], str], listeners: tuple[Events, ...] = ()) -> None:
        self._path = path
        self._clock = clock
        self._listeners = listeners

    def emit(self, name: str, **fields: Any) -> None:
        """Write one line and tell every listener.

        Raises:
            StoreError: the file cannot be written; the listeners hear nothing.
        """
        line = json.dumps({"at": self._clock(), "event": name, **fields}, sort_keys=True, ensure_ascii=False)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            message = f"{self._path}: {error.strerror or type(error).__name__}"
            raise StoreError(
                message, hint="check the disk and the permissions, then run the same command again"
            ) from error
        for listener in self._listeners:
            listener.emit(name, **fields)
