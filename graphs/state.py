"""State of the grow graph. The outer state holds ids and primitives only: it is what checkpoints store."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from cruxbank.agents.roles import Feedback
from cruxbank.graphs.meter import Meter
from cruxbank.graphs.outcome import Tried
from cruxbank.items import Draft, Exit, Neighbour, Reading, Response
from cruxbank.measures import Score, Separation

Stage = Literal["pilot", "scoring", "full"]
"""Pilot panel; scoring panel on the first wordings; scoring panel on all wordings."""
Race = Literal["low", "open", "settled", "staged", "piloted", "stopped", "rewrite"]
"""Cannot reach the cut; not decided yet; ready for the decision; decided before a stop; piloted and worth asking on;
piloted and not worth it; about to be rewritten."""


class Planned(TypedDict):
    """One slot of a round: its number, its topic and the calls it may make."""

    slot: int
    topic: str
    quota: int


def gather(old: list[int] | None, new: list[int] | None) -> list[int]:
    """Reducer of `done`: None empties the list, anything else is added."""
    return [] if new is None else [*(old or []), *new]


class GrowState(TypedDict):
    """What the outer graph knows: where the run stands. Texts and growth live in the record."""

    run: str
    next_slot: int
    plan: list[Planned]
    done: Annotated[list[int], gather]
    stop: str


class GrowUpdate(TypedDict, total=False):
    """What a node of a round changes."""

    next_slot: int
    plan: list[Planned]
    done: list[int] | None
    stop: str


class SlotDone(TypedDict):
    """What a slot hands back: its number. Its outcome is staged in the record."""

    done: list[int]


class SlotState(TypedDict, total=False):
    """The desk of one slot. Never checkpointed: after a stop the slot is replayed from the ledger."""

    slot: int
    topic: str
    quota: int
    attempts_left: int
    rewrites_left: int
    step: int
    draft: Draft | None
    original: Draft | None
    feedback: Feedback | None
    versions: tuple[Any, ...]
    """`versions.Version`: the original and its rewrites, piloted, while it is open which of them goes on."""
    tried: tuple[Tried, ...]
    nearest: Neighbour | None
    stage: Stage
    fresh: tuple[Response, ...]
    readings: tuple[Reading, ...]
    separation: Separation | None
    own_values: tuple[str, ...] | None
    score: Score | None
    pushes: bool
    race: Race
    exit: Exit | None
    detail: str
    meter: Meter


class SlotFull(SlotState, SlotDone, total=False):
    """The desk and what it hands back."""


def initial_state(run: str, next_slot: int) -> GrowState:
    """The state a run starts or goes on with; everything else follows from the record."""
    return {"run": run, "next_slot": next_slot, "plan": [], "done": [], "stop": ""}
