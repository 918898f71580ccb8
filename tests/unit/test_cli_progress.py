"""The live panel, as a person sees it."""

from __future__ import annotations

import io

import pytest
import yaml
from rich.console import Console

from cruxbank.cli.progress import Progress
from cruxbank.config.loading import settings_from
from cruxbank.config.shipped import presets

FIGURES = {
    "run": "0001-0badcafe",
    "origin": "simulated",
    "slots": 8,
    "operational": 4,
    "run_operational": 4,
    "drafts": 10,
    "topics": 455,
    "topics_tried": 8,
    "domains": 4,
    "median": 0.54,
    "best": 0.97,
    "calls": 4500,
    "tokens": 1,
    "usd": 0.5,
}


def shown() -> list[str]:
    progress = Progress(settings_from(yaml.safe_load(presets()["simulated"])), live=False)
    progress.emit("slot_done", slot=0, exit="admitted", calls=48)
    progress._last = FIGURES
    out = Console(file=io.StringIO(), width=100)
    out.print(progress)
    return out.file.getvalue().splitlines()  # type: ignore[attr-defined,no-any-return]


def started(capsys: pytest.CaptureFixture[str], **fields: object) -> list[str]:
    progress = Progress(settings_from(yaml.safe_load(presets()["simulated"])), live=False)
    progress.emit("run_started", **{**FIGURES, "run": "0002-cafe", "panel": 12, **fields})
    return capsys.readouterr().err.splitlines()


def test_a_new_run_with_a_whole_new_budget_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The same command again after the end pays again: nobody should learn that from the bill."""
    told, _ = started(capsys, resumed=False, after="0001-beef", changed=False)
    assert told == "run 0001-beef has ended: this is a new run with a whole new budget (8,000 calls)"
    told, _ = started(capsys, resumed=False, after="0001-beef", changed=True)
    assert told.startswith("run 0001-beef has other settings or topics: this is a new run")
    assert len(started(capsys, resumed=False, after="", changed=False)) == 1
    assert len(started(capsys, resumed=True)) == 1


def test_every_figure_has_its_own_line() -> None:
    lines = shown()
    starts = [line.strip("│ ").split("  ")[0] for line in lines[1:-1]]
    assert starts == ["budget", "bank", "separation", "topics", "calls", "cost", "slots", "left"]
    assert "4 operational of 10 drafts" in lines[2]
    assert "simulated" in lines[-1]


def test_the_budget_is_the_share_of_the_one_that_ends_first() -> None:
    bar = shown()[1]
    assert 25 <= bar.count("━") + bar.count("╸") <= 60


@pytest.mark.parametrize(
    ("eta", "said"), [("?", "not known yet"), ("0:08", "about 8 s"), ("4:05", "about 4 min 5 s"), ("0:00", "about 0 s")]
)
def test_the_time_that_is_left_has_the_right_unit(monkeypatch: pytest.MonkeyPatch, eta: str, said: str) -> None:
    monkeypatch.setattr(Progress, "_eta", lambda _: eta)
    assert said in next(line for line in shown() if "left" in line)
