"""What a question speaks about, as words to be used in an answer: its topic, whom it concerns, act or view."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.stems import spans
from cruxbank.simulator.tables import frames, question_words

_NAMED = re.compile(
    r"\b(?:when it comes to|on the question of|in the case of|with regard to|in dealing with|on the issue of|regarding|"
    r"decisions about|in matters of|the debate over|conflict over|opinion on|stance on|policy on|views on)\s+([^,?;:]+)",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\s+\b(?:be|is|are|was|were|should|ought|would|will|can|could|may|might|must|has|have|give|gives|to|with|even|if|although|though|"
    r"because|when|where|that|who|which|at|than|you|they|people|in order|so)\b.*",
    re.IGNORECASE,
)
_ACTION = re.compile(r"^(?:.{0,60}, )?(?:should|ought|must|shall|would|may|can|could|will)\b", re.IGNORECASE)
_RANKED = re.compile(r"\b(?:than|count for|before|above|outweighs?|ahead of)\b", re.IGNORECASE)
_LINKS = frozenset(("of", "and", "the"))
_LEADS = frozenset(("about", "on", "over"))  # what follows them is what a debate is about
_ASIDE = re.compile(
    r",?\s+(?:even|although|though|because|despite|regardless|so that|in order to|if|when|while|where|rather than)\b.*"
)
_LONGEST = 6
_LEAST = 4
_FALLBACK = "this question"


@dataclass(frozen=True)
class Subject:
    """Slots for phrases."""

    topic: str
    people: tuple[str, ...]
    kind: str
    """`action` for what should be done, `view` for what is so."""


def subject(text: str) -> Subject:
    """The slots that a question fills."""
    kind = "action" if _ACTION.match(text.strip()) and not _RANKED.search(text) else "view"
    return Subject(_topic(text), _people(text), kind)


def _topic(text: str) -> str:
    named = _NAMED.search(text)
    if named:
        phrase = _ENDS.sub("", named.group(1)).strip()
        if 0 < len(phrase.split()) <= 12:
            return phrase
    return _longest_run(text)


def _longest_run(text: str) -> str:
    """The longest run of content words outside asides, better one that follows about, on or over."""
    main = _ASIDE.sub("", text)
    text = main if len(main.split()) > _LEAST else text
    found = spans(text)
    best, start, end = 0.0, 0, 0
    for k in range(len(found)):
        size, last = _run(found, k)
        score = size + (2.5 if size and _leads(found, k) else 0.0)
        if score > best:
            best, start, end = score, k, last
    if not best:
        return _FALLBACK
    if start and found[start - 1][0] == "the":
        start -= 1
    phrase = text[found[start][1] : found[end][2]]
    return phrase[0].lower() + phrase[1:] if start == 0 else phrase


def _leads(found: Sequence[tuple[str, int, int]], k: int) -> bool:
    before = [word for word, _, _ in found[max(0, k - 2) : k]]
    return bool(before) and (before[-1] in _LEADS or (before[-1] == "the" and before[0] in _LEADS))


def _run(found: Sequence[tuple[str, int, int]], start: int) -> tuple[int, int]:
    size, end = 0, start
    for k in range(start, min(start + _LONGEST, len(found))):
        word = found[k][0]
        if _is_noun_like(word):
            size, end = size + 1, k
        elif size == 0 or word not in _LINKS:
            break
    return size, end


def _is_noun_like(word: str) -> bool:
    table = question_words()
    groups = (table.function, table.reversing, table.affirming, table.verbs, table.order, table.up, table.down)
    return not any(word in group for group in groups)


def _people(text: str) -> tuple[str, ...]:
    data = frames()["people"]
    named = [plural for word, plural in data["named"].items() if re.search(rf"\b{word}", text, re.IGNORECASE)]
    return tuple(dict.fromkeys(named)) or tuple(data["general"])


def course(about: Subject, stance: int, picks: Picks) -> str:
    """A name for what the answer comes out for, a singular noun phrase."""
    names = frames()["courses"][about.kind]
    key = {1: "yes", -1: "no", 0: "neutral"}[stance]
    return str(picks.choice(names[key]))
