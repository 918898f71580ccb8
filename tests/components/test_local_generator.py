"""The local generator: frames read well with every kind of topic, drafts are deterministic and never repeat."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cruxbank.agents.critic_rules import MAX_WORDS
from cruxbank.agents.frame_files import frames_for, shipped_frames
from cruxbank.agents.frames import MAX_WORDINGS, Frame, render, wordings
from cruxbank.agents.local_critic import LocalCritic, judge_wording
from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.phrases import KNOWN_KINDS, cues, is_plural, peel, read_phrase, tidy
from cruxbank.agents.roles import Brief, Example, Feedback, Reaction
from cruxbank.agents.weighing import topic_frames
from cruxbank.items import FailureReason, Topic, Wording
from cruxbank.topics.reader import read_topics, seed_topics
from cruxbank.values.systems import load_system

SYSTEM = load_system("schwartz-10")
SAMPLES: dict[str, tuple[str, ...]] = {
    "practice": ("dog racing", "street protests"),
    "policy": ("a carbon tax", "parking fees"),
    "technology": ("cloud computing", "sleep trackers"),
    "event": ("the 2020 explosion in Beirut", "the 2021 floods"),
    "institution": ("the World Bank", "night schools"),
    "behaviour": ("living alone", "eating breakfast in bed"),
    "belief": ("stoicism", "ideas of honour"),
    "group": ("beekeepers", "deaf families"),
    "work": ("shift work", "unpaid trial days"),
    "resource": ("the water of the Jordan", "peat bogs"),
    "weapon": ("napalm", "nuclear submarines"),
    "hatred": ("racism in football", "sexist songs"),
    "crime": ("shoplifting", "art thefts"),
    "history": ("the Boer War", "the Opium Wars"),
    "conflict": ("the war in Yemen", "raids at the border"),
    "politics": ("Peru's politics", "relations between Chad and Libya"),
    "problem": ("soil erosion", "rising food prices"),
    "ideal": ("tolerance", "children's rights"),
    "person": ("Angela Merkel", "Nelson Mandela"),
    "other": ("the colour blue", "mirrors"),
}


def brief(topic: Topic, slot: int = 0, **more: object) -> Brief:
    given = {"topic": topic, "system": SYSTEM, "wordings": 6, "seed": 7, "run": "r", "slot": slot, **more}
    return Brief.model_validate(given)


def test_there_are_many_frames_and_all_values_occur() -> None:
    written = [f for f in shipped_frames() if f.tier != "weighing"]
    assert len(written) >= 60
    assert len({f.id for f in shipped_frames()}) == len(shipped_frames())
    assert {value for f in written for value in f.tension} == set(SYSTEM.ids)
    assert {value for f in shipped_frames() for value in f.tension} == set(SYSTEM.ids)
    assert all(f.tension[0] != f.tension[1] for f in shipped_frames())


def test_openings_vary() -> None:
    firsts = Counter(f.base.split()[0] for f in shipped_frames() if f.tier != "weighing")
    assert len(firsts) >= 8


def test_kinds_named_by_frames_exist() -> None:
    known = KNOWN_KINDS | set(cues().subkinds) | set(cues().domains) | {"any", "contested", "no-domain"}
    assert {kind for f in shipped_frames() for kind in (*f.kinds, *f.excluded)} <= known


def test_every_seed_topic_has_stakes_of_its_own() -> None:
    marks = {mark for f in shipped_frames() for mark in f.requires if mark.startswith("topic:")}
    assert {f"topic:{t.text}" for t in seed_topics()} == marks


def _check(frame: Frame, topic: Topic) -> None:
    phrase = read_phrase(topic)
    for fill in frame.fillings(phrase):
        made = wordings(frame, phrase, fill, 6)
        assert [w.kind for w in made] == ["base", "mirror", "paraphrase", "paraphrase", "mirror", "paraphrase"]
        assert len({w.text for w in made}) == 6, (frame.id, made)
        if max(len(w.text.split()) for w in made) <= MAX_WORDS:
            for wording in made:
                assert judge_wording(wording.text, topic.text) == (), (frame.id, wording.text)


@pytest.mark.parametrize("kind", sorted(KNOWN_KINDS))
def test_every_frame_passes_the_critic_with_every_kind(kind: str) -> None:
    for text in SAMPLES[kind]:
        topic = Topic(text=text, kind=kind)
        fitting = frames_for(read_phrase(topic), shipped_frames())
        assert fitting, text
        for frame in fitting:
            _check(frame, topic)


def test_every_topic_of_the_package_gives_sound_drafts() -> None:
    for topic in seed_topics()[::6]:
        fitting = [f for f in frames_for(read_phrase(topic), shipped_frames()) if f.tier == "weighing"]
        assert len(fitting) >= 2, topic.text
        for frame in fitting:
            _check(frame, topic)


def test_number_and_head() -> None:
    plural = [
        "school uniforms",
        "women on party lists",
        "books removed from libraries",
        "the police",
        "poverty and crime",
        "self-driving taxis",
        "transgender women in sport",
        "symbols worn by teachers",
        "allowances paid only to parents",
    ]
    singular = ["sports betting by students", "eating insects", "news", "the use of drugs", "publishing leaked secrets"]
    assert [p for p in plural if not is_plural(p)] == []
    assert [s for s in singular if is_plural(s)] == []


def test_wrappers_are_peeled() -> None:
    assert peel("the ethics of eating meat") == "eating meat"
    assert peel("the impact of trade on rural towns") == "trade"
    assert peel("the current state of the courts") == "the courts"
    assert peel("the role of women in sport") == "the role of women in sport"
    assert tidy("  The  courts. ") == "the courts"


def test_agreement_slots_and_capitals() -> None:
    one, many = (read_phrase(Topic(text=text, kind="policy")) for text in ("a carbon tax", "parking fees"))
    template = "{place}, should {x} stay if {it|they} {harms|harm} us?"
    assert render(template, one, {"place": "in towns"}) == "In towns, should a carbon tax stay if it harms us?"
    assert render(template, many, {"place": "in towns"}) == "In towns, should parking fees stay if they harm us?"


def test_kinds_of_unknown_phrases() -> None:
    expected = {
        "the ethics of murder": "crime",
        "Angela Merkel": "person",
        "the Thirty Years War": "conflict",
        "the Russian Revolution": "history",
        "Peru's politics": "politics",
        "nuclear weapons": "weapon",
        "socialism": "belief",
        "the regulation of drones": "policy",
        "mirrors": "other",
    }
    assert {text: read_phrase(Topic(text=text)).kind for text in expected} == expected


def test_known_kinds_and_years_are_respected() -> None:
    assert read_phrase(Topic(text="the great strike", kind="event", year=1926)).kind == "history"
    assert read_phrase(Topic(text="the great strike", kind="event", year=2024)).kind == "event"
    assert read_phrase(Topic(text="socialism", kind="policy")).kind == "policy"


def test_a_topic_gives_enough_drafts_with_different_goods() -> None:
    counts, goods = [], []
    for topic in seed_topics():
        phrase = read_phrase(topic)
        fitting = frames_for(phrase, shipped_frames())
        counts.append(len({render(f.base, phrase, fill) for f in fitting for fill in f.fillings(phrase)}))
        goods.append(
            len({frozenset((fill["a"], fill["b"])) for f in fitting if f.tier == "weighing" for fill in f.fills})
        )
    # Only goods written for the topic: two or three pairs, each pair once as written and once crossed with the next.
    # Every pair has one form: two forms are one crux to the bank, so they would only look like more.
    assert sum(counts) / len(counts) >= 3.8
    assert min(counts) >= 2
    assert sum(count >= 4 for count in counts) >= 0.85 * len(counts)
    assert min(goods) >= 2


def test_topics_with_goods_of_their_own_get_no_other_frames() -> None:
    for topic in seed_topics():
        mark = f"topic:{topic.text}"
        assert all(mark in f.requires for f in frames_for(read_phrase(topic), shipped_frames())), topic.text
    for text in ("the impact of immigration", "capitalism", "theft"):
        fitting = frames_for(read_phrase(Topic(text=text)), shipped_frames())
        assert len(fitting) >= 3
        assert all(any(mark.startswith("cue:") for mark in f.requires) for f in fitting), text


def test_goods_are_short_and_differ_in_value() -> None:
    for frame in shipped_frames():
        if frame.tier == "weighing":
            assert frame.tension[0] != frame.tension[1], frame.id
            assert all(len(good.split()) <= 9 for good in frame.fills[0].values()), frame.id


@pytest.mark.parametrize(
    ("kind", "wanted", "never"),
    [
        ("policy", "decisions on parking fees", "treatment"),
        ("group", "In the treatment of parking fees", "decisions"),
        ("resource", "In the use of parking fees", "treatment"),
        ("belief", "hen it comes to parking fees", "decisions"),
    ],
)
def test_leads_follow_what_the_topic_names(kind: str, wanted: str, never: str) -> None:
    goods = (("order", "fair chances"), ("old ways", "new ways"), ("a calm day", "a lively one"), ("rest", "work"))
    pairs = [["security", "stimulation", *pair] for pair in goods]
    bases = [made[0].text for made in _own("parking fees", kind, pairs)]
    assert len(bases) == len(pairs), "one base question a pair"
    assert any(wanted in base for base in bases), bases
    assert not any(never in base for base in bases), bases


def _own(text: str, kind: str, pairs: list[list[str]]) -> list[tuple[Wording, ...]]:
    """The wordings of every frame that weighs a pair as it was written for the topic."""
    phrase = read_phrase(Topic(text=text, kind=kind))
    phrase = phrase.model_copy(update={"kinds": phrase.kinds | {f"topic:{text}"}})
    return [
        wordings(f, phrase, f.fills[0], 6)
        for f in topic_frames({text: pairs})
        if f.fits(phrase) and f.tier == "weighing"
    ]


def test_a_good_is_also_weighed_against_what_another_pair_says_against_the_topic() -> None:
    pairs = [
        ["security", "self-direction", "order", "freedom"],
        ["universalism", "security", "fairness", "calm"],
        ["tradition", "hedonism", "customs", "fun", "in films about {x}"],
    ]
    found = [f for f in topic_frames({"a toll": pairs}) if f.tier == "specific" and "policy" in f.kinds]
    # Order against calm would set security against security; the pair with a lead of its own stays by itself.
    assert [(f.tension, f.fills[0]) for f in found] == []
    found = [f for f in topic_frames({"a toll": pairs[:2]}) if f.tier == "specific" and "policy" in f.kinds]
    assert [sorted(f.fills[0].values()) for f in found] == [["fairness", "freedom"]]
    assert set(found[0].tension) == {"universalism", "self-direction"}


def test_goods_are_weighed_in_three_forms_and_mirrors_swap_them() -> None:
    pair = ["benevolence", "tradition", "cheap homes", "old streets"]
    made = _own("new towers", "practice", [pair] * 3)
    ways = ("count for more than", "have priority over", "matter more than")
    assert all(any(way in texts[0].text for texts in made) for way in ways)
    for texts in made:
        swapped = [_swapped(texts[0].text), _swapped(texts[2].text)]
        assert [texts[1].text, texts[4].text] == swapped, texts
        assert not any("justif" in text.text or "sake" in text.text for text in texts)


def _swapped(text: str) -> str:
    parts = text.replace("old streets", "{0}").replace("cheap homes", "old streets")
    return parts.replace("{0}", "cheap homes")


def test_a_verbal_noun_gets_its_article() -> None:
    expected = {
        "clearing of slums": "the clearing of slums",
        "Deportation of spies": "the deportation of spies",
        "freedom of the press": "freedom of the press",
        "open release of AI models": "the open release of AI models",
        "clearing slums": "clearing slums",
        "burial grounds of the clans": "the burial grounds of the clans",
        "the burning of books": "the burning of books",
        "the rights of the child": "the rights of the child",
        "statues of kings": "statues of kings",
        "cancelling debts of the poor": "cancelling debts of the poor",
        "banning exploitation of workers": "banning exploitation of workers",
    }
    assert {text: read_phrase(Topic(text=text)).text for text in expected} == expected


async def test_the_same_brief_gives_the_same_draft() -> None:
    topic = seed_topics()[0]
    first, second = LocalGenerator(), LocalGenerator()
    assert await first.write(brief(topic)) == await second.write(brief(topic))
    drafts = [(await first.write(brief(topic, slot))).draft for slot in range(12)]
    assert len({d.text for d in drafts if d}) >= 3


async def test_a_draft_is_complete_and_passes_the_critic() -> None:
    for slot, topic in enumerate(seed_topics()[::20]):
        draft = (await LocalGenerator().write(brief(topic, slot))).draft
        assert draft is not None
        assert draft.topic == topic
        assert draft.generator == "local"
        assert draft.frame
        assert set(draft.tension) <= set(SYSTEM.ids)
        assert draft.argument.endswith(".")
        review = (await LocalCritic().review(draft, brief(topic))).review
        assert review.ok, review.reasons


async def test_refused_texts_and_examples_are_never_repeated_until_nothing_is_left() -> None:
    topic = Topic(text="seal hunting", domain="animals", kind="practice")
    seen: list[str] = []
    while True:
        avoid, known = seen[::2], [Example(text=text, separation=0.1) for text in seen[1::2]]
        written = await LocalGenerator().write(brief(topic, step=len(seen), avoid=tuple(avoid), examples=tuple(known)))
        if written.draft is None:
            break
        assert written.draft.text not in seen
        seen.append(written.draft.text)
    assert written.failure is FailureReason.EMPTY
    assert len(seen) >= 6


async def test_used_frames_come_last() -> None:
    topic = seed_topics()[0]
    first = (await LocalGenerator().write(brief(topic))).draft
    assert first is not None
    example = (Example(text=first.text, separation=0.2),)
    frames = [(await LocalGenerator().write(brief(topic, slot, examples=example))).draft for slot in range(20)]
    assert sum(d is not None and d.frame == first.frame for d in frames) <= 2


async def test_rewriting_takes_another_frame_and_follows_divided_values() -> None:
    topic = Topic(text="border patrols", domain="security", kind="policy")
    generator = LocalGenerator()
    draft = (await generator.write(brief(topic))).draft
    assert draft is not None
    split = [("universalism", "security"), ("universalism",), ("universalism", "security"), ("universalism",)]
    reactions = tuple(Reaction(model=f"m{i}", stance="yes", key_points=(), values=v) for i, v in enumerate(split))
    counts: Counter[str] = Counter()
    for slot in range(60):
        given = brief(topic, slot, step=1)
        again = (await generator.rewrite(draft, Feedback(separation=0.1, reactions=reactions), given)).draft
        plain = (await generator.write(given)).draft
        assert again is not None
        assert plain is not None
        assert again.frame != draft.frame
        counts["after"] += "security" in again.tension
        counts["before"] += "security" in plain.tension
    assert counts["after"] > counts["before"]


async def test_what_cannot_be_written_is_said() -> None:
    topic = Topic(text="Mietpreise", language="de")
    written = await LocalGenerator().write(brief(topic, language="de"))
    assert (written.draft, written.failure) == (None, FailureReason.REJECTED)
    assert "'de'" in written.detail
    assert (await LocalGenerator().write(brief(topic, wordings=MAX_WORDINGS + 1))).failure is FailureReason.REJECTED


@pytest.mark.parametrize("count", range(2, 9))
async def test_any_number_of_wordings_from_two_to_eight(count: int) -> None:
    draft = (await LocalGenerator().write(brief(seed_topics()[3], wordings=count))).draft
    assert draft is not None
    assert len({w.text for w in draft.wordings}) == count
    assert draft.wordings[1].kind == "mirror"


async def test_every_real_issue_gets_a_sound_draft(shared: Path) -> None:
    topics = read_topics(shared / "data/issuebench_issues/issues.csv", "topic_neutral")
    for slot, topic in enumerate(topics[::5]):
        draft = (await LocalGenerator().write(brief(topic, slot))).draft
        assert draft is not None, topic.text
        assert (await LocalCritic().review(draft, brief(topic))).review.ok, draft.wordings
