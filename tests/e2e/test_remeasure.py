"""`crux bank remeasure` in processes of its own: plan, run, rerun, kill and resume, bad input."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from cruxbank.app.judge_identity import identify_judge
from cruxbank.config.loading import load_settings
from cruxbank.memory.record import Record
from cruxbank.values.systems import load_system
from tests.e2e.conftest import Done, configure, crux, start

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("remeasure"), pytest.mark.timeout(600)]
NEW = ["sim-aster-4", "sim-birch-4", "sim-cedar-4", "sim-dahlia-4"]
COMMAND = ("bank", "remeasure", "--models", ",".join(NEW))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grown")
    configure(folder, budget={"calls": 700})
    done = crux("grow", cwd=folder)
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="module")
def measured(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bank after an uninterrupted re-measurement."""
    folder = copy(grown, tmp_path_factory.mktemp("measured"))
    plan = json.loads(crux(*COMMAND, "--dry-run", "--json", cwd=folder).out)
    before = attempts(folder)
    done = crux(*COMMAND, "--json", cwd=folder)
    assert done.code == 0, done.err
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "result.json").write_text(json.dumps(json.loads(done.out) | {"attempts": attempts(folder) - before}))
    return folder


def copy(bank: Path, to: Path) -> Path:
    """The same bank in another folder, with a crux.yaml that points there."""
    folder = to / "copy"
    shutil.copytree(bank, folder)
    file = folder / "crux.yaml"
    data = yaml.safe_load(file.read_text())
    data["bank"] = str(folder / "bank")
    data["budget"] = {"calls": 20_000}
    file.write_text(yaml.safe_dump(data, sort_keys=False))
    return folder


def attempts(folder: Path) -> int:
    with sqlite3.connect(folder / "bank" / "ledger.sqlite") as connection:
        return int(connection.execute("SELECT count(*) FROM attempts").fetchone()[0])


def dump(folder: Path) -> bytes:
    record = Record.open(str(folder / "bank" / "record.sqlite"))
    try:
        return record.canonical_dump()
    finally:
        record.close()


def loaded(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text())
    return found


def test_a_dry_run_says_what_the_run_then_does_and_changes_nothing(grown: Path, measured: Path) -> None:
    plan, result = loaded(measured, "plan.json"), loaded(measured, "result.json")
    assert plan["calls"] == sum(plan["calls_by_model"].values()) == plan["for_all"] == result["calls"]
    assert plan["items"] == plan["open"] == result["items"] >= 8
    assert plan["random"] == plan["items"] // 4
    assert plan["models"]["asked"] == NEW
    assert plan["run"] == result["run"]
    assert plan["origin"] == "simulated"
    kept, runs = dump(grown), sorted(p.name for p in (grown / "bank" / "runs").iterdir())
    said = crux(*COMMAND, "--dry-run", cwd=grown)
    assert said.code == 0, said.err
    assert f"{plan['calls']} calls" in crux(*COMMAND, "--budget-calls", "9999", "--dry-run", cwd=grown).out
    assert (dump(grown), sorted(p.name for p in (grown / "bank" / "runs").iterdir())) == (kept, runs)


