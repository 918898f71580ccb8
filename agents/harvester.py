"""Topics out of documents: the role, and its LLM-backed implementation."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Protocol

from pydantic import AfterValidator

from cruxbank.agents.answers import AnswerModel, Words
from cruxbank.agents.fence import clean, fence, nonce
from cruxbank.frozen import Frozen
from cruxbank.items import Answer, CallScope, FailureReason, Topic
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load
from cruxbank.topics.documents import Document
from cruxbank.topics.domains import domains, guess_domain

PIECE = 6_000
"""Characters of a document in one call, about 1,500 tokens."""
PIECES = 4
"""Calls a document; what is behind them is not read and counted in `Harvested.unread`."""
ASKED = 8
"""Topics that one call may propose: more are weaker."""
LONGEST = 100
"""Characters of a topic; the longest seed topic has 55."""
MOST = 40


class Harvested(Frozen):
    """Proposed topics, best first, not yet past the duplicate gate. `failures` are failed calls by name."""

    topics: tuple[Topic, ...]
    calls: int = 0
    usd: float = 0.0
    failures: tuple[FailureReason, ...] = ()
    unread: int = 0
    """Characters of the documents that nobody read."""


class Harvester(Protocol):
    """Proposes topics from documents."""

    @property
    def name(self) -> str:
        """`local` or the model id."""
        ...

    async def propose(self, documents: Sequence[Document], n: int) -> Harvested:
        """Topics of the documents, best first; several times `n`, for the duplicate gate refuses some."""
        ...


def _several(topics: list[HarvestedTopic]) -> list[HarvestedTopic]:
    if len(topics) > MOST:
        raise ValueError(f"{len(topics)} topics, at most {MOST}")
    return topics


class HarvestedTopic(AnswerModel):
    """One topic as a model writes it."""

    text: Words
    domain: Words
    region: Words
    year: int | None


class Harvest(AnswerModel):
    """A harvester's answer."""

    topics: Annotated[list[HarvestedTopic], AfterValidator(_several)]


class LlmHarvester:
    """Satisfies `Harvester` over a model client. A document is data: cleaned, cut into pieces and fenced."""

    def __init__(self, client: ModelClient, seed: int, language: str = "en", prompt: Prompt | None = None) -> None:
        self._client = client
        self._seed = seed
        self._language = language
        self._prompt = prompt or load("harvest", "topics", version=1)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    async def propose(self, documents: Sequence[Document], n: int) -> Harvested:
        """One call a piece; topics in turns over the pieces, so that no document crowds out the others.

        A failed call is counted by its reason; the other pieces still count.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam; the first in the order of the pieces.
        """
        pieces = [(document, piece) for document in documents for piece in _pieces(document)]
        asked = min(ASKED, max(3, n))
        done = await asyncio.gather(*(self._one(piece, asked) for _, piece in pieces), return_exceptions=True)
        answers = [_raised(answer) for answer in done]
        found = [
            [_topic(raw, document.source, self._language) for raw in answer.value.topics[:asked]]
            if answer.value
            else []
            for answer, (document, _) in zip(answers, pieces, strict=True)
        ]
        return Harvested(
            topics=tuple(topic for topic in _in_turns(found) if topic is not None),
            calls=sum(answer.calls for answer in answers),
            usd=sum(answer.usd for answer in answers),
            failures=tuple(answer.failure for answer in answers if answer.failure is not None),
            unread=sum(d.cut + max(0, len(d.text) - PIECE * PIECES) for d in documents),
        )

    async def _one(self, piece: str, asked: int) -> Answer[Harvest]:
        mark = nonce(self._seed, "harvest", piece)
        prompt = self._prompt.render(
            domains=", ".join(domains()),
            language=self._language,
            count=asked,
            nonce=mark,
            fenced=fence(piece, mark),
        )
        # the step is the text's hash: the same piece is never paid twice, whatever run asks
        step = hashlib.sha256(piece.encode()).hexdigest()[:16]
        scope = CallScope(kind="generative", purpose="generate", run="harvest", slot=-1, step=step)
        return await self._client.ask(prompt, Harvest, scope)


def _raised(answer: Answer[Harvest] | BaseException) -> Answer[Harvest]:
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _pieces(document: Document) -> Iterator[str]:
    """Cleaned text in pieces, cut between words."""
    text = clean(document.text, limit=PIECE * PIECES)
    while text:
        end = len(text) if len(text) <= PIECE else (text.rfind(" ", 0, PIECE) + 1 or PIECE)
        yield text[:end].strip()
        text = text[end:].strip()


def _topic(raw: HarvestedTopic, source: str, language: str) -> Topic | None:
    """A proposal as a topic, or None where it is no short noun phrase."""
    text = re.sub(r"^[\"'“‘]+|[\"'”’.;:,!]+$", "", clean(raw.text, limit=2 * LONGEST)).strip()
    if not any(c.isalpha() for c in text) or "?" in text or len(text) > LONGEST:
        return None
    domain = raw.domain.casefold().strip()
    region = clean(raw.region, limit=40)
    return Topic(
        text=text,
        domain=domain if domain in domains() else guess_domain(text),
        region=region if region and region.casefold() not in {"global", "world", "worldwide", "none"} else "global",
        language=language,
        year=raw.year if raw.year is not None and 1900 <= raw.year < 2100 else None,
        source=source,
    )


def _in_turns(found: Sequence[Sequence[Topic | None]]) -> Iterator[Topic | None]:
    for place in range(max(map(len, found), default=0)):
        yield from (topics[place] for topics in found if place < len(topics))
