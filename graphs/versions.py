"""Versions of one draft that a slot has piloted: the original and its rewrites, until one of them goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cruxbank.graphs.assembly import to_item
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.outcome import Tried
from cruxbank.graphs.state import SlotFull, SlotState
from cruxbank.items import Draft, Exit, Neighbour, Reading
from cruxbank.measures import Score, Separation


class Version(NamedTuple):
    """A draft on the desk with everything known of it. `original` is the version that it rewrites."""

    draft: Draft
    original: Draft | None
    readings: tuple[Reading, ...]
    separation: Separation | None
    score: Score | None
    nearest: Neighbour | None
    pushes: bool
    viable: bool
    """Whether the race leaves it a chance, so that it may go on to the scoring panel."""
    place: int
    """How many drafts the slot had filed away before it."""

    @property
    def strength(self) -> float:
        """What versions are compared by: the published score where there is one, else the posterior mean in bits."""
        if self.score is not None:
            return self.score.total
        return self.separation.joint.est if self.separation else -1.0


def on_desk(state: SlotFull) -> Version | None:
    """The draft that lies on the slot's desk."""
    draft = state.get("draft")
    if draft is None:
        return None
    return Version(
        draft=draft,
        original=state.get("original"),
        readings=state["readings"],
        separation=state.get("separation"),
        score=state.get("score"),
        nearest=state.get("nearest"),
        pushes=state.get("pushes", False),
        viable=state["race"] == "piloted",
        place=len(state["tried"]),
    )


def lay_out(version: Version) -> SlotState:
    """Put a version back on the desk."""
    return {
        "draft": version.draft,
        "original": version.original,
        "readings": version.readings,
        "separation": version.separation,
        "score": version.score,
        "nearest": version.nearest,
        "pushes": version.pushes,
    }


def best_of(versions: Sequence[Version]) -> Version:
    """The strongest version that may go on, else the strongest of all; of equal ones the earliest."""
    return max(versions, key=lambda v: (v.viable, v.strength))


def in_order(tried: Sequence[Tried], filed: Sequence[tuple[int, Tried]]) -> tuple[Tried, ...]:
    """Drafts in the order in which they were written: a version comes before what was filed away after its pilot."""
    places = [(2 * i + 1, one) for i, one in enumerate(tried)] + [(2 * place, one) for place, one in filed]
    return tuple(one for _, one in sorted(places, key=lambda pair: pair[0]))


def file_away(context: GrowContext, slot: int, version: Version, exit_: Exit, reasons: tuple[str, ...] = ()) -> Tried:
    """A version as the record keeps it, with its exit."""
    original = version.original
    item = to_item(
        context,
        slot,
        version.draft,
        exit_,
        reasons,
        version.readings,
        version.separation,
        version.nearest,
        replaces=original.id if original and original.id != version.draft.id else None,
        score=version.score,
    )
    return Tried(item=item, readings=version.readings)
