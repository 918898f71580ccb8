"""Batches of sessions over simulated targets: one bank grown once, each batch a probing run on a copy of it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cruxbank.app.grow import grow_bank
from cruxbank.app.probe import probe_bank
from cruxbank.app.probe_scope import ProbeRequest
from cruxbank.bench.probe_text_marks import marked
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.meter import Pulse
from cruxbank.memory.record import Record

COUNTS: Mapping[str, int] = {"flip": 200, "noisy": 400, "framed": 200, "yields": 100, "order": 100}
"""Sessions by kind of target."""
TURNS = 120
BATCH = 10
"""Sessions of one probing run: its start (encoder, meanings of the bank's items) takes as long as two sessions."""
JUDGE = "sim-quill-3"
"""The model that reads answers. The local judge takes three seconds more a session and bears on positions alone."""
GROWN = 6_000
"""Calls that the bank is grown with."""
LAX = {"window": 4, "fdr": 0.99, "min_separation": 0.0, "confirm_responses": 0, "max_rewrites": 0}
"""Most drafts enter: what targets are asked about needs many subjects, not good ones."""


class Job(NamedTuple):
    """One batch."""

    kind: str
    batch: int
    sessions: int
    seed: int

    @property
    def name(self) -> str:
        """Of its files in the cache."""
        return f"{self.seed}-{self.kind}-{self.batch}-{self.sessions}"

    @property
    def world(self) -> int:
        """Seed of the run and of what is planted: batches share neither subjects nor answers."""
        return 10_000 * self.seed + 100 * list(COUNTS).index(self.kind) + self.batch


class _Silent:
    """Hears the events of a run."""

    def emit(self, name: str, **fields: Any) -> None:
        """Nothing is shown."""


def jobs(seed: int, scale: float, kinds: Sequence[str]) -> list[Job]:
    """All batches; the kinds in turn, so that a run that was stopped has some of each."""
    found = []
    for kind in kinds:
        n = max(round(COUNTS[kind] * scale), 2)
        found += [Job(kind, k, min(BATCH, n - BATCH * k), seed) for k in range(-(-n // BATCH))]
    return sorted(found, key=lambda job: (job.batch, kinds.index(job.kind)))


def settings_for(bank: Path, seed: int, calls: int) -> Settings:
    """The simulated preset with a model as the judge."""
    data = yaml.safe_load(presets()["simulated"])
    data["panels"]["holdout"] = []
    data["grow"] |= LAX
    changes = {
        "seed": seed,
        "bank": str(bank),
        "kinds": ["question", "dilemma"],
        "agents": {"judge": JUDGE},
        "topics": {"expand": 0},
        "budget": {"calls": calls},
    }
    return settings_from(data, changes)


def played(todo: Sequence[Job], cache: Path, processes: int) -> list[dict[str, Any]]:
    """The marks of every session, from the cache or played now."""
    cache.mkdir(parents=True, exist_ok=True)
    for seed in sorted({job.seed for job in todo}):
        _bank(cache, seed)
    left = [job for job in todo if not _marks(cache, job).is_file()]
    with ProcessPoolExecutor(max(processes, 1), mp_context=get_context("spawn")) as pool:
        running = {pool.submit(partial(play, job, cache)): job for job in left}
        for done, future in enumerate(as_completed(running), start=1):
            future.result()
            print(f"{done} of {len(left)} batches: {running[future].name}", flush=True)
    return [mark for job in todo for mark in json.loads(_marks(cache, job).read_text(encoding="utf-8"))]


def play(job: Job, cache: Path) -> None:
    """One batch: a probing run on a copy of the bank, or what is left of it, and the marks of its sessions."""
    folder, began = cache / job.name, time.process_time()
    if not folder.exists():
        copy = cache / f"{job.name}.new"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(_bank(cache, job.seed), copy)
        copy.rename(folder)
    settings = settings_for(folder, job.world, 10_000_000)
    first = BATCH * job.batch + 1
    targets = tuple(f"sim-target-{job.kind}-{number}" for number in range(first, first + job.sessions))
    told = probe_bank(settings, ProbeRequest(targets=targets, turns=TURNS), _Silent(), Pulse(), world=job.world)
    record = Record.open(str(folder / "record.sqlite"))
    try:
        found = [marked(record, session, job.kind, job.world) for session in record.sessions(told["run"])]
    finally:
        record.close()
    cpu = (time.process_time() - began) / max(len(found), 1)
    _marks(cache, job).write_text(json.dumps([{**mark, "cpu": cpu} for mark in found]), encoding="utf-8")
    shutil.rmtree(folder)


def _marks(cache: Path, job: Job) -> Path:
    return cache / f"{job.name}.json"


def _bank(cache: Path, seed: int) -> Path:
    """The bank that all batches of a seed copy; grown where it is missing, gone on with where that was stopped."""
    bank, done = cache / f"{seed}-bank", cache / f"{seed}-bank.done"
    if not done.is_file():
        grow_bank(settings_for(bank, seed, GROWN), _Silent(), Pulse(), world=seed)
        done.touch()
    return bank
