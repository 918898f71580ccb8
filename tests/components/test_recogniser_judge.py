"""The local judge: what it reads, what it refuses to read, and that order changes nothing."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cruxbank.agents.local_judge import LocalJudge
from cruxbank.agents.roles import Judge
from cruxbank.encoder import Encoder
from cruxbank.errors import EnvironmentProblem
from cruxbank.items import FailureReason, Outcome, Response
from cruxbank.recogniser import Recogniser, shipped_head
from cruxbank.recogniser.labels import VALUES
from cruxbank.values.systems import ValueSystem, load_system


class ToyEncoder(Encoder):
    """Layers drawn from a hash of the text: no torch. Real encodings are in the slow tests."""

    def __init__(self) -> None:
        super().__init__("all-MiniLM-L6-v2", Path())
        self.seen: list[str] = []

    def encode_layers(self, texts: Sequence[str]) -> np.ndarray:
        self.seen.extend(texts)
        seeds = [int.from_bytes(hashlib.sha256(t.encode()).digest()[:8], "big") for t in texts]
        return np.stack([np.random.default_rng(s).normal(size=(7, 384)).astype(np.float32) for s in seeds])


def response(*points: str, **fields: object) -> Response:
    base = {"item": "it_0", "wording": 0, "model": "m", "state": "answered", "stance": "yes", "key_points": points}
    return Response.model_validate(base | fields)


@pytest.fixture
def judge() -> LocalJudge:
    return LocalJudge(Recogniser(ToyEncoder(), shipped_head()))


@pytest.fixture
def schwartz() -> ValueSystem:
    return load_system("schwartz-10")


async def test_a_value_is_present_when_any_point_passes_its_cut(judge: LocalJudge, schwartz: ValueSystem):
    points = ("cheap homes", "old customs", "free speech")
    read = await judge.read([response(*points)], schwartz)
    rows = judge._recogniser.value_probabilities(points)
    expected = {v: bool((rows[:, j] > judge._recogniser.triple[j]).any()) for j, v in enumerate(VALUES)}
    verdict = read.verdicts[0]
    assert {v: o is Outcome.SUPPORTS for v, o in verdict.outcomes.items()} == expected
    assert set(verdict.outcomes.values()) <= {Outcome.SUPPORTS, Outcome.ABSENT}
    assert (verdict.state, verdict.signed, verdict.judge, read.calls) == ("scored", False, "local", 0)
    assert True in expected.values()
    assert False in expected.values()


async def test_refused_failed_and_empty_answers(judge: LocalJudge, schwartz: ValueSystem):
    failed = response(state="failed", stance=None, failure=FailureReason.TIMEOUT)
    answers = [
        response(state="refused", stance=None),
        response("one", "two", "three"),
        failed,
        response(),
        response(" ", "\u200b", ""),
        failed.model_copy(update={"failure": None}),
    ]
    found = (await judge.read(answers, schwartz)).verdicts
    assert [v.state for v in found] == ["refused", "scored", "unscored", "unscored", "unscored", "unscored"]
    empty = FailureReason.EMPTY
    assert [v.failure for v in found] == [None, None, FailureReason.TIMEOUT, empty, empty, empty]
    assert all(not v.signed and (bool(v.outcomes) == (v.state == "scored")) for v in found)
    assert found[1] == (await judge.read([answers[1]], schwartz)).verdicts[0]


async def test_nothing_to_read(judge: LocalJudge, schwartz: ValueSystem):
    assert (await judge.read([], schwartz)).verdicts == ()
    assert (await judge.read([response(state="refused")], schwartz)).verdicts[0].state == "refused"


async def test_order_and_company_change_nothing(judge: LocalJudge, schwartz: ValueSystem):
    answers = [response(f"point {i}", f"reason {i % 7}", "the same", wording=i % 6) for i in range(40)]
    whole = (await judge.read(answers, schwartz)).verdicts
    order = np.random.default_rng(0).permutation(40)
    shuffled = (await judge.read([answers[i] for i in order], schwartz)).verdicts
    assert [shuffled[list(order).index(i)] for i in range(40)] == list(whole)
    alone = await asyncio.gather(*(judge.read([answer], schwartz) for answer in answers))
    assert tuple(one.verdicts[0] for one in alone) == whole


async def test_a_fourth_point_and_a_flood_are_not_read(judge: LocalJudge, schwartz: ValueSystem):
    await judge.weigh([response("a", "b", "c" * 5000, "d")], schwartz)  # `read` screens a flood as steering first
    seen = judge._recogniser.encoder.seen
    assert "d" not in seen
    assert max(map(len, seen)) == 600


async def test_the_verdict_follows_the_systems_order_of_columns(judge: LocalJudge, schwartz: ValueSystem):
    turned = schwartz.model_copy(update={"dimensions": tuple(reversed(schwartz.dimensions))})
    answer = [response("one", "two", "three")]
    first, second = [(await judge.read(answer, system)).verdicts[0].outcomes for system in (schwartz, turned)]
    assert first == second
    assert tuple(second) == turned.ids


async def test_another_language_is_unscored_and_says_so(judge: LocalJudge, schwartz: ValueSystem):
    german = response(
        "Die Freiheit der Einzelnen ist wichtiger als die Ordnung", "Der Staat soll sich nicht einmischen"
    )
    verdict = (await judge.read([german], schwartz)).verdicts[0]
    assert (verdict.state, verdict.failure, verdict.outcomes) == ("unscored", FailureReason.LANGUAGE, {})


async def test_terse_english_is_read(judge: LocalJudge, schwartz: ValueSystem):
    terse = response("Economic growth creates jobs.", "Innovation drives prosperity.", "Competition lowers prices.")
    assert (await judge.read([terse], schwartz)).verdicts[0].state == "scored"


async def test_weights_and_cuts_give_the_verdicts(judge: LocalJudge, schwartz: ValueSystem):
    turned = schwartz.model_copy(update={"dimensions": tuple(reversed(schwartz.dimensions))})
    answers = [response("one", "two", "three"), response(state="refused", stance=None)]
    weights = await judge.weigh(answers, turned)
    assert weights[0] is not None
    assert weights[1] is None
    present = dict(zip(turned.ids, weights[0] > judge.cuts(turned), strict=True))
    verdict = (await judge.read(answers, schwartz)).verdicts[0]
    assert {v: o is Outcome.SUPPORTS for v, o in verdict.outcomes.items()} == present
    table = await judge.probabilities(answers, turned)
    assert table.shape == (2, 10)
    assert np.isnan(table[1]).all()
    assert np.array_equal(table[0], np.asarray(weights[0], np.float64))
    assert (await judge.probabilities([], turned)).shape == (0, 10)


def test_it_is_a_judge(judge: LocalJudge):
    role: Judge = judge
    assert (role.name, role.signed) == ("local", False)


def test_a_head_on_another_encoder_is_refused():
    other = ToyEncoder()
    other.name = "another"
    with pytest.raises(EnvironmentProblem, match="another"):
        Recogniser(other, shipped_head())
