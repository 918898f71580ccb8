"""Texts that a template engine of Nunjucks' kind hands on as they are (promptfoo renders every value of a test).

promptfoo reads three things out of a value: tags, a path where it begins with `file://` or `package:`, and no final line
break, which it takes off. Each is written as an expression that renders to what stood there; everything else stays as it
is, so that nearly all texts are the same before and after. `bench/exports_promptfoo.py` tries the rule with the real one.
"""

from __future__ import annotations

import json
import re
from typing import Any

TAG = re.compile(r"\{(?=[{%#]|\n\Z)|(?<=#)\}")
"""A brace that would open a tag, with what follows it or with the expression that we put there: each such one, so that none
of three in a row is left to open one with the next. And that which ends a comment: Nunjucks fails where none has begun,
while it lets the ends of other tags stand."""
OPENING = re.compile(r"\{(?=\{)")
PATH = re.compile(r"\A(?:file|package)(?=:)")
MESSAGES = re.compile(r"- role:|\{.*\}\Z|\[\s*([\"{\[\d-]|true|false|null).*\]\Z", re.DOTALL)
"""What promptfoo takes for messages in YAML or JSON even where it is no valid JSON; then the call fails."""
BLANKS = "\t\n\v\f\r \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What JavaScript takes off both ends of a text; Python takes others."""
BREAK = "{{ '\\n' }}"


def inert(text: str) -> str:
    """A template that renders to the text, reads no file and knows no variable."""
    template = PATH.sub(_quoted, TAG.sub(_quoted, text))
    return template[:-1] + BREAK if text.endswith("\n") else template


def unread(text: str) -> str:
    """The same for a place where nothing is rendered and only a path would be read: a blank before it."""
    return PATH.sub(_set_off, text)


def unread_config(text: str) -> str:
    """The same for a value of the configuration, in which variables of the environment are looked for when it is loaded."""
    return OPENING.sub("{ ", unread(text))


def like_chat(text: str) -> bool:
    """Would a chat provider of promptfoo take the bare text for a list of messages (and fail), not for a question?"""
    return bool(MESSAGES.match(text.strip(BLANKS))) or _is_json(text)


def _quoted(found: re.Match[str]) -> str:
    return f"{{{{ '{found[0]}' }}}}"


def _set_off(found: re.Match[str]) -> str:
    return f" {found[0]}"


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError):
        return False
    return True


def _not_json(word: str) -> Any:
    raise ValueError(word)
