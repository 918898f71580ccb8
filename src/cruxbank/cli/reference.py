"""docs/commands.md, made from the table of commands: `python -m cruxbank.cli.reference` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from typer.main import get_command

from cruxbank.cli.main import app

TARGET = Path("docs/commands.md")
INTRODUCTION = """# Commands

<!-- Made by `python -m cruxbank.cli.reference` from the commands themselves. Do not edit. -->

Results go to stdout, everything else to stderr. `--json` prints the result as one JSON object. Without a terminal the
progress is plain lines.

| exit code | meaning |
|---|---|
| 0 | done, or a budget ended (that is how a run ends) |
| 1 | a bug: please report it |
| 2 | bad input, or an environment that is not ready; one line on stderr names the thing and the way out |
| 3 | stopped because too much could not be read by the judge |
| 130 | interrupted; the same command goes on where it stopped |
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that can be run, with its full name ("crux bank stats"), in the order of `crux --help`."""
    yield from _walk("crux", get_command(app))


def render() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(_section(name, command) for name, command in commands())])


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for child, found in inner.items():
        if not found.hidden:
            yield from _walk(f"{name} {child}", found)


def split_help(text: str) -> tuple[str, list[str]]:
    """The words of a command's help, and its examples."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    examples = [part.removeprefix("Example:").strip() for part in paragraphs if part.startswith("Example:")]
    return "\n\n".join(part for part in paragraphs if not part.startswith("Example:")), examples


def _section(name: str, command: Any) -> str:
    words, examples = split_help(command.help or "")
    shown = "\n".join(f"$ {example}" for example in examples)
    parts = [f"## `{name}`\n", words + "\n", f"```console\n{shown}\n```\n"]
    rows = [_row(parameter) for parameter in command.params if not parameter.hidden]
    if rows:
        parts.append("\n".join(["| | default | meaning |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = f"`{(parameter.metavar or parameter.name).upper()}`"
    else:
        name = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
    cells = (name, _default(parameter), parameter.help or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if isinstance(parameter.show_default, str):
        return f"`{parameter.show_default}`"
    value = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    if value is None or isinstance(value, bool) or value == () or callable(value):
        return ""
    return f"`{value}`"


def main(arguments: list[str]) -> None:
    """Write the page to a file (docs/commands.md when none is named)."""
    target = Path(arguments[0]) if arguments else TARGET
    target.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
