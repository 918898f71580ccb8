"""The ledger: write-ahead, never paid twice, survives kill -9."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cruxbank.errors import StoreError
from cruxbank.items import CallScope, FailureReason, Message, Usage
from cruxbank.models.calls import KEPT_CHARS, Reply, Request, cut_text
from cruxbank.models.flight import SingleFlight
from cruxbank.models.ledger import Ledger
from cruxbank.models.structured import MAX_CHARS


def request(text: str = "Is it so?", **changes: object) -> Request:
    scope = {"kind": "measurement", "purpose": "respond", "repeat": 0, "run": "r1", "slot": 3, "step": "write"}
    scope |= {k: changes.pop(k) for k in list(changes) if k in scope}
    base = {"provider": "openai", "base_url": "http://x/v1", "model": "m", "params": {"temperature": 1.0}}
    return Request(**(base | changes), messages=(Message(role="user", content=text),), scope=CallScope(**scope))  # type: ignore[arg-type]


REPLY = Reply("yes", "stop", "", Usage(input_tokens=7, output_tokens=3, cached_tokens=2), 0.25, 12)


@pytest.mark.parametrize(
    "change",
    [
        {"repeat": 1},
        {"model": "n"},
        {"base_url": "http://y/v1"},
        {"params": {"temperature": 0.9}},
        {"provider": "sim"},
        {"text": "Is it?"},
    ],
)
def test_all_that_makes_a_call_is_in_its_key(change: dict[str, object]) -> None:
    assert request(**change).key != request().key  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"run": "r2"}, {"slot": 4}, {"step": "rewrite"}])
def test_where_a_call_happens_counts_for_generative_calls_only(change: dict[str, object]) -> None:
    assert request(**change).key == request().key  # type: ignore[arg-type]
    assert request(kind="generative", **change).key != request(kind="generative").key  # type: ignore[arg-type]


def test_a_key_does_not_depend_on_purpose_or_on_the_order_of_parameters() -> None:
    assert request(purpose="judge").key == request().key
    assert request(params={"a": 1, "b": 2}).key == request(params={"b": 2, "a": 1}).key


def test_the_key_is_stable_across_versions() -> None:
    text = '["openai","http://x/v1","m",{"temperature":1.0},[{"content":"Is it so?","role":"user"}],0]'  # by hand
    assert request().key == hashlib.sha256(text.encode()).hexdigest()
    slot = text[:-1] + ',"r1",3,"write"]'
    assert request(kind="generative").key == hashlib.sha256(slot.encode()).hexdigest()


async def test_an_answer_is_there_after_reopening(tmp_path: Path) -> None:
    path, asked = tmp_path / "l.sqlite", request()
    async with Ledger.open(path) as ledger:
        assert await ledger.lookup(asked.key) is None
        number = await ledger.attempt(asked, asked.key, tokens=100, usd=0.5)
        await ledger.commit(asked.key, number, REPLY)
    async with Ledger.open(path) as ledger:
        assert await ledger.lookup(asked.key) == REPLY
        bill = await ledger.summary()
    assert (bill.attempts, bill.answers, bill.unknown, bill.failed) == (1, 1, 0, 0)
    assert (bill.input_tokens, bill.output_tokens, bill.cached_tokens, bill.usd) == (7, 3, 2, 0.25)
    assert bill.usd_by_purpose == {"respond": 0.25}
    assert bill.usd_by_model == {"m": 0.25}


async def test_failures_are_no_answers_and_attempts_are_numbered(tmp_path: Path) -> None:
    asked = request()
    async with Ledger.open(tmp_path / "l.sqlite", session="run 1") as ledger:
        first = await ledger.attempt(asked, asked.key, tokens=100, usd=0.5)
        await ledger.fail(asked.key, first, "429", billed=False)
        second = await ledger.attempt(asked, asked.key, tokens=100, usd=0.5)
        await ledger.fail(asked.key, second, "timeout", billed=True)
        await ledger.give_up(asked.key, FailureReason.TIMEOUT)
        assert await ledger.lookup(asked.key) is None
        third = await ledger.attempt(asked, asked.key, tokens=100, usd=0.5)
        await ledger.commit(asked.key, third, REPLY)
        bill, spent = await ledger.summary(), await ledger.spent()
    assert (first, second, third) == (1, 2, 3)
    assert (bill.attempts, bill.failed, bill.unknown, bill.answers, bill.usd) == (3, 1, 1, 1, 0.75)
    assert (spent.calls, spent.tokens, spent.usd) == (2, 110, 0.75)
    async with Ledger.open(tmp_path / "l.sqlite", session="run 2") as ledger:
        assert (await ledger.spent()).calls == 0


async def test_a_committed_answer_never_changes(tmp_path: Path) -> None:
    asked = request()
    async with Ledger.open(tmp_path / "l.sqlite") as ledger:
        for reply in (REPLY, Reply("no")):
            number = await ledger.attempt(asked, asked.key, tokens=1, usd=0.0)
            await ledger.commit(asked.key, number, reply)
        assert await ledger.lookup(asked.key) == REPLY


async def test_an_attempt_that_was_cancelled_before_it_went_out_is_not_billed(tmp_path: Path) -> None:
    asked = request()
    async with Ledger.open(tmp_path / "l.sqlite") as ledger:
        task = asyncio.create_task(ledger.attempt(asked, asked.key, tokens=1, usd=9.0))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await ledger.lookup(asked.key)
    async with Ledger.open(tmp_path / "l.sqlite") as ledger:
        bill = await ledger.summary()
    assert (bill.unknown, bill.failed, bill.usd) == (0, 1, 0.0)


async def test_writers_share_a_transaction_and_none_waits_long(tmp_path: Path) -> None:
    asked = [request(f"Is it {i}?") for i in range(300)]
    statements: list[str] = []
    async with Ledger.open(tmp_path / "l.sqlite") as ledger:
        await ledger._writer.submit(lambda c: c.set_trace_callback(statements.append))
        await asyncio.gather(*(ledger.attempt(r, r.key, tokens=1, usd=0.0) for r in asked))
        started = time.perf_counter()
        for r in asked[:20]:
            await ledger.attempt(r, r.key, tokens=1, usd=0.0)
        alone = (time.perf_counter() - started) / 20
        assert (await ledger.summary()).attempts == 320
    assert statements.count("COMMIT") < 60  # 20 of them for the 20 that came one by one
    assert alone < 0.05  # 3 ms on an idle machine


async def test_a_job_that_sqlite_refuses_fails_alone(tmp_path: Path) -> None:
    asked = [request(f"Is it {i}?") for i in range(5)]
    absurd = Reply("yes", usage=Usage(input_tokens=10**20))
    statements: list[str] = []
    async with Ledger.open(tmp_path / "l.sqlite") as ledger:
        numbers = [await ledger.attempt(r, r.key, tokens=1, usd=0.0) for r in asked]
        await ledger._writer.submit(lambda c: c.set_trace_callback(statements.append))
        replies = [absurd if i == 2 else REPLY for i in range(4)]
        commits = [ledger.commit(r.key, n, reply) for r, n, reply in zip(asked, numbers, replies, strict=False)]
        twice = ledger._writer.submit(lambda c: c.execute("UPDATE attempts SET outcome = 'no such'"))
        results = await asyncio.gather(*commits, twice, return_exceptions=True)
        found = [await ledger.lookup(r.key) for r in asked]
    assert [type(r) for r in results] == [type(None), type(None), OverflowError, type(None), StoreError]
    assert found == [REPLY, REPLY, None, REPLY, None]
    assert statements.count("COMMIT") <= 2, "they shared a transaction"  # one of them for the trace itself


async def test_the_event_loop_goes_on_while_the_ledger_waits(tmp_path: Path) -> None:
    asked, turns = request(), 0
    async with Ledger.open(tmp_path / "l.sqlite") as ledger:
        blocker = sqlite3.connect(tmp_path / "l.sqlite", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")  # the writer has to wait for this one
        writing = asyncio.create_task(ledger.attempt(asked, asked.key, tokens=1, usd=0.0))
        for _ in range(100):
            await asyncio.sleep(0.001)
            turns += not writing.done()
        blocker.execute("ROLLBACK")
        blocker.close()
        assert await writing == 1
    assert turns == 100


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_models_ledger import REPLY, request
from cruxbank.models.ledger import Ledger

async def main():
    async with Ledger.open(Path(sys.argv[1])) as ledger:
        done, out = request("answered?"), request("in flight?")
        await ledger.commit(done.key, await ledger.attempt(done, done.key, tokens=9, usd=9.0), REPLY)
        await ledger.attempt(out, out.key, tokens=50, usd=0.5)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_kill_9_loses_no_answer_and_bills_what_was_out(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(path), str(Path(__file__).parent))
    assert await child.wait() == -signal.SIGKILL
    async with Ledger.open(path, recover=False) as ledger:
        assert (await ledger.summary()).unknown == 0  # someone who only looks changes nothing
    async with Ledger.open(path) as ledger:
        assert await ledger.lookup(request("answered?").key) == REPLY
        assert await ledger.lookup(request("in flight?").key) is None
        bill = await ledger.summary()
        again = request("in flight?")
        assert await ledger.attempt(again, again.key, tokens=50, usd=0.5) == 2
    assert (bill.attempts, bill.answers, bill.unknown, bill.usd) == (2, 1, 1, 0.75)


@pytest.mark.parametrize("content", [b"this is no database at all, only text" * 30, None])
async def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "l.sqlite"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=r"l\.sqlite") as caught:
        async with Ledger.open(path):
            pass
    assert caught.value.hint
    assert content is None or path.read_bytes() == content


async def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="schema version 99"):
        async with Ledger.open(path):
            pass


async def test_a_full_disk_is_one_clear_error_and_the_ledger_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    async with Ledger.open(path) as ledger:
        await ledger._writer.submit(lambda c: c.execute("PRAGMA max_page_count = 30").fetchone())
        r = request("x" * 200_000)
        with pytest.raises(StoreError, match="full") as caught:
            await ledger.attempt(r, r.key, tokens=1, usd=0.0)
        small = request()
        assert await ledger.attempt(small, small.key, tokens=1, usd=0.0) == 1  # the writer lives on
        assert "disk space" in caught.value.hint
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


FULL = """
import asyncio, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_models_ledger import request
from cruxbank.errors import StoreError
from cruxbank.models.ledger import Ledger

