"""How commands speak: results on stdout, everything else on stderr, errors in one line, exit codes that mean something."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import typer

from cruxbank.errors import CruxbankError

P = ParamSpec("P")
R = TypeVar("R")

INTERRUPTED = 130


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a CruxbankError into one line on stderr and its exit code, Ctrl-C into 130."""

    @wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except CruxbankError as error:
            say(f"crux: {printable(' '.join(str(error).split()))}")
            raise typer.Exit(error.exit_code or 0) from None
        except KeyboardInterrupt:
            say("crux: interrupted; the same command goes on where it stopped")
            raise typer.Exit(INTERRUPTED) from None

    return inner


def say(line: str) -> None:
    """One line on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def out(text: str) -> None:
    """A result on stdout."""
    sys.stdout.write(text + "\n")


def out_json(value: Mapping[str, Any]) -> None:
    """A result on stdout as JSON."""
    out(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, default=str))


def printable(text: str) -> str:
    """Model text made safe for a terminal: control characters (escape sequences too) become visible."""
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)
