"""One export, from items to files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cruxbank.exports.card import Card
from cruxbank.exports.format import Bundle, Format, Line
from cruxbank.exports.staging import staged


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
    """Write the bundle in a format; returns the files, sorted.

    Raises:
        InputError: a file is there already and `force` is not set.
        StoreError: it cannot be written.
    """
    with staged(out, force=force) as folder:
        form.write(bundle, folder)
        made = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(out / name for name in made)


def plain_card(name: str, lines: Sequence[Line]) -> Card:
    """A card for items of which nothing else is known."""
    return Card(name=name, title=name, description="Items of a bank of value questions.", items=len(lines))
