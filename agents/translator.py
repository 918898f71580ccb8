"""An item in another language: the role, its LLM-backed implementation, and what a translation is refused for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cruxbank.agents.answers import AnswerModel, WordList, Words
from cruxbank.agents.fence import clean
from cruxbank.agents.tongues import name_of, reads_as
from cruxbank.frozen import Frozen
from cruxbank.items import CallScope, FailureReason, ItemKind, PromptRef, Wording, normalise
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, Value, load

SHORTEST, LONGEST = 0.4, 2.5
"""Length of a translation over its original's, in units (`units`). German has 1.1 times the letters of English and Chinese
.3; a Chinese character counts as three letters."""
HAN_LETTERS = 3


class Source(Frozen):
    """What a translator is given: wordings of one item, its base first, and where the call belongs."""

    wordings: tuple[Wording, ...]
    language: str
    topic: str
    kind: ItemKind = "question"
    run: str
    slot: int


class Translated(Frozen):
    """The same wordings in another language, in their order and of their kinds; or why there are none."""

    language: str
    wordings: tuple[Wording, ...] = ()
    failure: FailureReason | None = None
    detail: str = ""
    prompt: PromptRef | None = None
    calls: int = 0


class Translator(Protocol):
    """Puts items into other languages."""

    @property
    def name(self) -> str:
        """The model id."""
        ...

    async def translate(self, source: Source, language: str) -> Translated:
        """The wordings in that language, or why there are none."""
        ...


class Translation(AnswerModel):
    """A translator's answer."""

    question: Words
    mirrors: WordList
    paraphrases: WordList


class LlmTranslator:
    """Satisfies `Translator` over a model client."""

    def __init__(self, client: ModelClient, prompt: Prompt | None = None) -> None:
        self._client = client
        self._prompt = prompt or load("translate", "item", version=1)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    async def translate(self, source: Source, language: str) -> Translated:
        """The wordings in that language, or the reason why there are none; a bad translation is data.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        scope = CallScope(
            kind="generative", purpose="generate", run=source.run, slot=source.slot, step=f"translate-{language}"
        )
        answer = await self._client.ask(self._prompt.render(**_material(source, language)), Translation, scope)
        blank = Translated(language=language, prompt=self._prompt.ref, calls=answer.calls)
        if answer.value is None:
            failure = answer.failure or FailureReason.EMPTY
            return blank.model_copy(update={"failure": failure, "detail": answer.detail})
        texts = _in_order(answer.value, source.wordings)
        if texts is None:
            detail = f"{len(answer.value.mirrors)} mirrors and {len(answer.value.paraphrases)} paraphrases"
            return blank.model_copy(update={"failure": FailureReason.WRONG_TYPE, "detail": detail})
        if why := fault(source, texts, language):
            return blank.model_copy(update={"failure": why[0], "detail": why[1]})
        pairs = zip(source.wordings, texts, strict=True)
        made = tuple(Wording(kind=wording.kind, text=text, language=language) for wording, text in pairs)
        return blank.model_copy(update={"wordings": made})


def fault(source: Source, texts: Sequence[str], language: str) -> tuple[FailureReason, str] | None:
    """Why these texts are no translation of the source's wordings, or None.

    They must be in the language, one question each, different from one another (a mirror that equals the question has
    lost its reversal), and about as long as the originals.
    """
    same = {normalise(wording.text) for wording in source.wordings}
    if len({normalise(text) for text in texts}) < len(texts):
        return FailureReason.WRONG_TYPE, "two wordings have the same words"
    for number, (wording, text) in enumerate(zip(source.wordings, texts, strict=True)):
        if normalise(text) in same or not reads_as(text, language):
            return FailureReason.LANGUAGE, f"wording {number} is not in {language}"
        if why := _form(source.kind, wording.text, text):
            return FailureReason.WRONG_TYPE, f"wording {number} {why}"
    return None


def units(text: str) -> int:
    """Length of a text: letters and digits, a Chinese character or a kana as three."""
    wide = sum("\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff" for letter in text)
    return sum(letter.isalnum() for letter in text) + (HAN_LETTERS - 1) * wide


def _form(kind: ItemKind, source: str, text: str) -> str:
    marks = text.count("?") + text.count("？") + text.count("؟")
    if not text.rstrip(" \"'”“»」』").endswith(("?", "？", "؟")):
        return "does not end as a question"
    if kind == "question" and marks != 1:
        return f"asks {marks} questions"
    if kind == "dilemma" and [mark for mark in ("A:", "B:") if mark not in text.replace("：", ":")]:
        return "lost an option"
    share = units(text) / max(units(source), 1)
    return "" if SHORTEST <= share <= LONGEST else f"is {share:.1f} times as long as its original"


def _material(source: Source, language: str) -> dict[str, Value]:
    base, *others = source.wordings
    return {
        "source": name_of(source.language),
        "target": name_of(language),
        "topic": source.topic,
        "question": clean(base.text),
        "mirrors": [clean(w.text) for w in others if w.kind == "mirror"],
        "paraphrases": [clean(w.text) for w in others if w.kind == "paraphrase"],
    }


def _in_order(answer: Translation, wordings: Sequence[Wording]) -> list[str] | None:
    """The texts in the order of the wordings; None where there are not as many of each kind as were given."""
    queues = {"base": [answer.question], "mirror": list(answer.mirrors), "paraphrase": list(answer.paraphrases)}
    texts = [queues[w.kind].pop(0) for w in wordings if queues[w.kind]]
    complete = len(texts) == len(wordings) and not any(queues.values())
    return texts if complete and all(texts) else None
