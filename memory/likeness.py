"""How alike two questions are in meaning, with their topics taken out."""

from __future__ import annotations

from collections import OrderedDict

from cruxbank.frozen import Frozen
from cruxbank.memory.cores import core
from cruxbank.memory.embeds import Embeds, Vectors, embed_one
from cruxbank.memory.masking import mask_topic, subject_of, without_direction
from cruxbank.memory.thresholds import Thresholds
from cruxbank.memory.vectors import PLACES, cosine

CACHED = 8192
"""Vectors kept (1.5 kB each): the topics of a run and the masked texts of their neighbours."""


class Question(Frozen):
    """A question with its topic."""

    text: str
    topic: str
    topic_id: str
    region: str = "global"
    language: str = "en"

    @property
    def subject(self) -> str:
        """What is taken out of the text: the topic, and the region where the text names it."""
        return subject_of(self.text, self.topic, self.region)


class Scorer:
    """Compares questions; remembers the vectors of texts it has met."""

    def __init__(self, embeds: Embeds) -> None:
        self._embeds = embeds
        self._cache: OrderedDict[str, Vectors] = OrderedDict()

    async def embed(self, text: str) -> Vectors:
        """The vector of one text."""
        if text in self._cache:
            self._cache.move_to_end(text)
            return self._cache[text]
        vector = await embed_one(self._embeds, text)
        self._cache[text] = vector
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)
        return vector

    async def same_subject(self, a: Question, b: Question, cut: float) -> bool:
        """One topic, or two names of one (their cosine reaches the cut)."""
        if a.topic_id == b.topic_id:
            return True
        return cosine(await self.embed(a.topic), await self.embed(b.topic)) >= cut

    async def meaning(self, a: Question, b: Question, floor: float = -1.0) -> float:
        """Mean of three cosines: the full texts, with their topics' words masked, with their topics' direction removed.

        The full text alone takes different questions on one topic for one; the topic-free ones alone take one frame
        over two topics for one. 0 when the mean cannot reach the floor (spares the encoder two texts).
        """
        va, vb = await self.embed(a.text), await self.embed(b.text)
        full = cosine(va, vb)
        ta, tb = await self.embed(a.subject), await self.embed(b.subject)
        apart = cosine(without_direction(va, ta), without_direction(vb, tb))
        if (full + apart + 1) / 3 < floor:
            return 0.0
        masked = [await self.embed(mask_topic(q.text, q.subject)) for q in (a, b)]
        return round((full + apart + cosine(masked[0], masked[1])) / 3, PLACES)

    async def repeats(self, a: Question, b: Question, cut: Thresholds) -> str:
        """Why the two are one crux, or "" when they are not."""
        if await self.same_subject(a, b, cut.subject):
            score = await self.meaning(a, b, cut.same_subject)
            repeated = score >= cut.same_subject and await self.same_core(a, b, cut)
            return f"meaning {score:.3f} >= {cut.same_subject}" if repeated else ""
        full = cosine(await self.embed(a.text), await self.embed(b.text))
        repeated = full >= cut.cross_subject and await self.same_core(a, b, cut)
        return f"cosine {full:.3f} >= {cut.cross_subject} across topics" if repeated else ""

    async def same_core(self, a: Question, b: Question, cut: Thresholds) -> bool:
        """Whether two texts turn on the same; true where both are a single sentence, which is all core."""
        mine, theirs = core(a.text), core(b.text)
        if (mine, theirs) == (a.text, b.text):
            return True
        first, second = (q.model_copy(update={"text": text}) for q, text in ((a, mine), (b, theirs)))
        return await self.meaning(first, second, cut.same_subject) >= cut.same_subject
