"""Where a slot, and a run, go next: pure functions of the state."""

from __future__ import annotations

from typing import Literal

from langgraph.graph import END
from langgraph.types import Send

from cruxbank.graphs.state import GrowState, SlotFull
from cruxbank.items import Exit


def fan_out(state: GrowState) -> list[Send] | str:
    """One task a planned slot, or the end."""
    return [Send("slot", planned) for planned in state["plan"]] or END


def after_open(state: SlotFull) -> Literal["write", "leave"]:
    """A slot that was staged before a stop has nothing left to do."""
    return "leave" if state["race"] == "staged" else "write"


def after_write(state: SlotFull) -> Literal["critique", "write", "reflect", "leave"]:
    """A draft goes to the critic; without one the slot tries again or leaves."""
    return "critique" if state.get("draft") else again(state)


def after_critique(state: SlotFull) -> Literal["recall", "write", "reflect", "leave"]:
    """What the critic lets pass meets memory."""
    return "recall" if state.get("draft") else again(state)


def after_recall(state: SlotFull) -> Literal["ask", "write", "reflect", "leave"]:
    """What memory does not know yet meets the panel."""
    return "ask" if state.get("draft") else again(state)


def after_ask(state: SlotFull) -> Literal["read", "leave"]:
    """Answers go to the judge; where the quota cannot pay for them the slot leaves."""
    return "leave" if state.get("exit") else "read"


def after_weigh(state: SlotFull) -> Literal["ask", "decide", "reflect"]:
    """The race: an open draft gets more answers, a settled one is decided; after a pilot the versions are compared."""
    if state["race"] == "open":
        return "ask"
    return "decide" if state["race"] == "settled" else "reflect"


def after_reflect(state: SlotFull) -> Literal["ask", "write", "leave"]:
    """The best version is rewritten or goes on to the scoring panel; with none that may go on the slot leaves."""
    if state["race"] == "rewrite":
        return "write"
    return "ask" if state["race"] == "open" else "leave"


def after_decide(state: SlotFull) -> Literal["confirm", "leave"]:
    """An item that was admitted is asked once more, on fresh wordings."""
    return "confirm" if state.get("exit") is Exit.ADMITTED else "leave"


def again(state: SlotFull) -> Literal["write", "reflect", "leave"]:
    """Another draft, unless the slot's attempts are used up or it ended for good. Where a rewrite failed, reflection
    goes on with the versions that were piloted."""
    if state.get("exit"):
        return "leave"
    if state.get("versions"):
        return "reflect"
    return "leave" if state["attempts_left"] <= 0 else "write"
