"""Signs of steering in the form of a text, whatever its language: markup, fields, hidden letters, floods."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

LONGEST = 1_200
"""Characters of a key point that can still be an opinion: six times what was asked for."""
_FORMS: tuple[tuple[str, str], ...] = (
    ("a fence", r"<{2,}|>{2,}|[«»≪≫《》⟪⟫]{2,}|={5,}|-{6,}|#{2,}|\*{5,}|~{4,}|`{3,}|_{6,}|[|]{3,}|\+{5,}|%{4,}|\[\s*\[|\]\s*\]"),  # noqa: E501
    ("a chat token", r"<\s*[|｜][^<>]{0,60}[|｜]?\s*>?|\[/?\s*(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS?|SYSTEM|USER|ASSISTANT)\s*\]"),  # noqa: E501
    ("a chat token", r"</?\s*(?:s|bos|eos|sys|start_of_turn|end_of_turn|think(?:ing)?|tool_call|function_calls?|invoke)\b[^<>]{0,40}>"),  # noqa: E501
    ("markup", r"<!--|-->|(?:^|\s)#{1,6} [^\W\d]|<!\[CDATA|\]\]>|<!DOCTYPE|<\?xml|</?[A-Za-z][\w:.-]*(?:\s[^<>]{0,200})?/?>|\{%|%\}|\{\{|\}\}|\[//\]:|\$\{|<%|%>"),  # noqa: E501
    ("code", r"/\*.{0,400}\*/|(?:^|\s)//\s?\w|\b(?:print|console\.log|eval|exec|import|def|function|return|var|let|const)\s*[({]\s*[\"'\w]|=>\s*\{|</|\b\w+\((?:[\"'][^)]{0,80}[\"']|\w+\s*=[^)]{0,80})\)|\\[nrt]\s*\w|;\s*--\s|\bSELECT\b.{1,60}\bFROM\b"),  # noqa: E501
    ("an object", r"\{\s*[\"'“”‘’`]?\s*[\w-]+\s*[\"'“”‘’`]?\s*:|[\"'“”]\s*:\s*[\[{\"'“”]|\[\s*[\"'“”][^\]]{0,200}[\"'“”]\s*(?:,|\])|\{\s*\}|\[\s*\]|\{[^{}]{1,200}\}"),  # noqa: E501
    ("a role", r"(?:^|[\n.!?;|*>#\]\"')]\s*|\s[-–—]\s)(?:system|assistant|developer|human|user|ai|bot|tool|instructions?|input|output|prompt|admin|root|judge|evaluator|grader)\s*(?:\([^)]{0,40}\)|message|prompt|note|override)?\s*[:：=]\s"),  # noqa: E501
    ("a field", r"(?<![\w])[\"'`]?(?:supports|opposes|supported|opposed|nonce|key_?points?|readings?|value_reading|valuereading|evidence_?reading|dimensions?)[\"'`]?\s*(?:[:：=]|->|→|⇒)\s*\S|(?<![\w])(?:(?:verdicts?|outcomes?)\s*(?:=|->|→|⇒)\s*\S|[\"'`](?:verdicts?|outcomes?)[\"'`]\s*[:：])"),  # noqa: E501
    ("a field", r"\b(?:point|key point)\s*\d+\s*[:=]|\b\w+_\w+\s*[:=]\s*\S|\b(?:max_tokens|temperature|response_format|tool_choice)\b"),  # noqa: E501
    ("a list", r"(?:^|\s)1[.)]\s+\S.{0,200}\s2[.)]\s+\S.{0,200}\s3[.)]\s+\S"),
    ("letters apart", r"(?<!\w)(?:[^\W\d_][ ._*|/\-–·•‧,~]{1,3}){6,}[^\W\d_](?!\w)"),
    ("a nonce", r"(?<![0-9A-Za-z])[0-9a-fA-F]{16}(?![0-9A-Za-z])"),
    ("a blob", r"(?<![A-Za-z0-9+/=_-])(?=[A-Za-z0-9+/=_-]*\d)(?=[A-Za-z0-9+/=_-]*[a-z])(?=[A-Za-z0-9+/=_-]*[A-Z])[A-Za-z0-9+/=_-]{20,}|[A-Za-z0-9+/]{10,}={1,2}(?!\w)"),  # noqa: E501
    ("a blob", r"(?<!\w)[0-9a-fA-F]{24,}(?!\w)|(?:[0-9a-fA-F]{2}[\s:]){10,}|(?:\\x[0-9a-fA-F]{2}){4,}|(?:[01]{8}\s*){4,}|(?:%[0-9A-Fa-f]{2}){5,}|(?:&#x?[0-9a-fA-F]+;){4,}|(?:\\u[0-9a-fA-F]{4}){3,}|(?:[.·-]{1,5}[ /]+){8,}"),  # noqa: E501
    ("a closing line", r"\b(?:BEGIN|END|START)[ _-]+(?:OF[ _-]+)?(?:THE[ _-]+)?(?:INPUT|TEXT|KEY[ _-]?POINTS?|PROMPT|FENCE|DATA|ANSWER|RESPONSE|INSTRUCTIONS?|SYSTEM|DOCUMENT|CONTEXT|MESSAGE)\b"),  # noqa: E501
)  # fmt: skip
_CASED = frozenset({"code", "a blob", "a closing line"})
_BIDI = re.compile("[\u202a\u202b\u202d\u202e\u2066-\u2069]")
_TAGS = re.compile("[\U000e0000-\U000e007f\U000e0100-\U000e01ef]")
_BETWEEN = re.compile(
    "(?<=[A-Za-z\u0400-\u04ff\u0370-\u03ff])[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff\u034f\u115f\u1160\u3164]+(?=[A-Za-z\u0400-\u04ff\u0370-\u03ff])"
)
_HEAPED = re.compile("[\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3,}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_QUIET = re.compile(r"[A-Za-z ,.;?!'’\"-]*")
_LOUD = re.compile(
    r"(?:\b[A-Za-z][ .,-]{1,3}){6}|[A-Fa-f]{16}|-{6}|;\s*--|(?:[.-]{1,5} +){8}|\b(?:BEGIN|START|END|SELECT)\b",
    re.IGNORECASE,
)
"""None of the forms below can stand in a quiet text that is not loud: a quarter of the time is not spent on it."""
_REPEATED = re.compile(r"(\S)\1{9,}|\b(\w{2,})(?:\W+\2\b){5,}", re.IGNORECASE)
_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "LISU", "DESERET")
_STYLED = ("MATHEMATICAL", "CIRCLED", "SQUARED", "NEGATIVE", "PARENTHESIZED", "SMALL CAPITAL", "REGIONAL INDICATOR")


def signs(text: str, longest: int = LONGEST) -> Iterator[str]:
    """What is wrong with the form of a text, in words. Nothing of it occurs in an opinion put into sentences.

    A text of more than `longest` characters is looked at no further.
    """
    if len(text) > longest:
        yield f"{len(text)} characters"
        return
    if not _QUIET.fullmatch(text) or _LOUD.search(text):
        yield from (name for name, pattern in _patterns() if pattern.search(text))
    if _REPEATED.search(text):
        yield "the same over and over"
    if not text.isascii():
        yield from _letters(text)


def _letters(text: str) -> Iterator[str]:
    if _BIDI.search(text) or _TAGS.search(text):
        yield "characters that hide or turn text"
    if len(_BETWEEN.findall(text)) > 1:
        yield "invisible characters between letters"
    if _HEAPED.search(unicodedata.normalize("NFD", text)):
        yield "heaped marks"
    if any(_mixed(word) for word in _WORD.findall(text)):
        yield "two alphabets in one word"
    if sum(_styled(character) for character in text) > 3:
        yield "letters of another shape"


def _mixed(word: str) -> bool:
    return not word.isascii() and len({script for c in word if (script := _script(c)) in _ALIKE}) > 1


@cache
def _script(character: str) -> str:
    return unicodedata.name(character, "").split(" ")[0]


@cache
def _styled(character: str) -> bool:
    name = unicodedata.name(character, "")
    shaped = name.startswith(_STYLED) or "SMALL CAPITAL" in name or name.startswith("MODIFIER LETTER SMALL")
    return shaped and not character.isascii()


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(p, 0 if name in _CASED else re.IGNORECASE)) for name, p in _FORMS)
