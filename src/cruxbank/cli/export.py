"""`crux export`: curated items for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cruxbank.cli.console import guarded, out, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.errors import InputError
from cruxbank.items import Status

FORMATS = ("jsonl",)


@guarded
def export(
    to: Annotated[str, typer.Option("--to", help=f"Format: {', '.join(FORMATS)}.")],
    target: Annotated[Path, typer.Option("--out", help="Folder to write into.")],
    config: Config = DEFAULT_CONFIG,
    n: Annotated[int | None, typer.Option("--n", min=1, help="At most so many, the best separating first.")] = None,
    status: Annotated[Status, typer.Option("--status", help="Items of this status.")] = Status.OPERATIONAL,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an earlier export.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write items of the bank in a format that other tools read.

    Example: crux export --to jsonl --out exported --n 50
    """
    from cruxbank.app import open_record
    from cruxbank.config.loading import load_settings
    from cruxbank.exports import jsonl

    if to not in FORMATS:
        raise InputError(f"--to: no format '{to}'", hint=f"one of {', '.join(FORMATS)}")
    with open_record(load_settings(config)) as record:
        items = record.items(status=status, limit=n)
    if not items:
        raise InputError(f"--status {status.value}: the bank has no such item", hint="see `crux bank stats`")
    weights: dict[str, float | None] = {} if n is None else {item.id: None for item in items}  # the best are no sample
    path = jsonl.export(items, target, weights=weights, force=force)
    simulated = any(item.provenance.origin == "simulated" for item in items)
    if as_json:
        out_json({"written": str(path), "items": len(items), "format": to, "simulated": simulated})
        return
    out(str(path))
    say(f"{len(items)} items" + (", grown on simulated models" if simulated else ""))
