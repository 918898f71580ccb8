"""Keeps the events of a graph."""

from __future__ import annotations

import json
from typing import Any


class Heard:
    """As a log keeps them: what is no JSON is an error."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def emit(self, name: str, **fields: Any) -> None:
        self.events.append((name, json.loads(json.dumps(fields))))
