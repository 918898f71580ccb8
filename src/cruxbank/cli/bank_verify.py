"""`crux bank verify`: what in a bank does not agree, and what of it can be mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from cruxbank.cli import tables
from cruxbank.cli.console import guarded, loading, out, out_json, printable, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.display import plural
from cruxbank.memory.findings import Inconsistency

_OTHER = "went with another"
_NAMED = 3
"""So many of one kind are named; --json has all."""


@guarded
def verify(
    config: Config = DEFAULT_CONFIG,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="First make the vectors again from the record.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended without loss, and say what.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check record, vectors, ledger and run folders against each other; exit code 2 where they disagree.

    Example: crux bank verify --repair
    """
    from cruxbank.app.verifying import verify_bank
    from cruxbank.config.loading import load_settings
    from cruxbank.memory.repair import DONE

    settings = load_settings(config)
    loading()
    found = verify_bank(settings, again=rebuild, repair=repair)
    if as_json:
        told = {"ok": not found.left, "inconsistencies": [one.model_dump(mode="json") for one in found.left]}
        mended = [{"kind": one.kind, "ref": one.ref, "done": DONE.get(one.kind, _OTHER)} for one in found.mended]
        out_json(told | ({"mended": mended} if repair else {}))
    else:
        for kind, refs in _by_kind(found.mended).items():
            named = ", ".join(refs[:_NAMED]) + (f" and {len(refs) - _NAMED} more" if len(refs) > _NAMED else "")
            out(printable(f"mended: {kind} {named}: {DONE.get(kind, _OTHER)}"))
        _tell(found.left)
        left = plural(len(found.left), "inconsistency", "inconsistencies") if found.left else "no inconsistency"
        say(f"{left}{' left' if found.mended else ''}" + (f", {len(found.mended)} mended" if found.mended else ""))
    if found.left:
        raise typer.Exit(2)


def _tell(left: Sequence[Inconsistency]) -> None:
    """A line each, of a kind that has many (660 missing vectors) for the first ones and one for the others."""
    told = Counter[str]()
    for one in left:
        if told[one.kind] < _NAMED:
            out(tables.problem(one))
        told[one.kind] += 1
    for kind, count in told.items():
        if count > _NAMED:
            out(f"{kind}: {count - _NAMED} more; --json names them")


def _by_kind(mended: Sequence[Inconsistency]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in mended:
        found.setdefault(one.kind, []).append(one.ref)
    return found
