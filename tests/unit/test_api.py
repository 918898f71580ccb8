"""The public names, and what they do without a model or an encoder."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cruxbank
from cruxbank import Bank, RunResult, Settings, load_settings
from cruxbank.api import Found, Items
from cruxbank.blocking import run_blocking
from cruxbank.config.shipped import presets
from cruxbank.display import SIMULATED, html_table
from cruxbank.errors import ConfigError, InputError
from cruxbank.items import Exit, Status, Topic
from tests.made_items import RUN, bank_of, made_item, separation

ITEMS = (
    made_item("Should rent control be banned?", separation(0.4)),
    made_item("Should <b>landlords</b> pay?", separation(0.8)),
    made_item("Should schools be free?", separation(0.6), topic=Topic(text="school fees", domain="education")),
    made_item("Should zoos be closed?", separation(0.9), status=Status.PILOT, exit=Exit.LOW),
)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """A bank of four items without vectors, opened by its folder."""
    with Bank.open(bank_of(tmp_path / "bank", ITEMS)) as opened:
        yield opened


def test_the_public_names_are_these() -> None:
    names = "Bank CruxbankError Item ProbeResult RunResult Settings Topic ValueSystem agrow aprobe estimate grow "
    names += "load_settings load_system probe"
    assert sorted(cruxbank.__all__) == names.split()
    assert all(getattr(cruxbank, name).__module__.startswith("cruxbank.") for name in cruxbank.__all__)
    assert set(cruxbank.__all__) <= set(dir(cruxbank))
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        cruxbank.nope  # noqa: B018


@pytest.mark.parametrize("code", ["import cruxbank", "from cruxbank import Bank, grow, load_settings"])
def test_importing_is_light(code: str) -> None:
    heavy = (
        "torch",
        "sentence_transformers",
        "chromadb",
        "langgraph",
        "langchain_openai",
        "openai",
        "scipy",
        "sqlalchemy",
    )
    seen = f"{code}\nimport sys\nprint([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_settings_come_from_a_preset_a_file_or_settings(tmp_path: Path) -> None:
    path = tmp_path / "crux.yaml"
    path.write_text(presets()["simulated"], encoding="utf-8")
    by_name = load_settings("simulated", bank="elsewhere", budget={"calls": 500})
    assert (by_name.bank, by_name.budget.calls) == (Path("elsewhere"), 500)
    from_file = load_settings(path)
    assert from_file == load_settings(str(path))
    assert from_file.bank == tmp_path / "bank", "a relative path in a file starts at the file's folder"
    assert from_file.model_copy(update={"bank": Path("bank")}) == load_settings("simulated")
    changed = load_settings(by_name, budget={"usd": 2.0})
    assert (changed.budget.calls, changed.budget.usd) == (500, 2.0)
    assert changed.model_copy(update={"budget": by_name.budget}) == by_name
    assert load_settings(by_name) is by_name


@pytest.mark.parametrize("name", sorted(presets()))
def test_settings_survive_being_changed(name: str) -> None:
    settings = load_settings(name)
    assert load_settings(settings, seed=settings.seed) == settings


def test_a_wrong_override_names_the_field_and_no_file_that_the_reader_never_saw() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings("simulated", budgt={"calls": 5})
    assert str(caught.value) == "unknown field 'budgt': did you mean 'budget'?"
    with pytest.raises(ConfigError, match=r"^budget\.calls: Input should be greater than 0"):
        load_settings(load_settings("simulated"), budget={"calls": 0})
    with pytest.raises(ConfigError, match=r"^panels\.pilot: unknown model 'nobody'"):
        load_settings(load_settings("simulated"), panels={"pilot": ["nobody"]})
    with pytest.raises(ConfigError, match="no such file"):
        load_settings("simulatd")


def test_items_are_filtered_and_sorted(bank: Bank) -> None:
    rent, landlords, schools, zoos = ITEMS
    assert bank.items() == (landlords, schools, rent)
    assert bank.items(status=None) == (zoos, landlords, schools, rent)
    assert bank.items(status="pilot") == (zoos,)
    assert bank.items(domain="education") == (schools,)
    assert bank.items(limit=1) == (landlords,)
    assert bank.items(min_separation=0.3) == (landlords, schools), "the lower bound counts, not the estimate"
    assert bank.items(min_separation=0.2, limit=2) == (landlords, schools), "the limit comes last"
    assert bank.items(domain="nowhere") == ()
    with pytest.raises(InputError, match=r"status 'retird'.*one of draft, pilot, operational, retired"):
        bank.items(status="retird")
    with pytest.raises(InputError, match="must not be negative"):
        bank.items(limit=-1)


@pytest.mark.parametrize("limit", [-1, -5])
def test_a_negative_limit_is_refused_with_a_filter_too(bank: Bank, limit: int) -> None:
    with pytest.raises(InputError, match="must not be negative"):
        bank.items(min_separation=0.1, limit=limit)


def test_one_item_its_history_and_the_counts(bank: Bank) -> None:
    first = ITEMS[0]
    assert bank.item(first.id[:12]) == first
    assert bank.readings(first.id[:12]) == ()
    assert [change.after for change in bank.history(first.id)] == [Status.OPERATIONAL]
    assert bank.stats().by_status["operational"] == 3
    with pytest.raises(InputError, match="not in this bank"):
        bank.item("it_ffffffffffff")


def test_a_bank_is_opened_by_folder_file_or_settings(bank: Bank, tmp_path: Path) -> None:
    assert bank.path == tmp_path / "bank"
    settings = load_settings("simulated", bank=bank.path)
    with Bank.open(settings) as again:
        assert again.items() == bank.items()
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"].replace("bank: bank ", f"bank: {bank.path} "), encoding="utf-8")
    with Bank.open(str(file)) as again:
        assert again.items() == bank.items()


def test_no_bank_is_an_error_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no bank here"):
        Bank.open(tmp_path)
    with pytest.raises(InputError, match="there is no bank here"):
        Bank.open(load_settings("simulated", bank=tmp_path / "absent"))
    assert list(tmp_path.iterdir()) == []


def test_the_export_is_that_of_the_command(bank: Bank, tmp_path: Path) -> None:
    file = bank.export_jsonl(tmp_path / "out")
    assert file == tmp_path / "out" / "items.jsonl"
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    with pytest.raises(InputError, match="already exists"):
        bank.export_jsonl(tmp_path / "out", items=bank.items(limit=1))
    bank.export_jsonl(str(tmp_path / "out"), items=bank.items(limit=1), force=True)
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1
    with pytest.raises(InputError, match="nothing to export"):
        bank.export_jsonl(tmp_path / "none", items=())
    assert not (tmp_path / "none").exists()


def test_notebooks_see_tables_with_nothing_of_a_model_as_markup(bank: Bank) -> None:
    shown = bank.items()._repr_html_()
    assert "&lt;b&gt;landlords&lt;/b&gt;" in shown
    assert "<b>" not in shown
    assert SIMULATED in shown
    assert "0.80 (0.40 to 1.60)" in shown
    assert SIMULATED in bank._repr_html_()
    assert html_table(("a",), [("<script>",)]).count("<script>") == 0


def test_short_forms_stay_short(bank: Bank) -> None:
    assert repr(bank) == f"Bank({str(bank.path)!r})"
    assert repr(Found(0.5, ITEMS[0])) == f"Found(0.50, {ITEMS[0].id}, 'Should rent control be banned?')"
    lines = repr(Items(ITEMS * 10)).splitlines()
    assert lines[0] == f"{ITEMS[0].id}  0.40 (0.20 to 0.80)  'Should rent control be banned?'"
    assert lines[-1] == "... 40 items"


def test_a_result_shows_what_matters() -> None:
    result = RunResult.model_validate(RESULT)
    assert "attempts" not in repr(result)
    assert "budget.calls reached" in result._repr_html_()
    assert SIMULATED in result._repr_html_()
    assert SIMULATED not in RunResult.model_validate(RESULT | {"origin": "real"})._repr_html_()


RESULT: dict[str, Any] = dict.fromkeys(RunResult.model_fields, 1) | {
    "run": RUN,
    "reason": "budget.calls reached",
    "bank": "bank",
    "origin": "simulated",
    "resumed": False,
    "paid": {"attempts": 3},
}


async def _double(x: int) -> int:
    await asyncio.sleep(0)
    return 2 * x


def test_blocking_outside_a_loop() -> None:
    assert run_blocking(lambda: _double(4)) == 8


async def test_blocking_inside_a_loop() -> None:
    assert run_blocking(lambda: _double(4)) == 8
    with pytest.raises(ZeroDivisionError):
        run_blocking(_fails)


async def _fails() -> int:
    return 1 // 0


def test_an_interrupt_in_a_notebook_lets_the_run_close_its_files() -> None:
    """A subprocess: SIGINT must reach the main thread while it waits for the thread with the run."""
    code = """
import asyncio, os, signal, threading
from cruxbank.blocking import run_blocking
async def run():
    try:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        await asyncio.sleep(30)
    finally:
        print("closed")
async def cell():
    run_blocking(run)
loop = asyncio.new_event_loop()
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    loop.run_until_complete(cell())
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert done.stdout.split() == ["closed", "interrupted"], done.stderr


def test_settings_are_the_same_class_everywhere() -> None:
    from cruxbank.config.settings import Settings as Inner

    assert Settings is Inner
