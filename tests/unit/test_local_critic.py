"""The local critic: every rule both ways, on questions labelled by hand."""

from __future__ import annotations

import pytest

from cruxbank.agents.critic_rules import Reason, stems
from cruxbank.agents.local_critic import LocalCritic, judge_wording
from cruxbank.agents.roles import Brief
from cruxbank.items import Draft, Topic, Wording, WordingKind
from cruxbank.values.systems import load_system

GOOD: list[tuple[str, str]] = [
    ("rent control", "Should a city keep rent control even if fewer homes are built?"),
    ("whaling", "Is it right to let coastal villages go on whaling for the sake of an old custom?"),
    ("zoos", "Ought zoos to close if rare animals can be protected in the wild?"),
    ("school uniforms", "Do schools have a duty to respect pupils who reject school uniforms?"),
    ("tipping", "May a restaurant forbid tipping in order to pay all its staff equally?"),
    ("arranged marriage", "Is an arranged marriage acceptable when both partners feel free to say no?"),
    ("drones", "If drones made a district safer but less private, should residents accept them?"),
    ("nuclear power", "When it comes to nuclear power, should a stable climate come before safety from accidents?"),
    ("fast food", "Would it be fair to tax fast food more than fresh vegetables?"),
    ("the death penalty", "Should a country give up the death penalty even if most voters want to keep it?"),
    ("AI", "Should AI be allowed to decide who gets a loan if errors become rarer?"),
    ("blasphemy laws", "Does respect for believers justify blasphemy laws that limit free expression?"),
    ("strikes", "Is it wrong for nurses to go on strike while patients wait for care?"),
    ("gossip", "Is gossip about the private life of a minister a fair means in politics?"),
    ("curfews", "Are night curfews for teenagers justified by safer streets?"),
    ("sea rescue", "Must a captain take part in sea rescue even at great cost to the crew?"),
    ("hunting", "Can hunting for pleasure be justified if it pays for the care of a forest?"),
    ("homework", "Should it be up to parents to decide whether their child does homework?"),
    ("inheritance", "Is it fair or not that a family keeps the whole inheritance of a rich ancestor?"),
    ("golf", "Would you be right to give up golf in a region that runs out of water?"),
    ("loyalty", "Should loyalty to a friend weigh more than honesty towards an employer?"),
    ("refugees", "Do wealthy countries owe refugees more than a safe place to sleep?"),
    ("dress codes", "Is it better for a school to have dress codes than to leave clothes to each pupil?"),
    ("monarchy", "Should a monarchy end with the death of a popular queen?"),
    ("race and religion", "Should laws treat insults about race or religion like any other insult?"),
    ("9/11", "Is it acceptable to make comedies about 9/11 while relatives still mourn?"),
    ("military service", "Should those who refuse military service do unpaid work for others instead?"),
    ("privacy", "In hard times, should a state put safety above the privacy of its citizens?"),
    ("gene editing", "Is it immoral to use gene editing only to make a healthy child taller?"),
    ("St. Patrick's Day", "Should St. Patrick's Day parades be open to every group that wants to march?"),
]

