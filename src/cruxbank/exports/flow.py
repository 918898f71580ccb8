"""JSON values as YAML that fits on one line and that every reader of YAML 1.1 and 1.2 reads alike."""

from __future__ import annotations

import re
from typing import Any

from cruxbank.exports.lines import dump

_UNSAFE = re.compile(r'[^ -~]|["\\]')


def flow(value: Any) -> str:
    """A JSON value as YAML in one line; texts in double quotes, in ASCII.

    JSON itself would not do: its \\ud83d\\ude80 is one character there and two halves of one in YAML, and YAML may not hold
    all that it leaves unescaped.
    """
    if isinstance(value, str):
        return f'"{_UNSAFE.sub(_escaped, value)}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    return _number(value)


def _escaped(found: re.Match[str]) -> str:
    letter, code = found[0], ord(found[0])
    if letter in '"\\':
        return "\\" + letter
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _number(value: Any) -> str:
    """null, true, false, or a number. YAML 1.1 takes 1e-6 and 1.0e6 for words: it wants a point before an exponent and a
    sign in it."""
    said = dump(value)
    if not isinstance(value, float) or "e" not in said:
        return said
    mantissa, _, exponent = said.partition("e")
    point = "" if "." in mantissa else ".0"
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{point}e{sign}{exponent}"
