"""How long an export of a large bank takes, and how much memory: every format, each in a process of its own.

python -m cruxbank.bench.export_speed --publish
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cruxbank.bench.export_speed_bank import make_bank
from cruxbank.bench.publish import publish
from cruxbank.exports import registry

ITEMS = 100_000
SECONDS, MEGABYTES = 60.0, 1000.0
"""What jsonl may take for that many items."""
KINDS = {"thinned": ("--n", "1000", "--quota", "topic=1")}
"""Ways of choosing beside taking all."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.export_speed", description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--formats", default="", help="commas between; all that are installed when left out")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scratch", type=Path, default=None, help="folder for the bank (1.2 GB) and the exports")
    parser.add_argument("--publish", action="store_true", help="write into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    names = [name for name in options.formats.split(",") if name] or list(registry.names())
    rows = measure(options.items, names, options.seed, options.scratch)
    text = table(rows)
    print(text)
    if options.publish:
        command = f"python -m cruxbank.bench.export_speed --items {options.items} --seed {options.seed} --publish"
        publish("export-speed", text, rows, command)


def measure(items: int, names: Sequence[str], seed: int, scratch: Path | None = None) -> list[dict[str, Any]]:
    """One row a format, and rows for ways of choosing (jsonl)."""
    with _folder(scratch) as folder:
        average = make_bank(folder, items, seed)
        rows = [_row(folder, name, name, items) for name in names]
        rows += [_row(folder, "jsonl", label, items, *flags) for label, flags in KINDS.items() if "jsonl" in names]
    return [{**row, "payload": round(average), "cores": os.cpu_count()} for row in rows]


def _row(folder: Path, form: str, label: str, items: int, *flags: str) -> dict[str, Any]:
    out = folder / f"out-{label}"
    command = [sys.executable, "-m", "cruxbank.cli", "export", "--to", form, "--out", str(out), *flags]
    started = time.perf_counter()
    code, cpu, peak = _run(command, folder)
    wall = time.perf_counter() - started
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) if out.exists() else 0
    shutil.rmtree(out, ignore_errors=True)
    told = {
        "what": label,
        "format": form,
        "items": items,
        "code": code,
        "seconds": round(wall, 1),
        "cpu": round(cpu, 1),
    }
    row = {**told, "peak_mb": round(peak), "written_mb": round(size / 1e6)}
    sys.stderr.write(f"{row}\n")
    return row


def _run(command: Sequence[str], folder: Path) -> tuple[int, float, float]:
    """Exit code, CPU seconds and peak resident memory (MB) of one process."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, null, 1)]
    here = Path.cwd()
    os.chdir(folder)
    try:
        pid = os.posix_spawn(command[0], list(command), environment, file_actions=actions)
    finally:
        os.chdir(here)
        os.close(null)
    _, status, used = os.wait4(pid, 0)
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / unit


def table(rows: Sequence[dict[str, Any]]) -> str:
    """As Markdown."""
    first = rows[0]
    whole = next((row for row in rows if row["what"] == "jsonl"), None)
    head = (
        f"{first['items']:,} operational items of {first['payload'] / 1000:.1f} kB in the record (12 models, ten values), "
        f"SQLite, {first['cores']} cores. Each row is one `crux export` in a process of its own: from its start to the "
        f"files in their place, card included. `thinned` is jsonl with `--n 1000 --quota topic=1`. The items repeat "
        f"each other's figures, so Parquet packs them better than grown ones.\n"
    )
    lines = ["| export | seconds | CPU seconds | peak memory (MB) | written (MB) |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['what']} | {row['seconds']} | {row['cpu']} | {row['peak_mb']} | {row['written_mb']} |"
        if row["code"] == 0
        else f"| {row['what']} | failed (exit code {row['code']}) | | | |"
        for row in rows
    ]
    return "\n".join([head, *lines, *(["", _verdict(whole)] if whole and whole["items"] >= ITEMS else [])])


def _verdict(row: dict[str, Any]) -> str:
    good = row["code"] == 0 and row["seconds"] <= SECONDS and row["peak_mb"] <= MEGABYTES
    return (
        f"Limit for jsonl with {ITEMS:,} items: {SECONDS:g} s and {MEGABYTES:g} MB: {'kept' if good else 'NOT kept'}."
    )


@contextmanager
def _folder(scratch: Path | None) -> Iterator[Path]:
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
        yield scratch
        return
    with tempfile.TemporaryDirectory(prefix="cruxbank-export-") as name:
        yield Path(name)


if __name__ == "__main__":
    main()
