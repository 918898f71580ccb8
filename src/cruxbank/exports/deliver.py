"""One export, from items to files."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cruxbank.exports import card_page
from cruxbank.exports.card import Card
from cruxbank.exports.earlier import made
from cruxbank.exports.format import Bundle, Format, Line
from cruxbank.exports.staging import staging

COLLECT_AFTER = 70_000


@dataclass(frozen=True)
class Given:
    """Lines that are in memory already."""

    rows: Sequence[Line]

    def __iter__(self) -> Iterator[Line]:
        """Sorted by id."""
        return iter(sorted(self.rows, key=lambda line: str(line["id"])))

    def __len__(self) -> int:
        """How many."""
        return len(self.rows)


def deliver(form: Format, bundle: Bundle, out: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write the bundle in a format, with its card beside it; returns the files, sorted.

    Raises:
        InputError: a file is there already and `force` is not set, or no export wrote it.
        StoreError: it cannot be written.
    """
    with staging(force=force) as places:
        files = write(form, bundle, places.folder(out))
        places.publish()
    return tuple(out / name for name in files)


def write(form: Format, bundle: Bundle, folder: Path) -> tuple[Path, ...]:
    """Write the bundle into an empty folder; where the format says nothing of the card, it stands in README.md."""
    with _rare_collections():
        form.write(bundle, folder)
    page = folder / card_page.FILE
    if not page.exists():
        page.write_text(card_page.body(bundle.card), encoding="utf-8", newline="\n")
    return made(folder)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Python looks for cycles after every 70,000 new objects in place of 700. Lines hold none, and an item is a thousand
    objects: looking was a quarter to a half of the time of a Parquet file. What a format of another package leaves is
    still found."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def plain_card(name: str, lines: Sequence[Line]) -> Card:
    """A card for items of which nothing else is known."""
    return Card(name=name, title=name, description="Items of a bank of value questions.", items=len(lines))
