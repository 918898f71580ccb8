"""The parts of `crux doctor`: what is scrubbed, keys, price, disk, lock, servers, a broken configuration."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from cruxbank.app import doctor_models, doctor_store
from cruxbank.app.check import Check, Scrubber
from cruxbank.app.doctor import examine, holdout, price
from cruxbank.app.estimate import SIZES, estimate_run
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.stages import confirm_questions, questions, worst_case
from cruxbank.items import Exit, Topic
from cruxbank.memory.lock import hold
from cruxbank.memory.record import Record
from tests.report_bank import RUN, item, slot


def settings(folder: Path, preset: str = "simulated", **sections: Any) -> Settings:
    data = yaml.safe_load(presets()[preset])
    for name, section in sections.items():
        data[name] = {**data.get(name, {}), **section} if isinstance(section, dict) else section
    data["bank"] = str(folder / "bank")
    file = folder / "crux.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load_settings(file)


def test_keys_passwords_and_folders_are_taken_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.chdir(tmp_path)
    scrub = Scrubber(["MY_KEY"], {"MY_KEY": "sk-secret-123"})
    check = Check(
        name="x",
        state="failed",
        seen=f"key sk-secret-123 in /home/ada/notes and {tmp_path}/bank; postgresql://ada:pw@host/db /home/adalbert",
        fix=f"look into {tempfile.gettempdir()}/ledger.sqlite",
        facts={"deep": ["sk-secret-123", {"at": "/home/ada"}], "n": 3},
    )
    clean = scrub.check(check)
    assert clean.seen == "key *** in ~/notes and ./bank; postgresql://***@host/db /home/adalbert"
    assert clean.fix == "look into (temporary folder)/ledger.sqlite"
    assert clean.facts == {"deep": ["***", {"at": "~"}], "n": 3}


def test_each_key_once_and_never_its_value(tmp_path: Path) -> None:
    chosen = settings(tmp_path, "openai")
    (missing,) = doctor_models.keys(chosen, {"OPENAI_API_KEY": "  "})
    assert (missing.state, missing.fix) == ("failed", "export OPENAI_API_KEY=...")
    assert "8 models" in missing.seen
    (there,) = doctor_models.keys(chosen, {"OPENAI_API_KEY": "sk-secret-123"})
    assert there.state == "ok"
    assert "secret" not in there.model_dump_json()
    (none,) = doctor_models.keys(settings(tmp_path), {})
    assert none.seen == "no model needs a key"


def test_models_that_nothing_names_are_not_called(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    called = doctor_models.called_models(chosen)
    assert set(called) == {*chosen.panels.scoring, *chosen.panels.holdout}
    assert "sim-quill-1" not in called
    assert "sim-quill-1" in doctor_models.called_models(settings(tmp_path, agents={"judge": "sim-quill-1"}))


def test_the_price_of_one_slot_by_hand(tmp_path: Path) -> None:
    """A judge at $2 in and $8 out, all else free: judge calls x (4,600/4 x 2 + 500/4 x 8) / 1e6."""
    chosen = settings(tmp_path, agents={"judge": "sim-quill-1"}, budget={"calls": 100_000})
    models = [
        m.model_copy(update={"price": m.price.model_copy(update={"input": 2.0, "output": 8.0})})
        if m.id == "sim-quill-1"
        else m
        for m in chosen.models
    ]
    chosen = chosen.model_copy(update={"models": tuple(models)})
    figures = estimate_run(chosen)
    slots = 100_000 // worst_case(chosen)
    pilots = min(chosen.grow.max_rewrites, chosen.grow.attempts - 1)
    asked = len(questions("full", chosen)) + pilots * len(questions("pilot", chosen)) + len(confirm_questions(chosen))
    assert figures["slots"] == slots
    known = 3 + 6  # .02 of 128 answers are known ones, rounded up, and one for each of six batches
    assert asked == 128
    assert figures["calls"] == slots * (2 * asked + known)
    assert SIZES["judge"] == (4_600, 500)
    assert figures["usd"] == pytest.approx(slots * (asked + known) * (1150 * 2 + 125 * 8) / 1e6, abs=1e-4)


def test_the_first_budget_ends_the_run(tmp_path: Path) -> None:
    rich = estimate_run(settings(tmp_path, "openai", budget={"usd": 1_000.0, "calls": 10_000}))
    poor = estimate_run(settings(tmp_path, "openai", budget={"usd": 1.0, "calls": 10_000}))
    assert (rich["ends_by"], poor["ends_by"]) == ("calls", "usd")
    assert poor["slots"] < rich["slots"]
    assert poor["usd"] <= 1.0
    assert rich["unpriced"] == []


def test_a_dollar_budget_needs_prices(tmp_path: Path) -> None:
    check = price(settings(tmp_path, "ollama", budget={"usd": 5.0}))
    assert check.state == "warning"
    assert "budget.usd cannot stop" in check.fix
    short = price(settings(tmp_path, budget={"calls": 20}))
    assert short.state == "failed"
    assert "pays for no slot" in short.seen


def test_disk_is_compared_with_the_run(tmp_path: Path) -> None:
    fits = doctor_store.disk(settings(tmp_path, budget={"calls": 1_000}))
    assert fits.state == "ok"
    assert fits.facts["need_bytes"] <= 1_000 * doctor_store.BYTES_PER_CALL
    huge = doctor_store.disk(settings(tmp_path, budget={"calls": 10**12}))
    assert huge.state == "failed"


def test_the_lock_is_seen_and_left_alone(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert doctor_store.held_by(lock) == ""
    assert not lock.exists()
    with hold(lock):
        before = lock.read_bytes()
        assert doctor_store.held_by(lock).startswith("process ")
        assert lock.read_bytes() == before
    assert doctor_store.held_by(lock) == ""
    with hold(lock):  # asking has not kept it
        pass


def test_no_bank_yet_is_fine_and_a_file_in_its_place_is_not(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    assert [c.state for c in doctor_store.store(chosen, None)] == ["ok", "ok"]
    assert not chosen.bank.exists()
    chosen.bank.write_text("x")
    assert next(doctor_store.store(chosen, None)).state == "failed"


def test_simulated_and_real_items_in_one_bank_are_a_warning(tmp_path: Path) -> None:
    file, zoos = tmp_path / "record.sqlite", Topic(text="zoos", domain="animals")
    record = Record.open(str(file))
    record.begin_run(RUN, "a" * 64, seed=7)
    record.add_topics([zoos])
    record.commit_slot(slot(0, zoos, [(item("Should zoos be closed?", Exit.ADMITTED, zoos), ())]))
    record.close()
    assert list(doctor_store._origin(file, settings(tmp_path))) == []
    (mixed,) = doctor_store._origin(file, settings(tmp_path, "openai"))
    assert (mixed.state, mixed.facts) == ("warning", {"items": 1, "origin": "simulated"})
    assert mixed.seen == "1 items here were made with simulated models, and these settings name real ones"
    assert list(doctor_store._origin(tmp_path / "gone.sqlite", settings(tmp_path, "openai"))) == []


def test_an_empty_holdout_is_a_warning(tmp_path: Path) -> None:
    assert list(holdout(settings(tmp_path))) == []
    (check,) = holdout(settings(tmp_path, "openai"))
    assert check.state == "warning"
    assert "panels.holdout is empty" in check.seen


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_servers_that_do_not_answer(tmp_path: Path) -> None:
    memory = {"record_url": f"postgresql://ada:secret@127.0.0.1:{closed_port()}/db"}
    (database,) = doctor_store.servers(settings(tmp_path, memory=memory))
    assert (database.name, database.state) == ("database", "failed")
    assert "secret" not in database.seen
    assert list(doctor_store.servers(settings(tmp_path))) == []


def test_an_endpoint_where_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    chosen = settings(tmp_path)
    url = f"http://127.0.0.1:{closed_port()}/v1"
    models = [m.model_copy(update={"base_url": url}) if m.id == "sim-elm-1" else m for m in chosen.models]
    found = list(doctor_models.endpoints(chosen.model_copy(update={"models": tuple(models)})))
    assert [c.state for c in found] == ["ok", "failed"]
    assert "cannot be reached" in found[1].seen


@pytest.mark.slow
def test_a_broken_configuration_still_tells_encoder_and_versions(tmp_path: Path) -> None:
    (tmp_path / "crux.yaml").write_text("version: 1\nseeed: 3\n")
    found = {c.name: c for c in examine(tmp_path / "crux.yaml", {})}
    assert list(found) == ["configuration", "encoder", "versions"]
    assert found["configuration"].state == "failed"
    assert found["encoder"].state == "ok"
    assert found["versions"].facts["python"].startswith("3.")
