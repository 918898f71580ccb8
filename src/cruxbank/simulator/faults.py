"""Faults on purpose: chances by kind, drawn from a generator of their own, counted."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields

from cruxbank.errors import ConfigError

KINDS = ("rate_limit", "server_error", "malformed", "empty", "hang", "drop")


@dataclass(frozen=True)
class Faults:
    """Chance of each fault at one request; at most one fault a request. Default: none."""

    rate_limit: float = 0.0
    """429 with Retry-After."""
    server_error: float = 0.0
    """500."""
    malformed: float = 0.0
    """200 whose content stops in the middle."""
    empty: float = 0.0
    """200 with empty content."""
    hang: float = 0.0
    """No answer for `hang_seconds`."""
    drop: float = 0.0
    """The connection breaks within the answer."""
    retry_after: float = 0.05
    hang_seconds: float = 3600.0
    seed: int = 0
    roles: tuple[str, ...] = ()
    """Only requests of these roles are hit (`judge`, say); all of them when empty."""
    models: tuple[str, ...] = ()
    """Only these models are hit; all of them when empty."""

    def __post_init__(self) -> None:
        """Refuse chances that are none."""
        chances = [getattr(self, kind) for kind in KINDS]
        if min(chances) < 0 or sum(chances) > 1:
            names = ", ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self)[: len(KINDS)])
            raise ConfigError(f"simulator faults: {names}", hint="give chances from 0 to 1 that add up to at most 1")


class FaultSource:
    """Draws a fault for each request."""

    def __init__(self, faults: Faults | None) -> None:
        self.faults = faults or Faults()
        self._rng = random.Random(self.faults.seed)

    def draw(self, model: str = "", role: str = "") -> str:
        """A kind of fault, or an empty string; nothing is drawn for a request that cannot be hit."""
        only = self.faults
        if (only.roles and role not in only.roles) or (only.models and model not in only.models):
            return ""
        u = self._rng.random()
        for kind in KINDS:
            u -= getattr(self.faults, kind)
            if u < 0:
                return kind
        return ""
