"""What a reviewer types, as data. Pure: a line in, a command out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal, NamedTuple

from cruxbank.items import Option, Wording

Word = Literal["accept", "edit", "reject", "flag", "skip", "back", "wordings", "more", "quit", "help", "wrong"]

SHORT = MappingProxyType(
    {"a": "accept", "e": "edit", "r": "reject", "f": "flag", "s": "skip", "b": "back", "w": "wordings", "m": "more",
     "q": "quit", "h": "help", "?": "help"}
)  # fmt: skip
WITH_REASON = frozenset({"reject", "flag"})
ALONE = frozenset({"accept", "edit", "skip", "back", "wordings", "more", "quit", "help"})
KEYS = "a accept  e edit  r reject  f flag  s skip  b back  w wordings  m more  q quit  ? help"
HELP = (
    ("a", "the item is good as it is"),
    ("e", "put it in other words: in your $EDITOR, or line by line where none is set"),
    ("r [REASON]", "it must not be used; words of your own, or a number of the list that r alone shows"),
    ("f [REASON]", "somebody else shall look; nothing changes until then"),
    ("s", "not now: it comes again in the next session"),
    ("b", "back to the item before; deciding again replaces your decision"),
    ("w", "all its wordings"),
    ("m", "more: every dimension, more answers and neighbours, where it comes from"),
    ("q", "leave; the same command goes on here"),
)
REASONS = (
    "loaded or leading words",
    "not one clear question",
    "asks for a fact, not for a value",
    "unsafe or hurtful",
    "repeats a neighbour",
    "a wording asks something else than the base",
    "not about its topic",
)
"""What items are rejected for most; the same words from every reviewer can be counted."""


class Said(NamedTuple):
    """One command."""

    do: Word
    text: str = ""
    """Of reject and flag: the reason, empty where it is still to be asked for. Of wrong: what is the matter."""


def parse(line: str) -> Said:
    """The command that a line is. Only a line that is a command decides: anything else, Enter alone too, is `wrong`."""
    word, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    if not word:
        return Said("wrong", KEYS)
    name = SHORT.get(word.lower(), word.lower())
    if name in WITH_REASON:
        return Said(name, reason(rest))  # type: ignore[arg-type]
    if name in ALONE and not rest:
        return Said(name)  # type: ignore[arg-type]
    return Said("wrong", f"not a command: {line.strip()[:60]!r}. {KEYS}")


def reason(text: str) -> str:
    """A reason as it is kept: a number stands for that one of the list."""
    given = " ".join(text.split())
    known = given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= len(REASONS)
    return REASONS[int(given[:6]) - 1] if known else given


def to_edit(wordings: tuple[Wording, ...], options: tuple[Option, ...]) -> str:
    """An item's words as the text that is edited: one wording a line behind its kind."""
    head = (
        "# One wording a line. The first is the base: by it an item is known, so it has to change.",
        "# Wordings of kind mirror ask the reverse. Lines that begin with # are dropped.",
    )
    lines = [f"{wording.kind}: {_line(wording.text)}" for wording in wordings]
    return "\n".join([*head, *lines, *(f"option: {_line(option.text)}" for option in options)])


def from_edit(text: str, options: tuple[Option, ...]) -> tuple[tuple[Wording, ...], tuple[Option, ...], str]:
    """Wordings and options of an edited text, or (as the last) what is the matter with it."""
    wordings: list[Wording] = []
    texts: list[str] = []
    for line in (line.strip() for line in text.splitlines()):
        kind, colon, words = line.partition(":")
        if not line or line.startswith("#"):
            continue
        if kind.strip() not in ("base", "mirror", "paraphrase", "option") or not colon or not words.strip():
            return (), (), f"not a wording: {line[:60]!r}; lines begin with base:, mirror:, paraphrase: or option:"
        if kind.strip() == "option":
            texts.append(words.strip())
        else:
            wordings.append(Wording(kind=kind.strip(), text=words.strip()))
    if [w.kind for w in wordings[:1]] != ["base"] or sum(w.kind == "base" for w in wordings) != 1:
        return (), (), "the first wording has to be the base, and there is one base"
    if len(texts) != len(options):
        return (), (), f"{len(texts)} options, {len(options)} are needed"
    kept = tuple(option.model_copy(update={"text": new}) for option, new in zip(options, texts, strict=True))
    return tuple(wordings), kept, ""


def _line(text: str) -> str:
    return " ".join(text.split())
