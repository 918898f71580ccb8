"""`crux doctor` as a command: offline over the simulated preset, over an endpoint that knows no JSON schema, on a bank."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cruxbank.app import doctor_models, doctor_store
from cruxbank.config.loading import load_settings
from cruxbank.memory.lock import hold
from tests.chat_endpoint import Chat, reply, serving
from tests.e2e.conftest import configure, crux


def state_of(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file of a bank with its size, time and content."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns, p.read_bytes()) for p in files}


def test_the_simulated_preset_passes_offline(tmp_path: Path) -> None:
    assert crux("init", "--preset", "simulated", cwd=tmp_path).code == 0
    done = crux("doctor", "--json", cwd=tmp_path)
    assert done.code == 0, done.out + done.err
    found = json.loads(done.out)
    assert found["ok"]
    names = [check["name"] for check in found["checks"]]
    assert list(dict.fromkeys(names)) == [
        "configuration",
        "value system",
        "judge",
        "topics",
        "keys",
        "endpoint",
        "calls",
        "encoder",
        "store",
        "bank",
        "disk",
        "versions",
        "price",
    ]
    assert {check["state"] for check in found["checks"]} == {"ok"}
    assert str(tmp_path) not in done.out
    assert str(Path.home()) not in done.out
    assert [p.name for p in tmp_path.iterdir()] == ["crux.yaml"]


def test_a_missing_key_fails_with_the_way_out_and_asks_nobody(tmp_path: Path) -> None:
    assert crux("init", "--preset", "openai", cwd=tmp_path).code == 0
    text = (tmp_path / "crux.yaml").read_text().replace("https://api.openai.com/v1", "http://127.0.0.1:9/v1")
    (tmp_path / "crux.yaml").write_text(text)
    done = crux("doctor", cwd=tmp_path, env={"OPENAI_API_KEY": ""})
    assert done.code == 2
    lines = done.out.splitlines()
    assert any(line.startswith("failed   keys") and line.endswith("-> export OPENAI_API_KEY=...") for line in lines)
    assert any(line.startswith("failed   endpoint") for line in lines)
    assert any(line.startswith("ok       encoder") for line in lines)
    assert "failed" in done.err


@pytest.mark.slow
def test_a_bank_is_looked_at_and_not_touched(tmp_path: Path) -> None:
    configure(tmp_path, budget={"calls": 300})
    assert crux("grow", cwd=tmp_path).code == 0
    before = state_of(tmp_path / "bank")
    done = crux("doctor", "--no-calls", "--json", cwd=tmp_path)
    assert done.code == 0, done.out
    checks = {check["name"]: check for check in json.loads(done.out)["checks"]}
    assert checks["record"]["facts"]["items"] > 0
    assert checks["vectors"]["facts"]["items"] >= 0
    assert checks["lock"]["seen"] == "free"
    assert checks["calls"]["state"] == "skipped"
    assert state_of(tmp_path / "bank") == before
    with hold(tmp_path / "bank" / "lock"):
        beside = {c.name: c for c in doctor_store.store(load_settings(tmp_path / "crux.yaml"), None)}
    assert beside["lock"].state == "warning"
    assert "process" in beside["lock"].seen
    assert beside["record"].facts["items"] == checks["record"]["facts"]["items"]
    assert "vectors" not in beside


def test_a_bank_of_another_encoder_fails(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "bank").mkdir()
    other = {"name": "another-encoder", "dimension": 768, "digest": "0" * 16}
    info = {"schema_version": 1, "encoder": other, "value_system": "schwartz-10"}
    (tmp_path / "bank" / "bank.json").write_text(json.dumps(info))
    done = crux("doctor", "--no-calls", cwd=tmp_path)
    assert done.code == 2
    assert "another-encoder" in done.out


class Picky(Chat):
    """An endpoint that refuses json_schema; without response_format it answers in prose unless told the schema."""

    def do_POST(self) -> None:
        body = self.asked()
        kind = (body.get("response_format") or {}).get("type")
        model = body["model"]
        if model == "prose":
            self.send(200, reply("I am ready whenever you are."))
        elif kind == "json_schema" or (kind == "json_object" and model == "plain"):
            self.send(400, {"error": {"message": f"response_format {kind} is not supported"}})
        else:
            self.send(200, reply('{"ready": true}'))


@pytest.fixture
def picky() -> Iterator[str]:
    with serving(Picky) as url:
        yield url


def test_the_structured_output_that_works_is_named(tmp_path: Path, picky: str) -> None:
    settings = load_settings(configure(tmp_path))
    names = ("schemaless", "plain", "prose")
    models = [
        m.model_copy(update={"base_url": picky, "model": name, "price": m.price.model_copy(update={"output": 2.0})})
        for m, name in zip(settings.models[:3], names, strict=True)
    ]
    ids = [m.id for m in models]
    changed = settings.model_copy(update={"models": (*models, *settings.models[3:])})
    found = list(doctor_models.calls(changed, {}))
    by_model = {c.facts["model"]: c for c in found if "model" in c.facts}
    assert by_model[ids[0]].fix == f"set models.{ids[0]}.structured: json"
    assert by_model[ids[1]].fix == f"set models.{ids[1]}.structured: text"
    assert by_model[ids[2]].state == "failed"
    assert "none of json_schema, json, text works" in by_model[ids[2]].fix
    assert "not supported" in by_model[ids[0]].seen
    assert found[0].state == "ok"
    assert "17 models" in found[0].seen
    assert found[-1].facts["usd"] > 0
