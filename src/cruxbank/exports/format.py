"""What an export format is given and what it does: one class a format, found by its entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

from cruxbank.config.publishing import Publishing
from cruxbank.exports.card import Card

Line = Mapping[str, Any]
"""One item as `cruxbank.item/1`: plain JSON values, as `exports.lines.line` makes them."""


class Lines(Protocol):
    """The items of an export, sorted by id. Each iteration reads them anew from the record, a few at a time, so that a
    format may go over them more than once and never has to hold them all."""

    def __iter__(self) -> Iterator[Line]:
        """The lines, from the first."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...


@dataclass(frozen=True)
class Bundle:
    """What is to be written: the items and what is said of them.

    said: the card, or what makes it. An export makes it of what its lines come to, so a format that asks for the card only
    after it has gone over them saves the bank a reading.
    publishing: what the settings say (licence, creator, address), which is known before any reading.
    """

    lines: Lines
    said: Card | Callable[[], Card]
    publishing: Publishing | None = None

    @property
    def front(self) -> Publishing | Card:
        """Licence, creator and address without going over the items: of the settings, or of the card where it stands."""
        return self.publishing or self.card

    @cached_property
    def card(self) -> Card:
        """What is said of the items."""
        return self.said if isinstance(self.said, Card) else self.said()


class Format(Protocol):
    """A format. The class is registered as an entry point of the group `cruxbank.formats` under its name."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """A few words for `crux export --help`: which tool reads it."""

    def write(self, bundle: Bundle, folder: Path) -> None:
        """Write every file of the export into an empty folder.

        The caller moves the files to where they belong, all or none, and adds README.md where the format wrote none.
        Equal bundles give equal bytes.
        """
        ...
