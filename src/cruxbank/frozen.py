"""The base of all domain types."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of all domain types: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
