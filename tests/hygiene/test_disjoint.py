"""The simulator must not mark its own work: what it speaks with and what any judge reads with share no three words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def texts(value: Any) -> Iterator[str]:
    """Every string in a YAML tree."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def trigrams(lines: Iterator[str] | list[str]) -> set[tuple[str, ...]]:
    found = set()
    for line in lines:
        for part in re.split(r"\{[^}]*\}", line.casefold()):  # a slot is no word: nothing reaches across it
            words = re.findall(r"[a-z']+", part)
            found |= {tuple(words[i : i + 3]) for i in range(len(words) - 2)}
    return found


def read(paths: list[Path]) -> set[tuple[str, ...]]:
    grams = set()
    for path in paths:
        body = path.read_text(encoding="utf-8")
        grams |= trigrams(texts(yaml.safe_load(body)) if path.suffix == ".yaml" else [body])
    return grams


def test_phrases_and_judges_share_no_three_words(root: Path) -> None:
    spoken = sorted((root / "src/cruxbank/simulator/phrases").glob("*.yaml"))
    assert spoken
    judges = [
        root / "src/cruxbank/simulator/lexicon/judge.yaml",
        root / "src/cruxbank/simulator/lexicon/systems.yaml",
        *sorted((root / "src/cruxbank/values").glob("*.yaml")),
        root / "src/cruxbank/recogniser/categories.yaml",
        *sorted((root / "prompts/judge").glob("*.md")),
    ]
    assert all(path.is_file() for path in judges)
    assert read(spoken) & read(judges) == set()
