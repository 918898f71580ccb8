"""`crux bank backup` and `crux bank restore`: a bank as one file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cruxbank.cli.console import guarded, loading, out, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.display import plural


@guarded
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, bank.tar.gz for example.")],
    config: Config = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an earlier backup.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the whole bank to one file, checked by reading it back; a run may go on meanwhile.

    Example: crux bank backup bank.tar.gz
    """
    from cruxbank.app.backup import backup_bank
    from cruxbank.config.loading import load_settings

    made = backup_bank(load_settings(config), file, force=force)
    size = file.stat().st_size
    rows = {e.name.removesuffix(".jsonl"): e.rows for e in made.files if e.rows is not None}
    if as_json:
        told = {"file": str(file), "bytes": size, "unpacked": made.size, "digest": made.digest, "rows": rows}
        out_json({**told, "files": len(made.files), "left_out": list(made.left_out)})
        return
    out(str(file))
    say(f"{_held(rows)}, {plural(rows.get('ledger/calls') or 0, 'call')}; {_mib(size)}")
    for name in made.left_out:
        say(f"left out, a link or a name that no backup takes: {name}")
    say(f"Back again: crux bank restore {file} --out NEW_FOLDER")


@guarded
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that crux bank backup wrote.")],
    target: Annotated[Path, typer.Option("--out", help="Folder of the new bank: absent or empty.")],
    record_url: Annotated[
        str | None,
        typer.Option("--record-url", help="Empty PostgreSQL database for the record; record.sqlite when left out."),
    ] = None,
    vectors: Annotated[
        bool, typer.Option("--vectors/--no-vectors", help="Make the vectors now, or leave them to the next crux grow.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Make a bank from a backup; a damaged file is refused before anything is written.

    Example: crux bank restore bank.tar.gz --out bank-again
    """
    from cruxbank.app.backup import restore_bank

    if vectors:
        loading()
    done = restore_bank(file, target, record_url=record_url, vectors=vectors)
    rows = {e.name.removesuffix(".jsonl"): e.rows for e in done.manifest.files if e.rows is not None}
    if as_json:
        told = {"bank": str(target), "made_at": done.manifest.made_at, "digest": done.manifest.digest, "rows": rows}
        out_json({**told, "vectors": done.vectors, "waiting": done.waiting})
        return
    out(str(target))
    say(f"{_held(rows)}, {plural(done.vectors, 'vector')}")
    if done.waiting:
        say(f"No vectors yet ({done.waiting}): the next crux grow makes them, or crux bank verify --repair")
    say(f"Set bank: {target} in crux.yaml, then crux bank verify")


def _held(rows: Mapping[str, int]) -> str:
    return f"{plural(rows['record/items'], 'item')}, {plural(rows['record/responses'], 'response')}"


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
