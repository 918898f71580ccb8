"""A bank of 24 numbered items for the tests of exports: the later an item, the more it separates; and what was exported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cruxbank.items import Exit, Item, Neighbour, Status, Topic, item_id
from tests.made_items import made_item, separation

VALUES = ("power", "security", "hedonism")
DOMAINS = ("economy", "media", "family")
N = 24


def numbered(
    number: int,
    *,
    text: str = "",
    status: Status = Status.OPERATIONAL,
    exit_: Exit = Exit.ADMITTED,
    near: str | None = None,
    replaces: str | None = None,
) -> Item:
    """Two items a topic, domains in turn, three items after another best at one value. A draft is not measured."""
    bits = 0.02 * (number + 1) + 1e-7  # more places than a line of an export has
    by = {value: bits / (1 + (place - number // 3) % 3) for place, value in enumerate(VALUES)}
    nearest = Neighbour(id=near, cosine=0.5123456789) if near else None
    return made_item(
        text or _text(number),
        None if status is Status.DRAFT else separation(bits, by),
        {"slot": number, "nearest": nearest},
        topic=Topic(text=f"topic {number // 2}", domain=DOMAINS[number % 3]),
        status=status,
        exit=exit_,
        replaces=replaces,
    )


def _text(number: int) -> str:
    return f"Should number {number} be allowed?"


ITEMS = tuple(numbered(n, near=item_id(_text((n + 1) % N))) for n in range(N))
"""Each names the next one as its nearest neighbour."""


def ids_of(numbers: Sequence[int]) -> list[str]:
    """Of some of the items, in the order of an export."""
    return sorted(ITEMS[number].id for number in numbers)


def rows(folder: Path) -> list[dict[str, Any]]:
    """The exported lines."""
    return [json.loads(row) for row in (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def ids(folder: Path) -> list[str]:
    """Of the exported lines."""
    return [row["id"] for row in rows(folder)]


def everything(folder: Path) -> str:
    """The text of all files."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file())
