"""One export, from items to files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cruxbank.exports import card_page
from cruxbank.exports.card import Card
from cruxbank.exports.earlier import made
from cruxbank.exports.format import Bundle, Format, Line
from cruxbank.exports.staging import staging


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
    form.write(bundle, folder)
    page = folder / card_page.FILE
    if not page.exists():
        page.write_text(card_page.body(bundle.card), encoding="utf-8", newline="\n")
    return made(folder)


def plain_card(name: str, lines: Sequence[Line]) -> Card:
    """A card for items of which nothing else is known."""
    return Card(name=name, title=name, description="Items of a bank of value questions.", items=len(lines))
