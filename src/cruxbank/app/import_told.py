"""What is told of an import: each line of the file, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from cruxbank.app.import_asking import LACKS
from cruxbank.app.import_files import Row
from cruxbank.items import Exit, Neighbour

UNREADABLE = "unreadable"
"""Why a line is left out before any gate: it is no item."""
IN_BANK = "already_in_the_bank"
"""The same base wording is in the bank: the file was imported before, or was exported from here."""


class Taken(NamedTuple):
    """One line of the file and what became of it; no reason where it is taken."""

    row: Row
    refused: str
    reasons: tuple[str, ...] = ()
    nearest: Neighbour | None = None


def told_of(taken: Sequence[Taken]) -> dict[str, Any]:
    """The lines, the counts of exits and of the critic's reasons, and the kinds of items that lacked wordings."""
    counts = Counter(one.refused for one in taken if one.refused)
    why = Counter(reason for one in taken for reason in _plain(one))
    return {
        "rows": len(taken),
        "refused": _counted(counts),
        "reasons": _counted(why),
        "lacking": sorted({one.row.draft.kind for one in taken if one.row.draft and LACKS & set(one.reasons)}),
        "lines": [_line(one) for one in taken],
    }


def _counted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _plain(taken: Taken) -> list[str]:
    """A critic's reasons without the number of the wording, so that they can be counted; once a line."""
    if taken.refused != Exit.CRITIC.value:
        return []
    return sorted({reason.partition(": ")[2] or reason for reason in taken.reasons})


def _line(taken: Taken) -> dict[str, Any]:
    near = taken.nearest.model_dump() if taken.nearest else None
    key = taken.row.draft.id if taken.row.draft else ""
    return {"line": taken.row.line, "id": key, "refused": taken.refused, "reasons": taken.reasons, "nearest": near}
