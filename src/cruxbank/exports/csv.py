"""`csv`: tables for spreadsheets, R and survey software (docs/tables.md). One row an item; what it has many of apart."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, TextIO

from cruxbank.cells import guarded
from cruxbank.exports.csv_tables import TABLES, Row
from cruxbank.exports.format import Bundle
from cruxbank.exports.lines import rounded


class Csv:
    """RFC 4180 in UTF-8 with a byte order mark, without which Excel shows no emoji; texts can start no formula.

    Every text is in quotes, so that an empty text ("") and a value that is missing (nothing) are two things.
    """

    name: ClassVar[str] = "csv"
    summary: ClassVar[str] = "tables for spreadsheets, R and survey software; no cell is a formula"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """One file a table, keyed by the item's id."""
        with ExitStack() as stack:
            files = {name: stack.enter_context(_opened(folder / f"{name}.csv")) for name in TABLES}
            for name, table in TABLES.items():
                files[name].write(_row(table.columns))
            for line in bundle.lines:
                for name, table in TABLES.items():
                    files[name].write("".join(map(_recurring if table.recurring else _row, table.rows(line))))


def _opened(path: Path) -> TextIO:
    # newline="": what a text holds is written as it is. Not utf-8-sig: that codec is Python, and called for every write
    file = path.open("w", encoding="utf-8", newline="")
    file.write("\ufeff")
    return file


def _recurring(cells: Row) -> str:
    return f"{_text(cells[0])},{_tail(cells[1:])}"


def _row(cells: Row) -> str:
    return ",".join([_WRITTEN[type(cell)](cell) for cell in cells]) + "\n"


@lru_cache(maxsize=2048)  # an item says its id and its models' names some 300 times
def _text(value: str) -> str:
    return '"' + guarded(value).replace('"', '""') + '"'


def _figure(value: float) -> str:
    number = rounded(value)
    return "" if number is None else repr(number)


# texts and whole numbers only (csv_tables.Table.recurring): a key of 1 would find what 1.0 was written as
_tail = lru_cache(maxsize=32768)(_row)

_WRITTEN: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: repr,
    float: _figure,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "",
}
