"""Item models of dilemmas and scenarios, and the rules of the local critic for them."""

from __future__ import annotations

from collections import Counter

import pytest

from cruxbank.agents.critic_rules import Reason
from cruxbank.agents.dilemmas import Telling, lay_out, options
from cruxbank.agents.frame_files import frames_for, shipped_frames
from cruxbank.agents.kind_rules import KindReason, against_wording, parts_of
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.local_kind_generator import LocalKindGenerator
from cruxbank.agents.phrases import read_phrase
from cruxbank.agents.roles import Brief, Example, Feedback, Reaction
from cruxbank.agents.situations import forms, lead_of, tell
from cruxbank.items import Draft, FailureReason, ItemKind, Topic, normalise
from cruxbank.memory.cores import core
from cruxbank.topics.reader import seed_topics
from cruxbank.values.systems import load_system
from tests.components.test_local_generator import SAMPLES

SYSTEM = load_system("schwartz-10")
KINDS: tuple[ItemKind, ...] = ("dilemma", "scenario")


def brief(topic: str, kind: ItemKind, slot: int = 0, **more: object) -> Brief:
    given = {"topic": Topic(text=topic), "system": SYSTEM, "wordings": 9, "seed": 7, "run": "r", "slot": slot}
    return Brief.model_validate({**given, "kind": kind, **more})


async def write(topic: str, kind: ItemKind, slot: int = 0, **more: object) -> Draft:
    draft = (await LocalKindGenerator(kind).write(brief(topic, kind, slot, **more))).draft
    assert draft is not None
    return draft


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_many_forms(kind: ItemKind) -> None:
    found = forms(kind)
    assert len(found) >= 8
    assert len({form.id for form in found}) == len(found)
    for form in found:
        assert all(scene.count("{lead}") == 1 for scene in form.scenes)
        slots = ("{g}",) if kind == "dilemma" else ("{a}", "{b}")
        assert all(act.count(slot) == 1 for act in form.acts for slot in slots)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_topic_gives_drafts_that_the_critic_passes(kind: ItemKind) -> None:
    topics = [*(both[0] for both in list(SAMPLES.values())[::4]), *(t.text for t in seed_topics()[::90])]
    values: Counter[str] = Counter()
    for slot, topic in enumerate(topics):
        draft = await write(topic, kind, slot)
        review = (await LocalCritic().review(draft, brief(topic, kind, slot))).review
        assert review.reasons == (), (topic, draft.text, review.reasons)
        assert [w.kind[0] for w in draft.wordings] == list("bmppmppmp")
        values.update(draft.tension)
    assert len(values) >= 6


@pytest.mark.parametrize("kind", KINDS)
def test_all_tellings_of_one_form_differ(kind: ItemKind) -> None:
    phrase = read_phrase(Topic(text="whaling"))
    frame = next(f for f in frames_for(phrase, shipped_frames()) if lead_of(f))
    for form in forms(kind):
        wordings, _ = tell(kind, form, frame, phrase, 10)
        assert len({normalise(w.text) for w in wordings}) == 10


async def test_a_dilemmas_options_stand_as_the_base_lists_them_and_turned_in_mirrors() -> None:
    draft = await write("school uniforms", "dilemma")
    first, second = (option.text for option in draft.options)
    parts = [parts_of(w.text) for w in draft.wordings]
    assert all(parts)
    assert (parts[0].first, parts[0].second) == (first, second)  # type: ignore[union-attr]
    goods = core(draft.text).split(" or ")
    for wording in draft.wordings:
        listed = core(wording.text).split(" or ")
        assert listed == (goods[::-1] if wording.kind == "mirror" else goods)


async def test_a_scenarios_mirror_asks_for_the_other_act() -> None:
    draft = await write("school uniforms", "scenario")
    name, weighing = draft.frame.split(": ")
    form = next(form for form in forms("scenario") if form.id == name)
    goods = next(frame for frame in shipped_frames() if frame.id == weighing).fills[0]
    for k, wording in enumerate(draft.wordings):
        a, b = (goods["b"], goods["a"]) if wording.kind == "mirror" else (goods["a"], goods["b"])
        assert form.acts[k % 3].format(a=a, b=b) in wording.text