def test_every_call_is_one_request_and_the_bank_is_sound(measured: Path) -> None:
    result = loaded(measured, "result.json")
    assert result["reason"] == "every item is measured"
    assert result["attempts"] == result["calls"] > 0
    assert result["left"] == 0
    assert set(result["operational"]) == {"informative", "random", "all"}
    verified = json.loads(crux("bank", "verify", "--json", cwd=measured).out)
    assert verified == {"ok": True, "inconsistencies": []}
    stats = json.loads(crux("bank", "stats", "--json", cwd=measured).out)
    assert stats["remeasured"] == result["items"]
    assert stats["by_status"]["retired"] == len(result["retired"])
    assert stats["by_status"]["operational"] == result["bank_operational"]
    assert all(stats["models"][model] == result["calls"] // 4 for model in NEW)


def test_the_run_folder_tells_how_it_was_made(measured: Path) -> None:
    folder = measured / "bank" / "runs" / loaded(measured, "result.json")["run"]
    assert {"config.yaml", "prompts.json", "events.jsonl", "run.json"} <= {p.name for p in folder.iterdir()}
    names = [json.loads(line)["event"] for line in (folder / "events.jsonl").read_text().splitlines()]
    assert names[0] == "remeasure_started"
    assert names[1:3] == ["batch_planned", "batch_committed"]
    assert names[-1] == "run_ended"
    watched = crux("watch", cwd=measured)
    assert watched.code == 0, watched.err


def test_show_tells_the_history_of_an_item(measured: Path) -> None:
    record = Record.open(str(measured / "bank" / "record.sqlite"))
    try:
        one = record.measurements()[0]
    finally:
        record.close()
    shown = json.loads(crux("bank", "show", one.item_id, "--json", cwd=measured).out)
    assert shown["measurements"][0]["asked"] == sorted(NEW)
    assert shown["separation"]["models"] == shown["measurements"][0]["counted"]
    assert set(NEW) <= set(shown["counts"])
    text = crux("bank", "show", one.item_id, cwd=measured).out.replace("\n", " ")
    assert "on the new alone" in text
    assert one.run in text


def test_the_same_command_again_asks_nothing(measured: Path, tmp_path: Path) -> None:
    folder = copy(measured, tmp_path)
    kept, paid = dump(folder), attempts(folder)
    check_refused(crux(*COMMAND, cwd=folder), "nothing to measure", "name other models")
    assert (dump(folder), attempts(folder)) == (kept, paid)
    assert len(list((folder / "bank" / "runs").iterdir())) == 2


def test_growing_goes_on_with_its_own_run_beside_a_remeasurement(measured: Path, tmp_path: Path) -> None:
    folder = copy(measured, tmp_path)
    done = crux("grow", "--budget-calls", "900", "--json", cwd=folder)
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert result["run"].startswith("0001-")
    assert result["resumed"] is True


def test_killed_between_batches_and_resumed_it_leaves_the_same_record(
    grown: Path, measured: Path, tmp_path: Path
) -> None:
    folder = copy(grown, tmp_path)
    paid = attempts(folder)
    for batches in (1, 3):
        process = start(*COMMAND, cwd=folder)
        while process.poll() is None and committed(folder) < batches:
            time.sleep(0.02)
        assert process.poll() is None, "the run ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = crux(*COMMAND, "--json", cwd=folder)
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert result["resumed"] is True
    assert result["calls"] == loaded(measured, "result.json")["calls"]
    assert dump(folder) == dump(measured)
    with sqlite3.connect(folder / "bank" / "ledger.sqlite") as connection:
        query = "SELECT count(*), count(DISTINCT key) FROM attempts WHERE outcome = 'answered'"
        answered, keys = connection.execute(query).fetchone()
    assert answered == keys, "an answer was paid twice"
    assert attempts(folder) - paid >= result["calls"]


def committed(folder: Path) -> int:
    """Batches that the events of the last run tell of."""
    events = sorted((folder / "bank" / "runs").glob("0002-*/events.jsonl"))
    return events[-1].read_text().count("batch_committed") if events else 0


def test_a_raised_budget_goes_on_with_the_same_run(grown: Path, tmp_path: Path) -> None:
    folder = copy(grown, tmp_path)
    command = ("bank", "remeasure", "--models", NEW[0], "--json", "--budget-calls")
    first = crux(*command, "14", cwd=folder)
    assert first.code == 0, first.err
    one = json.loads(first.out)
    assert one["reason"] == "budget.calls reached"
    assert 0 < one["calls"] <= 14
    two = json.loads(crux(*command, "28", cwd=folder).out)
    assert (two["run"], two["resumed"]) == (one["run"], True)
    assert one["calls"] < two["calls"] <= 28
    three = json.loads(crux(*command, "28", "--dry-run", cwd=folder).out)
    assert three["run"] != one["run"], "a budget that is used up begins the next run"
    assert three["open"] == two["left"]


def check_refused(done: Done, *says: str) -> None:
    """One line, exit code 2, and every word that helps."""
    assert done.code == 2, done.err
    lines = [line for line in done.err.splitlines() if line.strip()]
    assert len(lines) == 1, done.err
    assert done.out == ""
    for words in says:
        assert words in lines[0]


def test_the_bank_keeps_to_the_judge_that_read_it(grown: Path, tmp_path: Path) -> None:
    """Items name it; growing on, planning and measuring with another one are refused before anything is paid."""
    settings = load_settings(grown / "crux.yaml")
    digest = identify_judge(settings, load_system(settings.values)).digest
    record = Record.open(str(grown / "bank" / "record.sqlite"))
    try:
        told = {(i.provenance.judge_digest, i.provenance.local_reader) for i in record.items()}
    finally:
        record.close()
    assert told == {(digest, "local")}
    folder = copy(grown, tmp_path)
    data = yaml.safe_load((folder / "crux.yaml").read_text()) | {"agents": {"judge": "sim-quill-3"}}
    (folder / "crux.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    kept, paid = dump(folder), attempts(folder)
    for command in (COMMAND, (*COMMAND, "--dry-run"), ("grow",)):
        says = ("were read by local", "the configuration's judge is sim-quill-3", "use another bank folder")
        check_refused(crux(*command, cwd=folder), *says)
    assert (dump(folder), attempts(folder)) == (kept, paid)
    assert len(list((folder / "bank" / "runs").iterdir())) == 1


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], ["--models: names no model"]),
        (["--models", "sim-aster-5"], ["unknown model 'sim-aster-5'", "did you mean 'sim-aster-"]),
        (["--models", "sim-elm-1"], ["'sim-elm-1'", "panels.holdout", "name another model"]),
        (["--models", "sim-aster-4", "--without", "sim-aster-4"], ["--without", "'sim-aster-4' is in --models too"]),
        (["--without", "nobody"], ["--without: unknown model 'nobody'", "crux bank stats"]),
        (["--without", "sim-aster-1,sim-aster-2,sim-aster-3,sim-birch-1,sim-birch-2"], ["leaves 7 models, 8 are"]),
        (["--models", "sim-aster-4", "--budget-calls", "1"], ["do not pay for one item", "raise --budget-calls"]),
    ],
    ids=["nothing", "unknown", "holdout", "both", "unknown gone", "too few", "poor"],
)
def test_bad_input_is_one_line(grown: Path, flags: list[str], says: list[str]) -> None:
    kept = dump(grown)
    check_refused(crux("bank", "remeasure", *flags, cwd=grown), *says)
    assert dump(grown) == kept
    assert len(list((grown / "bank" / "runs").iterdir())) == 1


def test_a_missing_key_or_bank_is_one_line(grown: Path, tmp_path: Path) -> None:
    folder = copy(grown, tmp_path)
    data = yaml.safe_load((folder / "crux.yaml").read_text())
    next(m for m in data["models"] if m["id"] == NEW[0])["api_key_env"] = "NO_SUCH_KEY"
    (folder / "crux.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    check_refused(crux(*COMMAND, cwd=folder), f"models.{NEW[0]}.api_key_env", "NO_SUCH_KEY is not set")
    shutil.rmtree(folder / "bank")
    data["models"] = [{k: v for k, v in m.items() if k != "api_key_env"} for m in data["models"]]
    (folder / "crux.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    check_refused(crux(*COMMAND, cwd=folder), "there is no bank here", "crux grow makes one")
    assert not (folder / "bank").exists()
