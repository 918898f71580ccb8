"""What `crux export` says of what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cruxbank.exports.bank_export import Exported


def as_mapping(done: Exported, form: str) -> dict[str, Any]:
    """For --json. `written` is the first data file."""
    chosen = done.selected
    data = [file for file in done.files if file.name != "README.md"] or list(done.files)
    return {
        "format": form,
        "written": str(data[0]),
        "files": [str(file) for file in done.files],
        "private": [str(file) for file in done.private],
        "items": len(chosen.published),
        "held": len(chosen.held),
        "held_wanted": chosen.wanted,
        "pool": chosen.pool,
        "withheld": chosen.withheld,
        "select": chosen.wish.rule,
        "seed": chosen.wish.seed,
        "effective": round(chosen.effective, 6),
        "coverage": {name: {"groups": groups, "full": full} for name, (groups, full) in chosen.coverage.items()},
        "public": done.entry is not None,
        "export": done.entry.id if done.entry else None,
        "canary": chosen.canary,
        "uncalibrated": done.uncalibrated,
        "simulated": done.card.simulated,
    }


def summary(done: Exported) -> Iterator[str]:
    """For a person, on stderr."""
    chosen = done.selected
    weighed = f"{chosen.wish.rule}; effective sample size {chosen.effective:.1f}"
    grown = ", grown on simulated models" if done.card.simulated else ""
    lost = f"; not calibrated: {done.uncalibrated}" if done.uncalibrated else ""
    yield f"{len(chosen.published)} of {chosen.pool} items ({weighed}){grown}{lost}"
    for name, (groups, full) in chosen.coverage.items():
        most = dict(chosen.wish.quotas)[name]
        yield f"quota {name}={most}: {full} of {groups} groups have {most}" + (", the others fewer" * (full < groups))
    if chosen.withheld:
        yield f"left out because they were published before: {chosen.withheld}"
    if chosen.held:
        yield f"held back: {len(chosen.held)}" + _short(chosen.wanted, len(chosen.held)) + _where(done)
    if done.entry:
        yield f"the bank remembers this export as {done.entry.id}: its items count as published"


def _short(wanted: int, held: int) -> str:
    return f" of {wanted} asked for, the others were published before" if held < wanted else ""


def _where(done: Exported) -> str:
    return f", in {done.private[0].parent} only" if done.private else ", in no file"
