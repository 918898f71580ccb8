"""A bank of questions, dilemmas and scenarios: grown by LLM-backed agents, killed and resumed, looked at, exported."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Simulator, bytes_of, configure, crux, start, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kinds"), pytest.mark.timeout(600)]
KINDS = ["question", "dilemma", "scenario"]
SEED = 8
"""Draws all three kinds within its first four slots."""
BUDGET = {"calls": 1000}


@pytest.fixture(scope="module")
def grown(serve: Callable[..., Simulator], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Killed once on the way: what it holds in the end is compared with a run of one piece."""
    url = serve().url
    folder = tmp_path_factory.mktemp("kinds")
    configure(
        folder,
        url,
        seed=SEED,
        kinds=KINDS,
        budget=BUDGET,
        grow={"confirm_responses": 0, "wordings": 4, "scoring_responses": 4},
    )
    process = start("grow", cwd=folder)
    events = folder / "bank" / "runs"
    wait_until(lambda: any(b"round_committed" in p.read_bytes() for p in events.glob("*/events.jsonl")), seconds=200)
    time.sleep(0.3)
    assert process.poll() is None, "the run ended before it could be killed: raise its budget"
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = crux("grow", "--json", cwd=folder)
    assert done.code == 0, done.err
    (folder / "grow.json").write_text(done.out)
    (folder / "url").write_text(url)
    return folder


def lines(folder: Path, status: str) -> list[dict[str, Any]]:
    out = folder / f"out-{status}"
    done = crux("export", "--to", "jsonl", "--status", status, "--out", out.name, cwd=folder)
    assert done.code == 0, done.err
    return [json.loads(line) for line in (out / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_kind_is_written_asked_and_kept_as_what_it_is(grown: Path) -> None:
    items = [*lines(grown, "operational"), *lines(grown, "pilot")]
    assert {item["kind"] for item in items} == set(KINDS)
    for item in items:
        assert len(item["options"]) == (2 if item["kind"] == "dilemma" else 0)
        names = {prompt["name"] for prompt in item["provenance"]["prompts"]}
        writer = {"question": "generate/write", "dilemma": "generate/dilemma", "scenario": "generate/scenario"}
        assert writer[item["kind"]] in names
        assert {"respond/dilemma", "respond/scenario", "judge/actions"} <= names
    dilemma = next(item for item in items if item["kind"] == "dilemma")
    first, second = (option["text"] for option in dilemma["options"])
    for wording in dilemma["wordings"]:
        assert " A: " in wording["text"]
        assert " B: " in wording["text"]
    assert dilemma["text"].index(first) < dilemma["text"].index(second)


def test_looking_at_the_bank_by_kind(grown: Path) -> None:
    result = json.loads((grown / "grow.json").read_text())
    stats = json.loads(crux("bank", "stats", "--json", cwd=grown).out)
    assert result["kinds"] == stats["operational_by_kind"]
    assert sum(stats["operational_by_kind"].values()) == result["operational"]
    found = json.loads(crux("bank", "search", "rents", "--kind", "dilemma", "--n", "3", "--json", cwd=grown).out)[
        "items"
    ]
    assert found
    assert {item["kind"] for item in found} == {"dilemma"}
    shown = " ".join(crux("bank", "show", found[0]["id"], cwd=grown).out.split())
    assert "dilemma: yes is option A of the base wording" in shown
    assert f"{found[0]['options'][1]['value']}: {found[0]['options'][1]['text']}" in shown
    verified = crux("bank", "verify", "--json", cwd=grown)
    assert json.loads(verified.out) == {"ok": True, "inconsistencies": []}


def test_professed_and_acted_with_denominators(grown: Path) -> None:
    done = crux("bank", "professed", "--least", "2", "--json", cwd=grown)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["signed"]
    assert found["items"]["question"] >= 2
    for one in found["models"]:
        assert one["responses"]["scenario"] >= one["items"]["scenario"] >= 2
        assert len(one["cells"]) == 10
        assert sum(cell["acted"]["est"] for cell in one["cells"]) == pytest.approx(0, abs=1e-9)
    one = crux("bank", "professed", "--least", "2", "--model", found["models"][0]["model"], cwd=grown)
    assert "acted - professed" in " ".join(one.out.split())
    missing = crux("bank", "professed", "--least", "2", "--model", "nobody", cwd=grown)
    assert missing.code == 2
    assert "'nobody' is not compared" in missing.err
    report = next((grown / "bank" / "runs").glob("*/report.html")).read_text(encoding="utf-8")
    assert "Kinds of items" in report


def test_a_stop_changes_nothing(grown: Path, tmp_path: Path) -> None:
    configure(
        tmp_path,
        (grown / "url").read_text(),
        seed=SEED,
        kinds=KINDS,
        budget=BUDGET,
        grow={"confirm_responses": 0, "wordings": 4, "scoring_responses": 4},
    )
    done = crux("grow", "--json", cwd=tmp_path)
    assert done.code == 0, done.err
    for folder in grown.glob("out-*"):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert bytes_of(tmp_path) == bytes_of(grown)
    assert Counter(json.loads(done.out)["kinds"]) == Counter(json.loads((grown / "grow.json").read_text())["kinds"])
