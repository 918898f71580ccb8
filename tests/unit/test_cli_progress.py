"""The live panel, as a person sees it."""

from __future__ import annotations

import io

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


def test_every_figure_has_its_own_line() -> None:
    lines = shown()
    starts = [line.strip("│ ").split("  ")[0] for line in lines[1:-1]]
    assert starts == ["budget", "bank", "separation", "topics", "calls", "cost", "slots", "left"]
    assert "4 operational of 10 drafts" in lines[2]
    assert "simulated" in lines[-1]


def test_the_budget_is_the_share_of_the_one_that_ends_first() -> None:
    bar = shown()[1]
    assert 25 <= bar.count("━") + bar.count("╸") <= 60
