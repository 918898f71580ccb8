"""The whole client path, cut off in the middle: by an error, a cancellation or kill -9; nothing that was sent is lost."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from cruxbank.errors import EndpointError
from cruxbank.models.budget import Budget
from cruxbank.models.hub import ModelHub
from cruxbank.models.ledger import Ledger
from tests.e2e.wire_server import FAST, SCOPE, Opinion, Server, error, hub_of, on_a_port, outcomes, prompt, spec


class Failing(Server):
    """Answers after a moment; one request, counted from 1, is answered at once with an error status."""

    def __init__(self, at: int = 0, status: int = 402, moment_s: float = 0.05) -> None:
        super().__init__()
        self._at, self._status, self._moment_s = at, status, moment_s
        self.answered: set[str] = set()

    async def chat(self, request: Request) -> Response:
        question = (await request.json())["messages"][-1]["content"].split("\n")[0]
        last = self.requests + 1 == self._at
        given = await super().chat(request)
        if last:
            return error(self._status)
        await asyncio.sleep(self._moment_s)
        self.answered.add(question)
        return given


async def fail_fast(calls: Sequence[Coroutine[Any, Any, Any]]) -> None:
    """As LangGraph does it: the first error cancels the siblings."""
    tasks = [asyncio.create_task(call) for call in calls]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        task.cancel()
    for task in done:
        task.result()


async def orphan(calls: Sequence[Coroutine[Any, Any, Any]]) -> None:
    """As a plain gather does it: the first error is raised and the siblings run on."""
    await asyncio.gather(*calls)


@pytest.mark.parametrize("together", [fail_fast, orphan])
@pytest.mark.parametrize("status", [401, 402])
async def test_an_error_in_the_middle_loses_nothing_that_was_sent(tmp_path: Path, status: int, together: Any) -> None:
    server = Failing(at=30, status=status)
    async with hub_of(server, tmp_path, spec(in_flight=20)) as (hub, _):
        model = hub.model("m1")
        with pytest.raises(EndpointError, match=str(status)):
            await together([model.ask(prompt(f"Is it {i}?"), Opinion, SCOPE) for i in range(100)])
    assert 20 < server.requests < 100, "what was not sent yet is dropped"
    assert len(server.answered) == server.requests - 1
    assert outcomes(tmp_path) == {"answered": len(server.answered), "failed": 1}
    first = set(server.answered)
    async with hub_of(server, tmp_path) as (hub, _):
        model = hub.model("m1")
        await asyncio.gather(*(model.ask(prompt(f"Is it {i}?"), Opinion, SCOPE) for i in range(100)))
    assert {server.by_question[question] for question in first} == {1}
    assert outcomes(tmp_path) == {"answered": 100, "failed": 1}


async def test_a_cancelled_call_is_finished_and_an_equal_one_waits_for_it(tmp_path: Path) -> None:
    server = Failing()
    async with hub_of(server, tmp_path) as (hub, _):
        model = hub.model("m1")
        first = asyncio.create_task(model.ask(prompt("Is it?"), Opinion, SCOPE))
        await server.reached(1)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert first.cancelled()
        assert (await model.ask(prompt("Is it?"), Opinion, SCOPE)).value
    assert server.requests == 1
    assert outcomes(tmp_path) == {"answered": 1}


async def test_a_second_cancellation_gives_up_on_what_is_out(tmp_path: Path) -> None:
    server, budget, told = Server(), Budget(), list[int]()
    async with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        wires = {"sim": httpx2.ASGITransport(server.app)}
        hub = ModelHub([spec()], ledger, budget, wires, {}, FAST, told.append)
        task = asyncio.create_task(hub.model("m1").ask(prompt("hang on?"), Opinion, SCOPE))
        await server.reached(1)
        task.cancel()
        end = asyncio.create_task(hub.aclose())
        await asyncio.sleep(0.05)
        assert not end.done(), "the request is out: closing waits for it"
        assert told == [1], "and says how many are out"
        end.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(end, 2)
    assert outcomes(tmp_path) == {"unknown": 1}  # it may have been served: billed as reserved, asked again
    assert budget.spent.calls == 1


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tests.e2e.wire_server import SCOPE, Opinion, hub_of, prompt, spec

async def main():
    async with hub_of(None, Path(sys.argv[1]), spec(base_url=sys.argv[2])) as (hub, _):
        await asyncio.gather(*(hub.model("m1").ask(prompt(f"Is it {i}?"), Opinion, SCOPE) for i in range(2000)))

asyncio.run(main())
"""


async def test_kill_9_in_the_middle_asks_no_answered_question_again(tmp_path: Path) -> None:
    server = Server()
    async with on_a_port(server) as url:
        command = [sys.executable, "-c", KILLED, str(tmp_path), url, str(Path(__file__).parents[2])]
        child = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL)
        await server.reached(100)
        child.send_signal(signal.SIGKILL)
        await child.wait()
        await asyncio.sleep(0.1)
        before = Counter(server.by_question)
        async with hub_of(None, tmp_path, spec(base_url=url)) as (hub, ledger):
            bill = await ledger.summary()
            model = hub.model("m1")
            await asyncio.gather(*(model.ask(prompt(f"Is it {i}?"), Opinion, SCOPE) for i in range(len(before) + 20)))
            after = await ledger.summary()
    repeated = sum(server.by_question[q] > n for q, n in before.items())
    assert bill.answers > 0
    assert sum(before.values()) <= bill.attempts == bill.answers + bill.unknown
    assert repeated <= bill.unknown <= 100
    assert after.attempts >= server.requests
    assert after.answers == len(before) + 20
