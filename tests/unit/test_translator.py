"""The translator: what it asks, what it takes, and what a translation is refused for."""

from __future__ import annotations

import pytest

from cruxbank.agents.translator import LlmTranslator, Source, Translation, fault, units
from cruxbank.items import FailureReason, Wording
from cruxbank.models.fake import Said, ScriptedModel

SOURCE = Source(
    wordings=(
        Wording(kind="base", text="Should big cities cap rents?"),
        Wording(kind="mirror", text="Should big cities leave rents free?"),
        Wording(kind="paraphrase", text="Is it right for big cities to limit rents?"),
    ),
    language="en",
    topic="rent control",
    run="r",
    slot=4,
)
GERMAN = (
    "Sollten große Städte die Mieten begrenzen?",
    "Sollten große Städte die Mieten frei lassen?",
    "Ist es richtig, dass große Städte die Mieten deckeln?",
)


def translator(said: Said) -> tuple[LlmTranslator, ScriptedModel]:
    client = ScriptedModel(lambda _prompt, _type: said, id="quill")
    return LlmTranslator(client), client


def given(
    *, question: str = GERMAN[0], mirrors: tuple[str, ...] = GERMAN[1:2], more: tuple[str, ...] = GERMAN[2:]
) -> Said:
    return Translation(question=question, mirrors=list(mirrors), paraphrases=list(more))


async def test_kinds_and_order_are_kept_and_the_language_is_noted() -> None:
    role, client = translator(given())
    found = await role.translate(SOURCE, "de")
    assert found.failure is None
    assert [(w.kind, w.text, w.language) for w in found.wordings] == [
        ("base", GERMAN[0], "de"),
        ("mirror", GERMAN[1], "de"),
        ("paraphrase", GERMAN[2], "de"),
    ]
    prompt, scope = client.asked[0]
    lines = prompt.messages[-1].content.splitlines()
    assert lines[:3] == ["From: English (en)", "To: German (de)", "Topic: rent control"]
    assert (scope.kind, scope.run, scope.slot, scope.step) == ("generative", "r", 4, "translate-de")


@pytest.mark.parametrize(
    ("said", "reason", "detail"),
    [
        (FailureReason.TIMEOUT, FailureReason.TIMEOUT, ""),
        (given(mirrors=()), FailureReason.WRONG_TYPE, "0 mirrors"),
        (given(more=(*GERMAN[2:], GERMAN[2])), FailureReason.WRONG_TYPE, "2 paraphrases"),
        (given(question="Should big cities cap rents?"), FailureReason.LANGUAGE, "wording 0 is not in de"),
        (given(question="Should the big cities put a cap on rents?"), FailureReason.LANGUAGE, "wording 0"),
        (given(mirrors=(GERMAN[0],)), FailureReason.WRONG_TYPE, "same words"),
        (given(question="Große Städte sollten die Mieten begrenzen."), FailureReason.WRONG_TYPE, "end as a question"),
        (given(question="Sollten sie es? Und sollten große Städte das?"), FailureReason.WRONG_TYPE, "asks 2 questions"),
        (given(question="Soll es?"), FailureReason.WRONG_TYPE, "0.3 times"),
    ],
)
async def test_a_bad_translation_is_data(said: Said, reason: FailureReason, detail: str) -> None:
    role, _ = translator(said)
    found = await role.translate(SOURCE, "de")
    assert found.wordings == ()
    assert found.failure is reason
    assert detail in found.detail


def test_a_dilemma_keeps_its_options() -> None:
    text = "You run a clinic. A: Share the list. B: Keep it. Which do you choose, A or B?"
    source = SOURCE.model_copy(update={"kind": "dilemma", "wordings": (Wording(kind="base", text=text),)})
    kept = "Sie leiten eine Klinik. A: Die Liste teilen. B: Sie behalten. Was wählen Sie, A oder B?"
    assert fault(source, [kept], "de") is None
    lost = fault(source, [kept.replace("B: ", "")], "de")
    assert lost is not None
    assert lost[1] == "wording 0 lost an option"


def test_a_chinese_character_counts_as_three_letters() -> None:
    assert units("房租 ok!") == 8
