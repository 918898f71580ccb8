"""What a person types in the prober's seat, as data. Pure: a line in, a command out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal, NamedTuple

Word = Literal["accept", "take", "edit", "own", "follow", "undo", "end", "quit", "help", "wrong"]

SHORT = MappingProxyType(
    {"e": "edit", "o": "own", "f": "follow", "u": "undo", "q": "quit", "h": "help", "?": "help", "a": "accept"}
)
WITH_TEXT = frozenset({"edit", "own", "follow"})
ALONE = frozenset({"accept", "undo", "end", "quit", "help"})
HELP = (
    ("Enter", "put [1] to the target"),
    ("NUMBER", "put that one (where a model has still to word it: see it first)"),
    ("e [TEXT]", "put [1] in other words; without a text your editor opens"),
    ("o [TEXT]", "ask a question of your own; it counts for no finding"),
    ("f [TEXT]", "the same, in the conversation of the last turn"),
    ("u", "take the last turn back"),
    ("end", "end the session: findings, new questions"),
    ("q", "leave; the same command goes on here"),
)


class Said(NamedTuple):
    """One command."""

    do: Word
    text: str = ""
    """Of edit, own and follow; empty where it is still to be written. Of wrong: what is the matter."""
    number: int = 0
    """Of take: the suggestion, from 1."""


def parse(line: str, suggested: int, done: int) -> Said:
    """The command that a line is. `suggested`: how many suggestions are shown; `done`: turns that were made.

    Only a line that is a command makes a call: anything else is `wrong`, with a word about it.
    """
    word, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    if not word:
        return Said("accept")
    if word.isascii() and word.isdigit():
        return _taken(word, rest, suggested)
    name = SHORT.get(word.lower(), word.lower())
    if name in ("undo", "follow") and not done:
        return Said("wrong", "there is no turn yet")
    if name in WITH_TEXT:
        return Said(name, rest)  # type: ignore[arg-type]
    if name in ALONE and not rest:
        return Said(name)  # type: ignore[arg-type]
    return Said("wrong", f"not a command: {line.strip()[:60]!r}. A question of your own begins with o; ? shows all")


def _taken(word: str, rest: str, suggested: int) -> Said:
    number = int(word[:6])
    if rest or not 1 <= number <= suggested:
        return Said("wrong", f"a number from 1 to {suggested} alone takes a suggestion")
    return Said("accept") if number == 1 else Said("take", number=number)