async def main():
    async with Ledger.open(Path(sys.argv[1])) as ledger:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        for i in range(200):
            r = request("x" * 3000 + str(i))
            await ledger.attempt(r, r.key, tokens=1, usd=0.0)

try:
    asyncio.run(main())
except StoreError as error:
    print(error)
"""


def test_a_file_that_may_not_grow_is_reported_too(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path / "l.sqlite"), str(Path(__file__).parent)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("ledger ")
    assert "free some disk space" in done.stdout
    assert len(done.stdout.splitlines()) == 1


async def test_a_folder_where_nothing_can_be_written() -> None:
    with pytest.raises(StoreError, match="unable to open"):
        async with Ledger.open(Path("/proc/l.sqlite")):
            pass


def test_an_over_long_answer_keeps_its_beginning_and_its_name() -> None:
    text, finish = cut_text("x" * (MAX_CHARS + 1), "stop")
    assert len(text) == KEPT_CHARS
    assert Reply(text, finish).failure is FailureReason.TOO_LONG


async def test_equal_calls_fly_once_and_all_get_the_result() -> None:
    flights: SingleFlight[int] = SingleFlight()
    count = 0

    async def work() -> int:
        nonlocal count
        count += 1
        await asyncio.sleep(0.01)
        return count

    assert await asyncio.gather(*(flights.run("k", work) for _ in range(50))) == [1] * 50
    assert await flights.run("k", work) == 2


async def test_an_error_reaches_all_and_a_cancelled_flyer_is_replaced() -> None:
    flights: SingleFlight[int] = SingleFlight()
    count = 0

    async def work() -> int:
        nonlocal count
        count += 1
        await asyncio.sleep(0.01)
        if count == 1:
            raise ValueError("no")
        return count

    results = await asyncio.gather(*(flights.run("k", work) for _ in range(5)), return_exceptions=True)
    assert [type(r) for r in results] == [ValueError] * 5
    tasks = [asyncio.create_task(flights.run("k", work)) for _ in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [3] * 4  # the flight of tasks[0] was the second, a waiter made the third
