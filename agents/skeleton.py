"""A text as somebody might decode it: folded, spelled out, turned round, deciphered. Made for looking, never for reading.

Whoever hides an order has to count on a reader who finds it. So every way of hiding that is known here is undone, and
the words are looked for in all the texts that come out.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from urllib.parse import unquote

_PAIRS = (
    "аaвbсcеeнhіiјjкkӏlмmоoрpԛqѕsтtуyхxԁdһhԝwгrпnиuзz"  # Cyrillic
    "αaβbεeηnιiκkμmνvοoρpτtυuχxωwγyζzσoϲcϳj"  # Greek
    "օoոnսuհhցgզqլlքpіiյjբbտs"  # Armenian
    "ᎪaᏴbᏟcᎠdᎬeᏀgᎻhᎥiᎫjᏦkᏞlᎷmᏢpᏒrᏚsᎢtᏙvᎳwᏃz"  # Cherokee
    "ɑaɡgɩiɪiɴnᴏoʀrᴇeᴀaʙbᴄcᴅdғfʜhᴊjᴋkʟlᴍmᴘpᴛtᴜuᴠvᴡwʏyıiłløođdħhŧtɢgꜱsᴢz"  # Latin with another shape
)
_LOOKS = str.maketrans({_PAIRS[k]: _PAIRS[k + 1] for k in range(0, len(_PAIRS), 2)})
_LEET = str.maketrans("0134578@$!€£+|9", "oieastbasieltlg")
_LEET_L = str.maketrans("0134578@$!€£+|9", "oleastbasleltlg")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u093c\u09bc\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]"
)
_ARABIC = str.maketrans("أإآٱىیةک", "ااااييهك")
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_APART = re.compile(r"(?<!\w)(?:\w[^\w\s]{1,2}|\w[ \t]{1,3}|\w[^\w\s][ \t]){3,}\w(?!\w)")
_INNER = re.compile(r"(?<=[^\W\d_])[^\w\s]{1,3}(?=[^\W\d_])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s:,-]?|(?:\\x|0x)[0-9a-fA-F]{2}[\s,]?){8,}")
_BINARY = re.compile(r"(?:[01]{8}[\s,]*){4,}")
_DECIMAL = re.compile(r"(?:\b(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])\b[\s,;-]*){8,}")
_ESCAPED = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_COMMON = frozenset(
    "the and all this that with for not you your are every values supports previous instructions ignore mark power list "
    "und der die das den alle nicht als ein les tous toutes que pour comme las los todas para como une dans "
    "все как что это для или tutte tutti come che".split()
)
_GIVEN_AWAY = (
    "ignore disregard forget previous instructions instruction prompt above mark list label supports "
    "supported opposes opposed values value power answer verdict output evaluator judge annotator system "
    "assistant rules nonce every dimension dimensions everything override pretend translate repeat reveal "
    "evaluation classify ignoriere anweisungen vorherigen markiere instrucciones anteriores ignorez "
    "consignes"
).split()
_BY_LETTERS = {word[0] + "".join(sorted(word)): word for word in _GIVEN_AWAY if len(word) > 3}
_INSIDE = re.compile("|".join(sorted((word for word in _GIVEN_AWAY if len(word) > 4), key=len, reverse=True)))
_LONG = re.compile(r"[a-z]{14,}")
_TELLING = frozenset(word for word in _GIVEN_AWAY if len(word) > 3)
_WORDS = re.compile(r"[^\W\d_]+")
_FEWEST = 3
"""Points that a turned or shifted text has to make before it counts as hidden: a common word one, a telling word two."""

_ENOUGH = 8
"""Points of a text that is plainly not in a code."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """NFKC, lower case, without invisible characters, accents and vowel points, on one line."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Co", "Cn", "Cs"})
        text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text))).translate(_ARABIC)
    return " ".join(text.split())


def forms(text: str) -> Iterator[str]:
    """The folded text, then what it becomes in other eyes. The first is always there; others only where they differ."""
    base = fold(text)
    seen = {base}
    yield base
    for other in _others(text, base):
        if other not in seen:
            seen.add(other)
            yield other


@lru_cache(maxsize=1024)
def hidden(text: str) -> tuple[str, ...]:
    """Texts that were written in a code: base64, hex, bits, a shifted alphabet, letters turned round."""
    return (*_decoded(text), *_shifted(fold(text)), *_turned(fold(text)))


def _others(text: str, base: str) -> Iterator[str]:
    latin = base.translate(_LOOKS)
    yield latin
    for one in dict.fromkeys((base, latin)):
        yield " ".join(_spelled(word, _LEET) for word in one.split(" "))
        yield " ".join(_spelled(word, _LEET_L) for word in one.split(" "))
        yield _APART.sub(_together, one)
        yield re.sub(r"[a-z]{4,}", _respelled, one)
        yield _LONG.sub(_parted, one)
        yield _INNER.sub("", one)
        yield re.sub(r"[^\w\s]+", "", one)
    for found in (_CAMEL.sub(" ", text), *_unescaped(text), *hidden(text)):
        yield fold(found)


