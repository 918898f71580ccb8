"""A whole answer taken apart: stance and key points, numbered or one a line, become texts that are read one by one."""

from __future__ import annotations

import re
from itertools import pairwise

MOST = 12
"""Parts that are read; what follows is left out, so that length alone cannot collect values."""
LONG = 60
"""Words from which one paragraph without a list is read sentence by sentence: .3 % of the training arguments are longer."""
SHORT = 6
"""Words up to which a line without a mark, beside lines with one, is a heading or the bare stance."""

_MARK = re.compile(r"^\s*(?:[-*•–—]+|\(?\d{1,2}[.):]|\(?[a-h][.)])\s+")
_INLINE = re.compile(r"(?:(?<=\s)|^)\(?([1-9])[.)]\s+(?=\S)")
_STANCE = re.compile(r"^\W*(?:stance|position|answer|verdict|opinion)\W*[:=-]", re.IGNORECASE)
_HEADING = re.compile(r"^\W*(?:key points?|points?|reasons?|arguments?)\W*:\s*", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")


def parts(text: str) -> list[str]:
    """The key points of an answer, or the text itself where it is one statement; never empty.

    >>> parts("Stance: yes\\nKey points:\\n1. Safer streets.\\n2. Less noise.")
    ['Safer streets.', 'Less noise.']
    >>> parts("School meals keep children healthy.")
    ['School meals keep children healthy.']
    """
    lines = [line for raw in text.splitlines() for line in _numbered(_bare(raw)) if line]
    points = [_bare(_MARK.sub("", line)) for line in _without_stance(lines)]
    found = [point for point in points if point]
    if len(found) == 1 and len(found[0].split()) > LONG:
        found = _SENTENCE.split(found[0])
    return found[:MOST] or [text]


def _bare(line: str) -> str:
    return _HEADING.sub("", line.replace("**", "").replace("__", "").strip().lstrip("#").strip())


def _numbered(line: str) -> list[str]:
    """`1. ... 2. ...` in one line becomes lines; a lone number is none."""
    marks = list(_INLINE.finditer(line))
    if [int(mark.group(1)) for mark in marks] != list(range(1, len(marks) + 1)) or len(marks) < 2:
        return [line]
    cuts = [0, *(mark.start() for mark in marks), len(line)]
    return [line[a:b].strip() for a, b in pairwise(cuts)]


def _without_stance(lines: list[str]) -> list[str]:
    """Lines that say something: the stance is context, and a heading names no value."""
    marked = any(_MARK.match(line) for line in lines)
    kept = [line for line in lines if not _STANCE.match(line) and not _is_heading(line, marked)]
    return kept or [_STANCE.sub("", line).strip() or line for line in lines]


def _is_heading(line: str, marked: bool) -> bool:
    plain = marked and not _MARK.match(line)
    return (plain and len(line.split()) <= SHORT) or line.casefold().strip(" .:") in {"yes", "no", "neutral"}
