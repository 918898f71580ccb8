"""Is a proposition stated or reversed? Counted from reversing words, and from which side a comparison puts first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cruxbank.simulator.hashing import uniforms
from cruxbank.simulator.stems import stem, words
from cruxbank.simulator.tables import QuestionWords, question_words

_ASIDE = re.compile(
    r"\b(?:even|although|though|because|whatever|despite|regardless|provided|so that|as long as|instead of|rather than|"
    r"just to|only to|and not|against|if|when|while|where|once|unless|who|whose|which|over|"
    r"for the sake of|at the cost of|at the expense of|at the price of)\b"
)
_PHRASES = re.compile(
    r"\bke(?:ep|pt|eping)\b[^,]{0,60}?\b(?:from|out)\b|\b(?:turn|turned|turning|call|called|calling|hold|held|holding|take|taken|taking|shut|leave|left|"
    r"leaving|give|given|giving|opt)\s+(?:\w+\s+){0,4}?(?:down|off|back|out|up|away|aside)\b|\bsay(?:ing)? nothing\b|"
    r"\b(?:break|part) with\b|\ba crime to\b|\bfree from\b|\b(?:you|be|vote|decide|act|law|speak|is|are) against\b"
)
_RANKING = frozenset(
    (
        "put",
        "puts",
        "placed",
        "place",
        "places",
        "prevail",
        "go",
        "goes",
        "come",
        "comes",
        "take",
        "takes",
        "rank",
        "ranks",
        "priority",
    )
)
_NOT_RANKED = frozenset(
    (
        "debate",
        "conflict",
        "dispute",
        "disputes",
        "control",
        "power",
        "concern",
        "argument",
        "fight",
        "disagree",
        "view",
    )
)
_LINKS = frozenset(("of", "and", "for", "to"))


@dataclass(frozen=True)
class Direction:
    """`sign` is -1 for a reversed proposition; `side` gives -1 to stems that the canonical proposition puts second."""

    sign: int
    side: dict[str, int] = field(default_factory=dict)


def direction(text: str) -> Direction:
    """Parity of reversing words in the main clause, times the order of a comparison's sides."""
    table = question_words()
    sign = -1 if _reversals(_main_clause(text), table) % 2 else 1
    marker = _marker(words(text), table)
    if marker is None:
        return Direction(sign)
    order, left, right = marker
    if not left or not right:
        return Direction(sign)
    first = _rank(left) > _rank(right)
    side = dict.fromkeys(right if first else left, -1)
    return Direction(sign * order * (1 if first else -1), side)


def _main_clause(text: str) -> str:
    """From the first asking word on, up to the next aside: what follows there changes from paraphrase to paraphrase."""
    folded = text.casefold()
    asks = _ASKS.search(folded)
    main = folded[asks.start() :] if asks else folded
    for cut in _ASIDE.finditer(main):
        if len(main[: cut.start()].split()) >= _LEAST:
            return main[: cut.start()]
    return main


_LEAST = 5  # words before a clause counts as the main one: "Is it wrong if ..." goes on
_ASKS = re.compile(
    r"\b(?:should|ought|must|is|are|was|were|do|does|did|would|will|can|could|may|might|shall|has|have)\b"
)


def _reversals(main: str, table: QuestionWords) -> int:
    phrases = len(_PHRASES.findall(main))
    return phrases + sum(word in table.reversing for word in words(_PHRASES.sub(" ", main)))


def _marker(found: Sequence[str], table: QuestionWords) -> tuple[int, list[str], list[str]] | None:
    ranking = any(word in _RANKING for word in found)
    for k, word in enumerate(found):
        if word not in table.order or k == 0:
            continue
        if word == "than" and "more" not in found[:k]:
            continue
        if word not in ("than", "outweigh", "outweighs") and (not ranking or found[k - 1] in _NOT_RANKED):
            continue
        left = _side(found[k - 1 :: -1], table)
        right = _side(found[k + 1 :], table)
        return table.order[word], left, right
    return None


def _side(found: Iterable[str], table: QuestionWords) -> list[str]:
    """The content words next to the marker; stops where the phrase ends."""
    side: list[str] = []
    for word in found:
        empty = word in table.function or word in table.affirming or word in table.reversing or word in table.order
        if not empty:
            side.append(stem(word))
        elif side and word not in _LINKS:
            break
        if len(side) == 4:
            break
    return side


def _rank(side: Sequence[str]) -> float:
    return sum(float(uniforms(1, "rank", word)[0]) for word in side) / len(side)
