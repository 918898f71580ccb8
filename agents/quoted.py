"""Words that one text takes from another: an answer that repeats its question, evidence that a judge quotes.

Words are compared as people see them: NFKC, case folded, apostrophes dropped, other punctuation and spacing ignored.
Scripts without spaces (Chinese, Japanese, Thai ...) are compared character by character, two of them counting as a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from cruxbank.agents.around import Around
from cruxbank.agents.fence import clean
from cruxbank.agents.roles import Read
from cruxbank.agents.tongues import small_words
from cruxbank.items import Response
from cruxbank.values.systems import ValueSystem

SPAN = 4
"""Words in a row that a key point shares with its question before they count as quoted: three happen by chance."""
LEFT_OUT = "[...]"

_ELLIPSIS = re.compile(r"\[\s*(?:\.{3,}|…)\s*\]|\(\s*(?:\.{3,}|…)\s*\)|\.{3,}|…")
_APOSTROPHES = "'’ʼ‘`´＇"
_ASCII = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff]|[\U00020000-\U0003ffff]"
)


class Word(NamedTuple):
    """A word as it is compared, and where it stands in its text."""

    text: str
    start: int
    end: int
    size: float
    """1, or a half for a character of a script without spaces."""


def words(text: str) -> list[Word]:
    """The words of a text in order."""
    if text.isascii():
        return [Word(m[0].replace("'", "").lower(), m.start(), m.end(), 1.0) for m in _ASCII.finditer(text)]
    found: list[Word] = []
    start = -1
    for at, character in enumerate(text + " "):
        alone = _UNSPACED.match(character) is not None
        inside = not alone and (_letter(character) or _joins(text, at))
        if start >= 0 and not inside:
            found.append(Word(_folded(text[start:at]), start, at, 1.0))
            start = -1
        if alone:
            found.append(Word(_folded(character), at, at + 1, 0.5))
        elif inside and start < 0:
            start = at
    return found


def occurs(quote: str, text: str) -> bool:
    """Whether the words of a quote stand in a text, in a row. Where the quote leaves words out ("..."), each of its
    parts has to stand there, in order. A quote without words stands nowhere."""
    return bool(places(quote, text))


def places(quote: str, text: str) -> frozenset[int]:
    """Numbers of the words of a text that a quote takes, where it stands there first; none where it does not."""
    parts = [part for part in ([w.text for w in words(p)] for p in _ELLIPSIS.split(quote)) if part]
    said = [word.text for word in words(text)]
    at, taken = 0, set[int]()
    for part in parts:
        at = _after(part, said, at)
        if at < 0:
            return frozenset()
        taken.update(range(at - len(part), at))
    return frozenset(taken)


def says_something(quote: str, text: str) -> bool:
    """Whether a quote from a text has more than small words such as "the": one word of its own (two characters where
    there are no spaces), or all that the text has."""
    said, small = words(quote), small_words(text)
    if sum(word.size for word in said if word.text not in small) >= 1:
        return True
    return [word.text for word in said] == [word.text for word in words(text)]


def mask(points: Sequence[str], question: str) -> tuple[str, ...]:
    """The key points with every run of SPAN or more words that the question has too shown as [...]."""
    asked = words(question)
    return tuple(_masked(point, asked) for point in points)


class Masking(Around):
    """A judge that sees key points without the words of their question; satisfies `roles.Judge`.

    A response whose question is not known (one read from the record) is judged as it is.
    """

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """The judge's verdicts on the masked responses."""
        return await self._judge.read([_hidden(response) for response in responses], system)


def _hidden(response: Response) -> Response:
    if not response.question or not response.key_points:
        return response
    points = mask([clean(point) for point in response.key_points], clean(response.question))
    return response.model_copy(update={"key_points": points})


def _masked(point: str, asked: Sequence[Word]) -> str:
    said = words(point)
    hidden = _shared(said, asked)
    parts, at, k = [], 0, 0
    while k < len(said):
        last = k
        while last < len(said) and hidden[last]:
            last += 1
        if last > k:
            parts += [point[at : said[k].start], LEFT_OUT]
            at = said[last - 1].end
        k = max(last, k + 1)
    return "".join([*parts, point[at:]])


def _shared(said: Sequence[Word], asked: Sequence[Word]) -> list[bool]:
    """For each word, whether it is inside a run of SPAN or more that both texts have."""
    hidden = [False] * len(said)
    runs: list[tuple[int, float]] = [(0, 0.0)] * len(asked)
    for k, word in enumerate(said):
        before, runs = runs, [(0, 0.0)] * len(asked)
        for j, other in enumerate(asked):
            if word.text == other.text:
                length, size = before[j - 1] if j else (0, 0.0)
                runs[j] = (length + 1, size + word.size)
                if size + word.size >= SPAN:
                    hidden[k - length : k + 1] = [True] * (length + 1)
    return hidden


def _after(part: Sequence[str], said: Sequence[str], start: int) -> int:
    """Place behind the first run of `part` in `said` from `start` on; -1 without one."""
    for at in range(start, len(said) - len(part) + 1):
        if said[at] == part[0] and list(said[at : at + len(part)]) == list(part):
            return at + len(part)
    return -1


def _letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _joins(text: str, at: int) -> bool:
    """An apostrophe between two letters."""
    inner = 0 < at < len(text) - 1 and text[at] in _APOSTROPHES
    return inner and _letter(text[at - 1]) and _letter(text[at + 1])


def _folded(text: str) -> str:
    kept = "".join(c for c in unicodedata.normalize("NFKC", text) if c not in _APOSTROPHES)
    return kept.casefold()
