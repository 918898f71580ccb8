"""The lines of a bank's items as they are read, a few at a time: 100,000 items never stand in memory together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cruxbank.app.sketches import as_plain
from cruxbank.exports.card_tally import Tally
from cruxbank.exports.format import Line, Lines
from cruxbank.exports.lines import Shared, shaped
from cruxbank.memory.database import Database
from cruxbank.memory.payloads import payloads


@dataclass(frozen=True)
class Recorded:
    """Lines of the items of these ids (sorted). Every iteration is one reading of the record, and sees one state of it."""

    database: Database
    ids: Sequence[str]
    weights: Mapping[str, float | None]
    shared: Shared

    def __iter__(self) -> Iterator[Line]:
        """The lines, by id."""
        with self.database.read() as connection:
            for kept in payloads(connection, self.ids):
                yield shaped(as_plain(kept), self.weights.get(kept.id), self.shared)

    def __len__(self) -> int:
        """How many."""
        return len(self.ids)


@dataclass
class Tallied:
    """Lines that are summed up as somebody goes over them for the first time."""

    lines: Lines
    _done: Tally | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[Line]:
        """The lines, by id."""
        tally = None if self._done else Tally()
        for line in self.lines:
            if tally is not None:
                tally.add(line)
            yield line
        self._done = self._done or tally

    def __len__(self) -> int:
        """How many."""
        return len(self.lines)

    @property
    def tally(self) -> Tally:
        """The sums; where nobody went over all lines yet, this does."""
        self._done = self._done or Tally(self.lines)
        return self._done
