"""The whole client path against a server of our own: in-process and on a loopback port, with faults."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cruxbank.errors import BudgetExhausted, EndpointError, StoreError
from cruxbank.items import CallScope, FailureReason, Message, PromptRef, RenderedPrompt
from cruxbank.models.budget import Budget
from cruxbank.models.hub import ModelHub, ModelSpec
from cruxbank.models.ledger import Ledger
from cruxbank.models.retry import Backoff

KEY = "sk-very-secret-0123456789"
SCOPE = CallScope(kind="measurement", purpose="respond")
FAST = Backoff(first_s=0.01, longest_s=0.02)


class Opinion(BaseModel):
    stance: str
    key_points: list[str]


GOOD = json.dumps({"stance": "yes", "key_points": ["a", "b", "c"]})

USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 40},
}


def completion(text: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": USAGE}


def error(status: int, code: str = "", **headers: str) -> Response:
    return JSONResponse({"error": {"message": f"said {code or status}", "code": code}}, status, headers)


class Server:
    """A chat-completions endpoint that behaves as the question's first word says. Counts what it gets."""

    def __init__(self) -> None:
        self.requests = 0
        self.counted = asyncio.Condition()
        self.by_question: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.app = Starlette(routes=[Route("/v1/chat/completions", self.chat, methods=["POST"])])

    async def reached(self, requests: int) -> None:
        async with self.counted:
            await self.counted.wait_for(lambda: self.requests >= requests)

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        async with self.counted:
            self.requests += 1
            self.counted.notify_all()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        question = body["messages"][-1]["content"].split("\n")[0]
        self.by_question[question] += 1
        return await self.answer(
            question.split()[0], self.by_question[question], repaired="could not be used" in str(body)
        )

    async def answer(self, mode: str, time: int, *, repaired: bool) -> Response:
        once: dict[str, Response] = {
            "busy": error(429, **{"Retry-After": "0.2"}),
            "broken": error(503),
            "html": PlainTextResponse("<html>gateway</html>"),
            "nothing": JSONResponse({"object": "error", "choices": None}),
        }
        always = {
            "key": error(401), "unknown": error(404), "bad": error(400), "filter": error(400, "content_filter"),
            "down": error(500), "length": JSONResponse(completion(GOOD[:20], "length")),
            "refusal": JSONResponse(completion(None, refusal="I will not.")),
            "plain": JSONResponse(completion("I'm sorry, I can't help with that.")),
            "filtered": JSONResponse(completion("", "content_filter")),
            "long": JSONResponse(completion("x" * 1_000_000)), "hopeless": JSONResponse(completion("no idea")),
            "uncounted": JSONResponse({**completion(GOOD), "usage": None}),
            "absurd": JSONResponse({**completion(GOOD), "usage": {**USAGE, "prompt_tokens": 10**20}}),
            "surrogate": Response(json.dumps(completion(GOOD + " \ud800")), media_type="application/json"),
        }  # fmt: skip
        if mode == "hang":
            await asyncio.sleep(30)
        if mode == "echo":
            return JSONResponse(completion(f"You sent {self.headers[-1]}"))
        if mode == "filterecho":
            return error(400, f"content_filter {self.headers[-1]['authorization']}")
        if mode == "bug":
            raise ZeroDivisionError
        if mode == "worse" and repaired:
            return error(422)
        if mode in {"mended", "worse"} and not repaired:
            return JSONResponse(completion("Yes, I think so."))
        if mode in once and time == 1:
            return once[mode]
        return always.get(mode) or JSONResponse(completion(GOOD))


def prompt(question: str) -> RenderedPrompt:
    messages = (Message(role="system", content="You answer in JSON."), Message(role="user", content=question))
    return RenderedPrompt(messages=messages, ref=PromptRef(name="t", version=1, sha256=""))


def spec(**changes: Any) -> ModelSpec:
    base = {"id": "m1", "base_url": "sim://panel/v1", "model": "m", "params": {"temperature": 1.0, "max_tokens": 200},
            "price_in": 1.0, "price_out": 10.0, "retries": 3, "timeout_s": 20.0}  # fmt: skip
    return ModelSpec(**(base | changes))


