"""State of the probe graph: ids and primitives. The turns live in the record, the turn under way on the seat's desk."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict


class ProbeState(TypedDict):
    """Where a session stands."""

    session: str
    number: int
    """Of the turn that is being made."""
    choice: dict[str, Any]
    """What is put next (`probe_fold.plain_choice`); empty while nothing is chosen."""
    text: str
    """The words; empty while there are none."""
    ended: str
    """Why the session ends; empty while it goes on."""


class ProbeUpdate(TypedDict, total=False):
    """What a node changes."""

    number: int
    choice: dict[str, Any]
    text: str
    ended: str


def initial_state(session: str, number: int) -> ProbeState:
    """The state that a session starts or goes on with; everything else follows from the record."""
    return {"session": session, "number": number, "choice": {}, "text": "", "ended": ""}
