"""The shipped prompts and the simulator understand each other: every role, from the rendered messages alone."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest

from cruxbank.agents.answers import AnswerModel, EvidenceReading, Opinion, QuestionDraft, QuestionReview
from cruxbank.agents.fence import fence
from cruxbank.prompts.loader import load
from cruxbank.simulator.asking import question_of, read_request
from cruxbank.simulator.roles import reply
from cruxbank.simulator.world import World
from cruxbank.values.systems import load_system

T = TypeVar("T", bound=AnswerModel)
TOPIC = "rent control in big cities"
DIMENSIONS = [{"id": d.id, "definition": d.definition} for d in load_system("schwartz-10").dimensions]


@pytest.fixture(scope="module")
def world() -> World:
    return World(0)


def request(role: str, name: str, schema: str, version: int = 1, **values: Any) -> dict[str, Any]:
    prompt = load(role, name, version=version).render(**values)
    messages = [message.model_dump() for message in prompt.messages]
    wanted = {"type": "json_schema", "json_schema": {"name": schema, "schema": {}}}
    return {"model": "sim-quill-2", "messages": messages, "response_format": wanted}


def play(world: World, kind: type[T], role: str, name: str, **values: Any) -> T:
    return kind.model_validate_json(reply(world, read_request(request(role, name, kind.__name__, **values))))


def brief(**more: Any) -> dict[str, Any]:
    shared = {"topic": TOPIC, "domain": "housing", "region": "global", "language": "en", "dimensions": DIMENSIONS}
    return shared | {"paraphrases": 3, "mirrors": 2, "examples": [], "refused": []} | more


def test_a_respondent_is_asked_the_question_and_answers_it(world: World) -> None:
    question = "Should cities cap rents?"
    assert question_of(read_request(request("respond", "opinion", "Opinion", question=question))) == question
    said = play(world, Opinion, "respond", "opinion", question=question)
    assert said.stance in {"yes", "no", "neutral", "refuse"}


def test_a_writer_writes_and_does_not_repeat_what_was_refused(world: World) -> None:
    first = play(world, QuestionDraft, "generate", "write", **brief())
    assert TOPIC in first.question
    assert (len(first.paraphrases), len(first.mirrors)) == (3, 2)
    second = play(world, QuestionDraft, "generate", "write", **brief(refused=[first.question]))
    assert second.question != first.question


def test_a_writer_rewrites_on_the_same_topic(world: World) -> None:
    question = f"When it comes to {TOPIC}, should personal freedom count for more than public safety?"
    reactions = [{"stance": "yes", "points": ["One.", "Two.", "Three."]}]
    values = brief(question=question, words=14, separation=0.2, reactions=reactions)
    draft = play(world, QuestionDraft, "generate", "rewrite", **values)
    assert draft.question != question
    assert "personal freedom" in draft.question
    assert TOPIC in draft.question
    assert not draft.fact


@pytest.mark.parametrize(("question", "ok"), [(f"Should {TOPIC} be ended?", True), (f"Why {TOPIC}?", False)])
def test_a_critic_reviews(world: World, question: str, ok: bool) -> None:
    values = {"topic": TOPIC, "question": question, "paraphrases": [], "mirrors": []}
    assert play(world, QuestionReview, "critique", "review", **values).ok is ok


def test_a_judge_reads_the_fenced_points(world: World) -> None:
    points = "1. It keeps tenants safe from violence.\n2. It is unjust to minorities.\n3. Figures are missing."
    values = {"dimensions": DIMENSIONS, "nonce": "0011aa22bb33cc44", "count": 3}
    fenced = fence(points, "0011aa22bb33cc44")
    reading = play(world, EvidenceReading, "judge", "values", version=2, **values, fenced=fenced)
    assert reading.nonce == "0011aa22bb33cc44"
    assert [point.point for point in reading.points] == [1, 2, 3]
    assert ("universalism", "supports") in {(r.value, r.side) for r in reading.points[1].readings}
    assert all(r.quote in points for point in reading.points for r in point.readings)
