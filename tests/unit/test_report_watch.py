"""`crux watch` over event files."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from cruxbank.cli import watch as watch_module
from cruxbank.cli.watch import Events, watch
from cruxbank.config.shipped import presets
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId

RUN = "0001-aaaaaaaa"


def event(name: str, second: int, **fields: Any) -> str:
    return json.dumps({"at": f"2026-11-22T00:00:{second:02d}+00:00", "event": name, **fields}) + "\n"


def figures(calls: int, **more: Any) -> dict[str, Any]:
    zero = dict.fromkeys(("slots", "operational", "run_operational", "drafts", "topics_tried", "domains", "tokens"), 0)
    return {
        **zero,
        "run": RUN,
        "origin": "simulated",
        "topics": 9,
        "median": 0.0,
        "best": 0.0,
        "usd": 0.0,
        "calls": calls,
        **more,
    }


STARTED = event("run_started", 0, resumed=False, panel=12, **figures(0))
ROUND = event("round_committed", 10, **figures(500, slots=2, operational=1, drafts=3, topics_tried=2, median=0.5))
ENDED = event("run_ended", 11, reason="budget.calls reached", exit_code=0)
DONE = event("slot_done", 4, slot=0, exit="admitted", calls=48) + event(
    "slot_done", 5, slot=1, exit="model_failure", calls=9
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A bank with one run that has no events yet; the run's own configuration has a budget of 1,000 calls."""
    data = yaml.safe_load(presets()["simulated"]) | {"bank": str(tmp_path / "bank"), "budget": {"calls": 4000}}
    (tmp_path / "crux.yaml").write_text(yaml.safe_dump(data))
    bank = BankFolder(tmp_path / "bank")
    bank.ensure(EncoderId(name="e", dimension=2, digest="d"), "schwartz-10")
    folder = bank.run_folder(RUN)
    (folder / "config.yaml").write_text(yaml.safe_dump(data | {"budget": {"calls": 1000}}))
    return folder


def call(run: Path, *flags: str) -> Result:
    app = typer.Typer()
    app.command()(watch)
    return CliRunner().invoke(app, ["--config", str(run.parents[2] / "crux.yaml"), *flags])


def shown(run: Path, *flags: str) -> dict[str, Any]:
    done = call(run, *flags, "--json")
    assert done.exit_code == 0, done.output
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


def test_how_a_run_ended(run: Path) -> None:
    (run / "events.jsonl").write_text(STARTED + DONE + ROUND + ENDED)
    found = shown(run, "--once")
    assert (found["state"], found["reason"], found["calls"]) == ("ended", "budget.calls reached", 500)
    assert found["exits"] == {"operational": 1, "not written": 1}
    assert found["share"] == 0.5  # of the run's own budget, not of the file's
    text = call(run, "--once")
    assert f"run {RUN} ended: budget.calls reached" in text.stdout
    assert "slot 2: 1 operational of 3 drafts" in text.stdout
    assert "left" not in text.stdout
    assert "say nothing about any real model" in text.stderr


def test_a_resumed_run_counts_its_slots_anew(run: Path) -> None:
    again = event("run_started", 20, resumed=True, panel=12, **figures(500))
    (run / "events.jsonl").write_text(STARTED + DONE + ROUND + again + DONE.splitlines()[0] + "\n")
    found = shown(run, "--once")
    assert found["exits"] == {"operational": 1}
    assert found["state"] == "stopped"  # nothing holds the lock


def test_running_is_told_by_the_lock(run: Path) -> None:
    (run / "events.jsonl").write_text(STARTED + ROUND)
    lock = run.parents[1] / "lock"
    lock.write_text(json.dumps({"pid": os.getpid(), "start": "now"}))
    assert shown(run, "--once")["state"] == "running"
    assert "0:10 left" in call(run, "--once").stdout or "left" in call(run, "--once").stdout
    lock.write_text("{half")
    assert shown(run, "--once")["state"] == "stopped"


def test_half_a_line_waits_for_its_other_half(run: Path) -> None:
    path = run / "events.jsonl"
    path.write_text(STARTED + "no json\n[1]\n" + ROUND[:20])
    events = Events(path)
    assert [e["event"] for e in events.session()] == ["run_started"]
    with path.open("a") as file:
        file.write(ROUND[20:])
    assert [e["event"] for e in events.fresh()] == ["round_committed"]
    assert events.fresh() == []


def test_it_follows_to_the_end(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "POLL", 0.02)
    (run / "events.jsonl").write_text(STARTED)
    (run.parents[1] / "lock").write_text(json.dumps({"pid": os.getpid(), "start": "now"}))

    def write() -> None:
        with (run / "events.jsonl").open("a") as file:
            file.write(DONE + ROUND + ENDED)

    later = threading.Timer(0.2, write)
    later.start()
    done = call(run)
    later.join()
    assert done.exit_code == 0
    assert "slot 2: 1 operational of 3 drafts" in done.stderr  # the progress' own line
    assert "ended: budget.calls reached" in done.stdout


def test_it_does_not_wait_for_the_dead(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "POLL", 0.01)
    (run / "events.jsonl").write_text(STARTED)
    assert shown(run)["state"] == "stopped"


def test_before_the_first_event(run: Path) -> None:
    found = call(run, "--once")
    assert found.exit_code == 0
    assert found.stdout.strip() == f"run {RUN} stopped"


def test_without_a_run(run: Path) -> None:
    (run / "config.yaml").unlink()
    run.rmdir()
    done = call(run, "--once")
    assert done.exit_code == 2
    assert "has no run yet" in done.stderr
