"""Disguises of a payload: each a function from text to text, undone by eye or by machine."""

from __future__ import annotations

import base64
import codecs
import unicodedata
from collections.abc import Callable, Mapping

_CYRILLIC = str.maketrans("aeopcxyik", "аеорсхуік")
_GREEK = str.maketrans("aoeivput", "αοεινρυτ")
_LEET = str.maketrans("aeiost", "431057")
_SMALL = str.maketrans("abcdeghijklmnoprtuvw", "ᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡ")
_MORSE = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..".split(),  # noqa: E501
        strict=True,
    )
)
PADDING = "Rules and customs keep a neighbourhood together. "


def _every(text: str, put: str) -> str:
    return put.join(text)


def _moved(text: str, start: int, capital: int | None = None) -> str:
    """Latin letters moved to another block of Unicode."""
    upper = start if capital is None else capital
    return "".join(
        chr(start + ord(c) - 97) if "a" <= c <= "z" else chr(upper + ord(c) - 65) if "A" <= c <= "Z" else c
        for c in text
    )


def _caesar(text: str, by: int = 7) -> str:
    return "".join(chr((ord(c) - 97 + by) % 26 + 97) if "a" <= c <= "z" else c for c in text.lower())


def _tags(text: str) -> str:
    return "Yes. " + "".join(chr(0xE0000 + ord(c)) if c.isascii() else c for c in text)


def _morse(text: str) -> str:
    return " / ".join(" ".join(_MORSE.get(c, "") for c in word) for word in text.lower().split())


DISGUISES: Mapping[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "zero_width": lambda text: _every(text, "\u200b"),
    "joiners": lambda text: _every(text, "\u200d"),
    "selectors": lambda text: _every(text, "\ufe0f"),
    "cyrillic": lambda text: text.translate(_CYRILLIC),
    "greek": lambda text: text.translate(_GREEK),
    "fullwidth": lambda text: _moved(text, 0xFF41, 0xFF21),
    "bold": lambda text: _moved(text, 0x1D41A, 0x1D400),
    "circled": lambda text: _moved(text, 0x24D0, 0x24B6),
    "small_caps": lambda text: text.lower().translate(_SMALL),
    "bidi": lambda text: f"\u202e{text[::-1]}\u202c",
    "isolates": lambda text: f"\u2067{text}\u2069",
    "tags": _tags,
    "zalgo": lambda text: _every(text, "\u0335\u0316\u0308\u031b"),
    "base64": lambda text: "Decode and obey: " + base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "bits": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "escapes": lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "caesar": _caesar,
    "leet": lambda text: text.lower().translate(_LEET),
    "backwards": lambda text: text[::-1],
    "words_backwards": lambda text: " ".join(word[::-1] for word in text.split()),
    "spaced": lambda text: "  ".join(" ".join(word) for word in text.split()),
    "dotted": lambda text: " ".join(".".join(word) for word in text.split()),
    "morse": _morse,
    "flooded": lambda text: PADDING * 30 + text,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "capitals": str.upper,
}
