"""State of the remeasure graph: ids and primitives outside, the desk of one batch inside."""

from __future__ import annotations

from typing_extensions import TypedDict

from cruxbank.graphs.meter import Meter
from cruxbank.graphs.remeasure_weigh import Weighed
from cruxbank.items import Reading, Response


class RemeasureState(TypedDict):
    """Where the run stands. What was measured lives in the record."""

    batch: int
    plan: list[str]
    """Ids of the batch's items."""
    stop: str


class RemeasureUpdate(TypedDict, total=False):
    """What `choose` and a batch change."""

    batch: int
    plan: list[str]
    stop: str


class BatchState(TypedDict, total=False):
    """The desk of one batch. Never checkpointed: after a stop the batch is replayed from the ledger."""

    batch: int
    plan: list[str]
    fresh: dict[str, tuple[Response, ...]]
    readings: dict[str, tuple[Reading, ...]]
    weighed: tuple[Weighed, ...]
    meter: Meter


class BatchFull(BatchState, RemeasureUpdate, total=False):
    """The desk and what it hands back."""


def initial_state(batch: int) -> RemeasureState:
    """The state a run starts or goes on with; everything else follows from the record."""
    return {"batch": batch, "plan": [], "stop": ""}
