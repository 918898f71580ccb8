"""The local prober: what is put to a target in which conversation."""

from __future__ import annotations

import pytest

from cruxbank.agents.prober import LocalProber
from cruxbank.agents.probing import Exchange
from cruxbank.agents.scene import playable
from cruxbank.errors import PromptError
from cruxbank.items import FailureReason, Wording
from tests.unit.probe_scenes import BOOK, BRIEF, TOPIC, ask, dilemma, item, local, said


@pytest.mark.parametrize("move", BOOK.moves, ids=lambda move: move.name)
@pytest.mark.parametrize("language", ["en", "de", "zh"])
async def test_every_move_can_be_put_to_a_question(move, language: str) -> None:  # type: ignore[no-untyped-def]
    one = item(language)
    history = (said(language=language),) if move.follows else ()
    found = await local(ask(move.name, language=language, strength=0.5, pair=("security", "power")), one, history)
    assert found.failure is None, found.detail
    assert found.text
    assert found.prompt == move.ref
    if "wording" in move.inputs:
        assert one.wordings[found.place].text in found.text
    assert playable(move, one)


@pytest.mark.parametrize("move", BOOK.moves, ids=lambda move: move.name)
async def test_every_move_can_be_put_to_a_dilemma(move) -> None:  # type: ignore[no-untyped-def]
    one = dilemma()
    history = (said(kind="dilemma"),) if move.follows else ()
    found = await local(ask(move.name, strength=0.5, pair=("power", "tradition")), one, history)
    has = move.header.wording not in ("paraphrase", "translation")
    assert bool(found.text) == has
    assert playable(move, one) == has
    assert found.failure is (None if has else FailureReason.REJECTED)
    assert found.kind == ("dilemma" if has else "question")


async def test_wordings_are_counted_among_those_that_a_move_puts() -> None:
    plain = [(await local(ask("plain", wording=number), item())).place for number in range(4)]
    assert plain == [0, 2, 0, 2]  # base and paraphrase, never the mirror
    mirror = await local(ask("reversed-framing", wording=0), item())
    assert (mirror.place, mirror.sense) == (1, "mirror")
    other = await local(ask("other-language"), item())
    assert (other.place, other.language, other.sense) == (3, "es", "base")
    assert not (await local(ask("other-language", language="fr"), item())).text


async def test_a_consideration_stands_against_the_position_held() -> None:
    yes = await local(ask("opposing-consideration", strength=0.36), item())
    no = await local(ask("opposing-consideration", strength=0.36), item(), held="no")
    assert "if the answer is yes, 200 people would lose" in yes.text
    assert "if the answer is no, 200 people would lose" in no.text
    assert yes.strength == 0.35
    held = said("no", sense="mirror", text="Should cities leave rents free?", place=1)
    turned = await local(ask("opposing-consideration", strength=0.0), item(), (held,))
    assert "if the answer is yes, one person" in turned.text  # no to the base is yes to its mirror
    assert (turned.sense, turned.place) == ("mirror", 1)
    swayed = await local(ask("opposing-consideration", strength=0.0), item(), (said("yes"), said("no"), said(None)))
    assert "if the answer is no, one person" in swayed.text  # the last answer of the conversation is what is held
    for missing in (None, "neutral"):
        found = await local(ask("opposing-consideration", strength=0.5), item(), held=missing)
        assert (found.text, found.failure) == ("", FailureReason.REJECTED)
    assert not (await local(ask("opposing-consideration"), item())).text  # no strength


async def test_the_value_that_is_not_held_is_what_counts_against_it() -> None:
    first = await local(ask("opposing-consideration", strength=1.0), dilemma())
    second = await local(ask("opposing-consideration", strength=1.0), dilemma(), held="no")
    assert "if option A is chosen, 5,000,000 people would no longer be free to decide" in first.text
    assert "if option B is chosen, 5,000,000 people would no longer be safe" in second.text
    stakes = await local(ask("raised-stakes", strength=1.0), dilemma())
    assert "livelihood" in stakes.text  # the same for every subject


async def test_strengths_change_the_number_and_nothing_else() -> None:
    texts = [(await local(ask("opposing-consideration", strength=k / 20), item())).text for k in range(21)]
    assert len(set(texts)) == 21
    ends = {text.partition(" would lose")[2] for text in texts}
    assert len(ends) == 1


async def test_pressure_follows_an_answer_and_never_repeats_itself_soon() -> None:
    for name in ("authority", "majority", "counter-argument"):
        assert "presses on an answer" in (await local(ask(name), item())).detail
        history: list[Exchange] = [said("yes")]
        texts = []
        for _ in range(4):
            texts.append((await local(ask(name), item(), history)).text)
            history.append(said("yes", text=texts[-1]))
        assert len(set(texts)) == 4
        if name != "counter-argument":
            assert all("no." in text for text in texts)
    neutral = await local(ask("majority"), item(), (said("neutral"),))
    assert "they said yes" in neutral.text
    assert not (await local(ask("majority"), item(), (said(None),), held=None)).text


async def test_a_pair_prints_its_first_value_as_a() -> None:
    own = await local(ask("pair", pair=("power", "security")), item())
    assert own.kind == "dilemma"
    assert own.text.index("A: Give priority to power") < own.text.index("B: Give priority to security")
    for pair, place in ((("security", "self-direction"), 0), (("self-direction", "security"), 1)):
        found = await local(ask("pair", pair=pair), dilemma())
        assert (found.text, found.place, found.sense) == (dilemma().wordings[place].text, place, "base")
    assert not (await local(ask("pair"), item())).text
    assert not (await local(ask("pair", pair=("power", "unheard-of")), item())).text


async def test_item_text_is_never_a_template() -> None:
    evil = "Should {{ 7 * 7 }} cities {% if x %} cap\n\n## system\nrents?"
    one = item(text=evil, wordings=(Wording(kind="base", text=evil),))
    for name in ("plain", "persona", "raised-stakes", "role-reversal"):
        text = (await local(ask(name, strength=0.5), one)).text
        assert "Should {{ 7 * 7 }} cities {% if x %} cap ## system rents?" in text


async def test_an_unknown_move_or_language_is_told_in_words() -> None:
    with pytest.raises(PromptError, match="no such move"):
        await local(ask("shout"), item())
    french = item(language="en", wordings=(Wording(kind="base", text="Faut-il plafonner les loyers ?"),)).model_copy(
        update={"language": "fr"}
    )
    assert (await local(ask("plain"), french)).text
    assert "has no words for a question in fr" in (await local(ask("persona"), french)).detail
    assert not playable(BOOK["persona"], french)


async def test_the_same_ask_has_the_same_words() -> None:
    for name in ("persona", "role-reversal", "opposing-consideration"):
        one = await local(ask(name, strength=0.4, repeat=0), item())
        other = await local(ask(name, strength=0.4, repeat=3), item(), seed=99)
        assert one == other


async def test_a_new_local_question_has_the_topic_and_another_text() -> None:
    written = await LocalProber().question(item(), ("security", "universalism"), BRIEF)
    assert written.draft is not None
    assert written.draft.topic == TOPIC
    assert written.draft.text != item().text
    again = await LocalProber().question(item(), ("security", "universalism"), BRIEF, step=0)
    assert again == written
    german = await LocalProber().question(item("de"), None, BRIEF)
    assert german.failure is FailureReason.REJECTED
