"""`crux probe` in real processes: kills, equal bytes, odd targets, several targets, refusals in one line."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from cruxbank.memory.record import Record
from tests.e2e.conftest import Simulator, configure, crux, start

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("probe"), pytest.mark.timeout(600)]
KILLS = 5
LAX = {"window": 2, "fdr": 0.99, "min_separation": 0.0, "confirm_responses": 0}
"""Rules that let nearly everything in: what is probed with here need not separate."""


@pytest.fixture(scope="module")
def simulator(serve: Callable[..., Simulator]) -> Simulator:
    return serve("--delay", "0.02")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small bank, made in-process."""
    folder = tmp_path_factory.mktemp("grown")
    configure(folder, grow=LAX, budget={"calls": 600}, kinds=["question", "dilemma"])
    done = crux("grow", cwd=folder)
    assert done.code == 0, done.err
    return folder


def room(grown: Path, folder: Path, url: str | None = None, **sections: Any) -> Path:
    """A copy of the bank, and a crux.yaml beside it that answers over a URL, LLM judge included."""
    shutil.copytree(grown / "bank", folder / "bank")
    configure(folder, url, grow=LAX, kinds=["question", "dilemma"], **sections)
    return folder


def outcome(folder: Path) -> tuple[bytes, bytes]:
    """What must be equal between equal runs: the canonical record, and the findings."""
    record = Record.open(str(folder / "bank" / "record.sqlite"))
    try:
        dump = record.canonical_dump()
    finally:
        record.close()
    return dump, (sorted((folder / "bank" / "runs").iterdir())[-1] / "findings.json").read_bytes()


def count(folder: Path, query: str) -> int:
    with sqlite3.connect(folder / "bank" / "ledger.sqlite", timeout=5) as connection:
        return int(connection.execute(query).fetchone()[0])


COMMAND = ("probe", "--target", "sim-elm-1", "--turns", "40")


