"""Key phrases: bounded by stop words, weighed by count, heading and place; regions and years from the text."""

from __future__ import annotations

from hypothesis import given, strategies as st

from cruxbank.topics.documents import Document, Paragraph
from cruxbank.topics.harvest import CONTENT, LONGEST, candidates, content_words

STORY = Document(
    source="town.html",
    paragraphs=(
        Paragraph(text="Town votes on night flights over the valley", heading=True),
        Paragraph(text="Residents will vote on whether to forbid night flights. Anna Berg lives in Bern."),
        Paragraph(text="The referendum is the first in Switzerland since 2024. Fresh food arrives by night."),
        Paragraph(
            text="Farmers fear imports of genetically modified maize. The EU Parliament keeps saved seed in 2024."
        ),
    ),
)


def texts(document: Document) -> list[str]:
    return [candidate.text for candidate in candidates(document)]


def test_what_is_said_often_and_in_the_heading_comes_first() -> None:
    first = candidates(STORY)[0]
    assert first.text == "night flights"
    # twice: .5 * log2(3) / 3 + .3 for the heading + .2 for the first of seven sentences
    assert abs(first.weight - (0.5 * 1.5849625 / 3 + 0.3 + 0.2)) < 1e-6
    assert first.source == "town.html"
    assert first.cue == 1.0


def test_phrases_join_over_prepositions_and_keep_adverbs_before_participles() -> None:
    found = texts(STORY)
    assert "night flights over the valley" in found
    assert "genetically modified maize" in found
    assert "saved seed" in found


def test_verbs_names_and_halves_are_no_phrases() -> None:
    found = texts(STORY)
    for wrong in (
        "Anna Berg",
        "flights over the valley",
        "votes",
        "food arrives",
        "modified maize",
        "forbid night flights",
    ):
        assert wrong not in found


def test_region_and_year_come_from_the_text() -> None:
    by_text = {candidate.text: candidate for candidate in candidates(STORY)}
    assert by_text["night flights"].region == "Switzerland"
    assert by_text["night flights"].year == 2024
    bare = Document(source="x", paragraphs=(Paragraph(text="Critics oppose school uniforms."),))
    assert [(c.text, c.region, c.year) for c in candidates(bare)] == [("school uniforms", "global", None)]


def test_content_words_ignore_endings_and_joins() -> None:
    assert content_words("bans on the smartphones") == content_words("bans of smartphone") == {"bans", "smartp"}


def test_an_empty_document_gives_nothing() -> None:
    assert candidates(Document(source="x", paragraphs=())) == ()


@given(st.lists(st.text(min_size=1, max_size=120), max_size=4))
def test_phrases_are_short_and_clean(paragraphs: list[str]) -> None:
    document = Document(source="x", paragraphs=tuple(Paragraph(text=p) for p in paragraphs))
    for candidate in candidates(document):
        words = candidate.text.split()
        assert CONTENT[0] <= len(words) <= LONGEST
        assert 0 <= candidate.weight <= 1
        assert 0 <= candidate.cue <= 1
        assert all(word[0].isalpha() for word in words)
