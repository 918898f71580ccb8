"""Lists of items: whole ids at any width, best first, what a re-measurement came to."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from cruxbank.app.looking import list_items
from cruxbank.cli import app, bank_remeasure
from cruxbank.cli.item_lines import WIDE, item_lines
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.items import Exit, Item, Status, Topic
from tests.made_items import bank_of
from tests.report_bank import item

ZOOS, RENTS = Topic(text="zoos", domain="animals"), Topic(text="rent control", domain="cities")
BEST = item("Should zoos be closed?", Exit.ADMITTED, ZOOS, joint=0.8)
GOOD = item("Should rents be capped?", Exit.ADMITTED, RENTS, joint=0.5)
DRAFT = item("Are zoos bad, is it not so?", Exit.CRITIC, ZOOS)
LOW = item("Should zoos be free?", Exit.LOW, ZOOS, joint=0.1)
FIRST = {
    "id": "it_0123456789abcdef",
    "text": "Should schools open later?",
    "status": "pilot",
    "exit": "pushes_its_answer",
    "bits": {"est": 0.2, "lo": 0.0, "hi": 0.4},
    "reasons": ["x"],
}
RESULT = {
    "run": "0002-a", "reason": "done", "items": 1, "promoted": [], "retired": [], "held": [], "calls": 1, "usd": 0.0,
    "bank_operational": 1, "bank_retired": 0, "operational": {"informative": {"items": 0}, "random": {"items": 0}},
    "origin": "simulated", "first": [],
}  # fmt: skip


@pytest.fixture
def bank(tmp_path: Path) -> Settings:
    data = yaml.safe_load(presets()["simulated"]) | {"bank": str(tmp_path / "bank")}
    (tmp_path / "crux.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    settings = load_settings(tmp_path / "crux.yaml")
    bank_of(settings.bank, (GOOD, DRAFT, BEST, LOW))
    return settings


def crux(bank: Settings, *arguments: str) -> tuple[int, str, str]:
    config = str(bank.bank.parent / "crux.yaml")
    done = CliRunner().invoke(app, ["bank", *arguments, "--config", config], env={"COLUMNS": "80"})
    return done.exit_code, done.stdout, done.stderr


def listed(bank: Settings, *statuses: Status, n: int = 20, domain: str | None = None) -> tuple[list[Item], int]:
    found = list_items(bank, statuses, n, domain=domain)
    return list(found.items), found.matching


def test_best_first_over_statuses_and_the_unmeasured_last(bank: Settings) -> None:
    assert listed(bank, Status.OPERATIONAL) == ([BEST, GOOD], 2)
    assert listed(bank, *Status) == ([BEST, GOOD, LOW, DRAFT], 4)
    assert listed(bank, *Status, n=3) == ([BEST, GOOD, LOW], 4)
    assert listed(bank, *Status, domain="cities") == ([GOOD], 1)
    assert list_items(bank, (Status.OPERATIONAL,), 1, kind="question").matching == 2
    assert list_items(bank, tuple(Status), 9, kind="dilemma").items == ()


def test_the_list_has_ids_to_copy_and_names_the_next_step(bank: Settings) -> None:
    code, out, err = crux(bank, "list", "--n", "1")
    assert code == 0
    assert out.splitlines()[1].split() == [BEST.id, "0.80", "0.40", "to", "1.20", "power", "operational"]
    assert out.splitlines()[2] == "    Should zoos be closed?"
    assert err.strip() == f"1 of 2 items; --n 2 lists all. Next: crux bank show {BEST.id}"
    code, out, err = crux(bank, "list", "--status", "retired")
    assert (code, out) == (0, "")
    assert "The bank holds 1 draft, 2 operational, 1 pilot" in err
    assert "no status 'best'" in crux(bank, "list", "--status", "best")[2]


@pytest.mark.parametrize("width", [40, 80, WIDE, 200])
def test_no_id_is_ever_cut_and_no_question_leaves_its_column(width: int) -> None:
    console = Console(file=io.StringIO(), width=width)
    item_lines(("id", "bits"), [(("it_0123456789abcdef", "0.97"), "Should \x1b[31m" + "words " * 40 + "end?")], console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "it_0123456789abcdef" in text
    assert "end?" in text
    assert "\x1b" not in text
    assert all(len(line.rstrip()) <= width for line in text.splitlines())


def test_each_draft_that_was_measured_has_a_line_with_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    bank_remeasure._tell({**RESULT, "first": [FIRST]})
    told = capsys.readouterr()
    line = next(line for line in told.out.splitlines() if line.startswith(FIRST["id"]))  # type: ignore[arg-type]
    assert line.split(maxsplit=1)[1] == "0.20  0.00 to 0.40   pilot  pushes its answer"
    assert f"crux bank show {FIRST['id']}" in told.err


def test_items_that_changed_status_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    bank_remeasure._tell({**RESULT, "retired": [f"it_{i}" for i in range(bank_remeasure.NAMED + 1)]})
    told = capsys.readouterr()
    assert "retired: it_0, it_1" in told.out
    assert "and 1 more" in told.out
    assert told.err.splitlines()[-1] == "Next: crux bank stats, crux bank show it_0"
    bank_remeasure._tell(RESULT)
    assert capsys.readouterr().err.splitlines()[-1] == "Next: crux bank stats, crux bank list"
