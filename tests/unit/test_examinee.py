"""The examinee: what a target is shown of its conversation, and what becomes of its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cruxbank.agents.answers import Opinion
from cruxbank.agents.examinee import LlmExaminee
from cruxbank.agents.history import branch, history_of
from cruxbank.agents.kind_answers import Choice
from cruxbank.items import FailureReason, Response, Verdict
from cruxbank.models.fake import Said, ScriptedModel
from cruxbank.sessions import Turn
from tests.unit.probe_scenes import ask, item, local


def turn(number: int, after: int | None, text: str, answer: str, **update: Any) -> Turn:
    state = update.pop("state", "answered")
    response = Response(
        item="it_en",
        wording=0,
        model="m",
        state=state,
        stance=update.pop("stance", "yes") if state == "answered" else None,
        key_points=update.pop("key_points", ()),
        text=answer,
    )
    return Turn(
        number=number,
        ask=ask("plain", after=after, text=text, **update),
        response=response,
        verdict=Verdict(state="scored"),
    )


TURNS = (
    turn(0, None, "First?", '{"stance": "yes", "key_points": ["a"]}'),
    turn(1, 0, "Left?", "left answer"),
    turn(2, 0, "Right?", "right answer"),
    turn(3, 1, "Left again?", "left again"),
)


def test_branches_do_not_see_each_other() -> None:
    assert [t.number for t in branch(TURNS, 3)] == [0, 1, 3]
    assert [one.text for one in history_of(TURNS, 2)] == ["First?", "Right?"]
    assert history_of(TURNS, None) == ()
    assert [t.number for t in branch((turn(5, 5, "Loop?", "x"),), 5)] == [5]


def test_a_megabyte_does_not_flood_the_next_prompt() -> None:
    wall = '{"stance": "no", "key_points": ["' + "x" * 1_000_000 + '"]}'
    read = turn(0, None, "First?", wall, stance="yes", key_points=("y" * 900,) * 3, sense="mirror")
    (one,) = history_of((read,), 0)
    assert json.loads(one.answer) == {"stance": "no", "key_points": ["y" * 300] * 3}  # in the terms of the mirror
    (failed,) = history_of((turn(0, None, "First?", wall, state="failed"),), 0)
    assert len(failed.answer) < 1_600
    (empty,) = history_of((turn(0, None, "First?", "\u200b\n", state="failed"),), 0)
    assert empty.answer == "(no answer)"


def target(value: Said) -> tuple[LlmExaminee, ScriptedModel]:
    client = ScriptedModel(lambda _prompt, _type: value, id="target")
    return LlmExaminee(client), client


async def test_the_target_sees_its_branch_as_messages() -> None:
    examinee, client = target(Opinion(stance="no", key_points=["a", "b", "c", "d"]))
    asked = ask("authority", text="Experts say no.\nWhat now?", after=1, repeat=2, place=1, sense="mirror")
    found = await examinee.answer(asked, history_of(TURNS, 1))
    prompt, scope = client.asked[0]
    assert [m.role for m in prompt.messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert [m.content.splitlines()[0] for m in prompt.messages[1:]] == [
        "First?",
        TURNS[0].response.text,
        "Left?",
        "left answer",
        "Experts say no. What now?",
    ]
    assert not any("ight" in m.content for m in prompt.messages[1:])
    assert (scope.kind, scope.purpose, scope.repeat, scope.run) == ("measurement", "respond", 2, "")
    assert (found.response.state, found.response.stance, found.response.wording) == ("answered", "yes", 1)
    assert found.response.key_points == ("a", "b", "c")


async def test_a_pair_is_answered_as_a_dilemma() -> None:
    examinee, client = target(Choice(choice="b", key_points=["a"]))
    composed = await local(ask("pair", pair=("power", "security")), item())
    found = await examinee.answer(composed.onto(ask("pair", pair=("power", "security"))), ())
    assert client.asked[0][0].ref.name == "respond/dilemma"
    assert (found.response.kind, found.response.stance) == ("dilemma", "no")  # the second value


@pytest.mark.parametrize("reason", [FailureReason.UNPARSEABLE, FailureReason.TOO_LONG, FailureReason.EMPTY])
async def test_an_unreadable_answer_is_data(reason: FailureReason) -> None:
    examinee, _ = target(reason)
    found = await examinee.answer(ask("plain", text="First?"), ())
    assert (found.response.state, found.response.failure, found.response.stance) == ("failed", reason, None)
