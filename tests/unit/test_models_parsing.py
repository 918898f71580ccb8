"""An answer's text -> a value or a typed failure."""

from __future__ import annotations

import json
import time
from typing import Any, Literal

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel, ConfigDict

from cruxbank.items import FailureReason, Outcome
from cruxbank.models.structured import MAX_CHARS, is_refusal, parse


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")
    stance: Literal["yes", "no", "neutral"]
    points: list[str]


class Anything(BaseModel):
    payload: Any


class Scored(BaseModel):
    score: float


class Read(BaseModel):
    outcome: Outcome
    pair: tuple[int, int]


YES = '{"stance": "yes", "points": ["a", "b"]}'
NO = '{"stance": "no", "points": ["a", "b"]}'
WANTED = Said(stance="yes", points=["a", "b"])


@pytest.mark.parametrize(
    "text",
    [
        YES,
        f"  \n{YES}\n",
        f"```json\n{YES}\n```",
        f"```\n{YES}\n```\nHope this helps!",
        f"Sure, here's my {{honest}} view: {YES} Let me know.",
        f"<think>maybe {NO} or not</think>{YES}",
        f"<THINKING>\n{NO}\n</THINKING>\n\n{YES}",
        f"so the user wants {NO} hmm</think>\n{YES}",
        f"<think>a <think> b </think> c {NO} </think> {YES}",
        "{'stance': 'yes', 'points': ['a', \"b\"]}",
        '{"stance": "yes", "points": ["a", "b",],}',
        "{'stance': \"yes\", 'points': ('a', 'b')}",
        f"{YES}\nAgain: {YES}",
        f'{{"Said": {YES}}}',
        f"[{YES}]",
        '{"stance": "yes", "stance": "yes", "points": ["a", "b"]}',
        f'{{"type": "object", "properties": {{"stance": {{}}}}}}\n{YES}',
        f"{{}} {YES}",
        "{ \n" + YES,
    ],
)
def test_reads_the_forms_that_models_use(text: str) -> None:
    assert parse(text, Said).value == WANTED


def test_line_breaks_inside_strings_are_content() -> None:
    assert parse('{"stance": "yes", "points": ["one\ntwo"]}', Said).value == Said(stance="yes", points=["one\ntwo"])


def test_python_names_and_json_names_may_be_mixed() -> None:
    assert parse("{'payload': [true, None, False, null]}", Anything).value == Anything(
        payload=[True, None, False, None]
    )


def test_enums_and_tuples_are_read() -> None:
    value = parse('{"outcome": "mixed", "pair": [1, 2]}', Read).value
    assert value == Read(outcome=Outcome.MIXED, pair=(1, 2))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", FailureReason.EMPTY),
        (" \n ", FailureReason.EMPTY),
        (f"<think>{YES}</think>", FailureReason.EMPTY),
        (f"<think>{YES}", FailureReason.EMPTY),
        ("yes, because of a and b", FailureReason.UNPARSEABLE),
        ("{the answer is yes}", FailureReason.UNPARSEABLE),
        ('{"stance": yes, "points": []}', FailureReason.UNPARSEABLE),
        ('{"stance" "yes"}', FailureReason.UNPARSEABLE),
        ("I'm sorry, but I can't help with that.", FailureReason.REFUSAL),
        ("I can’t answer questions on this subject.", FailureReason.REFUSAL),
        ('{"stance": "yes", "points": ["a", "b', FailureReason.TRUNCATED),
        ('{"stance": "yes", "points": ["a"]', FailureReason.TRUNCATED),
        ("{'stance': 'yes', 'points': ['a'", FailureReason.TRUNCATED),
        ('{"parts": [{"point": 1, "stance": "yes"}, {"point": 2', FailureReason.TRUNCATED),
        ('{"stance": "maybe", "points": []}', FailureReason.WRONG_TYPE),
        ('{"stance": "yes"}', FailureReason.WRONG_TYPE),
        ('{"stance": "yes", "points": "a"}', FailureReason.WRONG_TYPE),
        ('{"stance": "yes", "points": [], "mood": 1}', FailureReason.WRONG_TYPE),
        ('{"stance": "yes", "points": ["\\ud800"]}', FailureReason.WRONG_TYPE),
        ("{'stance': b'yes', 'points': {1, 2}}", FailureReason.UNPARSEABLE),
        ("{'stance': __import__('os').getcwd(), 'points': []}", FailureReason.UNPARSEABLE),
        (f"{YES} or rather {NO}", FailureReason.AMBIGUOUS),
        (f"```json\n{NO}\n```\n```json\n{YES}\n```", FailureReason.AMBIGUOUS),
        ('{"stance": "yes", "points": [], "stance": "no"}', FailureReason.AMBIGUOUS),
        ("{'stance': 'yes', 'points': [], 'stance': 'no'}", FailureReason.AMBIGUOUS),
        (f'{{"stance": "no"}} {YES}', FailureReason.AMBIGUOUS),
        (f'{YES} {{"stance": "n', FailureReason.AMBIGUOUS),
        (f'{{"stance": no, "points": []}} {YES}', FailureReason.AMBIGUOUS),
    ],
)
def test_every_way_to_fail_has_its_name(text: str, reason: FailureReason) -> None:
    parsed = parse(text, Said)
    assert parsed.value is None
    assert parsed.failure is reason
    assert 0 < len(parsed.detail) <= 200
    assert "\n" not in parsed.detail


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    assert parse(f'{{"score": {number}}}', Scored).failure is FailureReason.WRONG_TYPE
    assert parse(f"{{'score': {number}}}", Scored).failure in {FailureReason.WRONG_TYPE, FailureReason.UNPARSEABLE}