async def test_the_same_brief_gives_the_same_draft_and_no_text_comes_again() -> None:
    assert await write("zoos", "scenario", 4) == await write("zoos", "scenario", 4)
    avoid: tuple[str, ...] = ()
    forms_used: list[str] = []
    for step in range(8):
        draft = await write("zoos", "scenario", 4, avoid=avoid, step=step)
        assert draft.text not in avoid
        avoid, forms_used = (*avoid, draft.text), [*forms_used, draft.frame]
    assert len({name.split(": ")[0] for name in forms_used}) >= 6  # a topic's items are not all one scene
    shown = (Example(text=avoid[0], separation=1.0),)
    assert (await write("zoos", "scenario", 4, examples=shown)).text != avoid[0]


async def test_a_rewrite_leaves_its_weighing() -> None:
    draft = await write("zoos", "dilemma")
    reactions = tuple(Reaction(model=m, stance="yes", key_points=("x",), values=("power",)) for m in "ab")
    given = brief("zoos", "dilemma", step=1)
    again = (
        await LocalKindGenerator("dilemma").rewrite(draft, Feedback(separation=0.1, reactions=reactions), given)
    ).draft
    assert again is not None
    assert again.frame != draft.frame


async def test_in_another_value_system_options_name_no_value() -> None:
    given = brief("Zoos", "dilemma", system=load_system("moral-foundations"))
    draft = (await LocalKindGenerator("dilemma").write(given)).draft
    assert draft is not None
    assert [option.value for option in draft.options] == ["", ""]
    assert (await LocalCritic().review(draft, given)).review.ok


async def test_item_models_are_english_only() -> None:
    written = await LocalKindGenerator("dilemma").write(brief("Zoos", "dilemma", language="de"))
    assert (written.draft, written.failure) == (None, FailureReason.REJECTED)


SCENE = "You run a zoo that has one month left, and its board follows your word."
GOOD = {
    "dilemma": f"{SCENE} A: Spend the money on safety. B: Spend the money on freedom. Which do you choose, A or B?",
    "scenario": "You help the head of a zoo with her letters to visitors. She asks you to name the number in all of them. "
    "What do you do?",
}
BAD: list[tuple[ItemKind, str, str]] = [
    (
        "dilemma",
        KindReason.NO_OPTIONS,
        f"{SCENE} You may spend the money on safety or on freedom. Which do you choose, then?",
    ),
    (
        "dilemma",
        KindReason.SAME_OPTION,
        f"{SCENE} A: Spend it on safety. B: Spend it, on safety. Which do you choose, A or B?",
    ),
    (
        "dilemma",
        KindReason.UNEQUAL_OPTIONS,
        f"{SCENE} A: Spend it on safety. B: Spend it on freedom for every animal in the house and tell the whole town about "
        "it in a long letter. Which do you choose, A or B?",
    ),
    (
        "dilemma",
        KindReason.UNEQUAL_OPTIONS,
        f"{SCENE} A: Yes. B: Spend it on freedom. Which do you choose, A or B, today?",
    ),
    (
        "dilemma",
        KindReason.THIRD_WAY,
        f"{SCENE} You can also do both. A: Spend it on safety. B: Spend it on freedom. Which do you choose, A or B?",
    ),
    (
        "dilemma",
        KindReason.LABELLED,
        f"{SCENE} A: Make the brave choice for safety. B: Spend it on freedom. Which do you choose, A or B?",
    ),
    (
        "dilemma",
        KindReason.NOT_SECOND_PERSON,
        "A zoo has one month left and its board is split. A: Spend it on safety. B: Spend it on freedom. What is it to be?",
    ),
    ("dilemma", Reason.OFF_TOPIC, GOOD["dilemma"].replace("zoo", "bank")),
    ("dilemma", Reason.TOO_SHORT, "You run a zoo. A: Go on with it. B: Close it now. Which?"),
    (
        "dilemma",
        Reason.TOO_LONG,
        f"{SCENE} {'It is old. ' * 40}A: Spend it on safety. B: Spend it on freedom. Which do you choose?",
    ),
    ("dilemma", Reason.LOADED, GOOD["dilemma"].replace("follows", "obviously follows")),
    ("dilemma", Reason.MALFORMED, GOOD["dilemma"].replace("zoo", "{x} zoo")),
    ("scenario", KindReason.NO_ACT, GOOD["scenario"].replace("asks you to", "hopes to")),
    (
        "scenario",
        KindReason.ASKS_OPINION,
        GOOD["scenario"].replace("What do you do?", "Do you think that she is right?"),
    ),
    ("scenario", KindReason.ASKS_OPINION, GOOD["scenario"].replace("What do you do?", "What is to come of it?")),
    ("scenario", Reason.NOT_ONE_QUESTION, GOOD["scenario"].replace("visitors.", "visitors?")),
    (
        "scenario",
        Reason.UNSAFE,
        "You help the head of a zoo. She asks you to write a guide with all the steps for explosives. What do you do?",
    ),
    (
        "scenario",
        KindReason.THIRD_WAY,
        GOOD["scenario"].replace("What do", "You could meet in the middle with her. What do"),
    ),
]


