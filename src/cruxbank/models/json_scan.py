"""Finds the JSON objects in a model's answer. Text is only ever parsed, never evaluated; the work is linear."""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from cruxbank.items import FailureReason

MAX_DEPTH = 100
"""Deeper nesting than any answer needs; it keeps both parsers far from the recursion limit."""
MAX_LITERAL = 65_536
"""Characters given to the Python parser, which costs about 100 times what the JSON scanner costs."""
MAX_WORK = 6
"""Characters looked at per character of text before giving up: the bound that keeps hostile text linear."""
MAX_OBJECTS = 100
"""Objects looked at in one answer, which should hold one; a broken one costs up to 70 microseconds."""

_OPENING = re.compile(r"\{\s*(?:[\"'}])")
_MARK = re.compile(r"[{}\[\]\"'\\]")
_NAMES = {"true": True, "false": False, "null": None}


class Rejected(ValueError):
    """An object that reads as JSON but cannot be trusted: keys that contradict each other, NaN."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass
class Found:
    """Top-level objects in order. `broken` and `unfinished` count what looked like an object and was none."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    rejected: Rejected | None = None
    broken: int = 0
    unfinished: int = 0

    @property
    def seen(self) -> int:
        """Everything that looked like an object."""
        return len(self.objects) + self.broken + self.unfinished


def find_objects(text: str) -> Found:
    """Every top-level object in `text`, as JSON or as a Python literal. O(len(text))."""
    found, position, work = Found(), 0, 0
    while (opening := _OPENING.search(text, position)) is not None:
        start = opening.start()
        end, looked = _read(text, start, found)
        position, work = end, work + looked
        if work > MAX_WORK * len(text) or found.seen > MAX_OBJECTS:
            found.broken += 1
            break
    return found


def _read(text: str, start: int, found: Found) -> tuple[int, int]:
    """Read one object at `start` into `found`; where to go on, and how many characters were looked at."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except Rejected as error:
        found.rejected = found.rejected or error
    except (ValueError, RecursionError):
        pass
    else:
        found.objects.append(value)
        return end, end - start
    return _read_literal(text, start, found)


def _read_literal(text: str, start: int, found: Found) -> tuple[int, int]:
    end = _closing(text, start)
    if end is None:
        found.unfinished += 1
        return start + 1, 2 * (len(text) - start)
    if found.rejected is None:
        try:
            found.objects.append(_literal(text[start:end]))
        except Rejected as error:
            found.rejected = error
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            found.broken += 1
    return end, 2 * (end - start)


def _closing(text: str, start: int) -> int | None:
    """Index after the brace that closes the one at `start`; None when the text ends first."""
    depth, quote, skip = 0, "", -1
    for match in _MARK.finditer(text, start):
        mark, at = match.group(), match.start()
        if at == skip:
            continue
        if mark == "\\":
            skip = at + 1
        elif mark in "\"'":
            quote = mark if not quote else ("" if mark == quote else quote)
        elif not quote:
            depth += 1 if mark in "{[" else -1
            if depth == 0:
                return at + 1
    return None


def _literal(source: str) -> dict[str, Any]:
    """A Python dict display with true / false / null allowed, as the JSON value it stands for."""
    if len(source) > MAX_LITERAL:
        raise ValueError("too long for a literal")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in a model's text are no news to our user
        tree = ast.parse(source, mode="eval")
    if not isinstance(tree.body, ast.Dict):
        raise ValueError("not an object")
    value = ast.literal_eval(_Named().visit(tree.body))
    return _as_json(value)


class _Named(ast.NodeTransformer):
    """JSON's three names as constants; keys that contradict each other are refused."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Replace true, false and null."""
        return ast.copy_location(ast.Constant(_NAMES[node.id]), node) if node.id in _NAMES else node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        """Check the keys of one dict display."""
        self.generic_visit(node)
        _unique([(ast.dump(k) if k else "**", ast.dump(v)) for k, v in zip(node.keys, node.values, strict=True)])
        return node


def _as_json(value: Any) -> dict[str, Any]:
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise Rejected(FailureReason.WRONG_TYPE, "a number is not finite") from error
    plain: dict[str, Any] = json.loads(text)
    return plain


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs. A key may occur twice with one value, never with two."""
    merged = dict(pairs)
    if len(merged) != len(pairs):
        for key, value in pairs:
            if json.dumps(value, sort_keys=True) != json.dumps(merged[key], sort_keys=True):
                raise Rejected(FailureReason.AMBIGUOUS, f"the key {key[:40]!r} occurs twice with different values")
    return merged


def _no_constant(name: str) -> float:
    raise Rejected(FailureReason.WRONG_TYPE, f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Rejected(FailureReason.WRONG_TYPE, "a number is not finite")
    return number


# strict=False: models put raw line breaks into strings
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, strict=False)
