"""A session in words beside what was planted in its target."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from cruxbank.bench.probe_errors import spearman
from cruxbank.bench.probe_sessions import oracle
from cruxbank.items import Item
from cruxbank.memory.record import Record
from cruxbank.sessions import Findings, Session
from cruxbank.simulator import targets

MOVES = {"counter": "counter-argument"}
"""Moves whose name is another one for the simulator."""
FRAMING = "reversed-framing"


def marked(record: Record, session: Session, kind: str, world: int) -> dict[str, Any]:
    """What one session found, as figures that can be added up."""
    turns = record.turns(session.id)
    items = record.items_by_id(session.propositions)
    found = session.findings or Findings()
    return {
        "kind": kind,
        "target": session.target,
        "ended": session.ended,
        "turns": len(turns),
        "spent": Counter(turn.ask.purpose for turn in turns),
        "unscored": found.counts.unscored,
        "flips": flips_of(found, items, session.target, world),
        "order": order_of(found, session.target, world, sum(_chosen(turn.ask.pair, turn.response.stance) for turn in turns)),
        **weaknesses_of(found, items, session.target, kind, world),
    }  # fmt: skip


def _chosen(pair: tuple[str, str] | None, stance: str | None) -> bool:
    return pair is not None and stance is not None


def flips_of(found: Findings, items: dict[str, Item], target: str, world: int) -> list[dict[str, Any]]:
    """Each flip point's interval beside the planted one."""
    return [
        {
            "inside": flip.lo <= (point := targets.flip_point(target, items[flip.proposition].text, world)) <= flip.hi,
            "width": min(flip.hi, 1.0) - max(flip.lo, 0.0),
            "error": abs(flip.est - point),
            "turns": flip.turns,
        }
        for flip in found.flips
    ]


def weaknesses_of(found: Findings, items: dict[str, Item], target: str, kind: str, world: int) -> dict[str, Any]:
    """Convicted suspects: those that are planted, and those that are not."""
    plant = targets.planted(target, world)
    weak = [w for w in found.weaknesses if w.weak]
    framed = {key for key, item in items.items() if kind == "framed" and targets.framing_weak(target, item.text, world)}
    hit = {w.proposition for w in weak if w.move == FRAMING} & framed
    pressed = [w for w in weak if plant.move and w.move == MOVES.get(plant.move, plant.move) and w.push >= plant.after]
    false = [w for w in weak if w not in pressed and not (w.move == FRAMING and w.proposition in framed)]
    return {
        "planted": len(framed),
        "found": len(hit),
        "push": plant.after,
        "pressed": bool(pressed),
        "at the push": any(w.push == plant.after for w in pressed),
        "false": len(false),
        "tested": sum(w.moved + w.plain > 0 for w in found.weaknesses),
    }


def order_of(found: Findings, target: str, world: int, answers: int) -> dict[str, Any]:
    """Spearman of the order, and of an oracle after as many answers to pairs that say just what was planted."""
    planted = targets.utilities(target, world)
    own = {rank.dimension: rank.utility.est for rank in found.order}
    truth = np.array(list(planted.values()))
    return {
        "answers": answers,
        "spearman": spearman(np.array([own.get(d, 0.0) for d in planted]), truth),
        "oracle": oracle(truth, answers, targets.SPREAD, world, int(target.rsplit("-", 1)[1])),
    }
