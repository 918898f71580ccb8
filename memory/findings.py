"""What `crux bank verify` finds: one disagreement at a time, by name."""

from __future__ import annotations

from cruxbank.frozen import Frozen

REPAIR = "crux bank verify --repair mends it"
BACKUP = "restore the bank from a backup"
RUNS = "copy the folder from a backup; the bank itself goes on without it"


class Inconsistency(Frozen):
    """One disagreement: `kind` is from a fixed set, `ref` names the thing, `hint` the way out."""

    kind: str
    ref: str
    detail: str
    hint: str
