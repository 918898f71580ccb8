"""A harvester without a model: key phrases, weighed by how close they come to what the seed topics are about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cruxbank.agents.fence import clean
from cruxbank.agents.harvester import Harvested
from cruxbank.items import Topic
from cruxbank.memory.embeds import Embeds, Vectors, embed_all
from cruxbank.topics.documents import Document
from cruxbank.topics.domains import OTHER, guess_domain
from cruxbank.topics.harvest import Candidate, candidates, content_words

PHRASES = 120
"""Phrases of one document that the encoder sees: the heaviest. About a second a document on one core."""
KIN = 5
"""Seed topics whose mean cosine says how close a phrase comes to a topic, and whose domains vote for its own."""
SURE = 0.3
"""Cosine of the nearest seed topic below which its domain says nothing."""
SHARES = (0.6, 0.25, 0.15)
"""Weight of closeness, of place and count in the document, and of cues of dispute."""
SPECIFIC = 0.04
"""Added for the third and the fourth content word: two words are often too broad ("public funding")."""


class LocalHarvester:
    """Satisfies `Harvester`. `seeds` are topics of the kind that is wanted."""

    def __init__(self, embeds: Embeds, seeds: Sequence[Topic], language: str = "en") -> None:
        self._embeds = embeds
        self._seeds = tuple(seeds)
        self._language = language

    @property
    def name(self) -> str:
        """`local`."""
        return "local"

    async def propose(self, documents: Sequence[Document], n: int) -> Harvested:
        """Key phrases of all documents, best first; of phrases that contain each other the better one stays."""
        found = [phrase for document in documents for phrase in candidates(document)[:PHRASES]]
        near = await self._likeness([phrase.text for phrase in found])
        scores = [_score(phrase, row) for phrase, row in zip(found, near, strict=True)]
        order = sorted(range(len(found)), key=lambda i: (-scores[i], found[i].text))
        kept: list[int] = []
        for i in order:
            words = content_words(found[i].text)
            if not any(_nested(words, content_words(found[k].text)) for k in kept):
                kept.append(i)
        topics = tuple(self._topic(found[i], near[i]) for i in kept[: max(50, 5 * n)])
        return Harvested(topics=topics, unread=sum(document.cut for document in documents))

    async def _likeness(self, texts: Sequence[str]) -> Vectors:
        """Cosines to 5 places, shape (texts, seeds)."""
        seeds = np.stack(await embed_all(self._embeds, [topic.text for topic in self._seeds]))
        if not texts:
            return np.zeros((0, len(seeds)), dtype=np.float32)
        cosines = np.stack(await embed_all(self._embeds, texts)) @ seeds.T
        return np.asarray(np.round(cosines, 5), dtype=np.float32)

    def _topic(self, phrase: Candidate, near: Vectors) -> Topic:
        kin = np.argsort(-near, kind="stable")[:KIN]
        votes: dict[str, float] = {}
        for place in kin:
            domain = self._seeds[int(place)].domain
            votes[domain] = votes.get(domain, 0.0) + float(near[place])
        by_kin = max(sorted(votes), key=lambda name: votes[name]) if near[kin[0]] >= SURE else OTHER
        text = clean(phrase.text, limit=100)
        said = guess_domain(text)
        return Topic(
            text=text,
            domain=said if said != OTHER else by_kin,
            region=phrase.region,
            language=self._language,
            year=phrase.year,
            source=phrase.source,
        )


def _score(phrase: Candidate, near: Vectors) -> float:
    closeness = float(np.sort(near)[-KIN:].mean())
    close, place, cue = SHARES
    words = min(len(content_words(phrase.text)), 4) - 2
    return round(close * closeness + place * phrase.weight + cue * phrase.cue + SPECIFIC * words, 5)


def _nested(a: frozenset[str], b: frozenset[str]) -> bool:
    """One phrase's words are all in the other."""
    return a <= b or b <= a
