"""Words and their stems, crude on purpose: paraphrases have to meet, nothing more."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_][\w'’-]*", re.UNICODE)
_ENDINGS = (
    "ions",
    "ion",
    "ments",
    "ment",
    "ingly",
    "ities",
    "ity",
    "ings",
    "ing",
    "ies",
    "ers",
    "ed",
    "ly",
    "es",
    "s",
    "y",
    "e",
)
_LONGEST = 7
_DOUBLED = frozenset(("cancel", "expel", "forbid", "forget", "overrun", "permit", "quit"))


def words(text: str) -> list[str]:
    """Lower-case words in order; apostrophes are dropped, hyphens stay."""
    return [_bare(word) for word in _WORD.findall(text.casefold())]


def spans(text: str) -> list[tuple[str, int, int]]:
    """Words as in `words` with start and end in the text."""
    return [(_bare(m.group().casefold()), m.start(), m.end()) for m in _WORD.finditer(text)]


def _bare(word: str) -> str:
    word = word.replace("’", "'")
    return word.removesuffix("'s").replace("'", "").rstrip("-")


def stem(word: str) -> str:
    """At most seven letters without a common ending; doubled last consonants become one ("banning" -> "ban")."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:_LONGEST]


def forms(verb: str) -> tuple[str, ...]:
    """A regular verb as it may stand in a sentence: "ban" -> ban, bans, banned, banning."""
    if verb.endswith("e"):
        return verb, verb + "s", verb + "d", verb[:-1] + "ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"
    ends = "es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s"
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", verb) or verb in _DOUBLED
    stretched = verb + verb[-1] if short else verb
    return verb, verb + ends, stretched + "ed", stretched + "ing"
