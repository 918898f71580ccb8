"""Real commands in real processes against the simulator on a loopback port."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from cruxbank.config.shipped import presets
from cruxbank.memory.record import Record

ENV = {**os.environ, "HF_HUB_OFFLINE": "1", "LANGGRAPH_STRICT_MSGPACK": "true", "COLUMNS": "120"}
TOPICS = [
    "rent control in big cities",
    "nuclear power in densely settled countries",
    "compulsory voting",
    "school uniforms",
    "bullfighting",
    "facial recognition in public squares",
    "inheritance taxes",
    "homework in primary schools",
    "zoos",
    "private hospitals",
]


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str


def crux(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None, timeout: float = 240) -> Done:
    """Run the command to its end."""
    command = [sys.executable, "-m", "cruxbank.cli", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, env={**ENV, **(env or {})}, capture_output=True, text=True, timeout=timeout, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


def start(*arguments: str | Path, cwd: Path) -> subprocess.Popen[bytes]:
    """Start the command and return at once."""
    command = [sys.executable, "-m", "cruxbank.cli", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Simulator(NamedTuple):
    """A simulator on a port."""

    url: str

    def stats(self) -> dict[str, Any]:
        """What GET /stats says."""
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/stats", timeout=10) as reply:  # noqa: S310
            loaded: dict[str, Any] = json.load(reply)
        return loaded

    def reset(self) -> None:
        """Count from zero."""
        request = urllib.request.Request(self.url.removesuffix("/v1") + "/stats/reset", method="POST")  # noqa: S310
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Simulator]]:
    """Starts `crux simulate` with flags; all are stopped at the end."""
    running: list[subprocess.Popen[str]] = []

    def begin(*flags: str) -> Simulator:
        command = [sys.executable, "-m", "cruxbank.cli", "simulate", "--port", "0", *flags]
        process = subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        running.append(process)
        assert process.stdout is not None
        return Simulator(process.stdout.readline().strip())

    yield begin
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


def configure(folder: Path, url: str | None = None, **sections: Any) -> Path:
    """A crux.yaml in a folder: the simulated preset, small, over the given URL; with a URL all agents are LLM-backed."""
    data = yaml.safe_load(presets()["simulated"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "topics.txt").write_text("\n".join(TOPICS) + "\n", encoding="utf-8")
    data["topics"] = {"file": str(folder / "topics.txt"), "policy": "kernel", "expand": 2}
    data["grow"] |= {"window": 3}
    data["budget"] = {"calls": 900}
    if url is not None:
        for model in data["models"]:
            model |= {"base_url": url, "send_seed": True}
        data["agents"] = {"generator": "sim-quill-1", "critic": "sim-quill-2", "judge": "sim-quill-3"}
    for name, section in sections.items():
        data[name] = {**data[name], **section} if isinstance(data.get(name), dict) else section
    data["bank"] = str(folder / "bank")
    path = folder / "crux.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def lend(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives a copy of a bank of 1,200 calls over the shipped topics, grown once for all files and all workers of a test
    run (half a minute of CPU); `grow.json` beside it is what the command told."""
    place = tmp_path_factory.getbasetemp()
    place = (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "lent"

    def copy(**sections: Any) -> Path:
        with hold(place.with_suffix(".lock")):
            if not (place / "grow.json").exists():
                configure(place, budget={"calls": 1200}, topics={"file": None})
                done = crux("grow", "--json", cwd=place)
                assert done.code == 0, done.err
                (place / "grow.json").write_text(done.out)
        folder = tmp_path_factory.mktemp("lent") / "copy"
        shutil.copytree(place, folder)
        configure(folder, **{"budget": {"calls": 1200}, "topics": {"file": None}, **sections})
        return folder

    return copy


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Wait for a lock that the workers of a test run share."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def bytes_of(folder: Path) -> tuple[bytes, bytes]:
    """Everything that must be equal between equal runs: the canonical record, and the exported lines."""
    record = Record.open(str(folder / "bank" / "record.sqlite"))
    try:
        dump = record.canonical_dump()
    finally:
        record.close()
    for status in ("operational", "pilot"):
        done = crux("export", "--config", "crux.yaml", "--to", "jsonl", "--status", status, "--out", status, cwd=folder)
        assert done.code in {0, 2}, done.err
    exported = b"".join(p.read_bytes() for p in sorted(folder.glob("*/items.jsonl")))
    return dump, exported


def wait_until(check: Callable[[], bool], seconds: float = 60) -> None:
    """Poll until the check holds."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
