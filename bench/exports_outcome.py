"""What a check of an export with a real tool found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

CLIP = 60


class Outcome(NamedTuple):
    """One thing that was tried: what, what it should give, what it gave. `expected` and `seen` are short, for a table."""

    what: str
    expected: str
    seen: str
    ok: bool


def outcome(what: str, expected: Any, seen: Any) -> Outcome:
    """Right where both are equal; the table shows the beginning of each."""
    return Outcome(what, clipped(expected), clipped(seen), expected == seen)


def arrived(what: str, sent: Mapping[str, str], received: Mapping[str, Any]) -> Outcome:
    """Right where every text that was sent came back under its id, equal in every character, and nothing else came."""
    other = sorted(key for key in {*sent, *received} if sent.get(key) != received.get(key))
    seen = f"{len(sent) - len([key for key in other if key in sent])} of {len(sent)} equal"
    if other:
        first = other[0]
        seen += f"; {first}: sent {clipped(sent.get(first))}, got {clipped(received.get(first))}"
    return Outcome(what, f"{len(sent)} of {len(sent)} equal", seen, not other)


def clipped(value: Any) -> str:
    """A value in one short line, with escapes: fit for a cell of a table."""
    text = value if isinstance(value, str) and value.isprintable() else ascii(value)
    return text if len(text) <= CLIP else text[: CLIP - 1] + "…"
