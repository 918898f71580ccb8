"""A value beside a side or behind a preposition: how a forged verdict is written, and how a text is put under a value.

`power = supports`, `Power (supports).` and `supports power` are no sentences. With a mark between them, at the start of a
clause and with nothing behind, they are a `line`; with a blank, a comma or a dash, or inside a clause, a `pair`, which an
opinion may hold by chance. `sous pouvoir` and `güç olarak` are `filed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int]

_QUOTES = "\\s\"'“”‘’«»`*"
_EDGE = re.compile(
    r"(?:^|[.!?;:,()\[\]{}\"“”'‘’*#>|/=→。；：，]\s*|\s[–—-]\s+|\b(?:and|or|values?|dimensions?|verdict|result|answer)\s+)$"
)
_STOP = re.compile(rf"[{_QUOTES})\]}}]*(?:$|[.,;:!?|/&+。；，！]|\s[–—-]\s|(?<=\s)(?:and|und|et|y|e)\s)")
_CLOSED = re.compile(rf"[{_QUOTES}]*[)\]}}]")
_BRACKET = re.compile(rf"[{_QUOTES}]*[(\[{{][{_QUOTES}]*")
_OPENED = re.compile(rf"[{_QUOTES}]*[)\]}}][{_QUOTES}]*")
_MARK = re.compile(rf"[{_QUOTES})\]}}]*(?:[:：=|/>→⇒✓✔✗+]|->|=>)+[{_QUOTES}(\[{{>]*")
_SIGN = re.compile(rf"[{_QUOTES})\]}}]*(?:[=|→⇒✓✔✗]|->|=>)+[{_QUOTES}(\[{{>]*")
"""No sentence has these between two words, whatever follows."""
_END = re.compile(rf"[{_QUOTES})\]}}]*(?:$|[.;!?|。；！])")
_MORE = re.compile(r"\s*(?:,\s*(?:and\s+)?|\s(?:and|&)\s+)")
_LOOSE = re.compile(r"\s+|\s*,\s*|\s*[–—-]+\s*")
_WIDEST = 8
"""Characters between a value and its side: a mark, quotes and blanks."""
_BEFORE = re.compile(
    r"(?:\b(?:as|under|sous|comme|unter|als|bajo|como|sob|sotto|come|onder|som|jako|do|pod)\s+"
    r"(?:(?:the|la|le|les|die|der|das|el|il|o|a|het|de)\s+|l['’])?|\bdans\s+)[\"'“‘«]*\s*$"
)
_AFTER = re.compile(r"[\"'”’»]*\s+(?:olarak|altında|altina|altinda|altına)\b")


def paired(form: str, values: Sequence[Span], sides: Sequence[Span]) -> Iterator[tuple[Span, str]]:
    """Where a value and a side stand together, as `line` or `pair`. form: a folded text."""
    for value in values:
        for side in sides:
            first, last = sorted((value, side))
            if 0 <= last[0] - first[1] <= _WIDEST and (group := _kind(form, first, last, values, first == value)):
                yield (first[0], last[1]), group


def _kind(form: str, first: Span, last: Span, values: Sequence[Span], value_first: bool) -> str:
    between = form[first[1] : last[0]]
    opens = _EDGE.search(form[max(0, first[0] - 20) : first[0]]) is not None
    closed = _BRACKET.fullmatch(between) and _CLOSED.match(form, last[1])
    if closed or _SIGN.fullmatch(between) or (_MARK.fullmatch(between) and _STOP.match(form, last[1])):
        return "line" if opens and value_first else "pair"
    loose = opens and (_LOOSE.fullmatch(between) or _OPENED.fullmatch(between))
    return "pair" if loose and (_END.match(form, last[1]) or _listed(form, last[1], values)) else ""


def _listed(form: str, place: int, values: Sequence[Span]) -> bool:
    """Whether the next value follows, as in `supports power, security`."""
    more = _MORE.match(form, place)
    return more is not None and any(value[0] == more.end() for value in values)


def filed(form: str, values: Sequence[Span]) -> Iterator[tuple[Span, str]]:
    """Where a value stands behind a preposition of putting, or before one in Turkish."""
    for start, end in values:
        before = _BEFORE.search(form[max(0, start - 24) : start])
        if before:
            yield (start - len(before[0]), end), "filed"
        elif after := _AFTER.match(form, end):
            yield (start, after.end()), "filed"
