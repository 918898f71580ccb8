"""Key phrases of documents that could be topics: bounded by stop words, weighed by place, count and what stands around."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import yaml

from cruxbank.frozen import Frozen
from cruxbank.topics.documents import Document
from cruxbank.topics.reader import seed_topics

LONGEST = 8
"""Words of a phrase, joining words included; the longest seed topic has 9."""
CONTENT = (2, 5)
"""Content words of a phrase. One word alone is mostly too broad to be a topic."""
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)]*\s+")
_TOKEN = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")
_YEAR = re.compile(r"\b(?:19[5-9]\d|20[0-4]\d)\b")


class Candidate(Frozen):
    """A phrase of one document. `weight` is between 0 and 1 and knows nothing of meaning."""

    text: str
    source: str
    weight: float
    cue: float
    """Share of its sentences in which people argue, by the cue words."""
    region: str = "global"
    year: int | None = None


class _Lists(Frozen):
    breaks: frozenset[str]
    joins: frozenset[str]
    empty: frozenset[str]
    cues: tuple[str, ...]


class _Sighting(Frozen):
    text: str
    sentence: int
    heading: bool


@cache
def _lists() -> _Lists:
    text = files("cruxbank.topics").joinpath("harvest_words.yaml").read_text(encoding="utf-8")
    read = {name: words.split() for name, words in yaml.safe_load(text).items()}
    joins = frozenset(read["joins"])
    return _Lists(
        breaks=frozenset(read["breaks"]) - joins, joins=joins, empty=frozenset(read["empty"]), cues=tuple(read["cues"])
    )


def candidates(document: Document) -> tuple[Candidate, ...]:
    """The phrases of a document, heaviest first; equal weights in the order of the text."""
    sentences = [(s, p.heading) for p in document.paragraphs for s in _SENTENCE.split(p.text) if s.strip()]
    names = _names([s for s, heading in sentences if not heading])
    seen: dict[str, list[_Sighting]] = defaultdict(list)
    for number, (sentence, heading) in enumerate(sentences):
        for phrase in dict.fromkeys(_phrases(sentence, names)):
            seen[phrase.casefold()].append(_Sighting(text=phrase, sentence=number, heading=heading))
    argued = [_argues(s) for s, _ in sentences]
    regions = [_regions(s) for s, _ in sentences]
    home, year = _most([r for found in regions for r in found]), _year(document.text)
    made = []
    for sightings in seen.values():
        where = [s.sentence for s in sightings]
        made.append(
            Candidate(
                text=sightings[0].text,
                source=document.source,
                weight=_weight(sightings, len(sentences)),
                cue=sum(argued[i] for i in where) / len(where),
                region=_most([r for i in where for r in regions[i]]) or home or "global",
                year=year,
            )
        )
    return tuple(sorted(made, key=lambda c: -c.weight))


def content_words(text: str) -> frozenset[str]:
    """The words of a phrase without those that join, cut to their first six letters (endings away)."""
    words = (w.casefold() for w in _TOKEN.findall(text))
    return frozenset(w[:6] for w in words if w not in _lists().joins)


def _weight(sightings: Sequence[_Sighting], sentences: int) -> float:
    """Half for how often it is said, a third for standing in a heading, the rest for how early."""
    often = min(1.0, math.log2(1 + len(sightings)) / 3)
    early = 1 - sightings[0].sentence / max(sentences, 1)
    return round(0.5 * often + 0.3 * any(s.heading for s in sightings) + 0.2 * early, 6)


def _phrases(sentence: str, names: frozenset[str]) -> Iterator[str]:
    """Runs of content words, and two neighbouring runs with the words that join them."""
    runs = list(_runs(_TOKEN.findall(sentence)))
    for run in runs:
        for start in range(len(run)):
            for end in range(start + 1, len(run) + 1):
                words = run[start:end]
                if _fits(words, run, start, end, names):
                    yield " ".join(_spelled(w, names) for w in words)


def _runs(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Stretches of the sentence without a break, a number or a punctuation mark; an article opens a new one unless a
    preposition stands before it."""
    run: list[str] = []
    for place, token in enumerate(tokens):
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if _breaks(token, run, after):
            if run:
                yield run
            run = []
        else:
            run.append(token)
    if run:
        yield run


def _breaks(token: str, run: Sequence[str], after: str) -> bool:
    lists, word, following = _lists(), token.casefold().replace("’", "'"), after.casefold()
    if not token[0].isalpha() or word in lists.breaks:
        return True
    inside = bool(run) and run[-1].casefold() not in lists.joins
    if word in {"a", "an", "the"}:
        return inside
    if word.endswith("ly") and len(word) > 4:
        return not following.endswith("ed")  # "genetically modified maize"
    if word.endswith("ed") and len(word) > 4:  # a verb, but for "saved seed" and "genetically modified maize"
        adjective = not inside or run[-1].endswith("ly")
        return not adjective or following in lists.joins or not following.isalpha()
    return False


def _fits(words: Sequence[str], run: Sequence[str], start: int, end: int, names: frozenset[str]) -> bool:
    lists = _lists()
    low = [w.casefold() for w in words]
    content = [w for w in low if w not in lists.joins]
    if len(words) > LONGEST or not CONTENT[0] <= len(content) <= CONTENT[1]:
        return False
    if low[0] in lists.joins or low[-1] in lists.joins or low[0] in lists.empty or low[-1] in lists.empty:
        return False
    if all(w in lists.empty or w in names for w in content) or len(set(content)) < len(content):
        return False
    if any(" ".join(words).endswith(f" {join} {place}") for join in ("in", "of", "for") for place in _places()):
        return False  # "courts in Japan": the place is kept as the region
    if sum(w in lists.joins for w in low) > 3 or any(len(w) < 3 for w in content[-1:]):
        return False
    # a phrase never begins or ends inside a string of content words: "national" of "national identity cards"
    whole_left = start == 0 or run[start - 1].casefold() in lists.joins | lists.empty
    whole_right = end == len(run) or run[end].casefold() in lists.joins
    return whole_left and whole_right


def _names(sentences: Sequence[str]) -> frozenset[str]:
    """Words that stand in capitals in the middle of sentences, and never without: names."""
    upper, lower = Counter[str](), Counter[str]()
    for sentence in sentences:
        tokens = [t for t in _TOKEN.findall(sentence) if t[0].isalpha()]
        for token in tokens[1:]:
            (upper if token[0].isupper() else lower)[token.casefold()] += 1
    return frozenset(word for word in upper if upper[word] > lower[word])


def _spelled(word: str, names: frozenset[str]) -> str:
    """As it is written inside a sentence: a capital stays only on a name or an abbreviation."""
    return word if word.casefold() in names or word[1:].upper() == word[1:] != "" else word[0].lower() + word[1:]


def _argues(sentence: str) -> bool:
    return any(w.startswith(_lists().cues) for w in re.findall(r"\w+", sentence.casefold()))


@cache
def _places() -> tuple[str, ...]:
    """Countries and regions of the seed topics, longest first."""
    found = {topic.region for topic in seed_topics()} - {"global"}
    return tuple(sorted(found, key=lambda place: (-len(place), place)))


def _regions(sentence: str) -> list[str]:
    return [place for place in _places() if re.search(rf"\b{re.escape(place)}\b", sentence)]


def _most(found: Sequence[str]) -> str:
    return Counter(found).most_common(1)[0][0] if found else ""


def _year(text: str) -> int | None:
    """The latest of the years that the document names most often."""
    counted = Counter(int(found) for found in _YEAR.findall(text))
    return max((year for year in counted if counted[year] == max(counted.values())), default=None)