@pytest.fixture(scope="module")
def reference(simulator: Simulator, grown: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    folder = room(grown, tmp_path_factory.mktemp("reference"), simulator.url)
    before = count(folder, "SELECT count(*) FROM attempts")
    simulator.reset()
    done = crux(*COMMAND, cwd=folder)
    assert done.code == 0, done.err
    assert simulator.stats()["requests"] == count(folder, "SELECT count(*) FROM attempts") - before >= 60
    return outcome(folder)


def test_two_fresh_folders_give_the_same_bytes(
    simulator: Simulator, grown: Path, reference: tuple[bytes, bytes], tmp_path: Path
) -> None:
    folder = room(grown, tmp_path / "again", simulator.url, limits={"in_flight": 2})
    done = crux(*COMMAND, "--json", cwd=folder)
    assert done.code == 0, done.err
    assert outcome(folder) == reference
    told = json.loads(done.out)
    assert told["origin"] == "simulated"
    (session,) = told["sessions"]
    assert session["turns"] == session["findings"]["counts"]["asked"] == 40
    assert session["signed"] is True
    assert told["calls"] >= 80
    (page,) = map(Path, told["transcripts"])
    left = {name: (folder / page.with_suffix(name)).read_text("utf-8") for name in (".md", ".html", ".json")}
    assert all("simulated" in text for text in left.values())
    assert left[".html"].count('<article class="turn') >= len(json.loads(left[".json"])["turns"]) == 40
    with ZipFile(folder / page.with_suffix(".eval")) as log:
        head = json.loads(log.read("header.json"))
        samples = [json.loads(log.read(name)) for name in log.namelist() if name.startswith("samples/")]
    assert (head["status"], head["eval"]["model"], head["eval"]["tags"][-1]) == ("success", "sim-elm-1", "simulated")
    assert len(samples) == 40
    assert all(one["metadata"]["as_sent"] and one["messages"][0]["role"] == "system" for one in samples)
    assert head["eval"]["created"] == min(one["started_at"] for one in samples)
    stats = json.loads(crux("bank", "stats", "--json", cwd=folder).out)
    assert (stats["sessions"], stats["turns"]) == (1, 40)
    checked = crux("bank", "verify", cwd=folder)
    assert checked.code == 0, checked.err


def test_kills_in_a_session_change_no_byte_and_repeat_no_answer(
    simulator: Simulator, grown: Path, reference: tuple[bytes, bytes], tmp_path: Path
) -> None:
    folder = room(grown, tmp_path / "killed", simulator.url)
    simulator.reset()
    instants = random.Random(20261122)
    for _ in range(KILLS):
        process = start(*COMMAND, cwd=folder)
        before = count(folder, "SELECT count(*) FROM attempts")
        while process.poll() is None and count(folder, "SELECT count(*) FROM attempts") == before:
            time.sleep(0.01)
        time.sleep(instants.uniform(0.0, 0.4))
        assert process.poll() is None, "the session ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = crux(*COMMAND, cwd=folder)
    assert done.code == 0, done.err
    assert "goes on" in done.err
    assert outcome(folder) == reference
    unknown = count(folder, "SELECT count(*) FROM attempts WHERE outcome = 'unknown'")
    repeated = sum(n - 1 for n in simulator.stats()["prompts"].values() if n > 1)
    assert repeated <= unknown + repeats_on_purpose(folder)
    answered = count(folder, "SELECT count(*) FROM attempts WHERE outcome = 'answered'")
    assert answered == count(folder, "SELECT count(DISTINCT key) FROM attempts WHERE outcome = 'answered'")


def repeats_on_purpose(folder: Path) -> int:
    """Asks with the same words in the same conversation: fresh draws of the strategy, with another repeat index."""
    with sqlite3.connect(folder / "bank" / "record.sqlite") as connection:
        rows = connection.execute("SELECT payload FROM turns").fetchall()
    asks = [json.loads(row[0])["ask"] for row in rows]
    return len(asks) - len({(a["text"], a["after"]) for a in asks})


ODD = ("floods", "silent", "refuses", "foreign", "loops", "rambles", "drifts")


def test_odd_targets_end_with_findings_and_a_reason(grown: Path, tmp_path: Path) -> None:
    folder = room(grown, tmp_path / "odd")
    targets = ",".join(f"sim-target-{name}" for name in ODD)
    done = crux("probe", "--target", targets, "--turns", "20", "--json", cwd=folder)
    assert done.code == 3, done.err
    assert "Traceback" not in done.err
    told = {s["target"].removeprefix("sim-target-"): s for s in json.loads(done.out)["sessions"]}
    assert set(told) == set(ODD)
    for name, session in told.items():
        counts = session["findings"]["counts"]
        assert session["ended"], name
        assert counts["asked"] == counts["answered"] + counts["refused"] + counts["unscored"] == session["turns"]
    assert told["refuses"]["ended"] == "the target refused for 8 turns in a row"
    assert "no answer could be read" in told["silent"]["ended"]
    assert told["floods"]["findings"]["counts"]["unscored_by"] == {"answer_too_long": 8}
    assert "language_not_read" in told["foreign"]["ended"]
    assert told["loops"]["ended"] == "the target gave the same answer for 8 turns in a row"
    plain = crux("probe", "--target", "sim-target-silent", "--turns", "20", cwd=folder)
    assert plain.code == 3
    assert "8 asked: 0 answered, 0 refused, 8 unscored" in plain.out


def test_a_budget_ends_a_run_and_a_raised_one_goes_on(grown: Path, tmp_path: Path) -> None:
    folder = room(grown, tmp_path / "budget")
    command = ("probe", "--target", "sim-elm-1", "--turns", "10", "--sessions", "3")
    done = crux(*command, "--budget-calls", "14", cwd=folder)
    assert done.code == 0, done.err
    assert "budget.calls reached" in done.err
    more = crux(*command, "--budget-calls", "100", "--json", cwd=folder)
    assert more.code == 0, more.err
    told = json.loads(more.out)
    assert told["resumed"] is True
    assert [s["turns"] for s in told["sessions"]] == [10, 10, 10]
    assert len({s["seed"] for s in told["sessions"]}) == 3
    assert told["reason"] == "every session ended"


def test_what_cannot_work_is_said_in_one_line(grown: Path, tmp_path: Path) -> None:
    folder = room(grown, tmp_path / "wrong")
    cases = {
        ("--target", "sim-elm-9x", "--turns", "5"): None,
        ("--target", "gpt-9"): "--target: unknown model 'gpt-9'",
        ("--target", "sim-elm-1", "--values", "securty"): "did you mean 'security'?",
        ("--target", "sim-elm-1", "--topics", "unicorns"): "--topics: 'unicorns' fits none",
        ("--target", "sim-elm-1", "--budget-calls", "10"): "budget.calls: 10 does not pay for a session of 40 turns",
        (): "--target: name a model",
    }
    for arguments, said in cases.items():
        done = crux("probe", *arguments, cwd=folder)
        assert done.code == 2, (arguments, done.err)
        assert "Traceback" not in done.err
        if said is not None:
            assert said in done.err
    empty = tmp_path / "empty"
    configure(empty)
    done = crux("probe", "--target", "sim-elm-1", cwd=empty)
    assert done.code == 2
    assert "crux grow" in done.err