BAD: list[tuple[Reason, str, str]] = [
    (Reason.NOT_ONE_QUESTION, "zoos", "Should zoos close? Or should they only change?"),
    (Reason.NOT_ONE_QUESTION, "zoos", "Zoos should be closed as soon as possible everywhere."),
    (Reason.NOT_ONE_QUESTION, "zoos", "Zoos cost a lot. Should they still be kept open for children?"),
    (Reason.NOT_YES_NO, "zoos", "What should be done with zoos that cannot pay their keepers?"),
    (Reason.NOT_YES_NO, "zoos", "Why should anyone pay for zoos in times of crisis?"),
    (Reason.NOT_YES_NO, "zoos", "Should zoos be kept or closed in the years to come?"),
    (Reason.NOT_YES_NO, "zoos", "Are zoos a right or a privilege for animals in danger?"),
    (Reason.NOT_YES_NO, "zoos", "Should parents or schools pay for visits to zoos?"),
    (Reason.NOT_YES_NO, "zoos", "Should we either close zoos now, letting animals go, then pay?"),
    (Reason.NOT_YES_NO, "zoos", "Zoos are worth keeping for the sake of children, right?"),
    (
        Reason.TOO_LONG,
        "zoos",
        "Should zoos " + "very " * 0 + " ".join(["surprisingly large and modern"] * 8) + " close?",
    ),
    (Reason.TOO_SHORT, "zoos", "Should zoos close?"),
    (Reason.LOADED, "zoos", "Should evil zoos be allowed to torment animals for money?"),
    (Reason.LOADED, "zoos", "Don't you agree that zoos should be closed for good?"),
    (Reason.LOADED, "zoos", "Should zoos obviously be closed to spare animals a life in cages?"),
    (Reason.LOADED, "zoos", "Shouldn't zoos be closed to spare animals a life in cages?"),
    (Reason.LOADED, "zoos", "Would any reasonable person say that zoos should be kept?"),
    (Reason.NOT_SELF_CONTAINED, "zoos", "Should this be allowed in zoos even if animals suffer?"),
    (Reason.NOT_SELF_CONTAINED, "zoos", "Should they close zoos even if many children are sad?"),
    (Reason.NOT_SELF_CONTAINED, "zoos", "Should it stay open like other zoos in the country?"),
    (Reason.NOT_SELF_CONTAINED, "zoos", "Given the above, should zoos be closed within ten years?"),
    (Reason.NOT_SELF_CONTAINED, "zoos", "Should the zoos mentioned earlier be closed within ten years?"),
    (Reason.UNSAFE, "bombs", "Should schools teach pupils how to build bombs step by step?"),
    (Reason.UNSAFE, "spies", "Is poison the best way to kill a spy who has betrayed others?"),
    (Reason.UNSAFE, "voters", "Should morons be kept from voting in national elections by law?"),
    (Reason.UNSAFE, "age limits", "Should sexual relations with children be free of age limits?"),
    (Reason.UNSAFE, "war", "Would it be right to exterminate the enemy in a just war?"),
    (Reason.OFF_TOPIC, "zoos", "Should a country keep rent control even if fewer homes are built?"),
    (Reason.OFF_TOPIC, "the ethics of abortion", "Is it right to put freedom above safety in hard times?"),
    (Reason.FACT, "Australia", "Is Canberra the capital of Australia according to its constitution?"),
    (Reason.FACT, "zoos", "Did the first zoos open in London in the nineteenth century?"),
    (Reason.FACT, "zoos", "Is it true that zoos keep more than a million animals?"),
    (Reason.FACT, "sugar taxes", "Do sugar taxes reduce the number of overweight children in Mexico?"),
    (Reason.FACT, "zoos", "Will zoos close in Costa Rica by 2030 as planned there?"),
    (Reason.FACT, "zoos", "Is the number of zoos in Europe growing from year to year?"),
    (Reason.MALFORMED, "zoos", "Should {x} be closed like other zoos in the country?"),
    (Reason.MALFORMED, "zoos", "Should the the zoos be closed within the next ten years?"),
    (Reason.MALFORMED, "zoos", "should zoos be closed within the next ten years?"),
    (Reason.MALFORMED, "zoos", 'Should "modern zoos be closed within the next ten years?'),
    (Reason.MALFORMED, "zoos", "Should zoos be closed\u200b within the next ten years?"),
    (Reason.MALFORMED, "zoos", "Should zoos be closed  within the next ten years?"),
]


def test_the_labelled_set_is_large_enough() -> None:
    assert len(GOOD) + len(BAD) >= 60
    rules = {reason for reason, _, _ in BAD}
    wording_rules = set(Reason) - {Reason.TOO_FEW_WORDINGS, Reason.NO_MIRROR, Reason.EQUAL_WORDINGS, Reason.LANGUAGE}
    assert rules == wording_rules


@pytest.mark.parametrize(("topic", "text"), GOOD)
def test_good_questions_pass(topic: str, text: str) -> None:
    assert judge_wording(text, topic) == ()


@pytest.mark.parametrize(("reason", "topic", "text"), BAD)
def test_bad_questions_are_refused_for_the_right_reason(reason: Reason, topic: str, text: str) -> None:
    assert reason in judge_wording(text, topic)


