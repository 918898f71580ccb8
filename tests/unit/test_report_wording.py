"""Words of the report: nothing acts unseen, nothing grows long, no share reads 0 % that is not."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cruxbank.display import plural
from cruxbank.items import Exit
from cruxbank.report.wording import WHY, percent, shorten, ticks, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[31mb", "a⟨U+001B⟩[31mb"),
        ("a\u202eb\u2066", "a⟨U+202E⟩b⟨U+2066⟩"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("one\ntwo\tthree", "one two three"),
        ("\ud800", "⟨U+D800⟩"),
        ("مرحبا שלום می\u200cشود 👩\u200d🔬", "مرحبا שלום می\u200cشود 👩\u200d🔬"),
    ],
)
def test_what_acts_unseen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters()), st.integers(2, 60))
def test_shortened_text_fits_and_can_be_encoded(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    short.encode("utf-8")
    assert "\n" not in short


def test_cut_at_a_word() -> None:
    assert shorten("should zoos be closed", 16) == "should zoos be…"
    assert shorten("unbreakable" * 3, 12) == "unbreakable…"
    assert shorten("short", 12) == "short"


def test_shares() -> None:
    assert [percent(*p) for p in ((0, 0), (0, 5), (1, 1000), (1, 3), (5, 5))] == ["-", "0 %", "< 1 %", "33 %", "100 %"]


def test_plurals() -> None:
    assert [plural(1, "family", "families"), plural(2, "family", "families"), plural(1200, "call")] == [
        "1 family",
        "2 families",
        "1,200 calls",
    ]


@pytest.mark.parametrize(
    ("top", "marks"), [(2.6, (0, 1, 2, 3)), (0.3, (0, 0.1, 0.2, 0.3)), (0.0, (0, 1)), (float("nan"), (0, 1))]
)
def test_ticks(top: float, marks: tuple[float, ...]) -> None:
    assert ticks(top) == pytest.approx(marks)


@given(st.floats(1e-6, 1e6))
def test_ticks_cover_the_top(top: float) -> None:
    marks = ticks(top)
    assert marks[0] == 0
    assert top <= marks[-1] * (1 + 1e-6)
    assert 2 <= len(marks) <= 7


def test_every_exit_is_explained() -> None:
    assert set(WHY) == set(Exit)
