"""Judges made of judges: a second one behind the first, several at a time, a local one with a model behind it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from cruxbank.agents.cascade import Cascade, Weigher, expected_wrong
from cruxbank.agents.jury import Jury, majority
from cruxbank.agents.presence import presence_only
from cruxbank.agents.retrying import Retrying
from cruxbank.agents.roles import Judge, Read
from cruxbank.errors import BudgetExhausted
from cruxbank.items import Evidence, FailureReason, Outcome, Response, Verdict
from cruxbank.values.systems import load_system

SYSTEM = load_system("schwartz-10")
SUP, OPP, MIX, ABS = Outcome.SUPPORTS, Outcome.OPPOSES, Outcome.MIXED, Outcome.ABSENT
ANSWER = Response(item="it", wording=0, model="m", state="answered", stance="yes", key_points=("Safe homes.",))
REFUSED = Response(item="it", wording=1, model="m", state="refused")
FAILED = Response(item="it", wording=2, model="m", state="failed", failure=FailureReason.TIMEOUT)
DIMENSION = "security"


def scored(outcome: Outcome = SUP, judge: str = "a", signed: bool = True) -> Verdict:
    sides = {SUP: ("supports",), OPP: ("opposes",), MIX: ("supports", "opposes"), ABS: ()}[outcome]
    evidence = tuple(Evidence(dimension=DIMENSION, side=side, point=1, quote=f"{judge} {side}") for side in sides)
    outcomes = dict.fromkeys(SYSTEM.ids, ABS) | {DIMENSION: outcome}
    return Verdict(state="scored", outcomes=outcomes, judge=judge, signed=signed, evidence=evidence if signed else ())


def lost(reason: FailureReason = FailureReason.UNPARSEABLE) -> Verdict:
    return Verdict(state="unscored", failure=reason, judge="a")


class Says:
    """A judge that gives the same verdict to every answer, for one call each."""

    def __init__(self, verdict: Verdict, name: str = "a", signed: bool = True, fails: Exception | None = None) -> None:
        self.verdict, self.name, self.signed, self.fails = verdict, name, signed, fails
        self.asked: list[Response] = []

    async def read(self, responses: Sequence[Response], system: Any) -> Read:
        await asyncio.sleep(0.01 if self.fails is None else 0)
        if self.fails is not None:
            raise self.fails
        self.asked += responses
        verdicts = tuple(_given(self.verdict, response) for response in responses)
        return Read(verdicts=verdicts, calls=sum(r.state == "answered" for r in responses))


def _given(verdict: Verdict, response: Response) -> Verdict:
    if response.state == "answered":
        return verdict
    return Verdict(state="refused") if response.state == "refused" else lost(FailureReason.TIMEOUT)


async def read(judge: Judge, *responses: Response) -> Read:
    return await judge.read(responses or (ANSWER,), SYSTEM)


async def test_a_second_judge_reads_what_the_first_could_not_and_nothing_else() -> None:
    second = Says(scored(OPP, "b"), "b")
    given = await read(Retrying(Says(lost()), second), ANSWER, REFUSED, FAILED)
    assert [v.state for v in given.verdicts] == ["scored", "refused", "unscored"]
    assert (given.verdicts[0].judge, given.calls, second.asked) == ("b", 2, [ANSWER])
    unneeded = Says(scored())
    assert (await read(Retrying(Says(scored(ABS)), unneeded))).verdicts[0].outcomes[DIMENSION] is ABS
    assert unneeded.asked == []


async def test_where_both_fail_the_first_reason_stays() -> None:
    judge = Retrying(Says(lost(FailureReason.NONCE)), Says(lost(FailureReason.TIMEOUT), "b"))
    assert (await read(judge)).verdicts[0].failure is FailureReason.NONCE
    assert judge.name == "a, else b"


async def test_who_tries_to_steer_the_judge_gets_no_second_one() -> None:
    second = Says(scored())
    verdict = (await read(Retrying(Says(lost(FailureReason.STEERING)), second))).verdicts[0]
    assert (verdict.failure, second.asked) == (FailureReason.STEERING, [])
    noticed = Retrying(Says(lost()), Says(lost(FailureReason.STEERING)))
    assert (await read(noticed)).verdicts[0].failure is FailureReason.STEERING


async def test_a_second_judge_says_no_more_than_the_first_could() -> None:
    weak = Says(lost(FailureReason.LANGUAGE), "local", signed=False)
    judge = Retrying(weak, Says(scored(OPP, "b")))
    verdict = (await read(judge)).verdicts[0]
    assert (verdict.signed, verdict.outcomes[DIMENSION], judge.signed) == (False, SUP, False)


def jury(*verdicts: Verdict) -> Jury:
    names = "abcde"
    return Jury([Says(v, names[k], v.signed or v.state != "scored") for k, v in enumerate(verdicts)])


@pytest.mark.parametrize(
    ("outcomes", "found"),
    [
        ((SUP, SUP, SUP), SUP),
        ((SUP, SUP, OPP), SUP),
        ((OPP, OPP, SUP), OPP),
        ((SUP, ABS, ABS), ABS),
        ((MIX, ABS, ABS), ABS),
        ((SUP, SUP, ABS), SUP),
        ((SUP, MIX, ABS), SUP),
        ((OPP, MIX, MIX), MIX),
        ((SUP, OPP, MIX), MIX),
        ((SUP, OPP, ABS), None),
        ((SUP, SUP, OPP, OPP), None),
        ((SUP, SUP, ABS, ABS), None),
        ((SUP, SUP, OPP, ABS, ABS), SUP),
        ((ABS, ABS, ABS, SUP, OPP), ABS),
    ],
)
async def test_the_majority_speaks_and_the_dissent_is_kept(
    outcomes: tuple[Outcome, ...], found: Outcome | None
) -> None:
    verdict = (await read(jury(*(scored(o, n) for o, n in zip(outcomes, "abcde", strict=False))))).verdicts[0]
    assert [vote.outcomes[DIMENSION] for vote in verdict.votes] == list(outcomes)
    assert [vote.judge for vote in verdict.votes] == list("abcde"[: len(outcomes)])
    if found is None:
        assert (verdict.state, verdict.failure, verdict.outcomes) == ("unscored", FailureReason.SPLIT, {})
    else:
        assert (verdict.state, verdict.outcomes[DIMENSION], verdict.signed) == ("scored", found, True)
        assert {e.side for e in verdict.evidence} == {SUP: {"supports"}, OPP: {"opposes"}, ABS: set()}.get(
            found, {"supports", "opposes"}
        )


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        ((scored(), lost(), lost()), FailureReason.SPLIT),
        ((scored(), scored(OPP), lost()), FailureReason.SPLIT),
        ((scored(), scored(ABS), lost()), FailureReason.SPLIT),
        ((lost(FailureReason.EVIDENCE), lost(), lost()), FailureReason.SPLIT),
        ((lost(), lost(), lost()), FailureReason.UNPARSEABLE),
        ((lost(FailureReason.STEERING), lost(FailureReason.STEERING), scored()), FailureReason.STEERING),
        ((scored(), scored(), lost(FailureReason.STEERING)), None),
        ((scored(), scored(), lost()), None),
    ],
)
async def test_members_that_could_not_read(verdicts: tuple[Verdict, ...], reason: FailureReason | None) -> None:
    verdict = (await read(jury(*verdicts))).verdicts[0]
    assert verdict.failure is reason
    assert len(verdict.votes) == 3
    assert [vote.failure for vote in verdict.votes] == [v.failure for v in verdicts]


async def test_a_member_without_sides_votes_on_presence_only() -> None:
    local = scored(SUP, "local", signed=False)
    assert (await read(jury(scored(OPP), scored(ABS), local))).verdicts[0].outcomes[DIMENSION] is OPP
    assert (await read(jury(scored(ABS), scored(ABS), local))).verdicts[0].outcomes[DIMENSION] is ABS
    assert (await read(jury(scored(SUP), scored(OPP), local))).verdicts[0].failure is FailureReason.SPLIT
    unsigned = (await read(jury(local, local, scored(ABS, signed=False)))).verdicts[0]
    assert (unsigned.signed, unsigned.outcomes[DIMENSION]) == (False, SUP)


async def test_refused_and_failed_responses_are_not_voted_on() -> None:
    given = await read(jury(scored(), scored(), scored()), REFUSED, FAILED, ANSWER)
    assert [(v.state, v.failure) for v in given.verdicts[:2]] == [
        ("refused", None),
        ("unscored", FailureReason.TIMEOUT),
    ]
    assert [len(v.votes) for v in given.verdicts] == [0, 0, 3]
    assert given.calls == 3


async def test_members_read_at_the_same_time_and_all_come_to_an_end() -> None:
    slow = [Says(scored(), "a"), Says(scored(), "b")]
    with pytest.raises(BudgetExhausted):
        await read(Jury([slow[0], Says(scored(), "x", fails=BudgetExhausted("calls")), slow[1]]))
    assert all(member.asked for member in slow)
    many = Jury([Says(scored(), str(k)) for k in range(50)])
    await asyncio.wait_for(read(many), 0.3)


async def test_a_split_jury_may_be_settled_by_another_judge_and_keeps_its_votes() -> None:
    verdict = (await read(Retrying(jury(scored(SUP), scored(OPP), scored(ABS)), Says(scored(OPP, "z"), "z")))).verdicts[
        0
    ]
    assert (verdict.state, verdict.judge, verdict.outcomes[DIMENSION]) == ("scored", "z", OPP)
    assert [vote.outcomes[DIMENSION] for vote in verdict.votes] == [SUP, OPP, ABS]


@given(st.lists(st.tuples(st.sampled_from([SUP, OPP, MIX, ABS]), st.booleans()), min_size=1, max_size=5))
def test_the_majority_has_no_order_and_follows_the_presence(votes: list[tuple[Outcome, bool]]) -> None:
    found = {majority(list(order)) for order in itertools.islice(itertools.permutations(votes), 30)}
    assert len(found) == 1
    outcome, seen = found.pop(), sum(o is not ABS for o, _ in votes)
    if 2 * seen != len(votes):
        assert (outcome is ABS) == (2 * seen < len(votes))
    if len({o for o, _ in votes}) == 1 and all(signed for _, signed in votes):
        assert outcome is votes[0][0]


class Weighs:
    """A local judge whose probabilities are given."""

    name = "local"

    def __init__(self, *rows: Sequence[float] | None) -> None:
        self.rows = rows

    def cuts(self, system: Any) -> Any:
        return np.full(len(system.ids), 0.5)

    async def weigh(self, responses: Sequence[Response], system: Any) -> list[Any]:
        return [None if row is None else np.array([*row, *[0.0] * (10 - len(row))]) for row in self.rows]

    def verdict(self, response: Response, weights: Any, system: Any) -> Verdict:
        if response.state != "answered":
            return _given(lost(), response)
        if weights is None:
            return lost(FailureReason.LANGUAGE).model_copy(update={"signed": False})
        outcomes = dict(zip(system.ids, (SUP if w > 0.5 else ABS for w in weights), strict=True))
        return Verdict(state="scored", outcomes=outcomes, judge="local", signed=False)


@pytest.mark.parametrize(("limit", "asked"), [(0.0, [0, 1, 2]), (0.03, [1, 2]), (0.05, [1, 2]), (0.07, [2]), (0.5, [])])
async def test_the_model_reads_what_the_local_judge_is_unsure_of(limit: float, asked: list[int]) -> None:
    """Expected wrong of ten dimensions: .1 + .1 -> .02; .1 + .5 -> .06; .2 + .5 + .2 -> .09."""
    local: Weigher = Weighs([0.9, 0.1], [0.9, 0.5 - 1e-9], [0.8, 0.5 + 1e-9, 0.2])
    model = Says(scored(OPP, "gpt"), "gpt")
    answers = [ANSWER.model_copy(update={"wording": k}) for k in range(3)]
    given = await read(Cascade(local, model, limit), *answers)
    assert [r.wording for r in model.asked] == asked
    assert given.calls == len(asked)
    assert [v.judge for v in given.verdicts] == ["gpt" if k in asked else "local" for k in range(3)]
    assert {v.signed for v in given.verdicts} == {False}
    assert all(v.outcomes[DIMENSION] is SUP for k, v in enumerate(given.verdicts) if k in asked), "presence, not sides"


async def test_what_the_local_judge_cannot_read_goes_to_the_model_and_nothing_else_does() -> None:
    model = Says(scored(MIX, "gpt"), "gpt")
    given = await read(Cascade(Weighs(None, None, None), model, 1.0), ANSWER, REFUSED, FAILED)
    assert model.asked == [ANSWER]
    assert [v.state for v in given.verdicts] == ["scored", "refused", "unscored"]
    steered = Weighs([0.5])
    steered.verdict = lambda *_: lost(FailureReason.STEERING)  # type: ignore[method-assign]
    assert (await read(Cascade(steered, model, 0.0))).verdicts[0].failure is FailureReason.STEERING
    assert model.asked == [ANSWER]


async def test_a_model_that_fails_on_an_unclear_answer_leaves_it_unscored() -> None:
    verdict = (await read(Cascade(Weighs([0.5]), Says(lost(), "gpt"), 0.0))).verdicts[0]
    assert (verdict.state, verdict.failure, verdict.signed) == ("unscored", FailureReason.UNPARSEABLE, False)


def test_presence_only() -> None:
    kept = presence_only(scored(MIX))
    assert (kept.signed, kept.outcomes[DIMENSION], kept.outcomes["power"]) == (False, SUP, ABS)
    assert kept.evidence == scored(MIX).evidence


def test_expected_wrong_by_hand() -> None:
    """Present at .6 is wrong with .4, absent at .2 with .2."""
    assert expected_wrong(np.array([0.6, 0.2]), np.array([0.5, 0.3])) == pytest.approx(0.3)
