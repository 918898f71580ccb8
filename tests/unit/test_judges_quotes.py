"""Words that one text takes from another: evidence has to be there, questions are masked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cruxbank.agents.answers import EvidenceReading
from cruxbank.agents.evidence import Believed, believed
from cruxbank.agents.fence import clean
from cruxbank.agents.quoted import LEFT_OUT, Masking, mask, occurs, says_something, words
from cruxbank.agents.roles import Read
from cruxbank.items import FailureReason, Outcome, Response, Verdict
from cruxbank.values.systems import load_system

SYSTEM = load_system("schwartz-10")
POINTS = ("Rules keep families safe, even if freedom suffers.", "Nobody's wealth matters here.", "Wait... then act.")
TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.mark.parametrize(
    ("quote", "text", "there"),
    [
        ("keep families safe", POINTS[0], True),
        ("“Keep  families\nSAFE”", POINTS[0], True),
        ("keep families safe even if", POINTS[0], True),
        ("Rules keep ... freedom suffers", POINTS[0], True),
        ("Rules keep [...] freedom suffers…", POINTS[0], True),
        ("freedom suffers ... Rules keep", POINTS[0], False),
        ("keep the families safe", POINTS[0], False),
        ("keep families saf", POINTS[0], False),
        ("ules keep", POINTS[0], False),
        ("safety of families", POINTS[0], False),
        ("Nobodys wealth", POINTS[1], True),
        ("Nobody’s wealth", POINTS[1], True),
        ("Wait... then", POINTS[2], True),
        ("", POINTS[0], False),
        ("...", POINTS[2], False),
        ("[...]", "a [...] b", False),
        ("自由很重要", "我认为自由很重要。", True),
        ("自由不重要", "我认为自由很重要。", False),
        ("GRÖSSE zählt", "Die Größe zählt nicht.", True),
        ("größe zahlt", "Die Größe zählt nicht.", False),
        ("ｓａｆｅ", "We are safe.", True),
    ],
)
def test_a_quote_is_there_or_it_is_not(quote: str, text: str, there: bool) -> None:
    assert occurs(clean(quote), clean(text)) is there


@given(TEXT, TEXT, TEXT)
def test_what_stands_in_a_text_is_found(before: str, middle: str, after: str) -> None:
    """Set off by spaces, in any script."""
    text = clean(f"{before} {middle} {after}")
    if words(clean(middle)) and "..." not in middle and "…" not in middle:
        assert occurs(clean(middle), text)
    assert not occurs(f"{middle} qzxv", text.replace("qzxv", ""))


@given(TEXT)
def test_words_stand_where_they_say(text: str) -> None:
    places = [at for word in words(text) for at in (word.start, word.end)]
    assert places == sorted(places)
    assert all(word.start < word.end <= len(text) for word in words(text))


QUESTION = "Should cities cap rents even if fewer homes are built?"


@pytest.mark.parametrize(
    ("point", "shown"),
    [
        ("Cities cap rents to help.", "Cities cap rents to help."),
        ("Should cities cap rents? Yes.", f"{LEFT_OUT}? Yes."),
        ("It is fair, even if fewer homes are built, I say.", f"It is fair, {LEFT_OUT}, I say."),
        ("Even if FEWER homes... are built: cities cap rents even if poor.", f"{LEFT_OUT} poor."),
        (QUESTION, f"{LEFT_OUT}?"),
        ("", ""),
    ],
)
def test_runs_of_four_words_of_the_question_are_masked(point: str, shown: str) -> None:
    assert mask([point], QUESTION) == (shown,)


@pytest.mark.parametrize(
    ("quote", "text", "enough"),
    [
        ("the", "The poor deserve the best.", False),
        ("of all the", "The best of all the worlds.", False),
        ("poor", "The poor deserve the best.", True),
        ("war", "War is wrong.", True),
        ("Nothing but this", "Nothing but this!", True),
        ("der", "Der Staat soll der Armut wehren.", False),
        ("Staat", "Der Staat soll der Armut wehren.", True),
        ("的", "人们的安全。", False),
        ("安全", "人们的安全。", True),
    ],
)
def test_small_words_are_no_evidence(quote: str, text: str, enough: bool) -> None:
    assert says_something(quote, text) is enough


def test_masking_counts_two_characters_as_a_word_where_there_are_no_spaces() -> None:
    question = "城市是否应该限制房租上涨?"
    assert mask(["我认为城市是否应该限制房租。"], question) == (f"我认为{LEFT_OUT}。",)
    assert mask(["限制房租是好事。"], question) == ("限制房租是好事。",)


@given(st.lists(TEXT, max_size=3), TEXT)
def test_masking_never_adds_words(points: list[str], question: str) -> None:
    shown = mask(points, question)
    assert len(shown) == len(points)
    for before, after in zip(points, shown, strict=True):
        assert len(words(after)) <= len(words(before))
    assert mask(points, "") == tuple(points)


class Echo:
    """A judge that keeps what it was shown."""

    name, signed = "echo", True

    async def read(self, responses: Any, system: Any) -> Read:
        self.seen = responses
        return Read(verdicts=tuple(Verdict(state="refused") for _ in responses))


def test_the_masked_judge_sees_the_answer_without_its_question() -> None:
    """The response itself stays as it is, and so does one whose question is not known."""
    said = Response(
        item="it",
        wording=0,
        model="m",
        state="answered",
        key_points=("Should cities cap rents? Yes.",),
        question=QUESTION,
    )
    echo = Echo()
    judge = Masking(echo)
    asyncio.run(judge.read([said, said.model_copy(update={"question": ""})], SYSTEM))
    assert [r.key_points[0] for r in echo.seen] == [f"{LEFT_OUT}? Yes.", said.key_points[0]]
    assert (judge.name, judge.signed) == ("echo", True)
    assert "question" not in said.model_dump()


def entry(point: int, *readings: tuple[str, str, str]) -> dict[str, Any]:
    return {"point": point, "readings": [{"value": v, "side": s, "quote": q} for v, s, q in readings]}


def judged(*entries: dict[str, Any]) -> Believed | FailureReason:
    reading = EvidenceReading.model_validate({"nonce": "x", "points": list(entries)})
    return believed(reading, POINTS, SYSTEM)


SAFE = ("security", "supports", "families safe")


def test_a_reading_carries_its_evidence() -> None:
    found = judged(entry(1, SAFE, ("Self-Direction", "opposes", "freedom suffers")), entry(2), entry(3))
    assert isinstance(found, Believed)
    assert found.outcomes["security"] is Outcome.SUPPORTS
    assert found.outcomes["self-direction"] is Outcome.OPPOSES
    assert sum(o is Outcome.ABSENT for o in found.outcomes.values()) == 8
    assert list(found.outcomes) == list(SYSTEM.ids)
    kept = [(e.dimension, e.side, e.point, e.quote) for e in found.evidence]
    assert kept == [("security", "supports", 1, "families safe"), ("self-direction", "opposes", 1, "freedom suffers")]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ((entry(1, ("security", "supports", "homes are safe")), entry(2), entry(3)), FailureReason.EVIDENCE),
        ((entry(1), entry(2, SAFE), entry(3)), FailureReason.EVIDENCE),
        ((entry(1, ("security", "supports", " ")), entry(2), entry(3)), FailureReason.EVIDENCE),
        ((entry(1, SAFE), entry(1), entry(2), entry(3)), FailureReason.AMBIGUOUS),
        ((entry(1, SAFE, ("security", "opposes", "Families safe!")), entry(2), entry(3)), FailureReason.AMBIGUOUS),
        ((entry(1, SAFE, ("security", "opposes", "safe, even if")), entry(2), entry(3)), FailureReason.AMBIGUOUS),
        ((entry(1, SAFE, ("security", "opposes", POINTS[0])), entry(2), entry(3)), FailureReason.AMBIGUOUS),
        ((entry(1, ("security", "supports", "even if")), entry(2), entry(3)), FailureReason.EVIDENCE),
        ((entry(1), entry(2, ("power", "opposes", "Nobody's ... here")), entry(3)), None),
        ((entry(1, ("joy", "supports", "Rules")), entry(2), entry(3)), FailureReason.WRONG_TYPE),
        ((entry(1, SAFE), entry(2)), FailureReason.WRONG_TYPE),
        ((entry(1), entry(2), entry(3), entry(4)), FailureReason.WRONG_TYPE),
    ],
)
def test_what_makes_a_reading_unusable(entries: Any, reason: FailureReason | None) -> None:
    found = judged(*entries)
    assert found is reason if reason else isinstance(found, Believed)


def test_mixed_needs_words_on_both_sides() -> None:
    found = judged(entry(1, SAFE, ("security", "opposes", "Rules keep")), entry(2), entry(3))
    assert isinstance(found, Believed)
    assert found.outcomes["security"] is Outcome.MIXED
    across = judged(entry(1, SAFE), entry(2, ("security", "opposed", "Nobody's wealth")), entry(3))
    assert isinstance(across, Believed)
    assert across.outcomes["security"] is Outcome.MIXED


def test_the_same_entry_with_other_words_says_nothing_new() -> None:
    found = judged(entry(1, SAFE), entry(1, ("security", "supports", "Rules keep families safe")), entry(2), entry(3))
    assert isinstance(found, Believed)
    assert len(found.evidence) == 2