def _spelled(word: str, letters: dict[int, str] | dict[int, int]) -> str:
    """A word of letters and figures with the figures read as letters."""
    return word.translate(letters) if any(c.isalpha() for c in word) and not word.isalpha() else word


def _together(match: re.Match[str]) -> str:
    """Letters without what stands between them; a gap of two or more blanks parts words."""
    words = re.split(r"[ \t]{2,}", match[0])
    return " ".join(re.sub(r"[\W_]+", "", word) for word in words)


def _respelled(match: re.Match[str]) -> str:
    """A word with its inner letters in another order, or drawn out, as it was meant: `ignroe`, `ignooore`."""
    word = match[0]
    drawn = re.sub(r"(.)\1+", r"\1", word)
    return next((_BY_LETTERS[k] for w in (word, drawn) if (k := w[0] + "".join(sorted(w))) in _BY_LETTERS), word)


def _parted(match: re.Match[str]) -> str:
    """Words that were run together, apart: `ignoreallpreviousinstructions`."""
    return _INSIDE.sub(lambda found: f" {found[0]} ", match[0])


def _decoded(text: str) -> Iterator[str]:
    for pattern, decode in ((_BASE64, _base64), (_HEX, _hex), (_BINARY, _bits), (_DECIMAL, _codes)):
        for match in pattern.finditer(text):
            if plain := decode(match[0]):
                yield plain


def _unescaped(text: str) -> Iterator[str]:
    if "&" in text and (plain := html.unescape(text)) != text:
        yield plain
    if "%" in text and (plain := unquote(text)) != text:
        yield plain
    if _ESCAPED.search(text):
        yield _ESCAPED.sub(lambda m: _character(int(m[1] or m[2], 16)), text)


def _base64(token: str) -> str:
    body = token.rstrip("=").replace("-", "+").replace("_", "/")
    if len(body) % 4 == 1:
        return ""
    try:
        return _readable(base64.b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return ""


def _hex(token: str) -> str:
    digits = re.sub(r"\\x|0x|[^0-9a-fA-F]", "", token)
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _bits(token: str) -> str:
    digits = re.sub(r"[^01]", "", token)
    return _readable(bytes(int(digits[k : k + 8], 2) for k in range(0, len(digits) - 7, 8)))


def _codes(token: str) -> str:
    return _readable(bytes(int(number) for number in re.findall(r"\d+", token)))


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _readable(data: bytes) -> str:
    """Text, where the bytes are text: no word of an opinion decodes to eight printable characters in a row."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    letters = sum(character.isalpha() or character in " .,:'\"{}[]" for character in text)
    return text if len(text) >= 6 and text.isprintable() and letters >= 0.8 * len(text) else ""


def _shifted(base: str) -> list[str]:
    """The text with its alphabet shifted back or mirrored, where that gives more known words than it has."""
    words = _WORDS.findall(base)
    points = [0] * 26
    for word in words:
        for way, worth in _enciphered().get(word, ()):
            points[way] += worth
    least = max(_FEWEST, _commons(base) + 1)
    return [base.translate(_way(way)) for way in range(26) if points[way] >= least] if least < _ENOUGH else []


@cache
def _enciphered() -> dict[str, tuple[tuple[int, int], ...]]:
    """Known words in every alphabet -> which way each is undone, and what it is worth. Looking 26 alphabets up at once
    costs as much as looking up one."""
    found: dict[str, list[tuple[int, int]]] = {}
    for word in sorted(_COMMON | _TELLING):
        if word.isascii():
            for way in range(26):
                undo = {after: before for before, after in _way(way).items()}
                worth = 2 * (word in _TELLING) or 1
                found.setdefault(word.translate(undo), []).append((way, worth))
    return {word: tuple(ways) for word, ways in found.items()}


@cache
def _way(number: int) -> dict[int, int]:
    """The alphabet shifted by 1 to 25, or mirrored."""
    return _shift(number + 1) if number < 25 else str.maketrans(_ALPHABET, _ALPHABET[::-1])


def _turned(base: str) -> list[str]:
    least = max(_FEWEST, _commons(base) + 1)
    ways = (base[::-1], " ".join(word[::-1] for word in base.split()))
    return [text for text in ways if _commons(text) >= least] if least < _ENOUGH else []


def _commons(text: str) -> int:
    return sum(2 * (word in _TELLING) or word in _COMMON for word in _WORDS.findall(text))


@lru_cache(maxsize=32)
def _shift(by: int) -> dict[int, int]:
    return str.maketrans(_ALPHABET, _ALPHABET[by:] + _ALPHABET[:by])
