"""Masking, likeness of words, canonical JSON: pure functions."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, strategies as st

from cruxbank.items import Topic
from cruxbank.memory.codec import canonical_line, plain, rounded, to_json
from cruxbank.memory.lexical import LexicalIndex, likeness, word_key
from cruxbank.memory.likeness import Question, Scorer
from cruxbank.memory.masking import mask_topic, subject_of, without_direction
from cruxbank.memory.rows import Horizon, TextRow
from cruxbank.memory.thresholds import Thresholds


@pytest.mark.parametrize(
    ("question", "topic", "masked"),
    [
        ("Should abortions be legal?", "abortion", "Should this be legal?"),
        ("Should rent control in big cities end?", "rent control in big cities", "Should this in this end?"),
        ("Is AI safe? Is AIDS?", "AI", "Is this safe? Is AIDS?"),
        ("Should stem-cell research go on?", "stem cell research", "Should this go on?"),
        ("Is that fair?", "the fair", "Is that this?"),
        ("Anything?", "", "Anything?"),
    ],
)
def test_topic_words_are_masked_in_any_ending(question, topic, masked):
    assert mask_topic(question, topic) == masked


@given(st.text(max_size=60), st.text(max_size=30))
def test_masking_is_idempotent_and_never_fails(question, topic):
    once = mask_topic(question, topic)
    assert mask_topic(once, "zzzz") == once


def test_a_region_counts_only_where_the_question_names_it():
    assert subject_of("Is Chinese censorship right?", "censorship", "China") == "censorship China"
    assert subject_of("Is censorship right?", "censorship", "China") == "censorship"
    assert subject_of("Is censorship right globally?", "censorship") == "censorship global"


def test_removing_a_direction_leaves_what_is_at_right_angles():
    left = without_direction(np.array([3.0, 4.0], np.float32), np.array([2.0, 0.0], np.float32))
    assert left.tolist() == [0.0, 4.0]
    assert without_direction(np.array([3.0, 4.0], np.float32), np.zeros(2, np.float32)).tolist() == [3.0, 4.0]


def test_likeness_does_not_mind_order_case_or_punctuation():
    assert word_key("Should ZOOS, be closed?") == "be closed should zoos"
    assert likeness("Should zoos be closed?", "be closed: should zoos") == 1.0
    # "a b c" and "a b d": 10 characters in both, 8 of them kept: 1 - 2/10
    assert likeness("a b c", "a b d") == 0.8
    assert likeness("", "") == 1.0


class Rows:
    """A record that holds texts only."""

    def __init__(self, *texts: str) -> None:
        self.rows = [self.row(i + 1, text) for i, text in enumerate(texts)]
        self.asked: list[int] = []

    def row(self, rev: int, text: str) -> TextRow:
        where = {"run": "r", "slot": rev, "topic": "t", "topic_id": "tp", "region": "global", "language": "en"}
        return TextRow(id=f"it_{rev}", rev=rev, text=text, **where)

    def texts(self, after_rev: int = 0) -> tuple[TextRow, ...]:
        self.asked.append(after_rev)
        return tuple(row for row in self.rows if row.rev > after_rev)


def test_the_lexical_index_reads_only_what_is_new():
    record, index = Rows("zoos should close", "should zoos close", "rents"), LexicalIndex()
    index.refresh(record)
    index.refresh(record)
    assert (record.asked, len(index)) == ([0, 3], 3)
    near = index.near("Should zoos close?", 0.9, lambda row: True)
    assert [(row.id, score) for row, score in near] == [("it_1", 1.0), ("it_2", 1.0)]
    sees = Horizon(run="r", slot=2)
    assert [row.id for row, _ in index.near("zoos close should", 0.9, lambda r: sees.sees(r.run, r.slot))] == ["it_1"]


@given(st.lists(st.text("abc ", max_size=12), max_size=6), st.text("abc ", max_size=12))
def test_the_index_finds_exactly_what_the_pairwise_likeness_says(texts, query):
    index = LexicalIndex()
    index.refresh(Rows(*texts))
    found = {row.id: score for row, score in index.near(query, 0.6, lambda _: True)}
    exact = {f"it_{i + 1}": likeness(query, text) for i, text in enumerate(texts)}
    assert found == {key: score for key, score in exact.items() if score >= 0.6}


class Letters:
    """An encoder that counts three letters."""

    name, dimension, digest, calls = "letters", 3, "0", 0

    def encode(self, texts):
        self.calls += len(texts)
        rows = np.array([[1e-6 + text.count(c) for c in "xyz"] for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    async def aencode(self, texts):
        return self.encode(texts)


def ask(text, topic="x"):
    return Question(text=text, topic=topic, topic_id=topic)


async def test_meaning_is_the_mean_of_three_cosines_worked_by_hand():
    scorer = Scorer(Letters())
    # full: (1,1,0).(1,0,1)/2 = .5; without x: (0,1,0).(0,0,1) = 0; the x is masked ("y this" / "z this"): 0
    assert await scorer.meaning(ask("y x"), ask("z x")) == round(0.5 / 3, 5)
    assert await scorer.meaning(ask("y x"), ask("x y")) == 1.0
    assert await scorer.meaning(ask("y x"), ask("z x"), floor=0.6) == 0.0


async def test_one_frame_over_two_topics_is_judged_by_its_full_text():
    scorer, cut = Scorer(Letters()), Thresholds(same_subject=0.5, cross_subject=0.9)
    assert await scorer.repeats(ask("z z x"), ask("z z y", "y"), cut) == ""
    assert "across topics" in await scorer.repeats(ask("z z z x"), ask("z z z y", "y"), cut)
    assert "meaning" in await scorer.repeats(ask("z z x"), ask("x z"), cut)


async def test_vectors_are_remembered():
    encoder = Letters()
    scorer = Scorer(encoder)
    for _ in range(3):
        await scorer.meaning(ask("y x"), ask("z x"))
    assert encoder.calls == 5  # two texts, their topic, two masked texts


def test_canonical_json_is_sorted_ascii_and_rounds_for_dumps():
    head = '{"domain":"other","kind":null,"language":"en","parent":null,"region"'
    assert to_json(Topic(text="Zoo\0 ü", year=3)).startswith(head)
    assert "\\u0000 \\u00fc" in to_json(Topic(text="Zoo\0 ü"))
    assert rounded({"a": [0.12345678, -0.0000001, 3, True, None]}) == {"a": [0.123457, 0.0, 3, True, None]}
    assert canonical_line("k", {"b": -1e-9, "a": "ü"}) == '["k",{"a":"ü","b":0.0}]'
    assert plain("a\0b") == "ab"


@given(st.recursive(st.floats(allow_nan=False) | st.text() | st.integers(), lambda s: st.lists(s, max_size=3)))
def test_rounding_twice_is_rounding_once(value):
    assert json.dumps(rounded(rounded(value))) == json.dumps(rounded(value))
