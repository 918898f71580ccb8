"""Puts a bench's table into docs/benchmarks.md and its rows into docs/benchmarks/NAME.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
HEAD = """# Benchmarks

Every table here was written by the command above it, negative results included. Figures of simulated models say so.
"""


def publish(name: str, markdown: str, rows: Any, command: str, docs: Path = DOCS) -> None:
    """Replace the section of this bench, or add it at its place in the alphabet; `rows` go beside it as JSON.

    name: one word, e.g. "recorded"; markdown: prose and tables without headings of level 1 or 2; command: what was run.
    """
    page = docs / "benchmarks.md"
    sections = _sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    sections[name] = f"## {name}\n\n`{command}`\n\n{markdown.strip()}\n"
    page.write_text("\n".join([HEAD, *(sections[key] for key in sorted(sections))]), encoding="utf-8")
    data = docs / "benchmarks" / f"{name}.json"
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    parts = text.split("\n## ")[1:]
    return {part.split("\n", 1)[0].strip(): f"## {part.strip()}\n" for part in parts}
