"""What the server counted: so that a client's ledger can be checked against it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cruxbank.simulator.asking import Asked


class Stats:
    """Requests by model, role, status and prompt, and how many were in flight at once."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but what is in flight."""
        self.requests = 0
        self.by_model: Counter[str] = Counter()
        self.by_role: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.prompts: Counter[str] = Counter()
        self.max_in_flight = self.in_flight

    def enter(self) -> None:
        """A request came in."""
        self.requests += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def leave(self, status: str) -> None:
        """A request was answered; `dropped` stands for a broken connection, `cancelled` for a client that left."""
        self.in_flight -= 1
        self.by_status[status] += 1

    def asked(self, asked: Asked) -> None:
        """A well-formed request: its model, role and fingerprint."""
        self.by_model[asked.model] += 1
        self.by_role[asked.role] += 1
        self.prompts[fingerprint(asked)] += 1

    def as_json(self) -> Mapping[str, Any]:
        """What GET /stats shows."""
        return {
            "requests": self.requests,
            "by_model": dict(sorted(self.by_model.items())),
            "by_role": dict(sorted(self.by_role.items())),
            "by_status": dict(sorted(self.by_status.items())),
            "faults": dict(sorted(self.faults.items())),
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "prompts": dict(sorted(self.prompts.items())),
        }


def fingerprint(asked: Asked) -> str:
    """SHA-256 of model, messages, wanted type and seed: equal for a request that was sent twice."""
    what = json.dumps([asked.model, asked.messages, asked.schema, asked.json, asked.seed], ensure_ascii=True)
    return hashlib.sha256(what.encode()).hexdigest()
