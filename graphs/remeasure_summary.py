"""What a re-measurement found, in figures: what changed status, and how much of the old separation new models show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cruxbank.items import Status
from cruxbank.memory.rows import Measurement

PLACES = 6


def summary(measurements: Sequence[Measurement]) -> dict[str, Any]:
    """Counts, the items that changed status, and mean bits by how the items were chosen.

    `random` was drawn without a look at the figures: it alone says what carries over to the new models. The rest were
    asked because they promised to tell most.
    """
    changed = [m for m in measurements if m.after is not m.before]
    return {
        "items": len(measurements),
        "asked_items": sum(bool(m.asked) for m in measurements),
        "retired": [m.item_id for m in changed if m.after is Status.RETIRED],
        "promoted": [m.item_id for m in changed if m.after is Status.OPERATIONAL],
        "held": [m.item_id for m in measurements if m.reason and m.after is m.before],
        "operational": {part: bits([m for m in measurements if m.part == part]) for part in ("informative", "random")}
        | {"all": bits(measurements)},
    }


def bits(measurements: Sequence[Measurement]) -> dict[str, Any]:
    """Mean joint separation (bits) of items that were operational, on old, new and all models, over the same items."""
    both = [m for m in measurements if m.before is Status.OPERATIONAL and m.old is not None and m.new is not None]
    if not both:
        return {"items": 0}
    olds, news = [m.old.est for m in both if m.old], [m.new.est for m in both if m.new]
    means = {"old": olds, "new": news, "all": [m.all.est for m in both]}
    return {"items": len(both)} | {name: round(sum(v) / len(v), PLACES) for name, v in means.items()}
