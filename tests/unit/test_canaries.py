"""Known answers before the judge: which, where, how they are counted, and what a judge notices of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from cruxbank.accuracy import CanaryReading
from cruxbank.agents.canaries import ACTED_AGAINST, NEUTRAL, NEUTRAL_ACTS, TURNED, Canaries, Canary, as_acts, draw
from cruxbank.agents.roles import Read
from cruxbank.items import FailureReason, Outcome, Response, Verdict
from cruxbank.science.canary_rates import summarise
from cruxbank.simulator.reader import exact_reading
from cruxbank.values.systems import ValueSystem, load_system, shipped

SYSTEM = load_system("schwartz-10")


class Reader:
    """A judge at the seam: reads cues as a person would, or not at all."""

    name = "reader"

    def __init__(self, signed: bool = True, blind: bool = False, fails: bool = False, misses: str = "") -> None:
        self.signed = signed
        self.blind = blind
        self.fails = fails
        self.misses = misses
        self.seen: list[Response] = []

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        self.seen += responses
        return Read(verdicts=tuple(self._one(r, system) for r in responses), calls=len(responses))

    def _one(self, response: Response, system: ValueSystem) -> Verdict:
        if self.fails:
            return Verdict(state="unscored", failure=FailureReason.EMPTY)
        outcomes = dict.fromkeys(system.ids, Outcome.ABSENT)
        for dimension in () if self.blind else system.dimensions:
            if self.misses in (dimension.id, response.kind):
                continue
            if any(dimension.cue in point for point in response.key_points):
                against = {t.format(cue=dimension.cue) for t in (TURNED, ACTED_AGAINST)}
                turned = not against.isdisjoint(response.key_points)
                outcomes[dimension.id] = Outcome.OPPOSES if turned else Outcome.SUPPORTS
        return Verdict(state="scored", outcomes=outcomes, judge=response.key_points[0])


def answers(n: int) -> list[Response]:
    return [
        Response(item=f"it_{i // 12}", wording=i % 4, model=f"m{i % 12}", state="answered", key_points=(f"Point {i}.",))
        for i in range(n)
    ]


async def watch(judge: Reader, share: float, n: int = 200, seed: int = 3) -> tuple[Read, list[CanaryReading]]:
    told: list[CanaryReading] = []
    read = await Canaries(judge, SYSTEM, share, seed, told.append).read(answers(n), SYSTEM)
    return read, told


async def test_verdicts_come_back_in_the_order_of_the_responses_alone() -> None:
    read, told = await watch(Reader(), 0.1)
    assert [v.judge for v in read.verdicts] == [f"Point {i}." for i in range(200)]
    assert len(told) in (20, 21)
    assert read.calls == 200 + len(told)


async def test_a_judge_that_reads_is_right_and_one_that_does_not_is_caught() -> None:
    good = summarise((await watch(Reader(), 0.5))[1])
    assert (good.found.est, good.clear.est, good.unread) == (1.0, 1.0, 0)
    assert not good.below(0.9)
    blind = summarise((await watch(Reader(blind=True), 0.5))[1])
    assert (blind.found.est, blind.clear.est) == (0.0, 1.0)
    assert blind.below(0.6)
    silent = summarise((await watch(Reader(fails=True), 0.5))[1])
    assert silent.unread == silent.asked > 90
    assert (silent.found.est, silent.clear.est) == (0.0, 0.0)
    assert silent.below(0.6)  # limits.max_unscored counts over all answers: a run that fails late stays under it


async def test_a_judge_that_is_blind_on_one_value_is_caught_there() -> None:
    found = summarise([r for seed in range(3) for r in (await watch(Reader(misses="security"), 0.8, seed=seed))[1]])
    assert found.by_dimension["security"].n >= 18
    assert found.by_dimension["security"].hi < 0.2
    assert not found.below(0.6)
    assert found.blind(0.6) == ("security",)
    assert summarise((await watch(Reader(), 0.8))[1]).blind(0.6) == ()
    few = [CanaryReading(kind="held", dimension="power", right=0)] * 7
    assert summarise(few).blind(0.6) == ()
    assert summarise([*few, few[0]]).blind(0.6) == ("power", "question")


async def test_scenarios_meet_acts_and_a_judge_that_reads_reasons_only_is_caught() -> None:
    judge = Reader(misses="scenario")
    told: list[CanaryReading] = []
    acts = [r.model_copy(update={"kind": "scenario"}) if i % 2 else r for i, r in enumerate(answers(200))]
    await Canaries(judge, SYSTEM, 0.5, 3, told.append).read(acts, SYSTEM)
    found = summarise(told)
    assert found.by_kind["question"].est == 1
    assert found.by_kind["scenario"].est == 0
    assert "scenario" in found.blind(0.6)
    planted = [r for r in judge.seen if len(r.key_points) == 3]
    for response in planted:
        about_acts = {point in NEUTRAL_ACTS for point in response.key_points if point in (*NEUTRAL, *NEUTRAL_ACTS)}
        assert about_acts == {response.kind == "scenario"}
    good: list[CanaryReading] = []
    await Canaries(Reader(), SYSTEM, 0.5, 3, good.append).read(acts, SYSTEM)
    assert summarise(good).blind(0.6) == ()
    assert summarise(good).found.est == 1


async def test_equal_batches_get_equal_canaries_and_others_do_not() -> None:
    first, again, other = Reader(), Reader(), Reader()
    await watch(first, 0.1)
    await watch(again, 0.1)
    await watch(other, 0.1, seed=4)
    assert first.seen == again.seen
    assert first.seen != other.seen


async def test_a_canary_looks_like_an_answer_of_the_batch() -> None:
    judge = Reader()
    _, told = await watch(judge, 0.3)
    planted = [r for r in judge.seen if r.key_points[0] in NEUTRAL or len(r.key_points) == 3]
    assert len(planted) == len(told)
    asked = {(r.item, r.wording, r.model) for r in answers(200)}
    for response in planted:
        assert (response.item, response.wording, response.model) in asked
        assert response.state == "answered"
        assert len(set(response.key_points)) == 3
        assert response.text == "\n".join(response.key_points)


async def test_a_judge_of_presence_meets_no_turned_cue() -> None:
    _, told = await watch(Reader(signed=False), 0.5)
    assert {c.kind for c in told} == {"held", "neutral"}
    _, told = await watch(Reader(), 0.5)
    assert {c.kind for c in told} == {"held", "turned", "neutral"}


async def test_no_share_no_answers_no_canaries() -> None:
    assert (await watch(Reader(), 0.0))[1] == []
    told: list[CanaryReading] = []
    refused = [r.model_copy(update={"state": "refused"}) for r in answers(50)]
    await Canaries(Reader(), SYSTEM, 0.5, 1, told.append).read(refused, SYSTEM)
    assert told == []


@pytest.mark.parametrize("name", shipped())
def test_cues_that_are_acts_are_no_harder_to_read(name: str) -> None:
    system = load_system(name)
    generator = np.random.default_rng(1)
    drawn = [draw(system, True, generator) for _ in range(20 * len(system.ids))]
    told = [as_acts(canary, system) for canary in drawn]
    assert all(
        a.points != b.points and (a.kind, a.dimension) == (b.kind, b.dimension)
        for a, b in zip(drawn, told, strict=True)
    )
    for kind in ("held", "turned", "neutral"):
        reasons, acts = (sum(_right(c, system) for c in some if c.kind == kind) for some in (drawn, told))
        assert 0 < 0.9 * reasons <= acts


def _right(canary: Canary, system: ValueSystem) -> int:
    """By the words alone, as the simulated judge reads."""
    verdict = Verdict(state="scored", outcomes=exact_reading(canary.points, system.ids))
    return canary.reading(verdict, system).right


@pytest.mark.parametrize("name", shipped())
def test_every_dimension_of_every_system_gets_its_turn(name: str) -> None:
    system = load_system(name)
    generator = np.random.default_rng(0)
    drawn = [draw(system, True, generator) for _ in range(60 * len(system.ids))]
    assert {c.dimension for c in drawn} == {"", *system.ids}
    neutral = [c for c in drawn if not c.dimension]
    assert 0.2 < len(neutral) / len(drawn) < 0.3


def test_rates_by_hand() -> None:
    cue = CanaryReading(kind="held", dimension="power", right=1)
    missed = CanaryReading(kind="turned", dimension="power", right=0)
    unread = CanaryReading(kind="held", dimension="security", read=False)
    neutral = CanaryReading(kind="neutral", right=9, of=10)
    found = summarise([cue, cue, missed, unread, neutral, neutral])
    assert (found.asked, found.unread) == (6, 1)
    assert (found.found.hits, found.found.n) == (2, 4)
    assert (found.clear.hits, found.clear.n) == (18, 20)
    assert found.clear.effective <= 20
    assert set(found.by_dimension) == {"power", "security"}
    assert (found.by_dimension["security"].hits, found.by_dimension["security"].n) == (0, 1)
    assert not found.below(1.0)  # too few to conclude anything
    assert not summarise([missed] * 8).below(1.0)  # no neutral text yet
    assert not summarise([cue, *[missed] * 7, *[neutral] * 8]).below(0.5)  # (1/8 + .9) / 2 = .5125
    assert summarise([cue, *[missed] * 7, *[neutral] * 8]).below(0.52)
