"""The lexical gate: the same words in nearly the same number, whatever their order."""

from __future__ import annotations

from collections.abc import Callable

from rapidfuzz import fuzz, process

from cruxbank.items import normalise
from cruxbank.memory.record import Record
from cruxbank.memory.rows import TextRow

PLACES = 4


def word_key(text: str) -> str:
    """The normalised words of a text in alphabetical order."""
    return " ".join(sorted(normalise(text).split()))


def likeness(a: str, b: str) -> float:
    """Share of characters that two texts have in common once their words are sorted (normalised indel), 0 to 1."""
    return round(fuzz.ratio(word_key(a), word_key(b)) / 100, PLACES)


class LexicalIndex:
    """Base texts of measured items in all their languages, kept up to date from the record."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], TextRow] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._rev = 0

    def refresh(self, record: Record) -> None:
        """Take in what changed since the last call. Blocks."""
        for row in record.texts(self._rev):
            self._rows[row.id, row.language], self._keys[row.id, row.language] = row, word_key(row.text)
            self._rev = max(self._rev, row.rev)

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, item_id: str, language: str) -> TextRow | None:
        """The row of an item in one of its languages."""
        return self._rows.get((item_id, language))

    def near(self, text: str, cut: float, keep: Callable[[TextRow], bool]) -> list[tuple[TextRow, float]]:
        """Rows that `keep` accepts with a likeness of at least `cut`, most alike first, ties by id."""
        found = process.extract(
            word_key(text), self._keys, scorer=fuzz.ratio, score_cutoff=cut * 100 - 1e-3, limit=None
        )
        alike = [(self._rows[key], round(score / 100, PLACES)) for _, score, key in found]
        kept = [(row, score) for row, score in alike if score >= cut and keep(row)]
        return sorted(kept, key=lambda pair: (-pair[1], pair[0].id))
