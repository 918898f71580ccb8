"""How commands speak: results on stdout, everything else on stderr, errors in one line, exit codes that mean something."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec, TextIO, TypeVar

import typer

from cruxbank.errors import CruxbankError

P = ParamSpec("P")
R = TypeVar("R")

INTERRUPTED = 130
NOT_READY = 2
PIPE_CLOSED = 141
"""128 + SIGPIPE: what a shell reports of any program whose reader went away (`crux bank search ... | head -1`)."""


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a CruxbankError into one line on stderr and its exit code, Ctrl-C into 130, a closed pipe into 141.

    The last resort: a disk or database that refuses where nothing named it is one line and exit code 2 too.
    """

    @wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except CruxbankError as error:
            raise _ended(str(error), error.exit_code or 0) from None
        except KeyboardInterrupt as stop:  # a command that does not go on says so
            raise _ended(str(stop) or "interrupted; the same command goes on where it stopped", INTERRUPTED) from None
        except BrokenPipeError:
            _let_go(sys.stdout, sys.stderr)
            raise typer.Exit(PIPE_CLOSED) from None
        except OSError as error:
            raise _ended(_os_error(error), NOT_READY) from None
        except sqlite3.Error as error:
            raise _ended(f"database: {error}: check the disk, then run the same command again", NOT_READY) from None

    return inner


def _ended(message: str, code: int) -> typer.Exit:
    _let_go(sys.stdout)
    say(f"crux: {' '.join(message.split())}")
    return typer.Exit(code)


def _os_error(error: OSError) -> str:
    name = error.filename.decode(errors="replace") if isinstance(error.filename, bytes) else error.filename
    where = f"{name}: " if name else ""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{where}{reason}: check the disk and the permissions, then run the same command again"


def _let_go(*streams: TextIO) -> None:
    """Point a stream that takes nothing more at the null device, or Python would complain again as it exits."""
    for stream in streams:
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, stream.fileno())
                os.close(null)


def say(line: str) -> None:
    """One line on stderr; nothing in it steers the terminal (a file may be named with an escape sequence)."""
    sys.stderr.write(printable(line) + "\n")
    sys.stderr.flush()


def loading(what: str = "the encoder") -> None:
    """Say what takes seconds, to who sits before a terminal; a log file needs no such line."""
    if sys.stderr.isatty():
        say(f"loading {what} ...")


def out(text: str) -> None:
    """A result on stdout, sent at once: a disk or pipe that refuses it is noticed here, not as Python exits. Made
    printable as in `say`."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def out_json(value: Mapping[str, Any]) -> None:
    """A result on stdout as JSON; characters that could steer a terminal (U+0080-U+009F too) are \\u escapes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, default=str)
    out("".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text))


def printable(text: str) -> str:
    """Model text made safe for a terminal: control characters (escape sequences too) become visible."""
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)
