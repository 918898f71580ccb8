"""A value system of one's own in crux.yaml: where its path starts, what makes another run; and the bench of systems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from cruxbank.app.estimate import estimate_run
from cruxbank.app.runs import SYSTEM_FILE, describe, values_digest
from cruxbank.bench.systems import compare
from cruxbank.config.loading import config_hash, load_settings, settings_from
from cruxbank.config.shipped import presets
from cruxbank.items import Outcome, Verdict
from cruxbank.values.systems import load_system

OWN = """
id: own
name: Own
source: A test.
dimensions:
  - {id: home, name: Home, definition: One's house., cue: There is no place like it.}
  - {id: world, name: World, definition: All people., cue: Everyone counts.}
"""


def folder_with(folder: Path, values: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.yaml").write_text(OWN, encoding="utf-8")
    data = yaml.safe_load(presets()["simulated"]) | {"values": values}
    (folder / "crux.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return folder / "crux.yaml"


@pytest.mark.parametrize("values", ["own.yaml", "./own.yaml"])
def test_a_path_starts_at_the_settings_file(values: str, tmp_path: Path) -> None:
    settings = load_settings(folder_with(tmp_path / "a", values))
    assert load_system(settings.values).ids == ("home", "world")


def test_a_shipped_name_is_no_path(tmp_path: Path) -> None:
    for name in ("safety@domains", "moral-foundations+liberty"):
        assert load_settings(folder_with(tmp_path, name)).values == name


def test_a_moved_file_is_the_same_run_and_an_edited_one_is_not(tmp_path: Path) -> None:
    here, there = (load_settings(folder_with(tmp_path / name, "own.yaml")) for name in ("a", "b"))
    first = config_hash(here, "t", values_digest(here))
    assert first == config_hash(there, "t", values_digest(there))
    (tmp_path / "b" / "own.yaml").write_text(OWN.replace("All people", "Some people"), encoding="utf-8")
    assert first != config_hash(there, "t", values_digest(there))
    assert values_digest(load_settings(folder_with(tmp_path / "c", "safety"))) == ""


def test_the_run_folder_keeps_the_system(tmp_path: Path) -> None:
    settings = load_settings(folder_with(tmp_path / "a", "own.yaml"))
    run = tmp_path / "a" / "bank" / "runs" / "1"
    run.mkdir(parents=True)
    describe(run, settings, ())
    (tmp_path / "a" / "own.yaml").unlink()
    assert (run / SYSTEM_FILE).is_file()
    assert load_system(load_settings(run / "config.yaml").values).ids == ("home", "world")


def test_a_longer_system_costs_more_to_judge() -> None:
    llm = {"agents": {"judge": "sim-quill-3"}, "budget": {"calls": 500}}
    base = yaml.safe_load(presets()["simulated"])
    tokens = [estimate_run(settings_from(base, llm | {"values": v}))["tokens"] for v in ("schwartz-10", "schwartz-19")]
    assert tokens[0] < tokens[1] < 1.5 * tokens[0]
    assert estimate_run(settings_from(base, llm | {"values": "nowhere"}))["tokens"] == tokens[0]


def said(*outcomes: str, state: str = "scored") -> Verdict:
    found = dict(zip(("care", "fairness", "loyalty", "authority", "sanctity"), map(Outcome, outcomes), strict=False))
    return Verdict.model_validate({"state": state, "outcomes": found})


def test_agreement_of_two_readers_by_hand() -> None:
    """20 ratings of 2 answers: 9 of 10 pairs equal; 13 absent and 7 supports, then alpha = 1 - .1 / (2*13*7 / (20*19))."""
    one = said("supports", "supports", "absent", "absent", "absent")
    two = said("supports", "supports", "supports", "absent", "absent")
    pairs = [(one, two), (said(*["absent"] * 3, "supports", "absent"), said(*["absent"] * 3, "supports", "absent"))]
    pairs.append((one, said(state="unscored")))
    found = compare("moral-foundations", "a / b", pairs, presence=False, seed=0)
    assert (found.answers, found.dimensions, found.steady) == (2, 5, 2 / 3)
    assert found.equal == pytest.approx(0.9)
    assert found.alpha == pytest.approx(1 - 0.1 / (2 * 13 * 7 / (20 * 19)))
    assert found.by_dimension["sanctity"] is None  # nothing varies
    assert json.dumps(found.by_dimension)


def test_presence_forgets_the_side() -> None:
    pairs = [(said("supports", *["absent"] * 4), said("opposes", *["absent"] * 4))] * 2
    assert compare("moral-foundations", "a / b", pairs, presence=True, seed=0).equal == 1.0
    assert compare("moral-foundations", "a / b", pairs, presence=False, seed=0).equal == pytest.approx(0.8)