def brief(count: int = 2) -> Brief:
    return Brief(topic=Topic(text="zoos"), system=load_system("schwartz-10"), wordings=count, seed=0, run="r", slot=0)


def draft(*pairs: tuple[WordingKind, str], language: str = "en") -> Draft:
    made = tuple(Wording(kind=kind, text=text) for kind, text in pairs)
    return Draft(topic=Topic(text="zoos", language=language), wordings=made, language=language, generator="x")


BASE: tuple[WordingKind, str] = ("base", "Should zoos be closed within the next ten years?")
MIRROR: tuple[WordingKind, str] = ("mirror", "Should zoos stay open beyond the next ten years?")


async def test_a_sound_draft_passes() -> None:
    review = (await LocalCritic().review(draft(BASE, MIRROR), brief())).review
    assert review.ok
    assert review.reasons == ()
    assert review.critic == "local"


async def test_every_wording_is_reviewed_and_named() -> None:
    bad: tuple[WordingKind, str] = ("mirror", "Surely zoos should stay open beyond the next ten years, shouldn't they?")
    review = (await LocalCritic().review(draft(BASE, bad), brief())).review
    assert not review.ok
    assert "1: loaded_words" in review.reasons
    assert not any(reason.startswith("0:") for reason in review.reasons)


async def test_wordings_must_fit_together() -> None:
    again: tuple[WordingKind, str] = ("paraphrase", "Should zoos be closed, within the next ten years?")
    review = (await LocalCritic().review(draft(BASE, again), brief(3))).review
    assert review.reasons == ("draft: too_few_wordings", "draft: no_mirror", "draft: equal_wordings")


async def test_a_mirror_equal_to_its_base_is_refused() -> None:
    review = (await LocalCritic().review(draft(BASE, ("mirror", BASE[1])), brief())).review
    assert review.reasons == ("draft: equal_wordings",)


async def test_other_languages_meet_only_the_rules_on_the_set() -> None:
    one: tuple[WordingKind, str] = ("base", "Sollten Zoos geschlossen werden?")
    two: tuple[WordingKind, str] = ("mirror", "Sollten Zoos bleiben?")
    assert (await LocalCritic().review(draft(one, two, language="de"), brief())).review.ok


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Sollten Zoos \x1b[31m geschlossen werden?", Reason.MALFORMED),
        ("Sollten Zoos \u202egeschlossen werden?", Reason.MALFORMED),
        ("Sollten {topic} geschlossen werden?", Reason.MALFORMED),
        ("Sollten Zoos geschlossen werden und auch " + "die " * 120 + "Parks?", Reason.TOO_LONG),
    ],
)
async def test_no_language_is_free_of_the_rules_on_characters_and_length(text: str, reason: Reason) -> None:
    two: tuple[WordingKind, str] = ("mirror", "Sollten Zoos bleiben?")
    review = (await LocalCritic().review(draft(("base", text), two, language="de"), brief())).review
    assert review.reasons == (f"0: {reason}",)


async def test_a_variant_of_english_meets_the_rules_for_english() -> None:
    fact: tuple[WordingKind, str] = ("base", "Do not obviously all zoos lose money?")
    english = (await LocalCritic().review(draft(fact, MIRROR), brief())).review
    assert english.reasons
    assert (
        await LocalCritic().review(draft(fact, MIRROR, language="en-GB"), brief())
    ).review.reasons == english.reasons


async def test_a_wording_that_stayed_in_another_language_is_refused() -> None:
    one: tuple[WordingKind, str] = ("base", "Sollten Zoos geschlossen werden?")
    review = (await LocalCritic().review(draft(one, MIRROR, language="de"), brief())).review
    assert review.reasons == ("draft: wrong_language",)


async def test_a_topic_in_another_language_shares_no_words_with_an_english_draft() -> None:
    made = draft(BASE, MIRROR)
    chinese = Topic(text="动物园", language="zh")
    assert (await LocalCritic().review(made.model_copy(update={"topic": chinese}), brief())).review.ok


def test_stems_meet_across_endings() -> None:
    assert stems("the legalization of drugs") & stems("Should drug use be legal?")
    assert not stems("zoos") & stems("rent control")
