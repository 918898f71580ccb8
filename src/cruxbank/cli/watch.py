"""`crux watch`: look on while a bank grows, from another terminal."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cruxbank.cli.console import guarded, out, out_json, printable, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config

if TYPE_CHECKING:
    from cruxbank.cli.progress import Progress
    from cruxbank.config.settings import Settings
    from cruxbank.memory.bank import BankFolder

POLL = 0.5
"""Seconds between two looks at the events."""
GONE = 3
"""Looks without a news and without a holder of the bank, after which a run counts as stopped."""


@guarded
def watch(
    config: Config = DEFAULT_CONFIG,
    once: Annotated[bool, typer.Option("--once", help="Print how the last run stands, then end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Follow the bank's last run until it ends. Reads its events only: the run does not notice.

    Example: crux watch --once
    """
    from cruxbank.cli.progress import Progress
    from cruxbank.config.loading import load_settings
    from cruxbank.memory.bank import BankFolder

    settings = load_settings(config)
    bank = BankFolder(settings.bank)
    bank.read()
    run = _last_run(bank)
    events = Events(run / "events.jsonl")
    live = sys.stdout.isatty() and sys.stderr.isatty() and not (once or as_json)
    with Progress(_settings_of(run, settings), live=live, clock=events.clock, aside=True) as progress:
        progress.replay(events.session())
        if not once:
            _follow(events, progress, bank)
    _tell(run.name, events, progress, bank, as_json)


class Events:
    """The events of one run, read as far as they are written; and the time at which they happened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._at: float | None = None
        self._seen = list(self._fresh())
        begun = [i for i, event in enumerate(self._seen) if event["event"] == "run_started"]
        self._first = begun[-1] if begun else 0
        self.last: dict[str, Any] = self._seen[-1] if self._seen else {}
        if self._seen:
            self._at = _seconds(self._seen[self._first])

    def clock(self) -> float:
        """While the past is replayed the time of its events; then the time of day."""
        return time.time() if self._at is None else self._at

    def session(self) -> Iterator[dict[str, Any]]:
        """What has happened since the run was last started; a run that was cut off counts its slots anew."""
        for event in self._seen[self._first :]:
            self._at = _seconds(event)
            yield event
        if self.last.get("event") != "run_ended":
            self._at = None

    def fresh(self) -> list[dict[str, Any]]:
        """Events that came since the last look."""
        found = list(self._fresh())
        self.last = found[-1] if found else self.last
        return found

    def _fresh(self) -> Iterator[dict[str, Any]]:
        """Whole lines only: the last one may be half written. A line that is no event is passed over."""
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                with suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict) and isinstance(event.get("event"), str):
                        yield event


def _seconds(event: dict[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(event.get("at"))).timestamp()
    except ValueError:
        return time.time()


def _last_run(bank: BankFolder) -> Path:
    from cruxbank.errors import InputError

    runs = bank.run_ids()
    if not runs:
        raise InputError(f"bank {bank.path}: has no run yet", hint="crux grow starts one")
    folders = [bank.path / "runs" / run for run in runs]
    told = [folder for folder in folders if (folder / "events.jsonl").is_file()]  # an import tells nothing
    return (told or folders)[-1]


def _settings_of(run: Path, given: Settings) -> Settings:
    """The settings that the run was started with, its flags included: only they know its budget."""
    from cruxbank.config.loading import load_settings
    from cruxbank.errors import ConfigError

    try:
        return load_settings(run / "config.yaml")
    except ConfigError:
        return given


def _follow(events: Events, progress: Progress, bank: BankFolder) -> None:
    idle = 0
    while events.last.get("event") != "run_ended" and idle < GONE:
        time.sleep(POLL)
        fresh = events.fresh()
        for event in fresh:
            progress.emit(event["event"], **{key: value for key, value in event.items() if key != "event"})
        idle = 0 if fresh or _held(bank) else idle + 1


def _held(bank: BankFolder) -> bool:
    """Whether the process that wrote the lock file is there. The lock itself is not touched: that could refuse a grow."""
    try:
        os.kill(int(json.loads((bank.path / "lock").read_text(encoding="utf-8"))["pid"]), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _tell(run: str, events: Events, progress: Progress, bank: BankFolder, as_json: bool) -> None:
    ended = events.last.get("event") == "run_ended"
    state = "ended" if ended else "running" if _held(bank) else "stopped"
    reason = str(events.last.get("reason", "")) if ended else ""
    figures = {**progress.figures(), "run": run, "state": state, "reason": reason}
    if as_json:
        out_json(figures)
        return
    out(f"run {run} {state}" + (f": {printable(reason)}" if reason else ""))
    if "slots" in figures:
        out(progress.plain(left=state == "running"))
        out(f"slots ended: {progress.exits()}")
    if figures.get("origin") == "simulated":
        say("Simulated models answer: these figures say nothing about any real model.")
    if state == "stopped":
        say("Nothing holds the bank: the same `crux grow` goes on where it stopped.")
