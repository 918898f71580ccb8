"""A person in the prober's seat: what lines mean, and what hostile texts can do to the screen (nothing)."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from rich.console import Console

from cruxbank.cli.keyboard import edited
from cruxbank.cli.probe_commands import HELP, Said, parse
from cruxbank.cli.probe_interactive import Person
from cruxbank.cli.probe_shown import MOST, barred, changes, offer_lines, safe, turn_lines

HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]flipped[/bold red] \u202egnp \x9b31m [/] \\"
CHOICE = {
    "proposition": "p1", "move": "plain", "purpose": "position", "bits": 0.55, "strength": None, "pair": None,
    "after": None, "wording": 0, "repeat": 0,
}  # fmt: skip
PAIR = {**CHOICE, "move": "pair", "purpose": "order", "pair": ["security", "power"], "bits": 0.4}
FLIP = {"proposition": "p1", "est": 0.5, "lo": 0.25, "hi": 0.75, "below": 0.0, "above": 0.0, "turns": 3}


def rank(dimension: str, group: int) -> dict[str, Any]:
    return {"dimension": dimension, "group": group}


def turn(**changed: Any) -> dict[str, Any]:
    response = {"state": "answered", "stance": "no", "key_points": ["It is about power."], "text": "", "failure": None}
    evidence = [{"dimension": "power", "side": "opposes", "point": 1, "quote": "about power"}]
    verdict = {
        "state": "scored", "signed": True, "failure": None, "detail": "", "evidence": evidence,
        "outcomes": {"power": "opposes", "security": "absent"},
    }  # fmt: skip
    made: dict[str, Any] = {
        "number": 4,
        "ask": {"pair": None},
        "response": response,
        "verdict": verdict,
        "flipped": True,
    }
    for key, fields in changed.items():
        made[key] = {**made[key], **fields} if isinstance(fields, dict) else fields
    return made


def offer(**changed: Any) -> dict[str, Any]:
    return {
        "session": "s.1", "number": 5, "turns": 12, "target": "m", "choice": CHOICE, "text": "Should it go?",
        "suggestions": [CHOICE, PAIR], "texts": ["Should it go?", ""], "why": "", "last": turn(), "sense": "base",
        "propositions": {"p1": "Should it go, all in all?"}, "findings": {"flips": [], "order": [], "positions": []},
        "before": {"flips": [], "order": [], "positions": []}, **changed,
    }  # fmt: skip


def screen(lines: list[str]) -> str:
    """What a terminal without colours would show."""
    console = Console(file=io.StringIO(), width=100, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


# Commands


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", Said("accept")),
        ("  \t ", Said("accept")),
        ("1", Said("accept")),
        ("3\n", Said("take", number=3)),
        ("e", Said("edit")),
        ("E Should it?", Said("edit", "Should it?")),
        ("own  Why 2 of them?", Said("own", "Why 2 of them?")),
        ("f and then", Said("follow", "and then")),
        ("u", Said("undo")),
        ("end", Said("end")),
        ("q", Said("quit")),
        ("QUIT", Said("quit")),
        ("?", Said("help")),
    ],
)
def test_lines_are_commands(line: str, said: Said) -> None:
    assert parse(line, 3, 1) == said


@pytest.mark.parametrize(
    "line", ["4", "0", "2 please", "9" * 5000, "\u0663", "yes", "end now", "q!", "Should it go?", "ask"]
)
def test_what_is_no_command_makes_no_call(line: str) -> None:
    assert parse(line, 3, 1).do == "wrong"
    assert parse(line, 3, 1).text


@pytest.mark.parametrize("line", ["u", "f why"])
def test_without_a_turn_there_is_none_to_take_back_or_follow(line: str) -> None:
    assert parse(line, 3, 0) == Said("wrong", "there is no turn yet")


@given(line=st.text(), suggested=st.integers(1, 6), done=st.integers(0, 3))
def test_every_line_is_something(line: str, suggested: int, done: int) -> None:
    said = parse(line, suggested, done)
    if said.do == "accept":
        assert line.strip().lower().lstrip("0") in {"", "1", "a", "accept"}
    assert (said.do == "take") == (2 <= said.number <= suggested)


# The screen


@given(text=st.text(st.characters(codec=None)))
def test_any_text_stays_text(text: str) -> None:
    shown = screen([f"[dim]{safe(text)}[/dim]"])
    assert "\x1b" not in shown
    assert all(c == "\n" or c.isprintable() for c in shown)
    assert "[/dim]" not in shown.replace(text, "") or "[/dim]" in text


@given(text=st.text(st.characters(codec=None), max_size=300))
def test_every_line_of_a_text_stands_behind_its_bar(text: str) -> None:
    assert all(line.startswith("    |") for line in screen(barred(text, 60)).split("\n")[:-1])


def test_a_text_that_looks_like_the_prompt_is_seen_to_be_one() -> None:
    faked = "fine\n> \nAnswer 9: yes  flipped\n[bold]Turn[/bold]"
    shown = screen(turn_lines(offer(last=turn(response={"key_points": [faked]})), 80)).splitlines()
    assert [line for line in shown if "Answer 9" in line or line.startswith(">")] == ["    | Answer 9: yes  flipped"]
    assert "    | [bold]Turn[/bold]" in shown


def test_hostile_words_everywhere_reach_no_terminal() -> None:
    last = turn(
        response={"key_points": [HOSTILE], "stance": HOSTILE},
        verdict={"outcomes": {HOSTILE: "supports"}, "evidence": [{"dimension": HOSTILE, "quote": HOSTILE}]},
    )
    hostile = offer(
        last=last, text=HOSTILE, target=HOSTILE, why=HOSTILE, propositions={"p1": HOSTILE}, sense="mirror",
        choice={**CHOICE, "move": HOSTILE}, findings={"flips": [FLIP], "order": [rank(HOSTILE, 0)], "positions": []},
    )  # fmt: skip
    shown = screen([*turn_lines(hostile, 80), *offer_lines(hostile, 80)])
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(shown)
    assert shown.count("[bold red]flipped[/bold red]") >= 5


def test_a_megabyte_is_cut_and_says_so() -> None:
    shown = screen(barred("x" * 1_000_000, 80))
    assert len(shown) < 2 * MOST
    assert "999,100 more characters" in shown


def test_a_turn_shows_stance_values_and_words() -> None:
    shown = screen(turn_lines(offer(), 80))
    assert "Answer 4: no  flipped" in shown
    assert "| It is about power." in shown
    assert "values: power opposes  'about power'" in shown
    assert "security" not in shown
    assert "findings: unchanged" in shown


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (turn(response={"state": "refused", "stance": None}), "Answer 4: refused"),
        (turn(response={"state": "failed", "stance": None, "failure": "empty_answer"}), "failed (empty_answer)"),
        (turn(verdict={"state": "unscored", "failure": "steers_the_judge", "detail": "'score me'"}),
         "values: unscored (steers_the_judge 'score me')"),
        (turn(verdict={"outcomes": {}}), "values: none raised"),
        (turn(verdict={"signed": False}), "values: power raised"),
        (turn(ask={"pair": ["power", "security"]}, flipped=None), "Answer 4: no (security first)\n"),
        (turn(flipped=False), "Answer 4: no  holds"),
    ],
)  # fmt: skip
def test_every_end_of_a_turn_is_told(last: Mapping[str, Any], says: str) -> None:
    assert says in screen(turn_lines(offer(last=last), 80))


def test_what_a_turn_did_to_the_findings() -> None:
    position = {"dimension": "power", "est": -0.5, "lo": -0.9, "hi": 0.1, "scored": 2, "raised": 1}
    before = {"flips": [FLIP], "order": [rank("power", 0), rank("security", 0)], "positions": []}
    now = {
        "flips": [{**FLIP, "lo": 0.4}], "order": [rank("security", 0), rank("power", 1)], "positions": [position],
    }  # fmt: skip
    assert changes(offer(before=before, findings=now)) == [
        "flip point: 0.50 (0.40 to 0.75); before: 0.50 (0.25 to 0.75): Should it go, all in all?",
        "order now security > power",
        "position on power -0.50 (-0.90 to +0.10)",
    ]
    assert changes(offer(before=now, findings=now)) == ["unchanged"]


def test_an_offer_shows_purpose_move_bits_and_words() -> None:
    shown = screen(offer_lines(offer(sense="mirror"), 80))
    assert "[1] position: plain, asks the reverse  0.55 bits\n    | Should it go?" in shown
    assert "[2] order: pair, security against power  0.40 bits\n      about: Should it go, all in all?" in shown


def test_other_suggestions_leave_the_last_answer_on_the_screen() -> None:
    long = "Should it go, all things considered? " * 12
    shown = screen(offer_lines(offer(text=long, texts=[long, long], choice=CHOICE), 80))
    first, second = shown.split("[2]")
    assert first.count("    |") > 3
    assert (second.count("    |"), second.count("    | ...\n")) == (3, 1)


# The person


def person(monkeypatch: pytest.MonkeyPatch, typed: str) -> tuple[Person, io.StringIO]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    sink = io.StringIO()
    return Person(Console(file=sink, width=100, highlight=False, soft_wrap=True)), sink


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("\n", {"do": "accept"}),
        ("what?\nu\n", {"do": "undo"}),
        ("e Ought it to go?\n", {"do": "edit", "text": "Ought it to go?"}),
        ("end\nno\nend\ny\n", {"do": "end"}),
        ("", {"do": "quit"}),
        ("end\n", {"do": "quit"}),
        ("o\n\nq\n", {"do": "quit"}),
        ("f Why?\n", {"do": "own", "text": "Why?", "choice": {
            "proposition": "p1", "move": "own", "purpose": "plain", "after": 4}}),
    ],
)  # fmt: skip
async def test_what_is_typed_is_what_the_graph_is_told(
    monkeypatch: pytest.MonkeyPatch, typed: str, answer: dict[str, Any]
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    seat, _ = person(monkeypatch, typed)
    assert await seat(offer()) == answer


async def test_a_suggestion_without_words_is_shown_before_it_is_put(monkeypatch: pytest.MonkeyPatch) -> None:
    seat, sink = person(monkeypatch, "2\nq\n2\n")
    assert await seat(offer()) == {"do": "own", "choice": PAIR}
    worded = offer(choice=PAIR, text="Which do you choose?")
    assert await seat(worded) == {"do": "quit"}
    assert "Which do you choose?" in sink.getvalue()
    assert await seat(offer(texts=["Should it go?", "A or B?"])) == {"do": "own", "choice": PAIR}
    assert await seat(offer(choice=PAIR, text="A or B?")) == {"do": "accept"}


async def test_an_undo_shows_no_answer_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    seat, sink = person(monkeypatch, "\nu\n\n")
    for number in (5, 6, 5):
        await seat(offer(number=number, last=turn(number=number - 1)))
    assert [sink.getvalue().count(f"Answer {number}:") for number in (4, 5)] == [1, 1]


async def test_an_editor_that_cannot_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor-here --wait")
    seat, sink = person(monkeypatch, "e\nq\n")
    assert await seat(offer()) == {"do": "quit"}
    assert "no-such-editor-here" in sink.getvalue()
    assert "nothing is put" in sink.getvalue()


def test_the_editor_gives_the_text(tmp_path: Path) -> None:
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib\np = pathlib.Path(sys.argv[1])\np.write_text(p.read_text() + 'More?\\n\\n')\n"
    )
    assert edited(f"{sys.executable} {script}", "Should it?") == "Should it?\nMore?"
    script.write_text("")
    assert edited(f"{sys.executable} {script}", "Should it?") == ""


def test_the_help_names_what_can_be_typed() -> None:
    for name, _ in HELP:
        typed = {"Enter": "", "NUMBER": "2"}.get(name, name.split()[0])
        assert parse(typed, 3, 1).do != "wrong"
