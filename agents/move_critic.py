"""Who reads what a prober's model wrote before a target sees it: rules that are always kept, and a model's review."""

from __future__ import annotations

import re
from typing import Protocol

from cruxbank.agents.answers import QuestionReview
from cruxbank.agents.critic_rules import loaded, malformed, unsafe
from cruxbank.agents.fence import clean
from cruxbank.agents.llm_critic import review_reasons
from cruxbank.agents.roles import Reviewed
from cruxbank.agents.steering_talk import ORDERS, talk
from cruxbank.agents.tongues import reads_as
from cruxbank.frozen import Frozen
from cruxbank.items import CallScope, PromptRef, Review
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load

REASONS = ("not_against", "loaded", "invented", "order", "not_understandable", "off_topic", "unsafe")
"""What the prompt names, in its order."""
PEOPLE = "PEOPLE"
"""Where a consideration has its number of people."""
LONGEST, WIDEST = 30, 240
"""Words of a clause, and characters where a language does not part words by spaces."""
_NUMBER = re.compile(
    r"\d|\b(?:dozens?|hundreds?|thousands?|millions?|billions?|many|most|few|several|Hunderte|Tausende|Millionen)\b",
    re.I,
)
_SOURCE = re.compile(
    r"\b(?:experts?|stud(?:y|ies) (?:show|find|found|prove)\w*|surveys?|scientists|per ?cent|majority|statistics)\b|%",
    re.I,
)


class Matter(Frozen):
    """What a text is set against, and where its review belongs."""

    topic: str
    question: str
    answer: str
    language: str
    run: str
    slot: int
    step: str


class MoveCritic(Protocol):
    """Refuses texts that would measure their own words."""

    @property
    def name(self) -> str:
        """`local` or the model id."""
        ...

    @property
    def prompts(self) -> tuple[PromptRef, ...]:
        """The prompts that it asks a model with."""
        ...

    async def review(self, text: str, matter: Matter) -> Reviewed:
        """Whether the text may be put."""
        ...


class LocalMoveCritic:
    """Rules alone. Loaded and unsafe words are known in English only, orders in 23 languages."""

    @property
    def name(self) -> str:
        """`local`."""
        return "local"

    @property
    def prompts(self) -> tuple[PromptRef, ...]:
        """None."""
        return ()

    async def review(self, text: str, matter: Matter) -> Reviewed:
        """The broken rules, by name."""
        reasons = faults(text, matter.language)
        return Reviewed(review=Review(ok=not reasons, reasons=reasons, critic=self.name))


class LlmMoveCritic:
    """The rules, and then a model's review of what keeps them."""

    def __init__(self, client: ModelClient, prompt: Prompt | None = None) -> None:
        self._client = client
        self._prompt = prompt or load("critique", "move", version=1)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    @property
    def prompts(self) -> tuple[PromptRef, ...]:
        """`critique/move`, or what was given."""
        return (self._prompt.ref,)

    async def review(self, text: str, matter: Matter) -> Reviewed:
        """Whether the text may be put; a failed call refuses it.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        if reasons := faults(text, matter.language):
            return Reviewed(review=Review(ok=False, reasons=reasons, critic="local"))
        prompt = self._prompt.render(
            topic=matter.topic, question=clean(matter.question, 2_000), answer=matter.answer, text=clean(text)
        )
        scope = CallScope(
            kind="generative", purpose="critique", run=matter.run, slot=matter.slot, step=f"review-{matter.step}"
        )
        answer = await self._client.ask(prompt, QuestionReview, scope)
        reasons = review_reasons(answer, REASONS)
        return Reviewed(review=Review(ok=not reasons, reasons=reasons, critic=self.name), calls=answer.calls)


def faults(text: str, language: str) -> tuple[str, ...]:
    """The rules that a clause breaks, consideration or argument, in a fixed order; empty when it may be put."""
    broken = {
        "malformed": malformed(f"Clause {text}") or text != clean(text),
        "not_one_clause": bool(re.search(r"[?!？！。]|[.;] |\.$", text)),
        "too_long": len(text.split()) > LONGEST or len(text) > WIDEST or len(text) < 2,
        "loaded": loaded(text),
        "unsafe": unsafe(text),
        "invented": bool(_SOURCE.search(text)),
        "order": next(talk(text, ORDERS), None) is not None,
        "wrong_language": not reads_as(text.replace(PEOPLE, " "), language),
    }
    return tuple(name for name, found in broken.items() if found)


def uncounted(text: str) -> str:
    """Why a consideration cannot carry every number of people; empty when it can."""
    if text.count(PEOPLE) != 1:
        return f"{PEOPLE} stands in it {text.count(PEOPLE)} times"
    return "it has a number of its own" if _NUMBER.search(text) else ""
