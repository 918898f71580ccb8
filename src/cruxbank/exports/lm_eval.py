"""`lm-eval`: tasks for EleutherAI's lm-evaluation-harness."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from cruxbank.exports.about import origin, row, task_name
from cruxbank.exports.card import Card
from cruxbank.exports.flow import flow
from cruxbank.exports.format import Bundle
from cruxbank.exports.inspect_ai import sample

FILE, LOADER = "items.jsonl", "items.py"
TASKS = {"": "base", "-wordings": "every"}
"""Ending of a task's name -> the function of items.py that reads its rows."""


class LmEval:
    """A task that asks every item once and one that asks all its wordings."""

    name: ClassVar[str] = "lm-eval"
    summary: ClassVar[str] = "lm-evaluation-harness: tasks, and the rows that they read"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """items.jsonl (id, input, target, metadata), items.py, which reads it, and a YAML file a task."""
        with (folder / FILE).open("wb") as file:
            for line in bundle.lines:
                file.write(row(sample(line)))
        (folder / LOADER).write_bytes((files("cruxbank.exports") / "lm_eval_items.py.txt").read_bytes())
        for ending, reader in TASKS.items():
            text = task(bundle.card, task_name(bundle.card) + ending, reader)
            (folder / f"task{ending}.yaml").write_text(text, encoding="utf-8", newline="\n")


def task(card: Card, name: str, reader: str) -> str:
    """A task's YAML. `custom_dataset` reads the rows from the task's own folder and as text; without it (harnesses before
    0.4.9) `data_files` is looked for in the working directory, and the loader takes texts that look like dates for dates."""
    known = {"version": card.version, "licence": card.licence, "canary": card.canary, "origin": origin(card)}
    return f"""\
task: {flow(name)}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {FILE}
custom_dataset: !function items.{reader}
test_split: test
output_type: generate_until
doc_to_text: "{{{{input}}}}"
doc_to_target: ""
generation_kwargs:
  until: []
  max_gen_toks: 1024
process_results: !function items.answered
metric_list:
  - metric: answered
    aggregation: mean
    higher_is_better: true
metadata: {flow(known)}
"""
