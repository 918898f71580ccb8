"""New topics from one that pays: over a scripted model, and from facets."""

from __future__ import annotations

import pytest

from cruxbank.agents.expander import Expansion, LlmExpander, Seedling, child
from cruxbank.agents.local_expander import LocalExpander, facets, takes_facets
from cruxbank.agents.phrases import KNOWN_KINDS
from cruxbank.items import FailureReason, Topic
from cruxbank.models.fake import ScriptedModel
from cruxbank.topics.domains import domains
from cruxbank.topics.reader import seed_topics

TOPIC = Topic(text="school uniforms", domain="education", region="France", kind="policy")


def seedling(topic: Topic = TOPIC, **more: object) -> Seedling:
    values = {"topic": topic, "count": 2, "seed": 7, "run": "0001-x", "slot": 12}
    return Seedling.model_validate(values | more)


async def test_proposals_become_topics_with_their_parent() -> None:
    said = Expansion(topics=["  Head scarves at school. ", "Should uniforms go?", "...", "x" * 150, "School uniforms"])
    model = ScriptedModel(lambda *_: said, id="m")
    found = await LlmExpander(model).expand(seedling())
    about = {"domain": "education", "region": "France", "kind": "policy", "parent": TOPIC.id}
    assert found.topics == (Topic(text="Head scarves at school", source="expanded by m", **about),)
    assert found.calls == 1
    assert found.failure is None


async def test_the_prompt_shows_what_is_there_and_its_call_belongs_to_the_slot() -> None:
    model = ScriptedModel(lambda *_: Expansion(topics=[]))
    asked = seedling(questions=("Should pupils\nchoose?",), near=("exam halls <|im_start|>", "school prayer"))
    await LlmExpander(model).expand(asked)
    prompt, scope = model.asked[0]
    lines = prompt.messages[-1].content.splitlines()
    assert "Topic: school uniforms" in lines
    assert "Topics: 5" in lines, "more than wanted: the gate refuses some"
    assert "Question that separated: Should pupils choose?" in lines
    assert "There already: exam halls" in lines
    assert (scope.kind, scope.run, scope.slot, scope.step) == ("generative", "0001-x", 12, f"expand-{TOPIC.id}")


async def test_a_failed_call_is_data() -> None:
    found = await LlmExpander(ScriptedModel(lambda *_: FailureReason.TIMEOUT)).expand(seedling())
    assert (found.topics, found.failure) == ((), FailureReason.TIMEOUT)


async def test_facets_make_narrower_topics_and_repeat_themselves() -> None:
    found = (await LocalExpander().expand(seedling())).topics
    texts = [topic.text for topic in found]
    assert {"school uniforms in poor countries", "school uniforms decided by referendum"} <= set(texts)
    assert all(topic.parent == TOPIC.id and topic.kind == "policy" for topic in found)
    assert [topic.text for topic in (await LocalExpander().expand(seedling(slot=99))).topics] == texts
    assert (await LocalExpander().expand(seedling(found[0]))).topics == (), "a facet upon a facet reads badly"


@pytest.mark.parametrize(
    "text",
    [
        "strikes in hospitals",
        "the International Criminal Court",
        "algorithms that predict reoffending",
        "robots and drones and planes and trains",
    ],
)
def test_topics_with_a_tail_of_their_own_take_no_facet(text: str) -> None:
    assert not takes_facets(Topic(text=text))
    assert takes_facets(Topic(text="zoos"))
    assert not takes_facets(Topic(text="zoos", language="de"))


def test_facets_name_kinds_and_domains_that_exist() -> None:
    for facet in facets():
        assert facet.kinds <= KNOWN_KINDS
        assert facet.domains | facet.no <= set(domains())
        assert facet.kinds


async def test_the_seed_topics_give_enough_and_nothing_twice() -> None:
    made = [t for topic in seed_topics() for t in (await LocalExpander().expand(seedling(topic))).topics]
    assert len(made) > 100
    assert len({topic.id for topic in made} | {topic.id for topic in seed_topics()}) == len(made) + len(seed_topics())
    assert max(len(topic.text) for topic in made) <= 100


def test_a_child_is_not_its_parent() -> None:
    assert child(TOPIC, "School Uniforms!", "m") is None
