"""A generator over a language model: fact, argument, question; then reflection and rewriting."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice

from cruxbank.agents.answers import QuestionDraft
from cruxbank.agents.fence import clean
from cruxbank.agents.roles import Brief, Feedback, Reaction, Written
from cruxbank.items import (
    Answer,
    CallScope,
    Draft,
    FailureReason,
    PromptRef,
    RenderedPrompt,
    Wording,
    WordingKind,
    normalise,
)
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, Value, load

SHOWN = 5
"""Earlier questions shown, best first (AdAEM shows five as well: FACTS 1)."""


def wording_kinds(count: int) -> tuple[WordingKind, ...]:
    """Kinds of an item's wordings in order: base, then mirror, paraphrase, paraphrase, over and over.

    So the two wordings of the pilot are a base and a mirror, and six are base, mirror, paraphrase, paraphrase, mirror,
    paraphrase.
    """
    pattern: tuple[WordingKind, ...] = ("mirror", "paraphrase", "paraphrase")
    return ("base", *islice(cycle(pattern), count - 1))


class LlmGenerator:
    """Satisfies `roles.Generator` over a model client."""

    def __init__(self, client: ModelClient, write: Prompt | None = None, rewrite: Prompt | None = None) -> None:
        self._client = client
        self._write = write or load("generate", "write", version=1)
        self._write_points = write or load("generate", "write", version=2)
        self._rewrite = rewrite or load("generate", "rewrite", version=2)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    async def write(self, brief: Brief) -> Written:
        """A new draft on the brief's topic, or why there is none.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        points = {"measure": brief.measure} if brief.measure != "bits" else {}
        prompt = self._write_points if points else self._write
        answer = await self._ask(prompt.render(**material(brief), **points), brief, "write")
        return self._written(answer, brief, prompt.ref)

    async def rewrite(self, draft: Draft, feedback: Feedback, brief: Brief) -> Written:
        """The same crux put more sharply, in one call that reflects and rewrites; fact and argument stay.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        question = clean(draft.text)
        values = material(brief)
        values["refused"] = [clean(text) for text in brief.avoid if text != draft.text]
        prompt = self._rewrite.render(
            **values,
            measure=feedback.measure,
            question=question,
            words=len(question.split()),
            separation=feedback.separation,
            reactions=[shown(reaction) for reaction in feedback.reactions],
        )
        answer = await self._ask(prompt, brief, "rewrite")
        return self._written(answer, brief, self._rewrite.ref, draft)

    async def _ask(self, prompt: RenderedPrompt, brief: Brief, role: str) -> Answer[QuestionDraft]:
        step = f"{role}-{brief.step}"
        scope = CallScope(kind="generative", purpose="generate", run=brief.run, slot=brief.slot, step=step)
        return await self._client.ask(prompt, QuestionDraft, scope)

    def _written(
        self, answer: Answer[QuestionDraft], brief: Brief, ref: PromptRef, old: Draft | None = None
    ) -> Written:
        if answer.value is None:
            failure = answer.failure or FailureReason.EMPTY
            return Written(failure=failure, detail=answer.detail, calls=answer.calls)
        value = answer.value
        wordings, detail = arranged(value.question, value.paraphrases, value.mirrors, brief.wordings)
        if detail:
            return Written(failure=FailureReason.WRONG_TYPE, detail=detail, calls=answer.calls)
        fact, argument = (old.fact, old.argument) if old else (answer.value.fact, answer.value.argument)
        draft = Draft(
            topic=brief.topic,
            wordings=wordings,
            language=brief.language,
            fact=fact,
            argument=argument,
            generator=self.name,
            prompt=ref,
        )
        return Written(draft=draft, calls=answer.calls)


def material(brief: Brief) -> dict[str, Value]:
    """What every writer's prompt is given, as plain data."""
    kinds = wording_kinds(brief.wordings)
    best = sorted(brief.examples, key=lambda example: (-example.separation, example.text))[:SHOWN]
    return {
        "topic": brief.topic.text,
        "domain": brief.topic.domain,
        "region": brief.topic.region,
        "language": brief.language,
        "dimensions": [{"id": entry.id, "definition": entry.definition} for entry in brief.system.dimensions],
        "paraphrases": kinds.count("paraphrase"),
        "mirrors": kinds.count("mirror"),
        "examples": [{"text": clean(entry.text), "separation": entry.separation} for entry in best],
        "refused": [clean(text) for text in brief.avoid],
    }


def shown(reaction: Reaction) -> dict[str, Value]:
    """An answer as reflection sees it: unnamed, and with no `|` of its own, which parts the points."""
    points = [clean(point, limit=400).replace("|", "/") for point in reaction.key_points]
    return {"stance": reaction.stance, "points": points, "read": ", ".join(reaction.values)}


def arranged(
    base: str, paraphrases: Sequence[str], mirrors: Sequence[str], count: int
) -> tuple[tuple[Wording, ...], str]:
    """The wordings in the bank's order, or what is missing. Texts that repeat another wording do not count."""
    kinds = wording_kinds(count)
    seen = {normalise(base)}
    texts = {"mirror": _fresh(mirrors, seen), "paraphrase": _fresh(paraphrases, seen)}
    for kind, found in texts.items():
        if len(found) < kinds.count(kind):
            return (), f"{len(found)} different {kind} wordings of {kinds.count(kind)}"
    queues = {kind: iter(found) for kind, found in texts.items()}
    rest = tuple(Wording(kind=kind, text=next(queues[kind])) for kind in kinds[1:])
    return (Wording(kind="base", text=base), *rest), ""


def _fresh(texts: Sequence[str], seen: set[str]) -> list[str]:
    kept = []
    for text in texts:
        if normalise(text) not in seen:
            seen.add(normalise(text))
            kept.append(text)
    return kept
