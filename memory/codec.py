"""Values in and out of the record as canonical JSON."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

PLACES = 6


def to_json(value: BaseModel) -> str:
    """Canonical JSON of a model: sorted keys, no spaces. ASCII only, so that NUL and the like fit any database."""
    return json.dumps(value.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def rounded(value: Any) -> Any:
    """The same JSON value with floats to 6 places, and -0.0 as 0.0."""
    if isinstance(value, float):
        return round(value, PLACES) + 0.0
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return value


def canonical_line(kind: str, value: Any) -> str:
    """One line of a canonical dump."""
    return json.dumps([kind, rounded(value)], sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(text: str) -> str:
    """A text that fits an indexed column of any database: PostgreSQL refuses NUL."""
    return text.replace("\0", "")
