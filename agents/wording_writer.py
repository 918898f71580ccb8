"""Who writes the wordings that a question from a file lacks: the role, and its implementation over a language model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from cruxbank.agents.answers import AnswerModel, WordList
from cruxbank.agents.fence import clean
from cruxbank.agents.llm_generator import arranged, wording_kinds
from cruxbank.agents.roles import Written
from cruxbank.items import CallScope, Draft, FailureReason, Wording, WordingKind
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, Value, load

PROMPT = ("generate", "wordings", 1)
"""Role, name and version of the prompt file."""


class OtherWordings(AnswerModel):
    """The writer's answer."""

    paraphrases: WordList
    mirrors: WordList


class WordingWriter(Protocol):
    """Writes paraphrases and mirrors of a question that it does not change."""

    @property
    def name(self) -> str:
        """The model id."""
        ...

    async def complete(self, draft: Draft, count: int, run: str, slot: int) -> Written:
        """The draft with `count` wordings, or why there are none."""
        ...


def lacks(draft: Draft, count: int) -> dict[WordingKind, int]:
    """How many wordings of each kind a draft needs before it has `count`, and whether a writer can give them: none of a
    dilemma or scenario, whose other wordings are bound to its options or to what is asked for.

    >>> from cruxbank.items import Topic
    >>> bare = Wording(kind="base", text="Should zoos close?")
    >>> lacks(Draft(topic=Topic(text="zoos", domain="animals"), wordings=(bare,), generator="import"), 6)
    {'paraphrase': 3, 'mirror': 2}
    """
    if draft.kind != "question":
        return {}
    have, wanted = Counter(wording.kind for wording in draft.wordings), Counter(wording_kinds(count))
    kinds: tuple[WordingKind, ...] = ("paraphrase", "mirror")
    if len(draft.wordings) >= count and have["mirror"]:
        return {}
    return {kind: wanted[kind] - have[kind] for kind in kinds if wanted[kind] > have[kind]}


class LlmWordingWriter:
    """Satisfies `WordingWriter` over a model client."""

    def __init__(self, client: ModelClient, prompt: Prompt | None = None) -> None:
        role, name, version = PROMPT
        self._client = client
        self._prompt = prompt or load(role, name, version=version)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    async def complete(self, draft: Draft, count: int, run: str, slot: int) -> Written:
        """The draft with what it lacks; its question and the wordings that it has stay as they are.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        wanted = lacks(draft, count)
        scope = CallScope(kind="generative", purpose="generate", run=run, slot=slot, step="wordings")
        answer = await self._client.ask(self._prompt.render(**_material(draft, wanted)), OtherWordings, scope)
        if answer.value is None:
            failure = answer.failure or FailureReason.EMPTY
            return Written(failure=failure, detail=answer.detail, calls=answer.calls)
        paraphrases = [*_texts(draft, "paraphrase"), *answer.value.paraphrases]
        mirrors = [*_texts(draft, "mirror"), *answer.value.mirrors]
        made, detail = arranged(draft.text, paraphrases, mirrors, count)
        if detail:
            return Written(failure=FailureReason.WRONG_TYPE, detail=detail, calls=answer.calls)
        kept = _kept(draft.wordings, made)
        changed = {"wordings": kept, "prompt": self._prompt.ref, "generator": f"{draft.generator}+{self.name}"}
        return Written(draft=draft.model_copy(update=changed), calls=answer.calls)


def _texts(draft: Draft, kind: WordingKind) -> list[str]:
    return [wording.text for wording in draft.wordings if wording.kind == kind]


def _material(draft: Draft, wanted: dict[WordingKind, int]) -> dict[str, Value]:
    given: Sequence[Value] = [{"kind": w.kind, "text": clean(w.text)} for w in draft.wordings[1:]]
    return {
        "topic": draft.topic.text,
        "language": draft.language,
        "question": clean(draft.text),
        "given": given,
        "paraphrases": wanted.get("paraphrase", 0),
        "mirrors": wanted.get("mirror", 0),
    }


def _kept(before: Sequence[Wording], made: Sequence[Wording]) -> tuple[Wording, ...]:
    """The new order, and behind it what the file gave beyond it."""
    texts = {wording.text for wording in made}
    return (*made, *(wording for wording in before if wording.text not in texts))
