"""A bank in three languages: every agent a simulated model, cut off once, with differences between languages planted."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from cruxbank.items import Item, Status
from cruxbank.memory.record import Record
from cruxbank.simulator.truth import language_shift
from cruxbank.simulator.world import World
from tests.e2e.conftest import bytes_of, configure, crux, start, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
URL = "sim://polyglot/v1"
TOPICS = ("social scoring of citizens", "bailouts for failing banks", "amnesty for former guerrilla fighters", "zoos")
"""Of the first three, world 0 shifts the stance in German and Chinese by about one response's standard deviation."""
CALLS = 2200


def prepare(folder: Path) -> Path:
    grow = {"window": 4, "confirm_responses": 0, "language_responses": 4, "max_rewrites": 0}
    config = configure(folder, URL, languages=["en", "zh", "de"], grow=grow, budget={"calls": CALLS})
    (folder / "topics.txt").write_text("\n".join(TOPICS) + "\n", encoding="utf-8")
    return config


def ledger_rows(folder: Path) -> int:
    file = folder / "bank" / "ledger.sqlite"
    if not file.exists():
        return 0
    try:
        with sqlite3.connect(file, timeout=1) as connection:
            return int(connection.execute("SELECT count(*) FROM attempts").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def killed(folder: Path) -> None:
    """Grow, kill without a word in the middle, and go on to the end."""
    process = start("grow", cwd=folder)
    wait_until(lambda: ledger_rows(folder) > CALLS // 2 or process.poll() is not None, 300)
    assert process.poll() is None, "the run ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    time.sleep(0.1)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    prepare(folder)
    done = crux("grow", "--json", cwd=folder, timeout=600)
    assert done.code == 0, done.err
    assert "warning: all-MiniLM-L6-v2 does not read de, zh" in done.err
    (folder / "result.json").write_text(done.out, encoding="utf-8")
    return folder


def operational(folder: Path) -> tuple[Item, ...]:
    record = Record.open(str(folder / "bank" / "record.sqlite"))
    try:
        return record.items(status=Status.OPERATIONAL, order="id")
    finally:
        record.close()


def test_every_language_is_written_asked_and_told(grown: Path) -> None:
    items = operational(grown)
    assert len({item.language for item in items}) >= 2
    asked = [(item, language, found) for item in items for language, found in item.by_language.items()]
    assert {language for _, language, found in asked if found.separation} == {"en", "zh", "de"}
    assert all(
        {language, item.language} <= {"en", "zh", "de"} and language != item.language for item, language, _ in asked
    )
    found = json.loads((grown / "result.json").read_text(encoding="utf-8"))["languages"]
    assert [one["language"] for one in found["languages"]] == ["en", "zh", "de"]
    assert found["tests"] == 3 * sum(one.separation is not None for *_, one in asked)
    report = next((grown / "bank" / "runs").glob("*/report.html")).read_text(encoding="utf-8")
    assert "<h2>Languages</h2>" in report
    assert crux("bank", "verify", cwd=grown).code == 0
    stats = json.loads(crux("bank", "stats", "--json", cwd=grown).out)
    assert stats["languages"] == found
    one = crux("bank", "show", items[0].id, cwd=grown)
    assert next(iter(items[0].by_language)) + ": " in one.out


def test_planted_differences_are_found_and_no_others(grown: Path) -> None:
    world = World(0, "polyglot")
    flags = json.loads((grown / "result.json").read_text(encoding="utf-8"))["languages"]["flags"]
    flagged = {(f["item"], f["language"]) for f in flags}
    planted, free = set[tuple[str, str]](), set[tuple[str, str]]()
    for item in operational(grown):
        for language, found in item.by_language.items():
            truth = language_shift(item.text, item.language, language, preset="polyglot", world=world)
            if found.separation is not None:
                (planted if truth["reordered"] or abs(float(truth["uniform"])) > 0.5 else free).add((item.id, language))
    assert flagged & planted, f"nothing of {len(planted)} planted was found"
    assert len(flagged & free) <= 1, f"of {len(free)} without a difference"


def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(grown: Path, tmp_path: Path) -> None:
    prepare(tmp_path)
    killed(tmp_path)
    done = crux("grow", cwd=tmp_path, timeout=600)
    assert done.code == 0, done.err
    assert bytes_of(tmp_path) == bytes_of(grown)
