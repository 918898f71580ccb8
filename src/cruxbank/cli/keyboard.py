"""A person at the keyboard: plain lines on stderr, one line of stdin at a time, a text in the person's own editor."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console


class Seat:
    """What everybody who sits before a terminal needs."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)

    async def _line(self, prompt: str) -> str | None:
        """A line of the keyboard; None at the end of the input. Keys that were hit before the prompt are dropped."""
        fresh_input()
        self._console.print(prompt, end="", markup=False)
        return await read_line()

    async def _agrees(self, question: str) -> bool:
        return (await self._line(f"{question} y/N> ") or "").strip().lower() in ("y", "yes")

    def _print(self, lines: list[str]) -> None:
        for line in lines:
            self._console.print(line)


def edited(editor: str, given: str) -> str:
    """A text as the person's editor leaves it.

    Raises:
        OSError, ValueError, CalledProcessError: the editor cannot be started, or fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ask.txt"
        file.write_text(given + "\n", encoding="utf-8")
        subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603 - the person's own editor
        text = file.read_text(encoding="utf-8").strip()
    return "" if text == given.strip() else text


def fresh_input() -> None:
    """Forget what was typed ahead: an Enter hit while an answer was awaited must not put the next ask."""
    if sys.stdin.isatty():
        try:
            import termios
        except ImportError:  # not a Unix terminal
            return
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


async def read_line() -> str | None:
    """One line of stdin, without blocking the loop: Ctrl-C then ends the run as at any other moment."""
    if not sys.stdin.isatty():
        return await asyncio.to_thread(sys.stdin.readline) or None
    loop, file = asyncio.get_running_loop(), sys.stdin.fileno()
    ready: asyncio.Future[None] = loop.create_future()
    try:
        loop.add_reader(file, _wake, ready)
    except NotImplementedError:  # the loop of Windows
        return await asyncio.to_thread(sys.stdin.readline) or None
    try:
        await ready
    finally:
        loop.remove_reader(file)
    return os.read(file, 65_536).decode("utf-8", errors="replace") or None  # a terminal gives line by line


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