@asynccontextmanager
async def hub_of(
    server: Server | None,
    path: Path,
    *specs: ModelSpec,
    budget: Budget | None = None,
    env: dict[str, str] | None = None,
    backoff: Backoff = FAST,
) -> AsyncIterator[tuple[ModelHub, Ledger]]:
    transports = {"sim": httpx2.ASGITransport(server.app)} if server else {}
    async with Ledger.open(path / "ledger.sqlite") as ledger:
        hub = ModelHub(specs or (spec(),), ledger, budget or Budget(), transports, env, backoff)
        try:
            yield hub, ledger
        finally:
            await hub.aclose()


def everything_in(folder: Path) -> bytes:
    return b"".join(f.read_bytes() for f in folder.iterdir())


@asynccontextmanager
async def on_a_port(server: Server) -> AsyncIterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(server.app, log_level="error", lifespan="off"))
    task = asyncio.create_task(running.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        running.should_exit = True
        running.force_exit = True
        await task


async def test_what_goes_over_the_wire(tmp_path: Path) -> None:
    server = Server()
    models = (spec(), spec(id="m2", structured="text", send_seed=False), spec(id="m3", structured="json"))
    async with hub_of(server, tmp_path, *models) as (hub, _):
        for id_ in hub.ids:
            answer = await hub.model(id_).ask(prompt("Is it?"), Opinion, SCOPE.model_copy(update={"repeat": 4}))
            assert answer.value == Opinion(stance="yes", key_points=["a", "b", "c"])
    schema, text, plain = server.bodies
    assert schema["response_format"]["json_schema"]["name"] == "Opinion"
    assert (schema["model"], schema["seed"], schema["temperature"], schema["max_tokens"]) == ("m", 4, 1.0, 200)
    assert "n" not in schema
    assert schema["messages"][-1] == {"role": "user", "content": "Is it?"}
    assert "response_format" not in text
    assert "seed" not in text
    assert "\n\nAnswer with one JSON object that follows this schema:\n{" in text["messages"][-1]["content"]
    assert plain["response_format"] == {"type": "json_object"}


async def test_usage_and_price_come_back_and_a_second_ask_is_free(tmp_path: Path) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, ledger):
        first = await hub.model("m1").ask(prompt("Is it?"), Opinion, SCOPE)
        second = await hub.model("m1").ask(prompt("Is it?"), Opinion, SCOPE)
        other = await hub.model("m1").ask(prompt("Is it?"), Opinion, SCOPE.model_copy(update={"repeat": 1}))
        bill = await ledger.summary()
    assert (first.usage.input_tokens, first.usage.output_tokens, first.usage.cached_tokens) == (100, 20, 40)
    assert first.usd == pytest.approx(0.0003)
    assert first == second
    assert other.key != first.key
    assert server.requests == bill.attempts == bill.answers == 2
    assert bill.usd == pytest.approx(0.0006)


async def test_fifty_equal_asks_are_one_request_and_a_restart_asks_nothing(tmp_path: Path) -> None:
    server = Server()
    for _ in range(2):
        async with hub_of(server, tmp_path) as (hub, _):
            model = hub.model("m1")
            answers = await asyncio.gather(*(model.ask(prompt("Is it?"), Opinion, SCOPE) for _ in range(50)))
        assert len({a.model_dump_json() for a in answers}) == 1
    assert server.requests == 1


@pytest.mark.parametrize(
    ("mode", "reason", "requests"),
    [
        ("length", FailureReason.TRUNCATED, 1), ("refusal", FailureReason.REFUSAL, 1), ("plain", FailureReason.REFUSAL, 1),
        ("filter", FailureReason.CONTENT_FILTER, 1), ("filtered", FailureReason.CONTENT_FILTER, 1),
        ("long", FailureReason.TOO_LONG, 1), ("bad", FailureReason.REJECTED, 1), ("hopeless", FailureReason.UNPARSEABLE, 2),
        ("down", FailureReason.SERVER, 4),
    ],
)  # fmt: skip
async def test_failures_are_data(tmp_path: Path, mode: str, reason: FailureReason, requests: int) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, _):
        answer = await hub.model("m1").ask(prompt(f"{mode} is it?"), Opinion, SCOPE)
        assert answer.value is None
        assert answer.failure is reason
        assert answer.detail
        assert server.requests == requests
        again = await hub.model("m1").ask(prompt(f"{mode} is it?"), Opinion, SCOPE)
    assert again.failure is reason
    forgotten = mode in {"bad", "down"}  # no answer came: asked again
    assert server.requests == requests * (2 if forgotten else 1)
    assert (tmp_path / "ledger.sqlite").stat().st_size < 200_000


