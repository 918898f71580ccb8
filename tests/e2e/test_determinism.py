"""CONTRACTS 7: the same seed gives the same bytes, whatever the replies' delays, the calls in flight, or kills."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Simulator, bytes_of, configure, crux, start

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("determinism"), pytest.mark.timeout(900)]
KILLS = 10
BUDGET = {"calls": 1500}
"""About ten seconds of work, so that ten kills within .6 s of work each cannot outlast it."""


@pytest.fixture(scope="module")
def simulator(serve: Callable[..., Simulator]) -> Simulator:
    return serve("--delay", "0.05")


@pytest.fixture(scope="module")
def reference(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    folder = tmp_path_factory.mktemp("reference")
    configure(folder, simulator.url, limits={"in_flight": 20}, budget=BUDGET)
    simulator.reset()
    done = crux("grow", cwd=folder)
    assert done.code == 0, done.err
    attempts = count(folder, "SELECT count(*) FROM attempts")
    assert simulator.stats()["requests"] == attempts > 300
    dump, exported = bytes_of(folder)
    assert b'"decision"' in dump
    assert exported
    return dump, exported


def count(folder: Path, query: str) -> int:
    with sqlite3.connect(folder / "bank" / "ledger.sqlite") as connection:
        return int(connection.execute(query).fetchone()[0])


@pytest.mark.parametrize("in_flight", [4, 64])
def test_delays_and_concurrency_change_no_byte(
    simulator: Simulator, reference: tuple[bytes, bytes], tmp_path: Path, in_flight: int
) -> None:
    configure(tmp_path, simulator.url, limits={"in_flight": in_flight}, budget=BUDGET)
    done = crux("grow", cwd=tmp_path)
    assert done.code == 0, done.err
    assert bytes_of(tmp_path) == reference


def test_kills_at_random_instants_change_no_byte_and_repeat_no_answer(
    simulator: Simulator, reference: tuple[bytes, bytes], tmp_path: Path
) -> None:
    configure(tmp_path, simulator.url, limits={"in_flight": 20}, budget=BUDGET)
    simulator.reset()
    instants = random.Random(20261122)
    ledger = tmp_path / "bank" / "ledger.sqlite"
    for _ in range(KILLS):
        process = start("grow", cwd=tmp_path)
        before = count(tmp_path, "SELECT count(*) FROM attempts") if ledger.exists() else 0
        while process.poll() is None and (not ledger.exists() or _attempts(ledger) == before):
            time.sleep(0.01)
        time.sleep(instants.uniform(0.0, 0.6))
        assert process.poll() is None, "the run ended before it could be killed: raise its budget"
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = crux("grow", cwd=tmp_path)
    assert done.code == 0, done.err
    assert bytes_of(tmp_path) == reference
    repeated = {prompt: n for prompt, n in simulator.stats()["prompts"].items() if n > 1}
    unknown = count(tmp_path, "SELECT count(*) FROM attempts WHERE outcome = 'unknown'")
    assert sum(n - 1 for n in repeated.values()) <= unknown
    answered = count(tmp_path, "SELECT count(*) FROM attempts WHERE outcome = 'answered'")
    assert answered == count(tmp_path, "SELECT count(DISTINCT key) FROM attempts WHERE outcome = 'answered'")


def _attempts(ledger: Path) -> int:
    try:
        with sqlite3.connect(ledger, timeout=5) as connection:
            return int(connection.execute("SELECT count(*) FROM attempts").fetchone()[0])
    except sqlite3.OperationalError:  # the schema is just being made
        return 0
