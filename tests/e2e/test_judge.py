"""`crux judge` over simulated judges whose errors are known: found again, differences between families too, paid once."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml

from cruxbank.accuracy import Calibration, Rate
from cruxbank.app.calibrate import calibrate
from cruxbank.app.own_family import check_own_family
from cruxbank.app.self_preference import judge_preference
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import ConfigError
from cruxbank.simulator.reader import exact_reading
from cruxbank.simulator.sights import judge_errors
from cruxbank.simulator.tables import styles
from cruxbank.values.systems import load_system
from tests.e2e.conftest import crux

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("judge"), pytest.mark.timeout(600)]
JUDGE = "sim-judge-own-aster"
TEXTS = 480
VALUES = ["power", "security", "hedonism", "achievement"]
WORDS = {
    "power": ["wealth", "influence", "prestige", "domination"],
    "security": ["safety", "illness", "crime", "danger"],
    "hedonism": ["pleasure", "leisure", "indulgence", "fun"],
    "achievement": ["talent", "ambition", "merit", "success"],
}
PLACES = ["harbour", "market", "valley", "station", "island", "quarter", "county", "bridge", "garden", "museum"]


class Interrupted(Exception):
    """Somebody pulled the plug."""


class Plug:
    """Listens, and pulls the plug after so many batches."""

    def __init__(self, after: int = 10**9) -> None:
        self.after = after
        self.heard: list[dict[str, Any]] = []

    def emit(self, name: str, **fields: Any) -> None:
        assert name == "texts_read"
        self.heard.append(fields)
        if len(self.heard) >= self.after:
            raise Interrupted


def labels(folder: Path) -> Path:
    """One key point a text, begun in the style of its family; labels are what the judge's words say without its errors."""
    draw = random.Random(4)
    rows = []
    for i in range(TEXTS):
        family = ("aster", "birch", "cedar")[i % 3]
        named = [draw.choice(WORDS[value]) for value in VALUES if draw.random() < 0.3] or ["timber"]
        marker = draw.choice(styles()[family])
        text = f"{marker} at the {draw.choice(PLACES)} number {i} it comes down to {' and '.join(named)}."
        outcomes = exact_reading([text], VALUES)
        marks = {value: {"supports": 1, "opposes": -1, "absent": 0}[outcomes[value]] for value in VALUES}
        rows.append(
            {"text": text, **marks, "group": f"item {i // 6}", "model": f"sim-{family}-{i % 2 + 1}", "family": family}
        )
    file = folder / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def configured(folder: Path) -> Settings:
    data = yaml.safe_load(presets()["simulated"])
    data["models"].append({"id": JUDGE, "base_url": "sim://compass/v1", "family": "aster"})
    data["agents"]["judge"] = JUDGE
    (folder / "crux.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return load_settings(folder / "crux.yaml")


def attempts(folder: Path) -> int:
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        return int(connection.execute("SELECT count(*) FROM attempts").fetchone()[0])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a calibration was stopped after two batches and then gone on with."""
    folder = tmp_path_factory.mktemp("judge")
    settings, file, out = configured(folder), labels(folder), folder / "out"
    with pytest.raises(Interrupted):
        calibrate(settings, file, out, Plug(after=2))
    stopped = attempts(out)
    _, cost = calibrate(settings, file, out, Plug())
    (folder / "paid.json").write_text(json.dumps({"stopped": stopped, "whole": attempts(out), "calls": cost["calls"]}))
    return folder


@pytest.fixture(scope="module")
def found(home: Path) -> Calibration:
    return Calibration.model_validate_json((home / "out" / "calibration.json").read_text())


def test_nothing_that_was_read_is_paid_again(home: Path) -> None:
    paid = json.loads((home / "paid.json").read_text())
    assert paid["stopped"] == 128
    assert paid["whole"] == paid["calls"] == TEXTS
    before = (home / "out" / "calibration.json").read_bytes()
    calibrate(load_settings(home / "crux.yaml"), home / "labels.jsonl", home / "out", Plug())
    assert attempts(home / "out") == TEXTS
    assert (home / "out" / "calibration.json").read_bytes() == before


def test_planted_errors_are_found_within_their_intervals(found: Calibration) -> None:
    planted = judge_errors("sim-aster-1", VALUES)  # what it errs on texts of other families
    covered = []
    for value in VALUES:
        for family in ("birch", "cedar"):
            mine = found.dimensions[value].by_family[family]
            covered += [
                within(mine.sensitivity, 1 - planted[value].miss),
                within(mine.specificity, 1 - planted[value].slip),
            ]
    assert len(covered) == 16
    assert sum(covered) >= 14  # of 16 intervals of 95 % two or fewer miss with a chance of .96


def within(rate: Rate, truth: float) -> bool:
    return rate.lo <= truth <= rate.hi


def test_the_favoured_family_is_found(found: Calibration) -> None:
    """It imagines values in one point of ten that is written in its family's style."""
    sure = {(c.dimension, c.what) for c in found.contrasts if c.adjusted < 0.05}
    assert {what for _, what in sure} == {"specificity"}
    assert len(sure) >= 3
    for value in VALUES:
        by = found.dimensions[value].by_family
        assert by["aster"].specificity.est < min(by["birch"].specificity.est, by["cedar"].specificity.est)


def test_self_preference_is_measured_recorded_and_kept_from_growing(home: Path) -> None:
    settings = load_settings(home / "crux.yaml", {"bank": str(home / "bank")})
    found, cost = judge_preference(settings, JUDGE, [], Plug(), home / "labels.jsonl")
    imagined = sum(judge_errors(JUDGE, [v], own_style=True)[v].slip - judge_errors(JUDGE, [v])[v].slip for v in VALUES)
    assert imagined / len(VALUES) == pytest.approx(0.1)
    absent = 0.7  # an imagined value changes a reading only where the value is absent: seven in ten
    assert found.overall.lo <= absent * 0.1 + 0.3 * 0.06 <= found.overall.hi  # and it misses none in its own style
    assert not found.passed
    assert found.simulated
    assert cost["calls"] == TEXTS
    with pytest.raises(ConfigError, match="crux judge self-preference --judge sim-judge-own-aster"):
        check_own_family(settings, load_system(settings.values))


def test_a_test_that_is_not_passed_is_an_outcome_and_no_bad_input(home: Path) -> None:
    done = crux("judge", "self-preference", "--judge", JUDGE, "--labels", "labels.jsonl", "--json", cwd=home)
    assert done.code == 0, done.err
    assert json.loads(done.out)["passed"] is False


def test_the_commands_say_it_and_refuse_another_judge(home: Path) -> None:
    shown = crux("judge", "show", "out/calibration.json", cwd=home)
    assert shown.code == 0, shown.err
    assert "The judge errs differently on different families" in shown.out
    again = crux("judge", "calibrate", "--labels", "labels.jsonl", "--out", "out", "--json", cwd=home)
    assert again.code == 0, again.err
    assert json.loads(again.out)["scored"] == TEXTS
    assert attempts(home / "out") == TEXTS
    page = (home / "out" / "calibration.html").read_text()
    assert "Simulated judge" in page
    data = yaml.safe_load((home / "crux.yaml").read_text())
    data["judging"] = {"calibration": "out/calibration.json", "allow_own_family": True}
    data["agents"]["judge"] = "sim-quill-3"
    data["budget"] = {"calls": 900}
    other = home / "other"
    other.mkdir(exist_ok=True)
    shutil.copytree(home / "out", other / "out", dirs_exist_ok=True)
    (other / "crux.yaml").write_text(yaml.safe_dump(data))
    refused = crux("grow", cwd=other)
    assert refused.code == 2
    assert f"made for another judge: {JUDGE}, now it is sim-quill-3" in refused.err
    assert not (other / "bank" / "bank.json").exists()


def test_too_small_a_budget_is_refused_before_anything_is_paid(home: Path) -> None:
    done = crux("judge", "calibrate", "--labels", "labels.jsonl", "--out", "new", "--budget-calls", "50", cwd=home)
    assert done.code == 2
    assert f"budget.calls: 50, reading {TEXTS} texts with {JUDGE} needs {TEXTS}" in done.err
    assert not (home / "new").exists()
