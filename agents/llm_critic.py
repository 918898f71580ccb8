"""A critic over a language model: refuses drafts that cannot be asked, with reasons from a fixed list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cruxbank.agents.answers import QuestionReview
from cruxbank.agents.fence import clean
from cruxbank.agents.roles import Brief, Reviewed
from cruxbank.items import Answer, CallScope, Draft, FailureReason, ItemKind, Review, WordingKind
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, Value, load

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
"""What the prompt for questions names, in its order."""
_SHARED = ("not_neutral", "too_long", "not_self_contained", "unsafe", "off_topic", "paraphrase_differs")
NAMED: Mapping[ItemKind, tuple[str, ...]] = {
    "question": REASONS,
    "dilemma": ("no_conflict", "third_way", "options_unequal", *_SHARED, "mirror_not_reversed"),
    "scenario": ("no_act", "asks_opinion", "third_way", *_SHARED, "mirror_not_reversed"),
}
"""What the prompt of each kind names, in its order."""
_PROMPTS: Mapping[ItemKind, str] = {"question": "review", "dilemma": "dilemma", "scenario": "scenario"}
LONGEST = 1_000
"""Characters of a wording that the critic is shown; 110 words have about 700."""
FAILED = "critic_failed"
"""First reason where the call gave no review; the second is the failure's name."""
OTHER = "other"
"""Stands for a rejection whose reasons are none of the named ones."""


class LlmCritic:
    """Satisfies `roles.Critic` over a model client. `prompts`: prompts of your own by kind."""

    def __init__(self, client: ModelClient, prompts: Mapping[ItemKind, Prompt] | None = None) -> None:
        self._client = client
        self._prompts = dict(prompts or {})

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    async def review(self, draft: Draft, brief: Brief) -> Reviewed:
        """Whether the draft may be asked. A failed call refuses it: what nobody has reviewed is not asked.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        prompt = self._prompt(draft.kind).render(**_material(draft, brief))
        step = f"critique-{brief.step}"
        scope = CallScope(kind="generative", purpose="critique", run=brief.run, slot=brief.slot, step=step)
        answer = await self._client.ask(prompt, QuestionReview, scope)
        reasons = review_reasons(answer, NAMED[draft.kind])
        return Reviewed(review=Review(ok=not reasons, reasons=reasons, critic=self.name), calls=answer.calls)

    def _prompt(self, kind: ItemKind) -> Prompt:
        if kind not in self._prompts:
            self._prompts[kind] = load("critique", _PROMPTS[kind], version=1)
        return self._prompts[kind]


def _material(draft: Draft, brief: Brief) -> dict[str, Value]:
    """A question, dilemma or scenario under the name that its prompt has for it, with its other wordings."""
    shown: dict[str, Value] = {"topic": brief.topic.text, draft.kind: clean(draft.text, limit=LONGEST)}
    if draft.kind == "dilemma":
        options = zip(("first", "second"), draft.options, strict=True)
        shown |= {name: {"value": option.value, "text": clean(option.text)} for name, option in options}
    return shown | {"paraphrases": _texts(draft, "paraphrase"), "mirrors": _texts(draft, "mirror")}


def _texts(draft: Draft, kind: WordingKind) -> list[str]:
    return [clean(wording.text, limit=LONGEST) for wording in draft.wordings[1:] if wording.kind == kind]


def review_reasons(answer: Answer[QuestionReview], known: Sequence[str]) -> tuple[str, ...]:
    """Why the draft is refused; empty when it passes. `ok` beside a named reason is a refusal: the doubt counts."""
    if answer.value is None:
        return (FAILED, (answer.failure or FailureReason.EMPTY).value)
    named = _named(answer.value.reasons, known)
    return named if answer.value.ok else named or (OTHER,)


def _named(reasons: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The named reasons among those given, once each and in the prompt's order, however they are spelled."""
    slugs = {re.sub(r"[\W_]+", "_", reason.partition(":")[0].casefold()).strip("_") for reason in reasons}
    return tuple(reason for reason in known if reason in slugs)
