"""Languages of the simulated models: telling them, and a gloss that can be undone.

A simulated translator replaces word by word (lexicon/tongues.yaml) and puts what it does not know, or is told to keep, in
quotation marks. So a text and its translation have one English key, and whatever follows from a text's content follows
from that key: the proposition stays the same. The wording noise is of the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cruxbank.simulator.tables import read

LANGUAGES = ("en", "de", "zh")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W_][\w'’-]*")
_UMLAUT = re.compile(r"[äöüßÄÖÜ]")
_QUOTED = re.compile(r"[„“][^“”„]*[“”]")
_TOKEN = re.compile(
    r"[„“](?P<kept>[^“”„]*)[“”]"
    r"|\b(?P<mark>[AB](?=[:：])|A(?= or B\b)|A(?= oder B\b)|(?<=A or )B\b|(?<=A oder )B\b)"  # names of options
    r"|(?P<word>[^\W_][\w'’-]*)|(?P<gap>[^\w„“]+|_|[„“])"
)
_TO_HAN = str.maketrans({",": "，", "?": "？", ";": "；", ":": "：", "!": "！", " ": None})
_FROM_HAN = str.maketrans({"，": ", ", "？": "?", "；": "; ", "：": ": ", "！": "!", "。": ".", "、": ", "})
_ENOUGH = 0.65  # share of Han characters, a Latin word counting like one, at which a text passes for Chinese


@dataclass(frozen=True)
class Glossary:
    """English to another language and back, lower case; entries of several words included."""

    there: Mapping[str, str]
    back: Mapping[str, str]
    words: frozenset[str]
    """Single words of the other side: an unknown English word that looks like one has to be quoted."""
    longest: int
    """Words of the longest entry; characters for Chinese."""
    leads: tuple[str, ...]


@cache
def _table() -> dict[str, Any]:
    return dict(read("lexicon/tongues.yaml"))


@cache
def _tell() -> tuple[frozenset[str], frozenset[str]]:
    tell = _table()["tell"]
    return frozenset(tell["de"]), frozenset(tell["en"])


def _lines(block: str) -> list[str]:
    return str(_table()[block]).strip().split("\n")


def sayings(language: str) -> dict[str, list[str]]:
    """Facts and arguments of a draft in German or Chinese."""
    return {name: _table()[name][language] for name in ("facts", "arguments")}


@cache
def asking_words() -> frozenset[str]:
    """English words that say how a question asks, not what about."""
    return frozenset(word for line in _lines("asking") for word in line.split("|")[0].split())


@cache
def glossary(language: str) -> Glossary:
    """The glossary from English to German or Chinese."""
    rows = [[cell.strip() for cell in line.split("|")] for line in _lines("asking") + _lines("glossary")]
    column = LANGUAGES.index(language)
    there = {row[0]: row[column] for row in rows}
    back = {row[column].casefold(): row[0] for row in rows}
    sizes = [len(side) if language == "zh" else len(side.split()) for pair in there.items() for side in pair]
    words = frozenset(word.casefold() for side in there.values() for word in side.split())
    return Glossary(there, back, words, max(sizes), tuple(_table()["leads"][language]))


@lru_cache(4096)
def language_of(text: str) -> str:
    """`zh` with more Han characters than other words, `de` with more German than English function words, else `en`.

    Where no English one occurs, an umlaut counts like a German word; one alone is not enough.
    What stands in quotation marks does not count, unless there is nothing else.
    """
    outside = _QUOTED.sub(" ", text)
    outside = outside if _WORD.search(outside) else text
    han = 0 if outside.isascii() else len(_HAN.findall(outside))
    found = [word.casefold() for word in _WORD.findall(_HAN.sub(" ", outside) if han else outside)]
    if han > len(found):
        return "zh"
    german, english = _tell()
    ours = sum(word in english for word in found)
    score = sum(word in german for word in found) + (not ours and bool(_UMLAUT.search(outside)))
    return "de" if score >= 2 and score > ours else "en"


@lru_cache(4096)
def to_english(text: str) -> str:
    """The English key of a text: itself when it is English, the glosses undone otherwise."""
    language = language_of(text)
    if language == "en":
        return text
    book = glossary(language)
    bare = next((text[len(lead) :] for lead in reversed(book.leads) if text.startswith(lead)), text).lstrip(" ，")
    found = _from_chinese(bare, book) if language == "zh" else _from_german(bare, book)
    return found[:1].upper() + found[1:]


def from_english(text: str, language: str, keep: Sequence[str] = ()) -> str:
    """A text in another language whose key is this English text; phrases of `keep` stay as they are, in quotes.

    Where a gloss could not be undone, all of it stays in quotation marks.
    """
    if language == "en":
        return text
    plain = re.sub(r"[„“”]", "", text)
    for phrase in sorted(keep, key=len, reverse=True):
        plain = re.sub(rf"(?<!\w)({re.escape(phrase)})(?!\w)", _quote_of(language), plain, count=1, flags=re.I)
    made = _gloss(plain, language)
    if to_english(made).casefold() != _squeezed(text).casefold():
        body, mark = (plain.rstrip("?").strip(), "？" if language == "zh" else "?")
        made = _led(_quote(re.sub(r"[„“”]", "", body), language) + mark, language)
    return made


def _squeezed(text: str) -> str:
    return re.sub(r"[„“”]", "", " ".join(text.split()))


def _quote(phrase: str, language: str) -> str:
    return f"“{phrase}”" if language == "zh" else f"„{phrase}“"


def _quote_of(language: str) -> Callable[[re.Match[str]], str]:
    return lambda found: _quote(found.group(1), language)


def phrase(text: str, language: str) -> str:
    """A part of a sentence in German or Chinese."""
    book = glossary(language)
    return (_join_chinese if language == "zh" else _join_german)(_entries(text, book), book)


def _gloss(text: str, language: str) -> str:
    made = phrase(text, language)
    return _led(made[:1].upper() + made[1:], language)


def _entries(text: str, book: Glossary) -> list[tuple[str, str]]:
    """(kind, text) in order; kinds are `entry`, `kept`, `word` and `gap`. The longest entry at each place wins."""
    tokens = [(str(m.lastgroup), m.group(str(m.lastgroup))) for m in _TOKEN.finditer(text)]
    parts: list[tuple[str, str]] = []
    k = 0
    while k < len(tokens):
        for size in _sizes(book, len(tokens) - k):
            phrase = "".join(t for _, t in tokens[k : k + size]).casefold()
            if tokens[k][0] == "word" and tokens[k + size - 1][0] == "word" and phrase in book.there:
                parts.append(("entry", phrase))
                k += size
                break
        else:
            parts.append(tokens[k])
            k += 1
    return parts


def _sizes(book: Glossary, left: int) -> range:
    """Numbers of tokens that an entry may have, the largest first: words with gaps between them."""
    most = min(2 * book.longest - 1, left)
    return range(most - (most % 2 == 0), 0, -2)


def _join_german(parts: Sequence[tuple[str, str]], book: Glossary) -> str:
    said = []
    for kind, text in parts:
        clash = kind == "word" and text.casefold() in book.words
        said.append(book.there[text] if kind == "entry" else _quote(text, "de") if clash or kind == "kept" else text)
    return "".join(said)


def _join_chinese(parts: Sequence[tuple[str, str]], book: Glossary) -> str:
    """Spaces go; words that stay follow each other in one pair of quotation marks."""
    said: list[str] = []
    for k, (kind, text) in enumerate(parts):
        between = kind == "gap" and text == " " and 0 < k < len(parts) - 1
        if between and parts[k - 1][0] == parts[k + 1][0] == "word":
            said.append(text)
        elif kind == "entry" or kind == "gap":
            said.append(book.there[text] if kind == "entry" else text.replace(". ", "。").translate(_TO_HAN))
        elif kind == "mark":
            said.append(text)
        else:
            opened = kind == "word" and k > 1 and parts[k - 1] == ("gap", " ") and parts[k - 2][0] == "word"
            closing = (
                kind == "word" and k + 2 < len(parts) and parts[k + 1] == ("gap", " ") and parts[k + 2][0] == "word"
            )
            said.append(("" if opened else "“") + text + ("" if closing else "”"))
    return "".join(said)


def _led(text: str, language: str) -> str:
    """With as short a way into the sentence as makes it pass for the language; with none where it does already."""
    for lead in ("", *glossary(language).leads):
        made = lead + ("" if not lead else "，" if language == "zh" else " ") + text
        if language_of(made) == language and (language != "zh" or _share(made) >= _ENOUGH):
            return made
    return made


def _share(text: str) -> float:
    han = len(_HAN.findall(text))
    return han / max(1, han + len(_WORD.findall(_HAN.sub(" ", text))))


def _from_german(text: str, book: Glossary) -> str:
    tokens = [(str(m.lastgroup), m.group(str(m.lastgroup))) for m in _TOKEN.finditer(text)]
    said: list[str] = []
    k = 0
    while k < len(tokens):
        size = next((n for n in _sizes(book, len(tokens) - k) if _known(tokens[k : k + n], book)), 0)
        said.append(book.back["".join(t for _, t in tokens[k : k + size]).casefold()] if size else tokens[k][1])
        k += max(size, 1)
    return "".join(said)


def _known(tokens: Sequence[tuple[str, str]], book: Glossary) -> bool:
    outer = tokens[0][0] == tokens[-1][0] == "word" and all(kind != "kept" for kind, _ in tokens)
    return outer and "".join(text for _, text in tokens).casefold() in book.back


def _from_chinese(text: str, book: Glossary) -> str:
    words: list[str] = []
    k = 0
    while k < len(text):
        piece, k = _next(text, k, book)
        words.append(piece)
    joined = " ".join(word for word in words if word.strip())
    return re.sub(r"\s+([,;:?!.])", r"\1", joined)


def _next(text: str, k: int, book: Glossary) -> tuple[str, int]:
    """The English of what stands at a place, and where it ends. A character that no entry has becomes its number."""
    kept = _QUOTED.match(text, k)
    if kept:
        return kept.group()[1:-1], kept.end()
    for size in range(min(book.longest, len(text) - k), 0, -1):
        if text[k : k + size] in book.back:
            return book.back[text[k : k + size]], k + size
    word = (
        None
        if _HAN.match(text[k])
        else re.compile(r"[^\W_\u3400-\u9fff]+(?:['’-][^\W_\u3400-\u9fff]+)*").match(text, k)
    )
    if word:
        return word.group(), word.end()
    return (f"x{ord(text[k]):x}" if _HAN.match(text[k]) else text[k].translate(_FROM_HAN).strip()), k + 1
