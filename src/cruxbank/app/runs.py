"""Which run a command belongs to: the one that was cut off, the one whose budget grew, or the next."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cruxbank.config.loading import config_hash
from cruxbank.config.settings import Settings
from cruxbank.errors import StoreError
from cruxbank.graphs.context import RunIdentity
from cruxbank.graphs.outcome import spent_in
from cruxbank.graphs.round_nodes import budgets_left
from cruxbank.graphs.stages import dearest_call, worst_case
from cruxbank.items import PromptRef, Topic
from cruxbank.memory.bank import BankFolder, run_id
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Run, RunKind
from cruxbank.values.systems import digest, is_file, load_system
from cruxbank.values.views import parse

SYSTEM_FILE = "values.yaml"
"""Copy of a value system of one's own in the run folder: the bank can be read where the original is gone."""
UNSCORED = "unscored: "
"""Begins the state of a run that stopped because its answers could not be read: the same command goes on with it."""


class Chosen(NamedTuple):
    """The run to go on with, and whether it had begun before."""

    identity: RunIdentity
    resumed: bool
    hash: str
    after: str = ""
    """A new `crux grow`: the one before it in this bank; its budget is not what is left of that one's."""
    changed: bool = False
    """Whether that one had other settings, values or topics."""


def now() -> str:
    """UTC time for people; nothing is decided from it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def topics_digest(topics: Sequence[Topic]) -> str:
    """Hash of the topics and their order: other topics make another run."""
    text = "\n".join(topic.model_dump_json() for topic in topics)
    return hashlib.sha256(text.encode()).hexdigest()


def values_digest(settings: Settings) -> str:
    """Hash of what is read from a value system of one's own; empty for a shipped one, which its name tells.

    Raises:
        ValueSystemError: the file cannot be used.
    """
    return digest(load_system(settings.values)) if is_file(settings.values) else ""


def choose_run(settings: Settings, record: Record, topics: Sequence[Topic]) -> Chosen:
    """The last run if it has the same configuration and is unfinished (or its budget was raised), else the next."""
    found = config_hash(settings, topics_digest(topics), values_digest(settings))
    runs = record.runs()
    last = next((run for run in reversed(runs) if run.kind == "grow"), None)
    resumed = last is not None and last.config_hash == found and _goes_on(last, settings, record)
    seq = last.seq if last is not None and resumed else len(runs) + 1
    before = last if last is not None and not resumed else None
    changed = before is not None and before.config_hash != found
    return Chosen(identify(settings, seq, found), resumed, found, before.id if before else "", changed)


def identify(settings: Settings, seq: int, config: str) -> RunIdentity:
    """The run with this number and configuration."""
    return RunIdentity(
        id=run_id(seq, config),
        seed=_run_seed(settings.seed, seq),
        configured_seed=settings.seed,
        origin="simulated" if settings.simulated else "real",
    )


def _run_seed(seed: int, seq: int) -> int:
    """A second run over the same topics must draw other numbers than the first."""
    drawn = hashlib.sha256(f"{seed} {seq}".encode()).digest()
    return int.from_bytes(drawn[:6], "big")


def _goes_on(run: Run, settings: Settings, record: Record) -> bool:
    if run.state == "running" or run.state.startswith(UNSCORED):
        return True
    if not run.state.startswith("budget"):
        return False
    spent = spent_in(d.payload for d in record.decisions(run.id))
    have = len(record.operational_bits(run.id))
    left = budgets_left(settings.budget, spent, have, worst_case(settings), dearest_call(settings))
    return min(left.values(), default=0) > 0


def begin(bank: BankFolder, record: Record, chosen: Chosen, kind: RunKind) -> Path:
    """Enter a run into the record as running, begun now or before; its folder, which is made where it is missing."""
    run, folder = chosen.identity, bank.run_folder(chosen.identity.id)
    record.begin_run(run.id, chosen.hash, kind=kind, seed=run.configured_seed, started_at=now())
    record.finish_run(run.id, "running")
    return folder


def describe(folder: Path, settings: Settings, prompts: Sequence[PromptRef]) -> None:
    """config.yaml and prompts.json of the run folder: what it took to make this run, a value system of one's own too.

    Raises:
        StoreError: one of them cannot be written.
    """
    plain = settings.model_dump(mode="json", by_alias=True)
    plain["memory"] |= {name: _without_password(plain["memory"][name]) for name in ("record_url", "chroma_url")}
    if is_file(settings.values):
        base = parse(settings.values).base
        plain["values"] = f"{SYSTEM_FILE}{settings.values.removeprefix(base)}"
        _write(folder / SYSTEM_FILE, Path(base).read_text(encoding="utf-8"))
    _write(folder / "config.yaml", yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
    refs = [ref.model_dump() for ref in prompts]
    _write(folder / "prompts.json", json.dumps(refs, indent=1) + "\n")


def _without_password(url: str | None) -> str | None:
    """A URL as it may be written down: a database password is a secret like any key."""
    return None if url is None else re.sub(r"(?<=://)([^/@:]*)(?::[^/@]*)?@", r"\1:***@", url)


def conclude(folder: Path, result: dict[str, Any]) -> None:
    """run.json: how the run ended.

    Raises:
        StoreError: it cannot be written.
    """
    text = json.dumps({**result, "at": now()}, sort_keys=True, indent=1, ensure_ascii=False)
    _write(folder / "run.json", text + "\n")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{path}: {error.strerror or type(error).__name__}"
        raise StoreError(message, hint="check the disk and the permissions, then run the same command again") from error
