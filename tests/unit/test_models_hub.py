"""Specs, the hub's errors, the scripted model, and what is not imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from cruxbank.errors import ConfigError, KeyMissing
from cruxbank.items import CallScope, FailureReason, Message, PromptRef, RenderedPrompt
from cruxbank.models.budget import Budget
from cruxbank.models.fake import ScriptedModel
from cruxbank.models.hub import ModelHub, ModelSpec
from cruxbank.models.ledger import Ledger
from cruxbank.models.seam import ModelClient

SCOPE = CallScope(kind="measurement", purpose="respond")
PROMPT = RenderedPrompt(
    messages=(Message(role="user", content="Is it?"),), ref=PromptRef(name="p", version=1, sha256="")
)


class Said(BaseModel):
    stance: str


def spec(**changes: Any) -> ModelSpec:
    return ModelSpec(**({"id": "gpt-small", "base_url": "https://api.example.com/v1/", "model": "m"} | changes))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"base_url": "api.example.com/v1"}, "https://"),
        ({"base_url": "https://user:pw@host/v1"}, "api_key_env"),
        ({"base_url": "https://host/v1?key=abc"}, "api_key_env"),
        ({"params": {"api_key": "sk-1"}}, "api_key_env"),
        ({"params": {"extra_headers": {"Authorization": "x"}}}, "api_key_env"),
        ({"params": {"n": 3}}, "leave it out"),
        ({"price_in": -1}, "price_in"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"tempreature": 1}, "tempreature"),
    ],
)
def test_a_bad_spec_says_what_is_wrong(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        spec(**changes)


def test_what_a_spec_fills_in() -> None:
    http, sim = spec(params={"max_tokens": 300}), spec(base_url="sim://panel/v1", family="f")
    assert (http.base_url, http.family, http.max_output, http.seeded) == (
        "https://api.example.com/v1",
        "gpt-small",
        300,
        False,
    )
    assert (sim.provider, sim.family, sim.max_output, sim.seeded) == ("sim", "f", 2048, True)
    assert spec(send_seed=True).seeded
    assert spec(params={"max_tokens_per_minute": 1})  # a name with "token" in it is no secret


async def test_errors_name_the_field_and_the_way_out(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path / "l.sqlite") as ledger:
        models = [spec(api_key_env="THE_KEY"), spec(id="tiny", base_url="sim://panel/v1")]
        hub = ModelHub(models, ledger, Budget(), {}, {"THE_KEY": "  "})
        with pytest.raises(ConfigError, match="did you mean 'gpt-small'"):
            hub.model("gpt-smal")
        with pytest.raises(
            KeyMissing, match=r"models\.gpt-small\.api_key_env: environment variable THE_KEY is not set"
        ):
            hub.model("gpt-small")
        with pytest.raises(ConfigError, match=r"models\.tiny\.base_url: sim://panel/v1 has no transport"):
            hub.model("tiny")
        with pytest.raises(ConfigError, match="occurs twice"):
            ModelHub([spec(), spec()], ledger, Budget())
        await hub.aclose()


async def test_a_scripted_model_satisfies_the_seam() -> None:
    said: list[Any] = [Said(stance="yes"), '```{"stance": "no"}```', "I can't help with that.", FailureReason.TIMEOUT]
    model = ScriptedModel(lambda prompt, answer: said.pop(0), id="s")
    client: ModelClient = model
    answers = [await client.ask(PROMPT, Said, SCOPE) for _ in range(4)]
    assert [a.value.stance if a.value else a.failure for a in answers] == ["yes", "no", "refused", "timeout"]
    assert (client.id, client.family) == ("s", "s")
    assert model.asked == [(PROMPT, SCOPE)] * 4


async def test_a_script_may_wait_and_may_not_lie_about_types() -> None:
    async def slow(prompt: RenderedPrompt, answer: type[BaseModel]) -> BaseModel:
        return Said(stance="yes")

    assert (await ScriptedModel(slow).ask(PROMPT, Said, SCOPE)).value == Said(stance="yes")
    with pytest.raises(TypeError, match="asked for"):
        await ScriptedModel(lambda p, a: PROMPT).ask(PROMPT, Said, SCOPE)


def test_importing_the_hub_imports_no_client() -> None:
    code = "import sys, cruxbank.models.hub, cruxbank.models.fake; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    heavy = ["openai", "langchain_openai", "langchain_core", "httpx2", "aiohttp", "tenacity", "langsmith", "torch"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
