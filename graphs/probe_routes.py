"""Where a probing session goes next. Pure functions of the state."""

from __future__ import annotations

from typing import Literal

from cruxbank.graphs.probe_state import ProbeState


def after_choose(state: ProbeState) -> Literal["compose", "conclude"]:
    """Words for what was chosen, or the end."""
    return "compose" if state["choice"] and not state["ended"] else "conclude"


def after_compose(state: ProbeState) -> Literal["approve", "choose"]:
    """An ask that has no words is not put: another one is chosen."""
    return "approve" if state["text"] else "choose"


def after_approve(state: ProbeState) -> Literal["ask", "compose", "choose", "conclude", "__end__"]:
    """Put it; or, where a person changed what is put, find its words; choose again after an undo; leave, or end."""
    if state["ended"]:
        return "__end__" if state["ended"] == LEFT else "conclude"
    if not state["choice"]:
        return "choose"
    return "ask" if state["text"] else "compose"


LEFT = "left"
"""A person got up: the session stays open and goes on later."""
