"""A reviewer in a terminal: shows item after item, reads commands, writes decisions, one at a time.

Everything is shown on stderr and typed on stdin, keyboard only, in plain lines (`keyboard`).
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from functools import partial
from typing import Any

from rich.console import Console

from cruxbank.app.reviewing import Desk, Edited, Sheet, Wanted
from cruxbank.cli.keyboard import Seat, edited
from cruxbank.cli.probe_shown import safe
from cruxbank.cli.review_keys import KEYS, WITH_REASON, Said, from_edit, parse, reason, to_edit
from cruxbank.cli.review_screen import decided_line, help_lines, reason_lines, sheet_lines, wording_lines
from cruxbank.curation import HumanReview
from cruxbank.errors import InputError

PROMPT = "> "
FAR = 10
"""Neighbours that `more` shows."""


class Session(Seat):
    """One person's way through a queue. The end of the input leaves it as `q` does: every decision is kept at once."""

    def __init__(self, desk: Desk, wanted: Wanted, console: Console | None = None) -> None:
        super().__init__(console)
        self._desk = desk
        self._wanted = wanted
        self._queue = desk.queue(wanted)
        self._made: dict[str, HumanReview] = {}
        self._skipped: set[str] = set()

    async def run(self) -> dict[str, Any]:
        """From the first item to the last, or until the person leaves; returns what was done."""
        place = 0
        if len(self._queue) > 1:
            self._print(help_lines())
        while 0 <= place < len(self._queue):
            step = await self._item(place)
            if step is None:
                break
            if place + step < 0:
                self._print(["  this is the first one"])
            place = max(place + step, 0)
        return self._told()

    async def _item(self, place: int) -> int | None:
        """How far to go on from an item; None to leave."""
        key = self._queue[place]
        sheet = await self._desk.sheet(key)
        self._show(sheet, place)
        while True:
            line = await self._line(PROMPT)
            said = Said("quit") if line is None else parse(line)
            match said.do:
                case "quit":
                    return None
                case "back":
                    return -1
                case "skip":
                    self._skipped |= {key} - self._made.keys()
                    return 1
                case "help":
                    self._print(help_lines())
                case "more":
                    self._show(await self._desk.sheet(key, FAR), place, more=True)
                case "wordings":
                    self._print(wording_lines(sheet.item, self._console.width))
                case "wrong":
                    self._print([f"  {safe(said.text)}"])
                case _:
                    if await self._decided(sheet, said):
                        return 1

    async def _decided(self, sheet: Sheet, said: Said) -> bool:
        """Write a decision; False where the person gave no reason or no other words."""
        why = said.text
        if said.do in WITH_REASON and not why:
            why = await self._reason(said.do)
            if not why:
                self._print(["  no reason, nothing is decided"])
                return False
        try:
            review = await self._edit(sheet) if said.do == "edit" else self._plain(sheet, said.do, why)
        except InputError as error:  # the record does not take it: the next command may be another
            self._print([f"  [yellow]{safe(error)}[/yellow]"])
            return False
        if review is None:
            return False
        self._made[sheet.item.id] = review
        self._skipped.discard(sheet.item.id)
        after = self._desk.status(sheet.item.id)
        self._print([decided_line(review, sheet.item.status.value, after.value)])
        return True

    def _plain(self, sheet: Sheet, choice: str, why: str) -> HumanReview:
        return self._desk.decide(sheet.item.id, choice, why, settles=self._wanted.flagged)  # type: ignore[arg-type]

    async def _reason(self, choice: str) -> str:
        if choice == "reject":
            self._print(reason_lines())
        return reason(await self._line("why (a number or words; empty: not at all)> ") or "")

    async def _edit(self, sheet: Sheet) -> HumanReview | None:
        """Other words for the item, until the gates take them or the person gives up."""
        item = sheet.item
        text = to_edit(item.own_wordings, item.options)
        while True:
            found = await self._words(text)
            if found is None:
                self._print(["  nothing was changed"])
                return None
            text = found
            wordings, options, wrong = from_edit(text, item.options)
            if self._desk.asked and not wrong:
                self._print([f"  [dim]{safe(self._desk.asked)} reads it ...[/dim]"])
            put = partial(self._desk.edit, item, wordings, options, settles=self._wanted.flagged)
            result = Edited(None, (wrong,), binding=True) if wrong else await put()
            if (
                result.review is None
                and not result.binding
                and await self._yes(result.reasons, "keep it all the same?")
            ):
                result = await put(overrule=True)
            if result.review is not None:
                return result.review
            if result.binding and not await self._yes(result.reasons, "edit it again?"):
                return None
            if not result.binding and not await self._yes((), "edit it again?"):
                return None

    async def _words(self, text: str) -> str | None:
        """The text as the person leaves it; None where it stays as it is."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if not editor:
            return await self._line_by_line(text)
        try:
            return edited(editor, text) or None
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            self._print([f"  {safe(editor)}: {safe(error)}; set EDITOR to another one, or to nothing to type here"])
            return None

    async def _line_by_line(self, text: str) -> str | None:
        """Every wording in turn, where there is no editor: Enter keeps it."""
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        kept: list[str] = []
        for line in lines:
            kind, _, words = line.partition(": ")
            self._print([f"  [dim]{safe(kind)}[/dim] {safe(words)}"])
            given = await self._line("  other words (Enter keeps)> ")
            if given is None:
                return None
            kept.append(f"{kind}: {' '.join(given.split()) or words}")
        return None if kept == lines else "\n".join(kept)

    async def _yes(self, reasons: tuple[str, ...], question: str) -> bool:
        self._print([f"  [yellow]{safe(one)}[/yellow]" for one in reasons])
        return await self._agrees(question)

    def _show(self, sheet: Sheet, place: int, *, more: bool = False) -> None:
        width, of = self._console.width, len(self._queue)
        self._print(sheet_lines(sheet, place + 1, of, width, settling=self._wanted.flagged, more=more))
        self._print(["", f"  [dim]{safe(KEYS)}[/dim]"])

    def _told(self) -> dict[str, Any]:
        counts = Counter(one.choice for one in self._made.values())
        return {
            "reviewer": self._desk.reviewer,
            "queue": len(self._queue),
            "decided": {choice: counts[choice] for choice in ("accept", "edit", "reject", "flag")},
            "skipped": len(self._skipped),
            "left": len(self._queue) - len(self._made),
            "calls": self._desk.paid.calls,
            "usd": round(self._desk.paid.usd, 6),
            "decisions": [one.model_dump(mode="json") for one in self._made.values()],
        }
