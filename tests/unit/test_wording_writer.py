"""Wordings that a question from a file lacks: what is asked for, what is taken, and what stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cruxbank.agents.llm_generator import wording_kinds
from cruxbank.agents.wording_writer import LlmWordingWriter, OtherWordings, lacks
from cruxbank.items import Draft, FailureReason, Topic, Wording
from cruxbank.models.fake import Said, ScriptedModel

BASE = "Should zoos be closed for good?"
PARAPHRASES = ["Is it right to close zoos?", "Ought zoos to be shut?", "Would closing zoos be right?"]
MIRRORS = ["Should zoos stay open?", "Is it right to keep zoos?"]


def draft(*others: tuple[str, str], **more: object) -> Draft:
    wordings = [{"kind": "base", "text": BASE}, *({"kind": kind, "text": text} for kind, text in others)]
    given = {"topic": Topic(text="zoos", domain="animals"), "wordings": wordings, "generator": "import"}
    return Draft.model_validate(given | more)


def writer(said: Said) -> tuple[LlmWordingWriter, ScriptedModel]:
    client = ScriptedModel(lambda _prompt, _type: said, id="quill")
    return LlmWordingWriter(client), client


async def test_a_bare_question_gets_all_that_it_lacks_and_stays_itself() -> None:
    role, client = writer(OtherWordings(paraphrases=PARAPHRASES, mirrors=MIRRORS))
    found = (await role.complete(draft(), 6, "r", 3)).draft
    assert found is not None
    assert [wording.kind for wording in found.wordings] == list(wording_kinds(6))
    assert (found.text, found.id, found.generator) == (BASE, draft().id, "import+quill")
    assert found.prompt is not None
    assert found.prompt.name == "generate/wordings"
    prompt, scope = client.asked[0]
    lines = prompt.messages[-1].content.splitlines()
    assert lines == ["Topic: zoos", "Language: en", f"Question: {BASE}", "Paraphrases: 3", "Mirrors: 2"]
    assert (scope.kind, scope.run, scope.slot, scope.step) == ("generative", "r", 3, "wordings")


async def test_what_the_file_gives_is_kept_and_shown_and_only_the_rest_is_asked_for() -> None:
    role, client = writer(OtherWordings(paraphrases=PARAPHRASES[1:], mirrors=MIRRORS))
    mine = [("mirror", "Should zoos go on?"), ("paraphrase", "Should all zoos close?")]
    found = (await role.complete(draft(*mine), 6, "r", 3)).draft
    assert found is not None
    assert {("mirror", "Should zoos go on?"), ("paraphrase", "Should all zoos close?")} < {
        (wording.kind, wording.text) for wording in found.wordings
    }
    assert len(found.wordings) == 6
    lines = client.asked[0][0].messages[-1].content.splitlines()
    assert lines[3:] == [
        "Given mirror: Should zoos go on?", "Given paraphrase: Should all zoos close?", "Paraphrases: 2", "Mirrors: 1"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "reason", "detail"),
    [
        (FailureReason.TIMEOUT, FailureReason.TIMEOUT, ""),
        (OtherWordings(paraphrases=PARAPHRASES, mirrors=MIRRORS[:1]), FailureReason.WRONG_TYPE, "1 different mirror"),
        (OtherWordings(paraphrases=[BASE, *PARAPHRASES[1:]], mirrors=MIRRORS), FailureReason.WRONG_TYPE, "paraphrase"),
        ("no JSON at all", None, ""),
    ],
)
async def test_half_an_answer_is_none(said: Said, reason: FailureReason | None, detail: str) -> None:
    found = await writer(said)[0].complete(draft(), 6, "r", 3)
    assert found.draft is None
    assert found.failure is not None
    assert reason in (None, found.failure)
    assert detail in found.detail


@given(
    kinds=st.lists(st.sampled_from(["paraphrase", "mirror"]), max_size=8),
    count=st.integers(2, 9),
    extra=st.integers(0, 2),
)
def test_with_what_it_lacks_no_draft_lacks_anything(kinds: list[str], count: int, extra: int) -> None:
    made = draft(*((kind, f"Wording {n}?") for n, kind in enumerate(kinds)))
    more = [(kind, f"New {kind} {n}?") for kind, number in lacks(made, count).items() for n in range(number + extra)]
    whole = draft(*((w.kind, w.text) for w in made.wordings[1:]), *more)
    assert not lacks(whole, count)
    assert len(whole.wordings) >= count
    assert any(wording.kind == "mirror" for wording in whole.wordings)


@pytest.mark.parametrize("kind", ["dilemma", "scenario"])
def test_other_kinds_bring_their_own(kind: str) -> None:
    assert lacks(draft(kind=kind), 6) == {}


def test_a_whole_question_lacks_nothing() -> None:
    others = [("mirror", MIRRORS[0]), *(("paraphrase", text) for text in PARAPHRASES), ("paraphrase", "Zoos, close?")]
    assert lacks(draft(*others), 6) == {}
    assert Wording(kind="mirror", text=MIRRORS[0]) in draft(*others).wordings
