"""What `crux export` says of what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cruxbank.display import plural

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
        "held_akin": chosen.akin,
        "held_in_bank": chosen.kept_back,
        "comparable": chosen.fair,
        "found": chosen.found,
        "matching": chosen.matching,
        "pool": chosen.pool,
        "unmeasured": chosen.unmeasured,
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
    size = f"effective sample size {chosen.effective:.1f}" if chosen.fair else "no weights"
    grown = ", grown on simulated models" if done.card.simulated else ""
    lost = f"; not calibrated: {done.uncalibrated}" if done.uncalibrated else ""
    yield f"{len(chosen.published):,} of {plural(chosen.pool, 'item')} ({chosen.wish.rule}; {size}){grown}{lost}"
    if chosen.unmeasured:
        yield f"left out because they were never measured: {chosen.unmeasured} of {chosen.pool}"
    for name, (groups, full) in chosen.coverage.items():
        most = dict(chosen.wish.quotas)[name]
        fewer = ", the others fewer" * (full < groups)
        yield f"quota {name}={most}: {full} of {plural(groups, 'group')} have {most}{fewer}"
    if chosen.withheld:
        yield f"left out because they were published before: {chosen.withheld}"
    yield from _kept(done)
    if done.entry:
        yield f"the bank remembers this export as {done.entry.id}: its items count as published"


def _kept(done: Exported) -> Iterator[str]:
    chosen = done.selected
    if chosen.held or chosen.wanted:
        yield f"held back: {len(chosen.held)}" + _short(chosen.wanted, len(chosen.held)) + _where(done)
    if chosen.akin:
        yield f"among these, versions and near-duplicates of items that were held back before: {chosen.akin}"
    if not chosen.fair:
        yield (
            "not comparable: some items were published before without a draw, so that the held ones come from the others "
            "only; no item has a weight"
        )


def _short(wanted: int, held: int) -> str:
    if 0 < wanted < held:
        return f", {wanted} asked for: what was held back before stays so, and versions of an item stay together"
    return f" of {wanted} asked for, the others were published before" if held < wanted else ""


def _where(done: Exported) -> str:
    return f", in {done.private[0].parent} only" if done.private else ", in no file"