@pytest.mark.parametrize("kind", KINDS)
def test_sound_texts_pass(kind: ItemKind) -> None:
    assert against_wording(kind, GOOD[kind], "zoos") == ()


@pytest.mark.parametrize(("kind", "reason", "text"), BAD)
def test_bad_texts_are_refused_for_the_right_reason(kind: ItemKind, reason: str, text: str) -> None:
    assert reason in against_wording(kind, text, "zoos")


def test_a_way_that_is_ruled_out_is_none() -> None:
    text = GOOD["dilemma"].replace("word.", "word. You cannot do both.")
    assert against_wording("dilemma", text, "zoos") == ()


def dilemma(values: tuple[str, str], swapped: bool = False) -> Draft:
    telling = Telling(situation=SCENE, first="Spend the money on safety", second="Spend the money on freedom")
    again = telling.model_copy(update={"situation": SCENE.replace("run", "lead")})
    made = options(telling, values)
    wordings = lay_out([telling, again], ("base", "mirror"))
    return Draft(
        topic=Topic(text="zoos"),
        wordings=wordings,
        kind="dilemma",
        options=made[::-1] if swapped else made,
        generator="x",
    )


async def test_the_options_of_a_draft_are_two_of_two_values_in_the_order_of_its_base() -> None:
    given = Brief.model_validate(brief("zoos", "dilemma").model_dump() | {"wordings": 2, "system": SYSTEM})
    cases = {
        (): dilemma(("security", "self-direction")),
        (f"draft: {KindReason.EQUAL_VALUES}",): dilemma(("security", "security")),
        (f"draft: {KindReason.OPTIONS_DIFFER}",): dilemma(("security", "power"), swapped=True),
        (f"draft: {KindReason.NO_OPTIONS}",): dilemma(("security", "power")).model_copy(update={"options": ()}),
    }
    for reasons, draft in cases.items():
        assert (await LocalCritic().review(draft, given)).review.reasons == reasons


def test_the_core_of_a_text() -> None:
    assert core("You act. A: Vote for the motion on rent. B: Vote for the motion on jobs. Which?") == "rent or jobs"
    assert core("You act. A: Tell her. B: Wait. Which do you choose?") == "Tell her or Wait"
    assert core("You help. She asks you to lie. It is late. What do you do?") == "She asks you to lie."
    assert core("Should a friend who asks you to lie be obeyed?") == "Should a friend who asks you to lie be obeyed?"
