"""A critic over a language model: refuses drafts that cannot be asked, with reasons from a fixed list."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cruxbank.agents.answers import QuestionReview
from cruxbank.agents.fence import clean
from cruxbank.agents.roles import Brief, Reviewed
from cruxbank.items import Answer, CallScope, Draft, FailureReason, Review, WordingKind
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load

REASONS = (
    "not_one_question",
    "not_yes_no",
    "too_long",
    "not_neutral",
    "not_self_contained",
    "unsafe",
    "off_topic",
    "fact_question",
    "paraphrase_differs",
    "mirror_not_reversed",
)
"""What the prompt names, in its order."""
FAILED = "critic_failed"
"""First reason where the call gave no review; the second is the failure's name."""
OTHER = "other"
"""Stands for a rejection whose reasons are none of the named ones."""


class LlmCritic:
    """Satisfies `roles.Critic` over a model client."""

    def __init__(self, client: ModelClient, prompt: Prompt | None = None) -> None:
        self._client = client
        self._prompt = prompt or load("critique", "review", version=1)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    async def review(self, draft: Draft, brief: Brief) -> Reviewed:
        """Whether the draft may be asked. A failed call refuses it: what nobody has reviewed is not asked.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        prompt = self._prompt.render(
            topic=brief.topic.text,
            question=clean(draft.text),
            paraphrases=_texts(draft, "paraphrase"),
            mirrors=_texts(draft, "mirror"),
        )
        step = f"critique-{brief.step}"
        scope = CallScope(kind="generative", purpose="critique", run=brief.run, slot=brief.slot, step=step)
        answer = await self._client.ask(prompt, QuestionReview, scope)
        reasons = _reasons(answer)
        return Reviewed(review=Review(ok=not reasons, reasons=reasons, critic=self.name), calls=answer.calls)


def _texts(draft: Draft, kind: WordingKind) -> list[str]:
    return [clean(wording.text) for wording in draft.wordings[1:] if wording.kind == kind]


def _reasons(answer: Answer[QuestionReview]) -> tuple[str, ...]:
    """Why the draft is refused; empty when it passes. `ok` beside a named reason is a refusal: the doubt counts."""
    if answer.value is None:
        return (FAILED, (answer.failure or FailureReason.EMPTY).value)
    named = _named(answer.value.reasons)
    return named if answer.value.ok else named or (OTHER,)


def _named(reasons: Sequence[str]) -> tuple[str, ...]:
    """The named reasons among those given, once each and in the prompt's order, however they are spelled."""
    slugs = {re.sub(r"[\W_]+", "_", reason.partition(":")[0].casefold()).strip("_") for reason in reasons}
    return tuple(reason for reason in REASONS if reason in slugs)
