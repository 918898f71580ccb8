"""Counts and flip points in words, on every screen the same: one thing is not `1 things`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import cruxbank
from cruxbank.app.reviewing import Sheet
from cruxbank.cli.bank_import import _tell as tell_import
from cruxbank.cli.grow import _tell
from cruxbank.cli.probe_shown import changes
from cruxbank.cli.review_screen import sheet_lines
from cruxbank.display import answer_counts, round_line
from cruxbank.items import FailureReason, Reading, Response, Status, Verdict
from cruxbank.sessions import Flip
from tests.memory.conftest import Factory

HOME = Path(cruxbank.__file__).parent
NOUNS = (
    "items|topics|drafts|domains|calls|tokens|models|responses|answers|turns|texts|sessions|vectors|documents|dimensions|"
    "systems|groups|inconsistencies|verdicts|propositions|reviews|runs|slots"
)
NEVER_ONE = ("CANARIES_NEEDED", "len(pages)")
"""Counts that are never 1 where they are printed."""


@pytest.mark.parametrize("path", sorted([*HOME.glob("cli/*.py"), HOME / "display.py"]), ids=lambda path: path.name)
def test_no_screen_counts_without_the_helper(path: Path) -> None:
    found = re.findall(rf"\{{([^{{}}]*)\}} (?:\w+ )?(?:{NOUNS})\b", path.read_text())
    counts = [
        one for one in found if one not in NEVER_ONE and not re.search(r"plural|_bits|:\.\d?[f%]|:[+]|lead|kind", one)
    ]
    assert counts == []


def test_the_end_of_a_run_counts_in_the_singular(capsys: pytest.CaptureFixture[str]) -> None:
    result: dict[str, Any] = {"run": "0001-aaaaaaaa", "reason": "budget.items reached", "operational": 1, "drafts": 1}
    result |= {"topics_operational": 1, "domains": 1, "calls": 1, "usd": 0.0, "bank": "bank", "origin": "real"}
    result |= {"canaries": {"found": {"n": 0}, "clear": {"n": 0}, "asked": 0}, "report": "r.html", "items": 1}
    _tell(result, {"items": 1})
    assert "1 operational item of 1 draft, 1 topic, 1 domain; 1 call, $0.00; bank bank" in capsys.readouterr().out


def test_a_round_counts_in_the_singular() -> None:
    figures = {"slots": 1, "operational": 0, "drafts": 1, "topics_tried": 1, "median": 0.0, "calls": 1, "usd": 0.0}
    assert round_line(figures) == "slot 1: 0 operational of 1 draft, 1 topic, median 0.00 bits, 1 call, $0.00"


def reading(item: str, repeat: int, state: str, stance: str | None, read: str) -> Reading:
    points = ("a",) if stance else ()
    said = {"item": item, "wording": 0, "repeat": repeat, "model": "m", "state": state, "stance": stance}
    failure = FailureReason.TIMEOUT if read == "unscored" else None
    verdict = Verdict.model_validate({"state": read, "outcomes": {}, "failure": failure})
    return Reading(response=Response.model_validate(said | {"key_points": points}), verdict=verdict)


def test_a_review_counts_answers_as_every_other_screen() -> None:
    """One scored, one that was answered and could not be read, one refused: the second has no stance that counts."""
    item = Factory().item()
    made = (("answered", "yes", "scored"), ("answered", "yes", "unscored"), ("refused", None, "refused"))
    readings = tuple(reading(item.id, n, *one) for n, one in enumerate(made))
    sheet = Sheet(item=item, stood=Status.OPERATIONAL, readings=readings, near=())
    shown = "\n".join(sheet_lines(sheet, 1, 1, 100))
    assert answer_counts(readings) == "1 yes, 0 no, 0 neutral, 1 refused, 1 unscored of 3"
    assert answer_counts(readings) in shown


FLIP = {"proposition": "p", "est": 0.5, "lo": 0.25, "hi": 0.75, "below": 0.0, "above": 0.0, "turns": 3}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "0.50 (0.25 to 0.75)"),
        ({"lo": 0.9, "hi": 1.6, "est": 1.3, "above": 0.97}, "did not flip up to 1.0 (chance 97 %)"),
        ({"lo": -0.5, "hi": 0.1, "est": -0.2, "below": 0.9}, "flips at any strength (chance 90 %)"),
    ],
)
def test_a_flip_point_off_the_scale_is_told_as_in_the_report(changed: dict[str, float], said: str) -> None:
    flip = {**FLIP, **changed}
    offer = {"before": {}, "findings": {"flips": [flip], "order": [], "positions": []}, "propositions": {"p": "Why?"}}
    assert Flip.model_validate(flip).told == said
    assert changes(offer) == [f"flip point: {said}: Why?"]
    again = {**offer, "before": offer["findings"]}
    assert changes(again) == ["unchanged"]


@pytest.mark.parametrize(
    ("dry", "said"),
    [
        (True, "1 question gets the other wordings from quill, a call each"),
        (False, "1 question got the other wordings"),
    ],
)
def test_an_import_says_who_writes_wordings(capsys: pytest.CaptureFixture[str], dry: bool, said: str) -> None:
    told: dict[str, Any] = {
        "taken": 1,
        "rows": 1,
        "format": "csv",
        "refused": {},
        "reasons": {},
        "lines": [],
        "run": "",
        "lacking": [],
        "write_wordings": True,
    }
    tell_import(told | {"written": 1, "writer": "quill", "wordings": 6, "asked": False, "dry_run": dry})
    assert said in capsys.readouterr().err
