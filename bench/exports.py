"""Do the tools that people use take what `crux export` writes? Each one installed as its users do, and run.

    python -m cruxbank.bench.exports [--tool NAME ...] [--publish]

A bank of texts that templates, parsers and spreadsheets stumble over is exported to each format; the tool loads it, runs
it with a stand-in for a model, and what it received is compared with what was sent, character by character. Needs a
package index on the first run (bench/tools.py); exit code 1 where a check fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from cruxbank.bench.exports_bank import HOSTILE
from cruxbank.bench.exports_outcome import Outcome
from cruxbank.bench.publish import publish
from cruxbank.errors import EnvironmentProblem

TOOLS = ("inspect", "petri", "lm_eval", "promptfoo", "deepeval", "datasets", "croissant", "spreadsheet")
"""Each has a module `exports_<tool>` of this package."""
HEAD = ("tool", "version", "what was run", "expected", "seen", "")


class Check(Protocol):
    """What a module of a tool holds."""

    def version(self) -> str:
        """Names and versions of what is installed, e.g. `inspect-ai 0.3.285`; installs it on the first call."""
        ...

    def check(self, folder: Path) -> list[Outcome]:
        """Export to an empty folder, run the tool on it and say what came."""
        ...


class Row(NamedTuple):
    """One line of the table."""

    tool: str
    version: str
    outcome: Outcome

    @classmethod
    def failed(cls, tool: str, error: EnvironmentProblem) -> Row:
        """A tool that cannot be run at all."""
        return cls(tool, "?", Outcome("run it", "it runs", str(error), ok=False))


def tried(tool: str, folder: Path) -> list[Row]:
    """All outcomes of a tool; one that cannot be run at all is one failed outcome."""
    module = cast("Check", import_module(f"cruxbank.bench.exports_{tool}"))
    folder.mkdir()
    try:
        version = module.version()
        return [Row(tool, version, outcome) for outcome in module.check(folder)]
    except EnvironmentProblem as error:
        return [Row.failed(tool, error)]


def table(rows: Sequence[Row]) -> str:
    """A Markdown table and how it was made."""
    return counted(f"{len(HOSTILE)} texts made to be stumbled over, exported and read by the tool itself", rows)


def counted(how: str, rows: Sequence[Row]) -> str:
    """How the rows were made, how many held, and the rows as Markdown."""
    good = sum(row.outcome.ok for row in rows)
    return f"{how}; {good} of {len(rows)} checks held.\n\n{_grid(rows)}"


def told(name: str, text: str, rows: Sequence[Row], command: str) -> int:
    """Print a table, publish it where a command is given, and return the exit code: 1 where a check failed."""
    print(text)
    if command:
        publish(
            name, text, [row.outcome._asdict() | {"tool": row.tool, "version": row.version} for row in rows], command
        )
    return 0 if all(row.outcome.ok for row in rows) else 1


def _grid(rows: Sequence[Row]) -> str:
    lines = [HEAD, ("---",) * len(HEAD)]
    for tool, version, (what, expected, seen, ok) in rows:
        lines.append((tool, version, what, expected, seen, "ok" if ok else "**FAILED**"))
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks that were asked for; prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", action="append", choices=TOOLS, help="only this one; may be given again")
    parser.add_argument("--publish", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    chosen = [tool for tool in TOOLS if not options.tool or tool in options.tool]
    with tempfile.TemporaryDirectory(prefix="crux-exports-") as folder:
        rows = [row for tool in chosen for row in tried(tool, Path(folder) / tool)]
    command = " ".join(["python -m cruxbank.bench.exports", *(f"--tool {tool}" for tool in options.tool or ())])
    return told("exports", table(rows), rows, command if options.publish else "")


if __name__ == "__main__":
    sys.exit(main())
