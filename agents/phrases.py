"""Reading a topic as a noun phrase: its core, its number, and the kinds of thing that it may name."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml

from cruxbank.frozen import Frozen
from cruxbank.items import Topic
from cruxbank.topics.domains import OTHER, guess_domain

KNOWN_KINDS = frozenset(
    "practice policy technology event institution behaviour belief group work resource weapon hatred crime history "
    "conflict politics problem ideal person other".split()
)
_PREPOSITIONS = frozenset(
    "of in for on at by to with from during between among about after before over under against without who that "
    "which instead as beside beneath beyond near across behind within into through per abroad".split()
)
_PLURALS = frozenset("people children women men police media data mice teeth geese oxen taxis".split())
CONTESTED = frozenset({"belief", "politics", "conflict", "event", "ideal", "group", "person", "history", "weapon"})
"""Kinds over which people fall out with each other. Topics of some domains are contested too, see phrase_cues.yaml."""
_NO_GOODS = frozenset({"history", "crime", "hatred", "person", "event", "conflict"})
_ADJECTIVES = frozenset(
    "parking housing gambling shopping building learning voting clothing returning boarding nursing monitoring hiring "
    "declining aging ageing rising falling growing living training swimming working warring cheering mining "
    "peacekeeping".split()
)
"""Words in -ing that stand before a noun ("parking fees"). Others open a clause ("eating insects"), which is singular."""
_VERBAL_NOUN = re.compile(
    r"(?!(?:the|an?) )(?:(?!\w+ing )[\w-]+ )?"
    r"(?:(?:[\w-]+(?:ing|tion|sion|ment|ance|ship)|return|removal|approval|transfer|sale|release|use|export) of "
    r"|[\w-]+(?<!s)s of the )",
    re.IGNORECASE,
)
"""A start that needs its article inside a sentence: "in decisions on the clearing of ...". "Freedom of" does not."""
_SINGULAR_ENDINGS = ("ss", "us", "is", "ics", "news")


class Cues(Frozen):
    """The patterns of phrase_cues.yaml."""

    wrappers: tuple[str, ...]
    kinds: tuple[tuple[str, tuple[str, ...]], ...]
    subkinds: dict[str, dict[str, tuple[str, ...]]]
    domains: dict[str, dict[str, tuple[str, ...]]]


class Phrase(Frozen):
    """A topic as item models use it: `text` stands inside a sentence, `kinds` says which frames read well with it."""

    text: str
    plural: bool
    kind: str
    kinds: frozenset[str]
    domain: str


@cache
def cues() -> Cues:
    """The shipped patterns."""
    text = files("cruxbank.agents").joinpath("phrase_cues.yaml").read_text(encoding="utf-8")
    return Cues.model_validate(yaml.safe_load(text))


def read_phrase(topic: Topic) -> Phrase:
    """The noun phrase of a topic. A wrapper such as "the ethics of" or "the impact of ... on ..." is peeled off."""
    whole = tidy(topic.text)
    text = peel(whole)
    kind = _kind(topic, whole, text)
    domain = topic.domain if topic.domain != OTHER else guess_domain(whole)
    kinds = {kind} | ({"contested"} if kind in CONTESTED else set()) | _subkinds(kind, text) | _by_domain(kind, domain)
    kinds |= _marks(whole, text, domain)
    if domain == OTHER and kind not in _NO_GOODS:
        kinds.add("no-domain")
    return Phrase(text=with_article(text), plural=is_plural(text), kind=kind, kinds=frozenset(kinds), domain=domain)


def tidy(text: str) -> str:
    """One line, no closing punctuation, a leading article in lower case."""
    flat = " ".join(text.split()).strip(" .?!,;:")
    return re.sub(r"^(The|A|An) ", lambda found: found.group(0).lower(), flat)


def peel(text: str) -> str:
    """The thing itself: "the ethics of eating meat" -> "eating meat"."""
    for pattern in cues().wrappers:
        found = re.match(pattern, text, re.IGNORECASE)
        if found:
            return peel(found["x"])
    return text


def with_article(text: str) -> str:
    """ "clearing of slums" -> "the clearing of slums"; other texts as they are."""
    return f"the {text[0].lower()}{text[1:]}" if _VERBAL_NOUN.match(text) else text


def is_plural(text: str) -> bool:
    """Whether a noun phrase takes a plural verb, judged by its head noun."""
    words = text.lower().split()
    clause = words[0].endswith("ing") and words[0] not in _ADJECTIVES and "-" not in words[0]  # "self-driving taxis"
    if clause and len(words) > 1 and words[1] not in _PREPOSITIONS:
        return False
    if any(word == "and" for word in words[1:-1]) and not any(word in _PREPOSITIONS for word in words):
        return True
    head = _head(words)
    if head in _PLURALS:
        return True
    return head.endswith("s") and not head.endswith((*_SINGULAR_ENDINGS, "'s"))


def _head(words: list[str]) -> str:
    for index, word in enumerate(words[1:], 1):
        if word in _PREPOSITIONS or _is_participle(words, index):
            return words[index - 1]
    return words[-1]


def _is_participle(words: list[str], index: int) -> bool:
    """A verb form that starts a clause after the head: "books removed from libraries", "women keeping their names"."""
    word, rest = words[index], words[index + 1 :]
    if not rest or word in _PLURALS:
        return False
    if rest[0] in _PREPOSITIONS | {"only"}:
        return word.endswith(("ed", "en", "wn", "orn", "ilt", "made", "held", "run", "sent", "paid", "immune"))
    before = words[index - 1]
    return word.endswith("ing") and (before in _PLURALS or before.endswith("s")) and rest[0] not in {"by", "of", "on"}


def _kind(topic: Topic, whole: str, text: str) -> str:
    if topic.kind in KNOWN_KINDS:
        return "history" if topic.kind == "event" and (topic.year or 2000) < 2000 else str(topic.kind)
    for candidate in dict.fromkeys((text, whole)):
        for kind, patterns in cues().kinds:
            if _matches(patterns, candidate):
                return kind
    return "person" if _looks_like_a_name(text) else "other"


def _marks(whole: str, text: str, domain: str) -> set[str]:
    """What frames may require: the domain, and the seed topic or the well-known issues with stakes of their own."""
    place = f"domain:{domain}"
    if whole in _stakes("topics"):
        return {place, f"topic:{whole}"}
    known = {f"cue:{cue}" for cue in _stakes("cues") if _matches((f"(?:{cue})",), text)}
    return {place} | (known or {"no-stakes"})


@cache
def _stakes(name: str) -> tuple[str, ...]:
    text = files("cruxbank.agents").joinpath("item_models", f"stakes_{name}.yaml").read_text(encoding="utf-8")
    return tuple(line[1:-2].replace("''", "'") for line in text.splitlines() if line.startswith("'"))


def _matches(patterns: tuple[str, ...], text: str) -> bool:
    return any(re.search(rf"(?<![\w-]){pattern}", text, re.IGNORECASE) for pattern in patterns)


def _looks_like_a_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 3 and all(re.fullmatch(r"[A-Z][\w.'-]+", word) for word in words)


def _subkinds(kind: str, text: str) -> set[str]:
    rules = cues().subkinds.items()
    return {name for name, rule in rules if kind in rule["of"] and _matches(rule["cues"], text)}


def _by_domain(kind: str, domain: str) -> set[str]:
    rules = cues().domains.items()
    return {name for name, rule in rules if kind in rule["kinds"] and domain in rule["domains"]}
