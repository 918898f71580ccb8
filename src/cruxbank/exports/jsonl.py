"""`jsonl`: the bank's own format, one `cruxbank.item/1` object a line (CONTRACTS 10)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from cruxbank.exports.format import Bundle
from cruxbank.exports.lines import dump

FILE = "items.jsonl"


class Jsonl:
    """Everything that the bank knows of its items; `crux bank import` reads it again."""

    name: ClassVar[str] = "jsonl"
    summary: ClassVar[str] = "everything, one object a line; crux bank import reads it"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """items.jsonl: sorted keys, UTF-8, LF, floats to 6 places."""
        with (folder / FILE).open("w", encoding="utf-8", newline="\n") as file:
            for line in bundle.lines:
                file.write(dump(line) + "\n")
