"""`crux bank stats` as a newcomer reads it: a sentence a row, what is missing and how much, equal spelling of numbers."""

from __future__ import annotations

import pytest

from cruxbank.cli import stats_tables, tables
from cruxbank.display import CARRY_OVER, answer_counts, carry_over_rows
from cruxbank.items import Exit, Topic
from cruxbank.measures import CONFIRMED_NEEDED, CarryOver, Estimate
from cruxbank.memory.denominators import Denominators
from cruxbank.science.carryover import LEAST, summarise
from tests.report_bank import answers, bank, item

SHARE = Estimate(est=0.8, lo=0.4, hi=1.2)


def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **carried: object) -> list[str]:
    monkeypatch.setenv("COLUMNS", "80")
    made = bank()
    figures = made.record.stats().model_copy(update={"responses": 1968, "runs": 1})
    found = CarryOver(**{"items": 17, "models": 12, "claimed": 0.58, "confirmed": 2, "odd": 1, **carried})
    asked: Denominators = made.record.denominators()
    stats_tables.stats(figures, found, asked, {"accept": 2, "reject": 1})
    return capsys.readouterr().out.splitlines()


def test_missing_figures_say_how_many_items_they_lack() -> None:
    rows = {row[0]: row for row in carry_over_rows(CarryOver(items=17, models=12, claimed=0.58, confirmed=2))}
    assert rows["same panel, fresh wordings"][1:3] == ("-", f"2 of {CONFIRMED_NEEDED} needed")
    assert LEAST == CONFIRMED_NEEDED
    enough = carry_over_rows(CarryOver(items=17, models=12, claimed=0.58, confirmed=9))
    assert [row[2] for row in enough[1:3]] == ["not measured"] * 2


def test_what_is_claimed_has_an_interval_like_every_other_figure() -> None:
    zoos = Topic(text="zoos", domain="animals")
    items = [item(f"Should zoo {i} close?", Exit.ADMITTED, zoos, joint=0.3 + i / 10) for i in range(6)]
    span = summarise(items).claimed_span
    assert span is not None
    row = carry_over_rows(summarise(items))[0]
    assert row[2] == f"{span.lo:.2f} to {span.hi:.2f}"
    assert span.lo < summarise(items).claimed < span.hi
    assert summarise(items[:4]).claimed_span is None


def test_every_row_of_the_table_has_its_sentence_and_fits_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = shown(capsys, monkeypatch, kept_by_families=SHARE)
    text = "\n".join(lines)
    head = next(i for i, line in enumerate(lines) if line.startswith(CARRY_OVER[0]))
    assert lines[head + 6] == "In 1 of 17 items one odd model makes more than half."
    assert len(stats_tables.CARRIED) == len(carry_over_rows(CarryOver(items=1, models=8, claimed=0.1, confirmed=0)))
    assert all(f"  {sentence}" in lines for sentence in stats_tables.CARRIED)
    assert "docs/concepts.md" in text
    assert all(len(line.rstrip()) <= 80 for line in lines)


def test_numbers_are_spelt_one_way_and_one_of_a_thing_is_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join(shown(capsys, monkeypatch))
    assert "1,968 responses" in text
    assert "in 1 run\n" in text
    assert "3 reviews by people: 2 accepted, 1 rejected" in text
    assert stats_tables.decided(["reject", "accept", "accept"]) == {"accept": 2, "reject": 1}


def test_show_counts_every_answer_as_the_report_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Four yes and three no of eight: the refusal has to stand there, or the figures do not add up."""
    text = "Should zoos be closed?"
    read = answers(text)
    one = item(text, Exit.ADMITTED, Topic(text="zoos", domain="animals"), readings=read)
    tables.item(one, read, ())
    assert answer_counts(read) == "4 yes, 3 no, 0 neutral, 1 refused of 8"
    assert "answers: 4 yes, 3 no, 0 neutral, 1 refused of 8 (mirrors are turned round)" in capsys.readouterr().out
