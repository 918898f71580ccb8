"""What people do with a bank as data: a person's decision about an item, and what was given out to whom."""

from __future__ import annotations

from typing import Literal

from cruxbank.frozen import Frozen
from cruxbank.vocabulary import Status

Choice = Literal["accept", "edit", "reject", "flag"]
Part = Literal["published", "held"]
"""What an export did with an item: gave it out, or kept it back so that it can tell later who has learnt the others."""


OUT: frozenset[Choice] = frozenset({"reject", "edit"})
"""Decisions that keep an item out of the bank while they stand (decision 0024)."""
PERSON = "person"
"""Generator of what a person wrote. No name: provenance is exported."""


class HumanReview(Frozen):
    """One person's decision about one item. A later one by the same person stands for the earlier."""

    item: str
    reviewer: str
    number: int = 0
    """Which decision of this person about this item, from 0."""
    choice: Choice
    reason: str = ""
    at: str = ""
    """UTC, ISO 8601."""
    made: str = ""
    """Id of the item that an edit made."""
    stood: Status | None = None
    """Where the item stood when no review is counted; the record writes it."""
    settles: bool = False
    """Decided with what others said in view (`--flagged`): the flags raised until then are answered."""


class ExportEntry(Frozen):
    """One export as the bank remembers it."""

    id: str
    format: str
    rule: str
    asked: int | None = None
    """The number asked for; None without a limit."""
    filters: tuple[tuple[str, str], ...] = ()
    """Filters and quotas as they were given: (name, value)."""
    seed: int
    public: bool
    """True: its items count as published from then on."""
    at: str
    canary: str
    digest: str
    """SHA-256 over the ids given out, sorted, one a line."""
    published: int
    held: int
