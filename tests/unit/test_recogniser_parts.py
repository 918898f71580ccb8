"""A whole answer taken apart: every form in which models write key points, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cruxbank.recogniser.parts import LONG, MOST, parts

POINTS = ["Streets get safer for children.", "Shops lose customers.", "Air becomes cleaner."]


@pytest.mark.parametrize(
    "form",
    [
        "Stance: yes\nKey points:\n1. {}\n2. {}\n3. {}",
        "Stance: No\n\n- {}\n- {}\n- {}",
        "**Stance:** Neutral\n**Key points:**\n* {}\n* {}\n* {}",
        "Yes.\n1) {}\n2) {}\n3) {}",
        "I support the proposal.\n(1) {}\n(2) {}\n(3) {}",
        "Stance: yes\n{}\n{}\n{}",
        "Position - yes\n## Key points\n• {}\n• {}\n• {}",
        "Key points: 1. {} 2. {} 3. {}",
        "Stance: yes\nKey points: 1. {} 2. {} 3. {}",
        "a) {}\nb) {}\nc) {}",
    ],
)
def test_points_are_found_in_the_forms_that_models_use(form: str):
    assert parts(form.format(*POINTS)) == POINTS


@pytest.mark.parametrize(
    "text",
    [
        "we should ban it because it harms people",
        "Two sentences. They stay together, they are one point.",
        "It costs 2. 5 percent pay 7. That is much.",
        "",
        "   ",
        "Yes",
        "- ",
    ],
)
def test_one_statement_stays_whole(text: str):
    assert len(parts(text)) == 1


def test_the_stance_is_read_when_nothing_else_is_there():
    assert parts("Stance: yes, because freedom matters") == ["yes, because freedom matters"]


def test_a_long_paragraph_is_read_by_sentences():
    sentences = [" ".join(["Word", *["more"] * 24]) + "." for _ in range(3)]
    assert parts(" ".join(sentences)) == sentences
    short = " ".join([*["one"] * (LONG // 2), "end. Next", *["two"] * (LONG // 2 - 2)])
    assert parts(short) == [short]


def test_a_flood_of_points_is_cut():
    assert len(parts("\n".join(f"{i}. point number {i}" for i in range(1, 99)))) == MOST


@given(st.text(max_size=300))
def test_any_text_gives_something_to_read(text: str):
    found = parts(text)
    assert 1 <= len(found) <= MOST
    assert found == [text] or all(part.strip() for part in found)