async def test_one_repair_turn(tmp_path: Path) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, ledger):
        answer = await hub.model("m1").ask(prompt("mended is it?"), Opinion, SCOPE)
        again = await hub.model("m1").ask(prompt("mended is it?"), Opinion, SCOPE)
        bill = await ledger.summary()
    assert answer.value is not None
    assert (answer.calls, answer.usage.input_tokens) == (2, 200)
    assert answer.usd == pytest.approx(0.0006)
    assert again == answer
    assert server.requests == bill.attempts == 2
    assert [m["role"] for m in server.bodies[1]["messages"]] == ["system", "user", "assistant", "user"]
    assert "no JSON object in the answer" in server.bodies[1]["messages"][-1]["content"]


async def test_a_repair_turn_that_fails_counts_as_a_call(tmp_path: Path) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, _):
        answer = await hub.model("m1").ask(prompt("worse is it?"), Opinion, SCOPE)
    assert (answer.failure, answer.calls, server.requests) == (FailureReason.REJECTED, 2, 2)
    assert answer.usd == pytest.approx(0.0003)


async def test_a_bug_behind_an_in_process_endpoint_is_not_hidden(tmp_path: Path) -> None:
    async with hub_of(Server(), tmp_path) as (hub, ledger):
        with pytest.raises(ZeroDivisionError):
            await hub.model("m1").ask(prompt("bug is it?"), Opinion, SCOPE)
        assert (await ledger.summary()).unknown == 1


async def test_nothing_is_sent_that_cannot_be_written_down(tmp_path: Path) -> None:
    server, budget = Server(), Budget(calls=1)
    async with hub_of(server, tmp_path, budget=budget) as (hub, ledger):
        await ledger._writer.submit(lambda c: c.execute("PRAGMA max_page_count = 1").fetchone())
        with pytest.raises(StoreError, match="full"):
            await hub.model("m1").ask(prompt("Is it " + "so " * 20_000 + "?"), Opinion, SCOPE)
    assert server.requests == 0
    assert budget.spent.calls == 0


@pytest.mark.parametrize("mode", ["busy", "broken", "html", "nothing"])
async def test_passing_faults_are_tried_again(tmp_path: Path, mode: str) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, ledger):
        answer = await hub.model("m1").ask(prompt(f"{mode} is it?"), Opinion, SCOPE)
        bill = await ledger.summary()
    assert answer.value is not None
    assert server.requests == bill.attempts == 2
    assert bill.answers == 1


@pytest.mark.parametrize(("mode", "word"), [("key", "refuses the key"), ("unknown", "knows no model 'm'")])
async def test_what_would_meet_every_call_ends_the_run(tmp_path: Path, mode: str, word: str) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, _):
        with pytest.raises(EndpointError, match=word):
            await hub.model("m1").ask(prompt(f"{mode} is it?"), Opinion, SCOPE)
    assert server.requests == 1


async def test_odd_but_readable_answers(tmp_path: Path) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, _):
        uncounted = await hub.model("m1").ask(prompt("uncounted is it?"), Opinion, SCOPE)
        surrogate = await hub.model("m1").ask(prompt("surrogate is it?"), Opinion, SCOPE)
    assert uncounted.value is not None
    assert uncounted.usage.output_tokens > 0  # estimated: no call looks free
    assert surrogate.value is not None


async def test_the_key_goes_to_its_endpoint_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    server = Server()
    models = (spec(api_key_env="THE_KEY"), spec(id="m2", model="other"))
    async with hub_of(server, tmp_path, *models, env={"THE_KEY": KEY}) as (hub, _):
        for id_ in hub.ids:
            await hub.model(id_).ask(prompt("Is it?"), Opinion, SCOPE)
        for mode in ("bad", "echo", "filterecho"):
            answer = await hub.model("m1").ask(prompt(f"{mode} is it?"), Opinion, SCOPE)
            assert answer.failure
            assert KEY not in answer.model_dump_json()
        stored = everything_in(tmp_path)
        assert KEY not in repr(vars(hub.model("m1")))
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.headers[1]["authorization"] == "Bearer none"
    assert b"Is it?" in stored
    assert KEY.encode() not in stored
    assert b"Bearer ***" in stored