def test_a_wrong_type_names_its_field() -> None:
    assert parse('{"stance": "yes", "points": [1]}', Said).detail.startswith("points.0: ")


def test_a_fragment_that_agrees_is_no_contradiction() -> None:
    assert parse(f'I say {{"stance": "yes"}}, in full {YES}', Said).value == WANTED


def test_an_answer_above_the_limit_is_not_read() -> None:
    assert parse(YES + " " * MAX_CHARS, Said).failure is FailureReason.TOO_LONG


@pytest.mark.parametrize("opening", ["I cannot answer that", "As an AI, I don't hold opinions", "I'd rather not say"])
def test_refusals_in_plain_text(opening: str) -> None:
    assert is_refusal(f"{opening}. Ask me something else.")


def test_a_word_of_regret_later_on_is_no_refusal() -> None:
    assert not is_refusal("Yes. " + "It protects tenants. " * 20 + "I cannot say more.")


HOSTILE = {
    "one megabyte": "x" * 1_000_000,
    "nested objects": '{"a":' * 20_000,
    "nested arrays": '{"a":' + "[" * 200_000,
    "openings": '{"' * 40_000,
    "quotes": "{'" * 40_000,
    "escapes": '{"' + '\\"' * 60_000,
    "backslashes": "{'" + "\\" * 240_000,
    "minus": "{'a': " + "-" * 60_000 + "1}",
    "parentheses": "{'a': " + "(" * 60_000 + "}",
    "digits": '{"stance": ' + "9" * 200_000 + "}",
    "tags": "<think>" * 30_000,
    "closing tags": "a</think>" * 25_000,
    "keys": "{" + ",".join(f'"k{i}":{i}' for i in range(15_000)) + "}",
    "objects": '{"stance":1}' * 15_000,
    "broken objects": "{'a'}" * 40_000,
    "literals": "{'a':1}" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_linear_time(name: str) -> None:
    started = time.process_time()
    assert parse(HOSTILE[name], Said).failure is not None
    assert time.process_time() - started < 2.0  # quadratic work on these sizes takes minutes


plain = st.text(st.characters(codec="utf-8", exclude_characters="<>"), max_size=30)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain, inner, max_size=4),
    max_leaves=15,
)
noise = st.text(st.characters(codec="utf-8", exclude_characters="<>{}"), max_size=60)


@given(json_values, noise, noise, st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_object_survives_noise_around_it(payload: Any, before: str, after: str, escaped: bool) -> None:
    body = json.dumps({"payload": payload}, ensure_ascii=escaped)
    parsed = parse(f"<think>{{'payload': 0}} {before}</think>{before}{body}{after}", Anything)
    assert parsed.failure is None, parsed.detail
    assert parsed.value == Anything(payload=payload)


@given(json_values, noise)
@settings(max_examples=60, deadline=None)
def test_a_python_literal_is_the_same_object(payload: Any, before: str) -> None:
    parsed = parse(f"{before}{ {'payload': payload}!r}", Anything)
    assert parsed.failure is None, parsed.detail
    assert parsed.value == Anything(payload=payload)


@given(json_values, st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_a_cut_answer_is_never_a_value(payload: Any, drop: int) -> None:
    body = json.dumps({"payload": payload})
    cut = body[: max(1, len(body) - 1 - drop)]
    assert parse(cut, Anything).value is None


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_no_text_raises(text: str) -> None:
    parsed = parse(text, Said)
    assert (parsed.value is None) == (parsed.failure is not None)
