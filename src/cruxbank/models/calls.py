"""One call as data: the request with its key, the reply."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cruxbank.items import CallScope, FailureReason, Message, Usage
from cruxbank.models.structured import MAX_CHARS

CUT = "cut"
"""Our own finish reason: the answer was longer than MAX_CHARS and only its beginning was kept."""
KEPT_CHARS = 4_096
"""How much of an over-long answer the ledger keeps."""


def canonical(data: Any) -> str:
    """The one JSON text of some data: sorted keys, no spaces, ASCII (lone surrogates stay encodable), no NaN."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


@dataclass(frozen=True)
class Request:
    """What is sent, and what it is for. `params` is the JSON of everything but model and messages."""

    provider: str
    base_url: str
    model: str
    params: dict[str, Any]
    messages: tuple[Message, ...]
    scope: CallScope

    @property
    def key(self) -> str:
        """SHA-256 of what makes the call this call (CONTRACTS 6); run, slot and step for generative calls only."""
        scope = self.scope
        own = [scope.run, scope.slot, scope.step] if scope.kind == "generative" else []
        identity = [self.provider, self.base_url, self.model, self.params, self.turns, scope.repeat, *own]
        return hashlib.sha256(canonical(identity).encode()).hexdigest()

    @property
    def turns(self) -> list[dict[str, str]]:
        """The messages as the wire has them."""
        return [{"role": m.role, "content": m.content} for m in self.messages]


@dataclass(frozen=True)
class Reply:
    """What came back. `usd` is the price of this one request."""

    text: str
    finish_reason: str = "stop"
    refusal: str = ""
    usage: Usage = field(default_factory=Usage)
    usd: float = 0.0
    latency_ms: int = 0

    @property
    def failure(self) -> FailureReason | None:
        """What the endpoint itself says went wrong, before anything is read."""
        if self.refusal:
            return FailureReason.REFUSAL
        return _FINISHED.get(self.finish_reason)


_FINISHED = {
    "length": FailureReason.TRUNCATED,
    "content_filter": FailureReason.CONTENT_FILTER,
    CUT: FailureReason.TOO_LONG,
}


def safe_text(text: str) -> str:
    """Text that every store can hold: lone surrogates, which UTF-8 cannot hold, become question marks."""
    return text.encode("utf-8", "replace").decode()


def cut_text(text: str, finish_reason: str) -> tuple[str, str]:
    """Text and finish reason; an answer above MAX_CHARS keeps its beginning only."""
    return (text[:KEPT_CHARS], CUT) if len(text) > MAX_CHARS else (text, finish_reason)
