"""The whole client path against a server of our own: what is sent, and that all of it is counted and paid once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cruxbank.errors import BudgetExhausted, StoreError
from cruxbank.models.budget import Budget
from tests.e2e.wire_server import SCOPE, Opinion, Server, hub_of, on_a_port, prompt, spec

KEY = "sk-very-secret-0123456789"


def everything_in(folder: Path) -> bytes:
    return b"".join(f.read_bytes() for f in folder.iterdir())


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


async def test_nothing_is_sent_that_cannot_be_written_down(tmp_path: Path) -> None:
    server, budget = Server(), Budget(calls=1)
    async with hub_of(server, tmp_path, budget=budget) as (hub, ledger):
        await ledger._writer.submit(lambda c: c.execute("PRAGMA max_page_count = 1").fetchone())
        with pytest.raises(StoreError, match="full"):
            await hub.model("m1").ask(prompt("Is it " + "so " * 20_000 + "?"), Opinion, SCOPE)
    assert server.requests == 0
    assert budget.spent.calls == 0


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


async def test_an_absurd_count_of_tokens_is_estimated_instead(tmp_path: Path) -> None:
    server = Server()
    async with hub_of(server, tmp_path) as (hub, ledger):
        answer = await hub.model("m1").ask(prompt("absurd is it?"), Opinion, SCOPE)
        bill = await ledger.summary()
    assert answer.value is not None
    assert 0 < answer.usage.input_tokens < 1_000
    assert (bill.answers, bill.input_tokens) == (1, answer.usage.input_tokens)


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
