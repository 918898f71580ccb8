"""The lines at the end of `crux grow`: why a budget is not used up, whether the judge did well, which item to look at."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from cruxbank.accuracy import CANARIES_NEEDED
from cruxbank.cli.grow import _left_over, _tell, say_canaries
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.stages import TOKENS_PER_CALL, dearest_call, dearest_slot, worst_case

CANARIES = {
    "asked": 20, "unread": 0, "neutral": 10, "limit": 0.7, "below": False, "blind": [],
    "found": {"hits": 10, "n": 10, "est": 1.0}, "clear": {"hits": 37, "n": 60, "est": 37 / 60},
}  # fmt: skip
RESULT: dict[str, Any] = {
    "run": "0001-a", "reason": "budget.calls reached", "calls": 792, "tokens": 5, "usd": 1.25, "operational": 1,
    "drafts": 9, "topics_operational": 1, "domains": 1, "bank": "bank", "origin": "real", "canaries": CANARIES,
    "report": "r.html", "best_item": "it_0123456789abcdef", "next_slot": {"calls": 128, "tokens": 9, "usd": 0.5},
}  # fmt: skip


def test_a_run_that_ends_before_its_last_call_says_why() -> None:
    assert _left_over(RESULT, {"calls": 900}) == " (792 of 900; the next slot could cost 128)"
    assert _left_over(RESULT, {"calls": 792}) == ""
    dear = {**RESULT, "reason": "budget.usd reached"}
    assert _left_over(dear, {"usd": 1.5}) == " ($1.25 of $1.50; the next slot could cost $0.50)"
    assert _left_over({**RESULT, "reason": "budget: a hard cap"}, {"calls": 900}) == ""
    assert _left_over({**RESULT, "reason": "budget.items reached"}, {"items": 5}) == ""


def test_the_dearest_slot_is_what_budgets_are_granted_by() -> None:
    settings = Settings(**yaml.safe_load(presets()["openai"]))
    calls = worst_case(settings)
    found = dearest_slot(settings)
    assert (found["calls"], found["tokens"]) == (calls, calls * TOKENS_PER_CALL)
    assert found["usd"] == pytest.approx(calls * dearest_call(settings), abs=1e-6)


def test_the_next_step_names_the_best_item(capsys: pytest.CaptureFixture[str]) -> None:
    _tell(RESULT, {"calls": 900})
    told = capsys.readouterr().err
    assert "ended: budget.calls reached (792 of 900; the next slot could cost 128)" in told
    assert "crux bank show it_0123456789abcdef (the best item)" in told
    _tell({**RESULT, "best_item": None}, {"calls": 900})
    assert "crux bank list --status draft,pilot" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "81% right in the mean of the two, enough (limit 70%, judging.min_canaries)."),
        ({"below": True}, "81% right in the mean of the two, too little (limit 70%"),
        ({"neutral": CANARIES_NEEDED - 1}, f"too few to judge by, {CANARIES_NEEDED} texts of each kind are needed."),
    ],
)
def test_known_answers_end_in_a_verdict(
    capsys: pytest.CaptureFixture[str], change: dict[str, Any], verdict: str
) -> None:
    say_canaries({**CANARIES, **change})
    assert verdict in capsys.readouterr().err.splitlines()[0]
