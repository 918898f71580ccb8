"""Texts that a model wrote, made safe to show to another model: cleaned, and fenced with a nonce nobody can guess.

What a judge reads may try to steer it (DESIGN 8). Three defences, each enough against one kind of attack: invisible and
control characters and chat-template tokens go; nothing that looks like a fence is left; the real fence carries a nonce
that depends on the run's seed and on the text itself, so that no text can contain its own.
"""

from __future__ import annotations

import hmac
import re
import unicodedata

_KEY = b"cruxbank/fence/1/"
_OPEN = "<˂ᐸ❮‹𝈶ᚲ〈⟨❬❰≺≮⋖⧼⪪"
_CLOSE = ">˃ᐳ❯›𝈷𖼿〉⟩❭❱≻≯⋗⧽⪫"
_DOUBLE = "«»≪≫⋘⋙⟪⟫《》⪡⪢⟬⟭⦅⦆❴❵"
_LOOK_ALIKE = str.maketrans({**dict.fromkeys(_OPEN, "<"), **dict.fromkeys(_CLOSE, ">"), **dict.fromkeys(_DOUBLE, '"')})
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_JOINERS = "\u200c\u200d"
_MARKS = "[\\s\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]*"
_FENCE = re.compile(f"[<>](?:{_MARKS}[<>])+")
_TOKENS = re.compile(
    r"<\|.{0,60}?\|>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS)\]|</?(?:s|bos|eos|(?:start|end)_of_turn)>", re.I
)
_PASSES = 6  # a pass can uncover what the next one removes; texts built to need more are cut down to words


def plain(text: str) -> str:
    """One line without control, bidirectional or other invisible characters; what people can see stays as it is.

    The two joiners stay: Persian, Hindi and emoji are spelled with them.
    """
    return " ".join(_seen(text, _JOINERS).split())


def clean(text: str, limit: int = 1_000) -> str:
    """One line of at most `limit` characters in NFKC, with no invisible character, fence look-alike or chat token.

    Cleaning a cleaned text changes nothing. A longer text is cut, so that no answer can flood the judge.
    """
    text = text[: 8 * limit]
    for _ in range(_PASSES):
        cleaned = _pass(text)
        if cleaned == text:
            break
        text = cleaned
    else:
        text = re.sub(r"[^\w\s.,;:!?'-]+", " ", text)
        text = " ".join(unicodedata.normalize("NFKC", text).split())
    return text[:limit].strip()


def nonce(seed: int, *identity: str) -> str:
    """16 hex digits: HMAC-SHA256 of the call's identity with the run's seed as key. Equal on resume (CONTRACTS 6)."""
    message = "".join(f"{len(part)}:{part}" for part in identity)
    return hmac.new(_KEY + str(seed).encode(), message.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:16]


def fence(text: str, mark: str) -> str:
    """The text between the lines `<<<<mark` and `mark>>>>`. Occurrences of the mark inside the text are taken out."""
    inside = re.sub(re.escape(mark), " ", text, flags=re.I)
    return f"<<<<{mark}\n{inside}\n{mark}>>>>"


def _seen(text: str, keep: str = "") -> str:
    if text.isascii() and text.isprintable():  # nearly every answer: a loop over its characters costs 1 ms a response
        return text
    return "".join(_visible(character, keep) for character in _INVISIBLE.sub("", text))


def _visible(character: str, keep: str = "") -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in {"Cf", "Cs", "Co", "Cn"} and character not in keep else character


def _pass(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKE)
    text = _seen(text)
    text = _TOKENS.sub(" ", _FENCE.sub(" ", text))
    return " ".join(text.split())
