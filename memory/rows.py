"""What the record takes and gives back: frozen data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cruxbank.frozen import Frozen
from cruxbank.items import Exit, Item, Reading, Status, Topic
from cruxbank.measures import Estimate
from cruxbank.sessions import Turn

Order = Literal["separation", "id", "seq"]
OutboxKind = Literal["topic", "item"]
RunKind = Literal["grow", "remeasure", "probe", "import"]
Part = Literal["informative", "random", "recount"]
"""Why an item was measured again: it promised most, it was drawn, or only the models that count have changed."""


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
    kind: RunKind = "grow"


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
    children: tuple[Topic, ...] = ()
    """New topics that the slot's topic gave."""


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


class Measurement(Frozen):
    """One re-measurement of an item: what its figures were, on which models, and what came of it (bits)."""

    item_id: str
    step: int = -1
    """Counts an item's re-measurements from 0; the record gives it."""
    run: str
    batch: int
    part: Part
    models: tuple[str, ...]
    """The models that counted, sorted: those that answered and are not gone."""
    asked: tuple[str, ...] = ()
    """Those of them that answered first in this batch: they did not choose the item."""
    gone: tuple[str, ...] = ()
    """Models with answers in the record that no longer count."""
    published: Estimate | None = None
    """The item's joint separation before."""
    old: Estimate | None = None
    """Joint separation on the other models under the yardstick of `all`; None where nobody was asked, or fewer than two
    of them had two scored responses."""
    new: Estimate | None = None
    """The same on the asked models alone."""
    all: Estimate
    """The same on all of them: the item's figure from now on."""
    lfdr: float
    counted: int
    """Models behind `all`."""
    before: Status
    after: Status
    reason: str = ""
    """Why the status changed, or why it did not although the figures say so; empty where they do not."""

    @property
    def gain(self) -> float | None:
        """What the asked models add: `all` less `old` (bits), under one yardstick."""
        return None if self.old is None else self.all.est - self.old.est


class UpdateCommit(Frozen):
    """All that one batch of re-measurements leaves behind; written in one transaction."""

    run: str
    batch: int
    examinee_calls: int = 0
    judge_calls: int = 0
    items: tuple[Item, ...]
    """The items as they are from now on, counts over all readings included."""
    readings: tuple[Reading, ...] = ()
    """The new ones."""
    measurements: tuple[Measurement, ...]
    """One an item."""
    payload: str = "{}"


class Update(Frozen):
    """What a batch cost."""

    seq: int
    run: str
    batch: int
    examinee_calls: int
    judge_calls: int
    payload: str


class TurnCommit(Frozen):
    """One turn of a session and what it cost; written in one transaction."""

    session: str
    turn: Turn
    examinee_calls: int = 0
    judge_calls: int = 0
    agent_calls: int = 0
    costs: str = "{}"
    """JSON of its account, as a decision's payload has it."""


class TurnRow(Frozen):
    """A committed turn."""

    turn: Turn
    costs: str


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
    """The base text of a measured item in one of its languages, for the lexical gate."""

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
    operational_by_kind: dict[str, int] = Field(default_factory=dict)
    outbox: int = 0
    remeasured: int = 0
    """Items that were measured again after they had entered the record."""
    sessions: int = 0
    """Probing sessions, ended or not."""
    turns: int = 0
    """Their turns."""
