"""The run folders against the record: each run has its folder, each folder its run, and the files say what they should."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from cruxbank.memory.bank import BankFolder
from cruxbank.memory.findings import BACKUP, REPAIR, RUNS, Inconsistency
from cruxbank.memory.rows import Run

EVENTS = "events.jsonl"
REPORT = "report.html"
_FROM_START = ("config.yaml", "prompts.json")
_AT_END: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(("grow", "remeasure", "probe"), (EVENTS, "run.json")) | {"import": ("import.json",)}
)
"""What a run of each kind has when it ended; a grown one has its report too."""
_UNREADABLE = (OSError, ValueError, RecursionError)


def check_runs(recorded: Mapping[str, Run | None], folder: BankFolder) -> Iterator[Inconsistency]:
    """Every disagreement between the record's runs by id (None: cannot be read) and the folders."""
    present = set(folder.run_ids())
    for key in sorted(recorded.keys() - present):
        yield Inconsistency(kind="run_without_folder", ref=key, detail="runs/ has no such folder", hint=RUNS)
    for key in sorted(present - recorded.keys()):
        detail = "the record has no such run"
        yield Inconsistency(kind="folder_without_run", ref=key, detail=detail, hint=BACKUP)
    for key in sorted(present & recorded.keys()):
        if (run := recorded[key]) is not None:
            yield from _folder(run, folder.path / "runs" / key)


def _folder(run: Run, folder: Path) -> Iterator[Inconsistency]:
    # A run that has told nothing yet was cut off in its first second, before it wrote its files.
    begun = _concluded(run) or (folder / EVENTS).is_file()
    for name in [*(_FROM_START if begun else ()), *(_AT_END[run.kind] if _concluded(run) else ())]:
        if not (folder / name).is_file():
            yield Inconsistency(kind="run_file_missing", ref=f"{run.id}/{name}", detail="no such file", hint=RUNS)
    if run.kind == "grow" and _concluded(run) and not (folder / REPORT).is_file():
        yield Inconsistency(kind="report_missing", ref=f"{run.id}/{REPORT}", detail="no such file", hint=REPAIR)
    yield from _result(run, folder / "run.json")
    yield from _events(run, folder / EVENTS)


def _concluded(run: Run) -> bool:
    return run.state != "running"


def _result(run: Run, path: Path) -> Iterator[Inconsistency]:
    if not path.is_file():
        return
    try:
        said = json.loads(path.read_bytes())
        named = said.get("run") if isinstance(said, dict) else None
    except _UNREADABLE:
        yield Inconsistency(kind="run_file_damaged", ref=f"{run.id}/run.json", detail="is no JSON", hint=RUNS)
        return
    if named != run.id:
        detail = f"is the result of run {named}"
        yield Inconsistency(kind="run_file_damaged", ref=f"{run.id}/run.json", detail=detail, hint=RUNS)


def _events(run: Run, path: Path) -> Iterator[Inconsistency]:
    if not path.is_file():
        return
    ref = f"{run.id}/{EVENTS}"
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                detail = f"line {number} is cut off"
                yield Inconsistency(kind="events_cut_off", ref=ref, detail=detail, hint=REPAIR)
            elif not _is_event(line):
                detail = f"line {number} is no event"
                yield Inconsistency(kind="run_file_damaged", ref=ref, detail=detail, hint=RUNS)
                return


def _is_event(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except _UNREADABLE:
        return False
