"""New topics out of one that pays: the role, and its LLM-backed implementation."""

from __future__ import annotations

import re
from typing import Annotated, Protocol

from pydantic import AfterValidator

from cruxbank.agents.answers import AnswerModel, WordList
from cruxbank.agents.fence import clean
from cruxbank.frozen import Frozen
from cruxbank.items import CallScope, FailureReason, PromptRef, Topic
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load

LONGEST = 100
"""Characters of a topic; the longest seed topic has 55."""
SPARE = 3
"""Proposals asked for beside those wanted: the duplicate gate refuses some."""
MOST = 20


class Seedling(Frozen):
    """What an expander is told: the topic, its best questions, the nearest topics that are there, and for which slot."""

    topic: Topic
    questions: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    count: int
    seed: int
    run: str
    slot: int


class Expanded(Frozen):
    """Proposed topics, best first, not yet past the duplicate gate; or why there are none."""

    topics: tuple[Topic, ...] = ()
    failure: FailureReason | None = None
    calls: int = 0


class Expander(Protocol):
    """Proposes narrower or adjacent topics."""

    @property
    def name(self) -> str:
        """`local` or the model id."""
        ...

    @property
    def calls(self) -> int:
        """Calls that one expansion may cost at the most."""
        ...

    async def expand(self, seedling: Seedling) -> Expanded:
        """More than `count` topics if possible, best first."""
        ...


def _some(texts: list[str]) -> list[str]:
    return texts[:MOST]


class Expansion(AnswerModel):
    """An expander's answer."""

    topics: Annotated[WordList, AfterValidator(_some)]


class LlmExpander:
    """Satisfies `Expander` over a model client."""

    def __init__(self, client: ModelClient, prompt: Prompt | None = None) -> None:
        self._client = client
        self._prompt = prompt or load("expand", "topics", version=1)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    @property
    def calls(self) -> int:
        """One, and one repair turn."""
        return 2

    @property
    def ref(self) -> PromptRef:
        """The prompt file."""
        return self._prompt.ref

    async def expand(self, seedling: Seedling) -> Expanded:
        """One call.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        topic = seedling.topic
        prompt = self._prompt.render(
            topic=clean(topic.text, limit=2 * LONGEST),
            domain=topic.domain,
            region=topic.region,
            language=topic.language,
            questions=[clean(question) for question in seedling.questions],
            near=[clean(text, limit=2 * LONGEST) for text in seedling.near],
            count=seedling.count + SPARE,
        )
        step = f"expand-{topic.id}"
        scope = CallScope(kind="generative", purpose="generate", run=seedling.run, slot=seedling.slot, step=step)
        answer = await self._client.ask(prompt, Expansion, scope)
        if answer.value is None:
            return Expanded(failure=answer.failure or FailureReason.EMPTY, calls=answer.calls)
        found = (child(topic, text, self.name) for text in answer.value.topics)
        return Expanded(topics=tuple(made for made in found if made is not None), calls=answer.calls)


def child(parent: Topic, text: str, source: str) -> Topic | None:
    """A proposal as a topic with its parent's domain and region, or None where it is no short noun phrase."""
    flat = re.sub(r"^[\"'“‘]+|[\"'”’.;:,!]+$", "", clean(text, limit=2 * LONGEST)).strip()
    if not any(c.isalpha() for c in flat) or "?" in flat or len(flat) > LONGEST:
        return None
    about = parent.model_dump(include={"domain", "region", "language", "year", "kind"})
    made = Topic(text=flat, source=f"expanded by {source}", parent=parent.id, **about)
    return made if made.id != parent.id else None
