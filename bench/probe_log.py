"""Does Inspect read the log that a probing session leaves? The installed tool lists it, reads it, writes it, bundles it.

    python -m cruxbank.bench.probe_log [--release 0.3.150 ...] [--publish]

Sessions made of texts that parsers and viewers stumble over are written as `crux probe` writes them; what Inspect reads is
compared with what was put and answered, character by character. Needs a package index on the first run (bench/tools.py);
exit code 1 where a check fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cruxbank.bench.exports import Row, counted, told
from cruxbank.bench.probe_log_checks import checks
from cruxbank.bench.probe_log_sessions import TEXTS
from cruxbank.bench.tools import python_tool, python_version
from cruxbank.errors import EnvironmentProblem

TOOL = "inspect"


def tried(release: str, folder: Path) -> list[Row]:
    """All checks with one release of Inspect, empty for the newest; one that cannot be run is one failed check."""
    folder.mkdir()
    try:
        python = _python(release)
        version = f"inspect-ai {python_version(python, 'inspect-ai')}"
        return [Row(TOOL, version, outcome) for outcome in checks(python, folder)]
    except EnvironmentProblem as error:
        return [Row.failed(TOOL, error)]


def _python(release: str) -> Path:
    """Data frames need two packages more than the rest; an older release needs a jsonpath-ng of its days for them."""
    if release:
        wanted = f"inspect-ai=={release}", "pandas", "pyarrow", "jsonpath-ng<1.8"
        return python_tool(f"{TOOL}-frames-{release}", *wanted)
    return python_tool(f"{TOOL}-frames", "inspect-ai", "pandas", "pyarrow")


def table(rows: Sequence[Row]) -> str:
    """A Markdown table and how it was made."""
    how = (
        f"Sessions of {len(TEXTS)} texts made to be stumbled over, as `crux probe` leaves them, read by Inspect itself"
    )
    return counted(how, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks; prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", action="append", default=[], help="an older Inspect, too; may be given again")
    parser.add_argument("--publish", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="crux-probe-log-") as folder:
        rows = [
            row for n, release in enumerate(["", *options.release]) for row in tried(release, Path(folder) / str(n))
        ]
    command = " ".join(["python -m cruxbank.bench.probe_log", *(f"--release {one}" for one in options.release)])
    return told("probe-log", table(rows), rows, command if options.publish else "")


if __name__ == "__main__":
    sys.exit(main())