async def test_the_budget_ends_the_run_and_cached_answers_stay_free(tmp_path: Path) -> None:
    server = Server()
    async with hub_of(server, tmp_path, budget=Budget(calls=3)) as (hub, _):
        model = hub.model("m1")
        for i in range(3):
            assert (await model.ask(prompt(f"Is it {i}?"), Opinion, SCOPE)).value
        with pytest.raises(BudgetExhausted):
            await model.ask(prompt("Is it 3?"), Opinion, SCOPE)
        assert (await model.ask(prompt("Is it 1?"), Opinion, SCOPE)).value
    assert server.requests == 3


async def test_check_is_a_real_call_every_time(tmp_path: Path) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, _):
        for _ in range(2):
            found = await hub.check("m1")
            assert found.answered
            assert not found.structured  # this server answers every question with an opinion
    assert server.requests == 4  # each with its repair turn


async def test_over_a_port_attempts_equal_requests(tmp_path: Path) -> None:
    server = Server()
    async with on_a_port(server) as url, hub_of(None, tmp_path, spec(base_url=url)) as (hub, ledger):
        model = hub.model("m1")
        answers = await asyncio.gather(*(model.ask(prompt(f"Is it {i}?"), Opinion, SCOPE) for i in range(120)))
        bill = await ledger.summary()
    assert all(a.value for a in answers)
    assert server.requests == bill.attempts == bill.answers == 120


async def test_rate_limits_on_a_port_lose_nothing(tmp_path: Path) -> None:
    server = Server()
    async with on_a_port(server) as url, hub_of(None, tmp_path, spec(base_url=url)) as (hub, ledger):
        model = hub.model("m1")
        answers = await asyncio.gather(*(model.ask(prompt(f"busy {i}?"), Opinion, SCOPE) for i in range(30)))
        bill = await ledger.summary()
    assert all(a.value for a in answers)
    assert server.requests == bill.attempts == 60
    assert bill.failed == 30


async def test_a_hang_is_cut_by_our_own_timeout(tmp_path: Path) -> None:
    server = Server()
    for in_process in (True, False):
        folder = tmp_path / str(in_process)
        folder.mkdir()
        async with on_a_port(server) as url:
            where = "sim://panel/v1" if in_process else url
            model = spec(base_url=where, timeout_s=0.3, retries=1)
            async with hub_of(server, folder, model) as (hub, ledger):
                answer = await asyncio.wait_for(hub.model("m1").ask(prompt("hang on?"), Opinion, SCOPE), 5)
                bill = await ledger.summary()
        assert answer.failure is FailureReason.TIMEOUT
        assert (bill.attempts, bill.unknown) == (2, 2)  # both may have been served: billed as reserved
        assert bill.usd > 0.004


async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, trickle: bool) -> None:
    await reader.readuntil(b"\r\n\r\n")
    if trickle:  # a byte now and then for ever: no read of the client ever times out
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.02)
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() sends a reset
    writer.close()


