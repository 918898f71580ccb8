"""Is this draft a crux that the bank already has? Three gates: text, words, meaning.

Opposite questions count as the same crux: the encoder puts them as close as paraphrases, and for a bank that is right.
An item stands in memory in each of its languages, so a draft in Chinese meets the Chinese text of an English item. The
meaning gate compares only languages that the encoder reads (`memory.reading`): one with another where it reads both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Literal

from cruxbank.frozen import Frozen
from cruxbank.items import Draft, Exit, Neighbour, item_id
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.lexical import LexicalIndex, likeness
from cruxbank.memory.likeness import Question, Scorer
from cruxbank.memory.reading import base
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Horizon, TextRow
from cruxbank.memory.thresholds import Thresholds
from cruxbank.memory.vectors import Collection as Place, Hit, Metadata, VectorStore, cosine

Rule = Literal["crux", "adaem"]
NEIGHBOURS = 10
PLACES: tuple[Place, ...] = ("items", "translations")


class DuplicateCheck(Frozen):
    """The answer: `ok`, or which gate refused, because of which item."""

    ok: bool
    exit: Exit | None = None
    nearest: Neighbour | None = None
    """The item that the draft repeats; when it is ok, the nearest item in memory (full-text cosine)."""
    detail: str = ""


class DuplicateChecker:
    """Checks drafts against memory, and against each other within a window of slots."""

    def __init__(
        self,
        record: Record,
        vectors: VectorStore,
        embeds: Embeds,
        *,
        rule: Rule = "crux",
        thresholds: Thresholds | None = None,
        reads: frozenset[str] = frozenset({"en"}),
    ) -> None:
        self._record = record
        self._vectors = vectors
        self._rule = rule
        self._cut = thresholds or Thresholds()
        self._reads = reads
        self._scorer = Scorer(embeds)
        self._lexical = LexicalIndex()
        self._refreshing = asyncio.Lock()

    async def check(
        self, draft: Draft, horizon: Horizon | None = None, *, apart_from: Collection[str] = ()
    ) -> DuplicateCheck:
        """Check against all measured items that the slot may see (all, without a horizon), but for those of `apart_from`:
        items that the draft shall replace."""
        question = question_of(draft)
        hits = [hit for hit in await self._neighbours(question, horizon) if hit.id not in apart_from]
        nearest = Neighbour(id=hits[0].id, cosine=hits[0].cosine) if hits else None
        refused = (
            await self._same_text(draft, horizon, apart_from)
            or await self._same_words(question, horizon, apart_from)
            or await self._same_meaning(question, hits)
        )
        return refused or DuplicateCheck(ok=True, nearest=nearest)

    async def check_window(self, draft: Draft, earlier: Sequence[Draft]) -> DuplicateCheck:
        """Check against drafts of earlier slots of the same window, by the same three gates."""
        for other in earlier:
            why = await self._repeats(draft, other)
            if why:
                a, b = await self._scorer.embed(draft.text), await self._scorer.embed(other.text)
                near = Neighbour(id=other.id, cosine=cosine(a, b))
                return DuplicateCheck(ok=False, exit=Exit.DUPLICATE_IN_WINDOW, nearest=near, detail=f"{why} {other.id}")
        return DuplicateCheck(ok=True)

    async def _neighbours(self, question: Question, horizon: Horizon | None) -> tuple[Hit, ...]:
        def visible(said: Metadata) -> bool:
            seen = horizon is None or horizon.sees(str(said["run"]), int(said["slot"]))
            return seen and self._read(str(said["language"]))

        if not self._read(question.language):
            return ()
        vector = await self._scorer.embed(question.text)
        hits = [
            hit
            for place in PLACES
            for hit in await self._vectors.neighbours(place, vector, NEIGHBOURS, over_fetch=64, keep=visible)
        ]
        owned = [hit.model_copy(update={"id": str(hit.metadata.get("item", hit.id))}) for hit in hits]
        return tuple(sorted(owned, key=lambda hit: (-hit.cosine, hit.id))[:NEIGHBOURS])

    def _read(self, language: str) -> bool:
        """Whether the encoder reads a language, so that cosines of its texts mean something."""
        return base(language) in self._reads

    async def _same_text(
        self, draft: Draft, horizon: Horizon | None, apart_from: Collection[str]
    ) -> DuplicateCheck | None:
        found = await asyncio.to_thread(self._record.find_wordings, wording_hashes(draft), horizon)
        owners = [owner for owner in found if owner not in apart_from]
        if not owners:
            return None
        owner = draft.id if draft.id in owners else owners[0]
        return DuplicateCheck(
            ok=False,
            exit=Exit.DUPLICATE_TEXT,
            nearest=Neighbour(id=owner, cosine=1.0),
            detail=f"a wording of {owner} has the same words",
        )

    async def _same_words(
        self, question: Question, horizon: Horizon | None, apart_from: Collection[str]
    ) -> DuplicateCheck | None:
        async with self._refreshing:
            await asyncio.to_thread(self._lexical.refresh, self._record)

        def visible(row: TextRow) -> bool:
            seen = horizon is None or horizon.sees(row.run, row.slot)
            return seen and row.language == question.language and row.id not in apart_from

        for row, score in self._lexical.near(question.text, self._cut.lexical, visible):
            other = question_of_row(row)
            if await self._one_crux(question, other):
                full = cosine(await self._scorer.embed(question.text), await self._scorer.embed(row.text))
                near = Neighbour(id=row.id, cosine=full)
                detail = f"words {score:.3f} >= {self._cut.lexical} like {row.id}"
                return DuplicateCheck(ok=False, exit=Exit.DUPLICATE_LEXICAL, nearest=near, detail=detail)
        return None

    async def _same_meaning(self, question: Question, hits: Sequence[Hit]) -> DuplicateCheck | None:
        if self._rule == "adaem":
            return self._published(hits)
        for hit in hits:
            detail = await self._scorer.repeats(question, question_of_hit(hit), self._cut)
            if detail:
                near = Neighbour(id=hit.id, cosine=hit.cosine)
                exit_ = Exit.DUPLICATE_MEANING
                return DuplicateCheck(ok=False, exit=exit_, nearest=near, detail=f"{detail} like {hit.id}")
        return None

    def _published(self, hits: Sequence[Hit]) -> DuplicateCheck | None:
        """AdAEM: refuse when the mean cosine of the three nearest is above .85; with fewer in memory, of those."""
        top = [hit.cosine for hit in hits[:3]]
        if not top or sum(top) / len(top) <= self._cut.published:
            return None
        near = Neighbour(id=hits[0].id, cosine=hits[0].cosine)
        detail = f"mean of the top {len(top)} {sum(top) / len(top):.3f} > {self._cut.published}"
        return DuplicateCheck(ok=False, exit=Exit.DUPLICATE_MEANING, nearest=near, detail=detail)

    async def _repeats(self, draft: Draft, other: Draft) -> str:
        if set(wording_hashes(draft)) & set(wording_hashes(other)):
            return "shares a wording with"
        for a in questions_of(draft):
            for b in questions_of(other):
                if why := await self._compare(a, b):
                    return why
        return ""

    async def _compare(self, a: Question, b: Question) -> str:
        if a.language == b.language and (why := await self._words(a, b)):
            return why
        if not (self._read(a.language) and self._read(b.language)):
            return ""
        if self._rule == "adaem":
            full = cosine(await self._scorer.embed(a.text), await self._scorer.embed(b.text))
            return f"cosine {full:.3f} > {self._cut.published} with" if full > self._cut.published else ""
        detail = await self._scorer.repeats(a, b, self._cut)
        return f"{detail} like" if detail else ""

    async def _one_crux(self, a: Question, b: Question) -> bool:
        """Whether texts of nearly the same words are about one subject and, where they tell a scene, turn on the same."""
        same = await self._scorer.same_subject(a, b, self._cut.subject)
        return same and await self._scorer.same_core(a, b, self._cut)

    async def _words(self, a: Question, b: Question) -> str:
        score = likeness(a.text, b.text)
        if score >= self._cut.lexical and await self._one_crux(a, b):
            return f"words {score:.3f} >= {self._cut.lexical} like"
        return ""


def questions_of(draft: Draft) -> list[Question]:
    """What is compared of a draft in each of its languages: the first wording in it."""
    first: dict[str, str] = {}
    for wording in draft.wordings:
        first.setdefault(wording.language or draft.language, wording.text)
    own = question_of(draft)
    return [own.model_copy(update={"text": text, "language": language}) for language, text in first.items()]


def question_of(draft: Draft) -> Question:
    """The parts of a draft that the gates compare."""
    topic = draft.topic
    return Question(text=draft.text, topic=topic.text, topic_id=topic.id, region=topic.region, language=draft.language)


def question_of_row(row: TextRow) -> Question:
    """The parts of an item in the lexical index that the gates compare."""
    return Question(text=row.text, topic=row.topic, topic_id=row.topic_id, region=row.region, language=row.language)


def question_of_hit(hit: Hit) -> Question:
    """The parts of a neighbour that the gates compare."""
    said = {name: str(hit.metadata[name]) for name in ("topic", "topic_id", "region", "language")}
    return Question(text=hit.text, **said)


def wording_hashes(draft: Draft) -> list[str]:
    """Hashes of all wordings of a draft, sorted."""
    return sorted({item_id(wording.text, wording.language or draft.language) for wording in draft.wordings})
