"""A person in the prober's seat, in a terminal: shows what the strategy suggests, reads commands, gives them to the graph.

Everything is shown on stderr and typed on stdin, keyboard only: plain lines, no cursor games, so it works over ssh, in
a pipe and with a screen reader. Results stay alone on stdout.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from cruxbank.cli.keyboard import Seat, edited
from cruxbank.cli.probe_commands import Said, parse
from cruxbank.cli.probe_shown import help_lines, offer_lines, safe, suggested, turn_lines
from cruxbank.graphs.probe_fold import OWN

PROMPT = "> "


class Person(Seat):
    """Satisfies `app.probe.Person`: awaits a command for every offer. The end of the input leaves the session open."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self._told = ("", 0)
        self._taken = ""

    async def __call__(self, offer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Show an offer, and say what to do with it."""
        self._tell_turn(offer)
        taken, self._taken = self._taken, ""
        if taken and taken == offer["text"]:
            return {"do": "accept"}  # its words were shown before it was taken
        self._print(offer_lines(offer, self._console.width))
        while True:
            line = await self._line(PROMPT)
            said = Said("quit") if line is None else parse(line, len(suggested(offer)), offer["number"])
            answer = await self._done(said, offer)
            if answer is not None:
                return answer

    def _tell_turn(self, offer: Mapping[str, Any]) -> None:
        """The last turn, once: an undo or another choice shows it no second time."""
        last = (offer["session"], offer["number"])
        if offer["last"] and last[0] == self._told[0] and last[1] > self._told[1]:
            self._print(turn_lines(offer, self._console.width))
        elif last[0] != self._told[0]:
            self._print([*help_lines(), *(turn_lines(offer, self._console.width) if offer["last"] else [])])
        self._told = last

    async def _done(self, said: Said, offer: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What the graph is told; None where another line is needed."""
        match said.do:
            case "help":
                self._print(help_lines())
            case "wrong":
                self._print([f"  {safe(said.text)}"])
            case "take":
                choice, self._taken = suggested(offer)[said.number - 1]
                return {"do": "own", "choice": dict(choice)}
            case "edit" | "own" | "follow":
                return await self._written(said, offer)
            case "end" if not await self._sure():
                return None
            case _:
                return {"do": said.do}
        return None

    async def _written(self, said: Said, offer: Mapping[str, Any]) -> Mapping[str, Any] | None:
        text = said.text or await self._text(offer["text"] if said.do == "edit" else "")
        if not text:
            self._print(["  no text, nothing is put"])
            return None
        if said.do == "edit":
            return {"do": "edit", "text": text}
        after = offer["number"] - 1 if said.do == "follow" else None
        choice = {"proposition": offer["choice"]["proposition"], "move": OWN, "purpose": "plain", "after": after}
        return {"do": "own", "choice": choice, "text": text}

    async def _text(self, given: str) -> str:
        """A text from the person's editor, or a line where none is set."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if not editor:
            return (await self._line("text (empty: none)> ") or "").strip()
        try:
            return edited(editor, given)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            self._print([f"  {safe(editor)}: {safe(error)}; type the text behind the command instead"])
            return ""

    async def _sure(self) -> bool:
        return await self._agrees("end this session for good?")