@pytest.mark.parametrize(("trickle", "reason"), [(False, FailureReason.NETWORK), (True, FailureReason.TIMEOUT)])
async def test_resets_and_trickles_end_as_failures(tmp_path: Path, trickle: bool, reason: FailureReason) -> None:
    listening = await asyncio.start_server(lambda r, w: rude(r, w, trickle=trickle), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    model = spec(base_url=f"http://127.0.0.1:{port}/v1", timeout_s=0.4, retries=1)
    async with hub_of(None, tmp_path, model) as (hub, ledger):
        answer = await asyncio.wait_for(hub.model("m1").ask(prompt("Is it?"), Opinion, SCOPE), 5)
        bill = await ledger.summary()
    listening.close()
    await asyncio.sleep(0.1)
    assert answer.failure is reason
    assert (bill.attempts, bill.unknown) == (2, 2)


async def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with hub_of(None, tmp_path, spec(base_url=f"http://127.0.0.1:{port}/v1")) as (hub, ledger):
        with pytest.raises(EndpointError, match=f"nobody answers at http://127.0.0.1:{port}/v1"):
            await hub.model("m1").ask(prompt("Is it?"), Opinion, SCOPE)
        bill = await ledger.summary()
    assert (bill.attempts, bill.failed, bill.usd) == (1, 1, 0.0)


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


def outcomes(folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as file:
        return Counter(row[0] for row in file.execute("SELECT outcome FROM attempts"))


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


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    @property
    def backoff(self) -> Backoff:
        return Backoff(first_s=0.01, longest_s=0.02, sleep=self.sleep, clock=self)


class Busy(Server):
    """Asks the first caller to come back after so many seconds."""

    def __init__(self, retry_after: str) -> None:
        super().__init__()
        self._retry_after = retry_after

    async def answer(self, mode: str, time: int, *, repaired: bool) -> Response:
        if self.requests == 1:
            return error(429, **{"Retry-After": self._retry_after})
        return await super().answer(mode, time, repaired=repaired)


async def test_a_wait_within_patience_is_waited_out(tmp_path: Path) -> None:
    server, clock = Busy("250"), Clock()
    async with hub_of(server, tmp_path, backoff=clock.backoff) as (hub, _):
        assert (await hub.model("m1").ask(prompt("Is it?"), Opinion, SCOPE)).value
    assert server.requests == 2
    assert 250 <= clock.now - 1000 < 251


@pytest.mark.parametrize(
    ("asked", "words"), [("301", "6 minutes"), ("86400", "24 hours"), ("1e300", "more than a year")]
)
async def test_a_longer_wait_ends_the_run_and_nobody_sleeps(tmp_path: Path, asked: str, words: str) -> None:
    server, clock = Busy(asked), Clock()
    async with hub_of(server, tmp_path, spec(in_flight=1), backoff=clock.backoff) as (hub, _):
        model = hub.model("m1")
        asks = (model.ask(prompt(f"Is it {i}?"), Opinion, SCOPE) for i in range(5))
        found = await asyncio.wait_for(asyncio.gather(*asks, return_exceptions=True), 5)
        for each in found:
            assert isinstance(each, EndpointError)
            assert each.message == f"models.m1: sim://panel/v1 asks to wait {words} (Retry-After)"
            assert each.retryable
            assert "later" in each.hint
        assert server.requests == 1, "who waited for a place is refused at once"
        assert clock.now == 1000.0
        clock.now += 400
        if asked == "301":
            assert (await model.ask(prompt("Is it 1?"), Opinion, SCOPE)).value
    assert outcomes(tmp_path)["open"] == 0


async def test_an_absurd_count_of_tokens_is_estimated_instead(tmp_path: Path) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, ledger):
        answer = await hub.model("m1").ask(prompt("absurd is it?"), Opinion, SCOPE)
        bill = await ledger.summary()
    assert answer.value is not None
    assert 0 < answer.usage.input_tokens < 1_000
    assert (bill.answers, bill.input_tokens) == (1, answer.usage.input_tokens)


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_models_wire import Opinion, SCOPE, hub_of, prompt, spec

async def main():
    async with hub_of(None, Path(sys.argv[1]), spec(base_url=sys.argv[2])) as (hub, _):
        await asyncio.gather(*(hub.model("m1").ask(prompt(f"Is it {i}?"), Opinion, SCOPE) for i in range(2000)))

asyncio.run(main())
"""


async def test_kill_9_in_the_middle_asks_no_answered_question_again(tmp_path: Path) -> None:
    server = Server()
    async with on_a_port(server) as url:
        command = [sys.executable, "-c", KILLED, str(tmp_path), url, str(Path(__file__).parent)]
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


async def test_no_trace_leaves_for_a_third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0

    async def tracer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        writer.close()

    listening = await asyncio.start_server(tracer, "127.0.0.1", 0)
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "x")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    async with hub_of(Server(), tmp_path) as (hub, _):
        assert (await hub.model("m1").ask(prompt("Is it?"), Opinion, SCOPE)).value
        await asyncio.sleep(0.5)
    listening.close()
    assert seen == 0
