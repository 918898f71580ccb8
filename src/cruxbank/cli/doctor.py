"""`crux doctor`: is everything ready for a run?"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from cruxbank.cli.console import guarded, loading, out, out_json, printable, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config

if TYPE_CHECKING:
    from cruxbank.app.check import Check


@guarded
def doctor(
    config: Config = DEFAULT_CONFIG,
    calls: Annotated[bool, typer.Option("--calls/--no-calls", help="Make one tiny real call to every model.")] = True,
    as_json: AsJson = False,
) -> None:
    """Check settings, keys, endpoints, encoder, store and disk, and estimate the price; exit code 2 where one failed.

    Nothing is written into the bank, and --json holds neither keys nor the path of your home folder.

    Example: crux doctor --no-calls
    """
    from cruxbank.app.doctor import examine

    found: list[Check] = []
    for check in examine(config, os.environ, calls=calls):
        found.append(check)
        if not as_json:
            out(_line(check))
        if check.name == "calls" or (check.name == "configuration" and check.state == "failed"):
            loading()  # the encoder is the next check, and takes seconds
    counts = Counter(check.state for check in found)
    if as_json:
        checks = [check.model_dump(mode="json") for check in found]
        out_json({"ok": not counts["failed"], "checks": checks, "counts": dict(sorted(counts.items()))})
    else:
        say(", ".join(f"{number} {state}" for state, number in sorted(counts.items())))
    if counts["failed"]:
        raise typer.Exit(2)


def _line(check: Check) -> str:
    fix = f" -> {printable(check.fix)}" if check.fix else ""
    return f"{check.state:<8} {check.name:<14} {printable(check.seen)}{fix}"
