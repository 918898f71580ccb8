"""`deepeval`: goldens as one JSON array, for `EvaluationDataset.add_goldens_from_json_file`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from cruxbank.exports.about import about, bank, row
from cruxbank.exports.format import Bundle, Line
from cruxbank.exports.labels import labels
from cruxbank.exports.lines import dump

FILE, BANK = "goldens.json", "bank.json"
COLUMNS = frozenset({"kind", "language", "status", "origin", "domain", "dimension", "separation", "canary"})
"""What a table of goldens is sorted by: deepeval takes texts only here."""


class Deepeval:
    """One golden an item: a question of values has no expected output. JSON, for deepeval's JSONL joins lists of texts."""

    name: ClassVar[str] = "deepeval"
    summary: ClassVar[str] = "deepeval: goldens in one JSON array"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """goldens.json, a JSON array with a golden a line, by id; bank.json, the licence and what else holds for all."""
        with (folder / FILE).open("wb") as file:
            file.write(b"[\n")
            for number, line in enumerate(bundle.lines):
                file.write(b",\n" if number else b"")
                file.write(row(_golden(line)).rstrip(b"\n"))
            file.write(b"\n]\n")
        (folder / BANK).write_text(dump(bank(bundle.card)) + "\n", encoding="utf-8", newline="\n")


def _golden(line: Line) -> dict[str, Any]:
    """deepeval keeps the fields that it knows and drops others without a word; `name` is the item's id.

    `context` stays empty: it is what an answer is held against as true, and nothing here is.
    """
    return {
        "input": line["text"],
        "name": line["id"],
        "context": [],
        "additional_metadata": about(line),
        "custom_column_key_values": {name: str(said) for name, said in labels(line).items() if name in COLUMNS},
    }
