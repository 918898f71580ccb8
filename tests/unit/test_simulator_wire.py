"""The simulator's wire: OpenAI's shapes, errors, counts and faults, through the in-process transport."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from cruxbank.errors import ConfigError
from cruxbank.simulator.app import create_app
from cruxbank.simulator.faults import Faults
from cruxbank.simulator.roster import MODELS

QUESTION = "Should cities ban short-term holiday rentals?"
OPINION = {"type": "json_schema", "json_schema": {"name": "Opinion", "schema": {}, "strict": True}}


def client(**settings: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(**settings)), base_url="http://sim")


def body(text: str = QUESTION, model: str = "sim-birch-2", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


@pytest.fixture
async def sim() -> AsyncIterator[httpx2.AsyncClient]:
    async with client() as opened:
        yield opened


async def ask(sim: httpx2.AsyncClient, **request: Any) -> str:
    answer = await sim.post("/v1/chat/completions", json=request)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


async def test_a_completion_has_openais_shape_and_counts_tokens(sim: httpx2.AsyncClient) -> None:
    answer = await sim.post("/v1/chat/completions", json=body(response_format=OPINION, temperature=0.7, seed=3))
    told = answer.json()
    assert told["object"] == "chat.completion"
    assert told["choices"][0]["finish_reason"] == "stop"
    usage = told["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens"] == 4 + 3 + -(-len(QUESTION) // 4)
    assert answer.headers["x-cruxbank-simulated"] == "true"
    assert told["system_fingerprint"].startswith("cruxbank-simulator-")


async def test_an_opinion_has_a_stance_and_three_points_or_refuses(sim: httpx2.AsyncClient) -> None:
    for model in MODELS:
        said = json.loads(await ask(sim, **body(model=model.id, response_format=OPINION)))
        assert said["stance"] in {"yes", "no", "neutral", "refuse"}
        assert len(said["key_points"]) == (0 if said["stance"] == "refuse" else 3)
        assert all("{" not in point and "[" not in point for point in said["key_points"])


async def test_without_a_schema_the_answer_is_a_sentence_and_three_numbered_points(sim: httpx2.AsyncClient) -> None:
    lines = (await ask(sim, **body())).split("\n")
    assert [line[:2] for line in lines[1:]] == ["1.", "2.", "3."]


async def test_the_schema_may_stand_in_the_message(sim: httpx2.AsyncClient) -> None:
    block = '\n\nAnswer with one JSON object that follows this schema:\n{"title": "Opinion", "type": "object"}'
    for request in (body(QUESTION + block), body(QUESTION + block, response_format={"type": "json_object"})):
        assert set(json.loads(await ask(sim, **request))) == {"stance", "key_points"}


async def test_an_unknown_schema_gets_the_smallest_value_that_fits(sim: httpx2.AsyncClient) -> None:
    shape = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "tags": {"type": "array"}, "word": {"enum": ["b"]}},
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "Ping", "schema": shape}}
    assert json.loads(await ask(sim, **body(response_format=wanted))) == {"ok": True, "tags": [], "word": "b"}


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"model": "gpt-9"}, 404, "model"),
        ({"model": None}, 400, "model"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "user", "content": 3}]}, 400, "messages[0].content"),
        ({"n": 2}, 400, "n"),
        ({"stream": True}, 400, "stream"),
        ({"seed": "x"}, 400, "seed"),
        ({"temperature": 5}, 400, "temperature"),
        ({"response_format": {"type": "xml"}}, 400, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, 400, "response_format"),
    ],
)
async def test_bad_requests_get_an_error_of_openais_shape(
    sim: httpx2.AsyncClient, change: dict[str, Any], status: int, param: str
) -> None:
    answer = await sim.post("/v1/chat/completions", json=body() | change)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"


async def test_a_body_that_is_no_json_is_refused(sim: httpx2.AsyncClient) -> None:
    for raw in (b"{", b"[1]", b"\xff\xfe", b"[" * 100_000):
        assert (await sim.post("/v1/chat/completions", content=raw)).status_code == 400


async def test_models_are_listed_in_families(sim: httpx2.AsyncClient) -> None:
    rows = (await sim.get("/v1/models")).json()["data"]
    assert len(rows) == len(MODELS) == 28
    assert len({model.family for model in MODELS}) == 7


async def test_stats_count_requests_roles_statuses_and_repeats(sim: httpx2.AsyncClient) -> None:
    for request in (body(), body(), body(seed=1), body(model="nobody")):
        await sim.post("/v1/chat/completions", json=request)
    stats = (await sim.get("/stats")).json()
    assert stats["requests"] == 4
    assert stats["by_model"] == {"sim-birch-2": 3}
    assert stats["by_role"] == {"respondent": 3}
    assert stats["by_status"] == {"200": 3, "404": 1}
    assert sorted(stats["prompts"].values()) == [1, 2]
    assert stats["in_flight"] == 0
    assert stats["max_in_flight"] == 1
    assert (await sim.post("/stats/reset")).json()["requests"] == 0


async def test_replies_depend_on_the_request_and_not_on_delay_order_or_temperature(sim: httpx2.AsyncClient) -> None:
    first = [await ask(sim, **body(model=m.id)) for m in MODELS[:8]]
    async with client(delay=(0.0, 0.003)) as slow:
        second = [await ask(slow, **body(model=m.id, temperature=1.3)) for m in reversed(MODELS[:8])]
    assert first == second[::-1]


async def test_another_seed_of_request_or_server_gives_another_draw(sim: httpx2.AsyncClient) -> None:
    said = {await ask(sim, **body(seed=k)) for k in range(6)}
    assert len(said) == 6
    async with client(seed=5) as other:
        assert await ask(other, **body(seed=0)) != await ask(sim, **body(seed=0))


Check = Callable[[httpx2.Response], bool]


@pytest.mark.parametrize(
    ("faults", "check"),
    [
        (Faults(rate_limit=1.0, retry_after=2), lambda r: r.status_code == 429 and r.headers["retry-after"] == "2"),
        (Faults(server_error=1.0), lambda r: r.status_code == 500 and r.json()["error"]["type"] == "server_error"),
        (Faults(empty=1.0), lambda r: r.json()["choices"][0]["message"]["content"] == ""),
        (Faults(malformed=1.0), lambda r: not r.json()["choices"][0]["message"]["content"].endswith("}")),
    ],
)
async def test_faults_on_purpose_are_served_and_counted(faults: Faults, check: Check) -> None:
    async with client(faults=faults) as sim:
        assert check(await sim.post("/v1/chat/completions", json=body(response_format=OPINION)))
        assert sum((await sim.get("/stats")).json()["faults"].values()) == 1


async def test_a_dropped_connection_is_an_exception_in_process() -> None:
    async with client(faults=Faults(drop=1.0)) as sim:
        with pytest.raises(ConnectionResetError):
            await sim.post("/v1/chat/completions", json=body())
        assert (await sim.get("/stats")).json()["by_status"] == {"dropped": 1}


@pytest.mark.parametrize("settings", [{"preset": "none"}, {"delay": (2, 1)}])
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        create_app(**settings)


def test_chances_that_add_up_to_more_than_one_are_refused() -> None:
    with pytest.raises(ConfigError, match="rate_limit"):
        Faults(rate_limit=0.7, drop=0.5)
