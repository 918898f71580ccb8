"""Every command with every value system, and with one that this test invents: simulated panel, LLM judge and local judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from cruxbank.cli import app
from cruxbank.recogniser.readers import reader_name
from cruxbank.values.systems import load_system, shipped
from tests.e2e.conftest import configure

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("values")]

INVENTED = {
    "id": "small-town",
    "name": "Two values of a small town",
    "source": "Written for this test.",
    "dimensions": [
        {
            "id": "neighbourliness",
            "name": "Neighbourliness",
            "definition": "Helping those who live nearby; kindness, care, generosity to others.",
            "cue": "People next door should never be left alone with their trouble.",
            "opposite": ["thrift"],
        },
        {
            "id": "thrift",
            "name": "Thrift",
            "definition": "Spending little, wasting nothing, effort, success by hard work and saving.",
            "cue": "Money that is not spent today is a worry less tomorrow.",
            "opposite": ["neighbourliness"],
        },
    ],
}
SYSTEMS = [*shipped(), "moral-foundations+liberty", "town.yaml"]


def crux(*arguments: str) -> str:
    """Run a command in this process; one interpreter serves all commands and systems."""
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "100"})
    assert done.exit_code == 0, f"{arguments}: {done.output}{done.exception!r}"
    return done.stdout


def plain(*arguments: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(crux(*arguments, "--json"))
    return loaded


def small(folder: Path, values: str, judge: str, calls: int) -> None:
    """A folder in which nearly everything is admitted; the invented system lies beside crux.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "town.yaml").write_text(yaml.safe_dump(INVENTED, sort_keys=False), encoding="utf-8")
    rules = {"fdr": 0.99, "min_separation": 0.0, "confirm_responses": 0, "max_rewrites": 0, "worth": 0.01, "window": 4}
    changes: dict[str, Any] = {"values": values, "agents": {"judge": judge}, "budget": {"calls": calls}, "grow": rules}
    configure(folder, **changes, panels={"holdout": []}, topics={"file": None, "expand": 0})


@pytest.mark.parametrize("values", SYSTEMS)
def test_every_command_runs_with_a_model_that_judges(
    values: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(tmp_path, values, "sim-quill-3", 900)
    monkeypatch.chdir(tmp_path)
    system = load_system(values)
    ids = set(system.ids)
    assert system.id in crux("doctor")
    grown = plain("grow")
    assert grown["operational"] >= 1
    assert sum(plain("bank", "stats")["operational_by_dimension"].values()) == grown["operational"]
    crux("bank", "stats")
    first = plain("bank", "search", "animals", "--n", "1")["items"][0]["id"]
    crux("bank", "search", "animals", "--n", "1")
    assert system.ids[0] in crux("bank", "show", first)
    item = plain("bank", "show", first)
    assert item["value_system"] == system.id
    crux("export", "--to", "jsonl", "--out", "one")
    lines = [json.loads(line) for line in (tmp_path / "one" / "items.jsonl").read_text("utf-8").splitlines()]
    assert all(line["value_system"] == system.id for line in lines)
    assert all(set(line["separation"]["by_dimension"]) == ids for line in lines)
    assert all(set(verdicts) <= ids for line in lines for verdicts in line["verdicts"].values())
    crux("export", "--to", "jsonl", "--select", "balanced", "--n", "1", "--out", "two")
    if grown["operational"] >= 5:  # the design needs five
        crux("bank", "design")
    assert plain("bank", "verify")["ok"]
    again = plain("bank", "remeasure", "--models", "sim-elm-1", "--budget-calls", "60")
    assert again["calls"] > 0
    report = next((tmp_path / "bank" / "runs").glob("*/report.html")).read_text("utf-8")
    assert system.id in report
    assert str(tmp_path) not in report


@pytest.mark.parametrize("values", SYSTEMS)
def test_the_local_judge_reads_it_and_says_how(values: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(tmp_path, values, "local", 260)
    monkeypatch.chdir(tmp_path)
    system = load_system(values)
    assert plain("grow")["drafts"] >= 1
    first = plain("bank", "search", "animals", "--n", "1")["items"][0]["id"]
    made = plain("bank", "show", first)["provenance"]
    assert (made["judge"], made["signed"]) == (reader_name(system), False)
    assert "weak on real models' answers" in " ".join(crux("bank", "show", first).split())
    report = next((tmp_path / "bank" / "runs").glob("*/report.html")).read_text("utf-8")
    assert reader_name(system) in report


def test_an_edited_definition_is_another_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(tmp_path, "town.yaml", "local", 150)
    monkeypatch.chdir(tmp_path)
    crux("grow")
    folder = next((tmp_path / "bank" / "runs").iterdir())
    assert yaml.safe_load((folder / "config.yaml").read_text("utf-8"))["values"] == "values.yaml"
    assert load_system(str(folder / "values.yaml")) == load_system("town.yaml")
    text = (tmp_path / "town.yaml").read_text("utf-8")
    (tmp_path / "town.yaml").write_text(text.replace("Spending little", "Spending nothing"), encoding="utf-8")
    done = CliRunner().invoke(app, ["grow"])
    assert done.exit_code == 2
    assert "definitions" in done.stderr
    assert "set values back" in done.stderr
