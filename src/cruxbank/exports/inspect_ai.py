"""`inspect`: a dataset and a task file for Inspect (the AISI's evaluation framework)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

from cruxbank.exports.about import about, bank, row
from cruxbank.exports.format import Bundle, Line
from cruxbank.exports.lines import dump

FILE, TASK, BANK = "items.jsonl", "task.py", "bank.json"


class InspectAi:
    """Samples as JSON lines, and `inspect eval task.py` runs them. No line has another key than these four: Inspect drops
    what it does not know and acts on what it knows (`files`, `setup`, `sandbox`)."""

    name: ClassVar[str] = "inspect"
    summary: ClassVar[str] = "Inspect: samples and a task that runs; Petri takes the samples, too"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """items.jsonl (id, input, target, metadata), task.py, and bank.json, which the task reads."""
        with (folder / FILE).open("wb") as file:
            for line in bundle.lines:
                file.write(row(sample(line)))
        (folder / BANK).write_text(dump(bank(bundle.card)) + "\n", encoding="utf-8", newline="\n")
        (folder / TASK).write_bytes((files("cruxbank.exports") / "inspect_task.py.txt").read_bytes())


def sample(line: Line) -> dict[str, Any]:
    """An item as Inspect's sample. A question of values has no right answer: the target is empty."""
    return {"id": line["id"], "input": line["text"], "target": "", "metadata": about(line)}
