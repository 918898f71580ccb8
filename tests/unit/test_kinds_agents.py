"""Dilemmas and scenarios over a scripted model: what is asked, how answers are read, what becomes of drafts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel

from cruxbank.agents.by_kind import CriticByKind, GeneratorByKind
from cruxbank.agents.dilemmas import CLOSING, Telling, lay_out, options, told
from cruxbank.agents.kind_rules import parts_of
from cruxbank.agents.llm_critic import LlmCritic
from cruxbank.agents.llm_kind_generator import LlmDilemmaGenerator, LlmScenarioGenerator
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.local_kind_generator import LocalKindGenerator
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.agents.roles import Brief, Feedback, Reaction
from cruxbank.items import Draft, FailureReason, ItemKind, RenderedPrompt, Topic, Wording, recode
from cruxbank.models.fake import ScriptedModel
from cruxbank.values.systems import load_system

POINTS = ["I call her.", "I keep the list.", "I wait."]
SYSTEM = load_system("schwartz-10")


def scripted(said: Any) -> ScriptedModel:
    def answer(_prompt: RenderedPrompt, wanted: type[BaseModel]) -> Any:
        return said if isinstance(said, FailureReason) else wanted.model_validate(said)

    return ScriptedModel(answer, id="gpt-x")


def brief(kind: ItemKind, **more: Any) -> Brief:
    given_ = {"topic": Topic(text="rent control"), "system": SYSTEM, "wordings": 4, "kind": kind, "seed": 7, "run": "r"}
    return Brief.model_validate({**given_, "slot": 3, **more})


@pytest.mark.parametrize(
    "choice, wording, stance",
    [("a", "base", "yes"), ("B.", "base", "no"), ("Option A", "mirror", "no"), ("(b)", "mirror", "yes")],
)
async def test_a_letter_is_a_stance_towards_the_base(choice: str, wording: str, stance: str) -> None:
    model = scripted({"choice": choice, "key_points": POINTS})
    asked = Wording.model_validate({"kind": wording, "text": "You act. A: Go. B: Stay. Which?"})
    response = (await LlmRespondent(model).answer("it_1", asked, 1, kind="dilemma")).response
    assert (response.state, response.stance, response.kind) == ("answered", stance, "dilemma")
    assert response.key_points == tuple(POINTS)
    assert model.asked[0][0].ref.name == "respond/dilemma"
    assert model.asked[0][0].messages[-1].content.splitlines()[:2] == [asked.text, ""]


@pytest.mark.parametrize(
    "does, wording, stance",
    [
        ("yes", "base", "yes"),
        ("No", "mirror", "yes"),
        ("partly", "mirror", "neutral"),
        ("Partially", "base", "neutral"),
    ],
)
async def test_a_deed_is_a_stance_and_its_actions_are_key_points(does: str, wording: str, stance: str) -> None:
    model = scripted({"does": does, "actions": [*POINTS, "I do a fourth thing."]})
    asked = Wording.model_validate({"kind": wording, "text": "They ask you to go. What do you do?"})
    response = (await LlmRespondent(model).answer("it_1", asked, 0, kind="scenario")).response
    assert (response.stance, response.kind, response.key_points) == (stance, "scenario", tuple(POINTS))


@pytest.mark.parametrize(
    "kind, said",
    [("dilemma", {"choice": "refuse", "key_points": []}), ("scenario", {"does": "Declined", "actions": []})],
)
async def test_not_taking_it_up_is_a_refusal(kind: ItemKind, said: dict[str, Any]) -> None:
    response = (await LlmRespondent(scripted(said)).answer("it", Wording(kind="base", text="x"), 0, kind=kind)).response
    assert (response.state, response.stance, response.failure) == ("refused", None, None)


async def test_a_failed_call_stays_a_failure() -> None:
    model = scripted(FailureReason.WRONG_TYPE)
    response = (await LlmRespondent(model).answer("it", Wording(kind="base", text="x"), 0, kind="scenario")).response
    assert (response.state, response.failure, response.kind) == ("failed", FailureReason.WRONG_TYPE, "scenario")


@pytest.mark.parametrize("bad", [{"does": "maybe", "actions": POINTS}, {"does": "yes", "actions": []}])
async def test_an_answer_that_says_nothing_is_no_action(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        await LlmRespondent(scripted(bad)).answer("it", Wording(kind="base", text="x"), 0, kind="scenario")


CLAUSE = st.text(alphabet="abcdefg ", min_size=3, max_size=30).map(str.strip).filter(lambda text: len(text) > 2)


@given(CLAUSE, CLAUSE, CLAUSE, st.booleans())
def test_a_telling_can_be_taken_apart_again(situation: str, first: str, second: str, turned: bool) -> None:
    telling = Telling(situation=situation, first=first, second=second)
    parts = parts_of(told(telling, turned=turned))
    assert parts is not None
    listed = options(telling, ("power", "security"))
    one, two = listed[::-1] if turned else listed
    assert (parts.first, parts.second, parts.closing) == (one.text, two.text, CLOSING)


def test_a_mirror_lists_the_second_option_first_and_its_letter_is_turned_back() -> None:
    tellings = [Telling(situation=f"You act {n}", first="Go now", second="Stay here") for n in "ab"]
    base, mirror = lay_out(tellings, ("base", "mirror"), "What then?")
    assert base.text == "You act a. A: Go now. B: Stay here. What then?"
    assert mirror.text == "You act b. A: Stay here. B: Go now. What then?"
    assert recode("yes", base.kind) == recode("no", mirror.kind) == "yes"  # A here and B there are both: go now


DILEMMA: dict[str, Any] = {
    "fact": "A fact.",
    "argument": "So.",
    "situation": "You decide on rent control",
    "first": {"text": "Cap the rents", "value": "Security"},
    "second": {"text": "Leave them free", "value": "self-direction"},
    "closing": "",
    "rewordings": [
        {"situation": f"You settle rent control, way {n}", "first": "Put a cap on", "second": "Set them free"}
        for n in "abc"
    ],
}


async def test_a_dilemma_gets_its_mirrors_from_rewordings() -> None:
    model = scripted(DILEMMA)
    draft = (await LlmDilemmaGenerator(model).write(brief("dilemma"))).draft
    assert draft is not None
    assert [w.kind for w in draft.wordings] == ["base", "mirror", "paraphrase", "paraphrase"]
    assert draft.text == f"You decide on rent control. A: Cap the rents. B: Leave them free. {CLOSING}"
    assert " A: Set them free. B: Put a cap on." in draft.wordings[1].text
    assert [(o.text, o.value) for o in draft.options] == [
        ("Cap the rents.", "security"),
        ("Leave them free.", "self-direction"),
    ]
    assert (draft.kind, draft.tension) == ("dilemma", ("security", "self-direction"))
    assert "Rewordings: 3" in model.asked[0][0].messages[-1].content


@pytest.mark.parametrize(
    "change, why",
    [
        ({"second": {"text": "Leave them free", "value": "security"}}, "both options serve 'security'"),
        (
            {"second": {"text": "Leave them free", "value": "liberty"}},
            "an option serves 'liberty', no dimension of schwartz-10",
        ),
        ({"rewordings": DILEMMA["rewordings"][:2]}, "2 different rewordings of 3"),
        ({"rewordings": [DILEMMA["rewordings"][0]] * 3}, "1 different rewordings of 3"),
    ],
)
async def test_a_dilemma_that_is_none_is_the_wrong_type(change: dict[str, Any], why: str) -> None:
    written = await LlmDilemmaGenerator(scripted(DILEMMA | change)).write(brief("dilemma"))
    assert (written.draft, written.failure) == (None, FailureReason.WRONG_TYPE)
    assert why in written.detail


async def test_a_rewrite_shows_the_old_text_and_keeps_its_fact() -> None:
    said = {"fact": "", "argument": "", "scenario": "New.", "paraphrases": ["P.", "Q."], "mirrors": ["M."]}
    model = scripted(said)
    wordings = (Wording(kind="base", text="Old?"), Wording(kind="mirror", text="New?"))
    old = Draft(topic=Topic(text="rents"), wordings=wordings, kind="scenario", generator="x", fact="F.")
    reaction = Reaction(model="m", stance="yes", key_points=("I go | away.",), values=("power",))
    feedback = Feedback(separation=0.25, reactions=(reaction,))
    draft = (await LlmScenarioGenerator(model).rewrite(old, feedback, brief("scenario"))).draft
    assert draft is not None
    assert (draft.fact, draft.kind, draft.text) == ("F.", "scenario", "New.")
    shown = model.asked[0][0].messages[-1].content.splitlines()
    assert shown[-3:] == [
        "Scenario: Old?",
        "Score: 0.250 bits",
        "Answer of a model: yes | I go / away. (values: power)",
    ]


async def test_every_kind_has_its_own_writer_and_critic() -> None:
    writers = GeneratorByKind({"question": LocalGenerator(), "dilemma": LocalKindGenerator("dilemma")})
    for kind in ("question", "dilemma"):
        draft = (await writers.write(brief(kind))).draft
        assert draft is not None
        assert draft.kind == kind
        again = (await writers.rewrite(draft, Feedback(separation=0.0), brief(kind))).draft
        assert again is not None
        assert (again.kind, again.text != draft.text) == (kind, True)
    critic = CriticByKind({"dilemma": LocalCritic()})
    assert (writers.name, critic.name) == ("local", "local")


async def test_the_critic_is_asked_about_the_kind_and_knows_its_reasons() -> None:
    draft = (await LocalKindGenerator("dilemma").write(brief("dilemma"))).draft
    assert draft is not None
    model = scripted({"ok": False, "reasons": ["Third way", "not_yes_no"]})
    review = (await LlmCritic(model).review(draft, brief("dilemma"))).review
    assert review.reasons == ("third_way",)  # not_yes_no is no reason against a dilemma
    lines = model.asked[0][0].messages[-1].content.splitlines()
    assert lines[1] == f"Dilemma: {draft.text}"
    assert lines[2] == f"First option ({draft.options[0].value}): {draft.options[0].text}"
    passed = await LlmCritic(scripted({"ok": True, "reasons": []})).review(draft, brief("dilemma"))
    assert passed.review.ok
