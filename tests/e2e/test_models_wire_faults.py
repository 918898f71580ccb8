"""The whole client path against a server of our own that fails: what is data, tried again, waited for, or the end."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path

import pytest
from starlette.responses import Response

from cruxbank.errors import EndpointError
from cruxbank.items import FailureReason
from cruxbank.models.retry import Backoff
from tests.e2e.wire_server import SCOPE, Opinion, Server, error, hub_of, on_a_port, outcomes, prompt, spec


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
