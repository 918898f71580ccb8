"""What a person in the prober's seat is shown beside the ask: texts, where the session stands, what the last turn did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cruxbank.graphs.probe_fold import findings_of
from cruxbank.graphs.probe_seat import Seat


def standing(seat: Seat) -> dict[str, Any]:
    """Target, turns, the words of each proposition, and the findings now and before the last turn."""
    ask = seat.desk.ask
    return {
        "target": seat.session.target,
        "turns": seat.session.turns,
        "propositions": {key: item.text for key, item in seat.items.items()},
        "after": ask.after if ask else None,
        "sense": ask.sense if ask else "base",
        "kind": ask.kind if ask else "question",
        "findings": _found(seat, len(seat.turns)),
        "before": _found(seat, len(seat.turns) - 1) if seat.turns else {},
    }


def _found(seat: Seat, turns: int) -> Mapping[str, Any]:
    """The findings that a person can follow turn by turn."""
    found = findings_of(seat.planned, seat.turns[:turns])
    return found.model_dump(mode="json", include={"flips", "order", "positions"})
