"""What the record takes and gives back: frozen data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cruxbank.items import Exit, Frozen, Item, Reading, Status, Topic

Order = Literal["separation", "id", "seq"]
OutboxKind = Literal["topic", "item"]


class Run(Frozen):
    """One execution of a graph. Times and payload are for people; nothing is decided from them."""

    id: str
    seq: int
    config_hash: str
    seed: int
    state: str
    """`running` until `finish_run` says why it ended."""
    started_at: str = ""
    finished_at: str = ""
    payload: str = "{}"


class SlotCommit(Frozen):
    """All that one slot leaves behind; written in one transaction."""

    run: str
    slot: int
    topic: Topic
    exit: Exit
    reward: float = 0.0
    """Bits of admitted separation; the bandit divides by calls."""
    examinee_calls: int = 0
    judge_calls: int = 0
    agent_calls: int = 0
    item_id: str | None = None
    """The item this slot ended with, admitted or not."""
    items: tuple[Item, ...] = ()
    """Every draft of the slot."""
    readings: tuple[Reading, ...] = ()
    payload: str = "{}"


class Decision(Frozen):
    """What a slot came to."""

    seq: int
    run: str
    slot: int
    topic_id: str
    exit: Exit
    reward: float
    examinee_calls: int
    judge_calls: int
    agent_calls: int
    item_id: str | None
    payload: str
    seen_before: tuple[str, ...] = ()
    """Drafts of this slot whose text was already in the record under another slot."""


class Change(Frozen):
    """One step in an item's life."""

    item_id: str
    step: int
    before: Status | None
    after: Status
    reason: str
    run: str
    slot: int


class OutboxRow(Frozen):
    """A topic or item whose vector may be missing or stale."""

    seq: int
    kind: OutboxKind
    ref: str


class Horizon(Frozen):
    """What a slot may see: other runs, and slots of its own run below `slot` (CONTRACTS 7 and 8).

    So a replayed slot never meets itself as a duplicate.
    """

    run: str
    slot: int

    def sees(self, run: str, slot: int) -> bool:
        """Whether something committed by that slot is visible."""
        return run != self.run or slot < self.slot


class TextRow(Frozen):
    """The base text of a measured item, for the lexical gate."""

    id: str
    rev: int
    text: str
    language: str
    topic: str
    topic_id: str
    region: str
    run: str
    slot: int


class Arm(Frozen):
    """A topic's record as an arm of the bandit, rebuilt from the decisions."""

    topic_id: str
    pulls: int = 0
    reward: float = 0.0
    examinee_calls: int = 0
    judge_calls: int = 0
    agent_calls: int = 0
    admitted: int = 0
    misses: int = 0
    """Consecutive pulls without an admitted item, up to now."""

    @property
    def calls(self) -> int:
        """Examinee, judge and agent calls together."""
        return self.examinee_calls + self.judge_calls + self.agent_calls


class BankStats(Frozen):
    """Counts over the whole bank."""

    items: int
    by_status: dict[str, int]
    by_exit: dict[str, int]
    """Exits of decisions (slots), not of items."""
    topics: int
    topics_tried: int
    topics_operational: int
    domains: int
    """Domains with at least one operational item."""
    languages: dict[str, int]
    models: dict[str, int]
    """Responses per model."""
    responses: int
    runs: int
    decisions: int
    examinee_calls: int
    judge_calls: int
    agent_calls: int
    operational_by_domain: dict[str, int] = Field(default_factory=dict)
    operational_by_dimension: dict[str, int] = Field(default_factory=dict)
    """Each operational item counted once, under the dimension that it separates best."""
    outbox: int = 0
