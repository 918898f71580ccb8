"""An expander without a model: a topic and a facet make a narrower topic."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from cruxbank.agents.expander import Expanded, Seedling, child
from cruxbank.agents.phrases import read_phrase
from cruxbank.frozen import Frozen
from cruxbank.items import Topic
from cruxbank.science.seeds import rng

_PREPOSITIONS = frozenset(
    "of in for on at by to with from during between among about after before over under against without as beside "
    "beneath near across behind within into through per abroad instead than because while".split()
)
_ARTICLES = frozenset({"the", "a", "an"})
WORDS = 5
"""Words of a topic that still takes a facet: item models stop at thirty words a question."""


class Facet(Frozen):
    """What is said behind the topic, and which topics it suits: their kinds, and domains or not domains."""

    text: str
    kinds: frozenset[str]
    domains: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()

    def suits(self, kind: str, domain: str) -> bool:
        """Whether topic and facet read well together."""
        return kind in self.kinds and domain not in self.no and (not self.domains or domain in self.domains)


@cache
def facets() -> tuple[Facet, ...]:
    """The shipped facets."""
    text = files("cruxbank.agents").joinpath("facets.yaml").read_text(encoding="utf-8")
    rows = yaml.safe_load(text)
    return tuple(Facet.model_validate({"no" if k == "not" else k: v for k, v in row.items()}) for row in rows)


class LocalExpander:
    """Satisfies `Expander`. English only; a topic that was made so is not narrowed again."""

    @property
    def name(self) -> str:
        """`local`."""
        return "local"

    @property
    def calls(self) -> int:
        """None."""
        return 0

    async def expand(self, seedling: Seedling) -> Expanded:
        """The topic with every facet that suits it, in an order drawn for this topic."""
        topic = seedling.topic
        if not takes_facets(topic):
            return Expanded()
        phrase = read_phrase(topic)
        fitting = [f for f in facets() if f.suits(phrase.kind, phrase.domain)]
        draw = rng(seedling.seed, int(topic.id.removeprefix("tp_")[:8], 16), "facets")
        order = draw.permutation(len(fitting))
        found = (child(topic, f"{phrase.text} {fitting[i].text}", self.name) for i in order)
        return Expanded(topics=tuple(made for made in found if made is not None))


def takes_facets(topic: Topic) -> bool:
    """Whether a facet can stand behind this topic: English, short, no article, no preposition or clause that would be
    read together with it ("strikes in hospitals in poor countries")."""
    words = topic.text.lower().split()
    plain = not _PREPOSITIONS & set(words) and not {"that", "who", "which"} & set(words) and words[0] not in _ARTICLES
    return topic.language == "en" and topic.parent is None and plain and len(words) <= WORDS
