"""The offline main job in one process each: init, grow, look, verify, export."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import crux

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("offline")]


@pytest.fixture(scope="module")
def grown(lend: Callable[..., Path]) -> Path:
    return lend()  # over the shipped topics: ten are exhausted before the budget is


def test_the_run_says_what_it_did(grown: Path) -> None:
    result = json.loads((grown / "grow.json").read_text())
    assert result["origin"] == "simulated"
    assert result["operational"] >= 1
    assert result["reason"] == "budget.calls reached"
    assert result["calls"] <= 1200
    assert result["paid"]["attempts"] == result["calls"]


def test_stats_by_status(grown: Path) -> None:
    stats = json.loads(crux("bank", "stats", "--json", cwd=grown).out)
    result = json.loads((grown / "grow.json").read_text())
    assert stats["by_status"]["operational"] == result["operational"]
    assert sum(stats["by_status"].values()) == stats["items"] == result["drafts"]
    assert sum(stats["models"].values()) == stats["responses"]


def test_search_show_verify(grown: Path) -> None:
    found = json.loads(crux("bank", "search", "punishing animals for sport", "--n", "3", "--json", cwd=grown).out)
    assert len(found["items"]) == 3
    assert found["items"][0]["cosine"] >= found["items"][1]["cosine"]
    first = found["items"][0]["id"]
    shown = crux("bank", "show", first[:10], cwd=grown)
    assert shown.code == 0, shown.err
    assert found["items"][0]["text"] in shown.out.replace("\n", " ")
    assert "simulated models" in shown.out
    verified = crux("bank", "verify", "--json", cwd=grown)
    assert json.loads(verified.out) == {"ok": True, "inconsistencies": []}


def test_export_is_the_same_twice_and_never_overwrites(grown: Path) -> None:
    one = crux("export", "--to", "jsonl", "--out", "one", cwd=grown)
    two = crux("export", "--to", "jsonl", "--out", "two", cwd=grown)
    assert (one.code, two.code) == (0, 0), one.err + two.err
    first = (grown / "one" / "items.jsonl").read_bytes()
    assert first == (grown / "two" / "items.jsonl").read_bytes()
    again = crux("export", "--to", "jsonl", "--out", "one", cwd=grown)
    assert again.code == 2
    assert "already exists" in again.err
    lines = [json.loads(line) for line in first.decode().splitlines()]
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    assert {line["origin"] for line in lines} == {"simulated"}
    assert {line["schema"] for line in lines} == {"cruxbank.item/1"}
    assert all(line["separation"]["joint"]["lo"] >= 0.05 for line in lines)
    assert str(grown) not in first.decode()


def test_the_run_folder_tells_how_it_was_made(grown: Path) -> None:
    runs = list((grown / "bank" / "runs").iterdir())
    assert len(runs) == 1
    names = {p.name for p in runs[0].iterdir()}
    assert {"config.yaml", "prompts.json", "events.jsonl", "run.json"} <= names
    events = [json.loads(line)["event"] for line in (runs[0] / "events.jsonl").read_text().splitlines()]
    assert events[0] == "run_started"
    assert events[-1] == "run_ended"


def test_a_raised_budget_goes_on_with_the_same_run(grown: Path) -> None:
    before = json.loads((grown / "grow.json").read_text())
    done = crux("grow", "--budget-calls", "1500", "--json", cwd=grown)
    assert done.code == 0, done.err
    after = json.loads(done.out)
    assert after["run"] == before["run"]
    assert after["resumed"] is True
    assert before["calls"] < after["calls"] <= 1500
    assert after["paid"]["attempts"] == after["calls"]


def test_a_finished_run_starts_the_next(grown: Path) -> None:
    before = json.loads((grown / "grow.json").read_text())
    done = crux("grow", "--budget-calls", "300", "--json", cwd=grown)
    assert done.code == 0, done.err
    assert json.loads(done.out)["run"] != before["run"]
    assert f"run {before['run']} has ended: this is a new run with a whole new budget (300 calls)" in done.err
