"""Lists of items for people: whole ids to copy, figures in columns, the question below them where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cruxbank.cli.console import printable
from cruxbank.items import Item

WIDE = 140
"""Columns from which the question stands beside the figures, which take 60 to 75."""
INDENT = 4


def item_lines(head: Sequence[str], rows: Sequence[tuple[Sequence[str], str]], console: Console | None = None) -> None:
    """Print rows of cells, each with its question. Cells are never cut: an id has to be copied whole."""
    shown = console or Console(highlight=False, soft_wrap=False)
    if shown.width >= WIDE:
        shown.print(_table(head, rows))
        return
    cells = [[printable(cell) for cell in row] for row, _ in rows]
    widths = [max(map(cell_len, column)) for column in zip(head, *cells, strict=True)]
    shown.print(Text(_line(head, widths)), soft_wrap=True)
    for row, (_, question) in zip(cells, rows, strict=True):
        shown.print(Text(_line(row, widths)), soft_wrap=True)
        for line in Text(printable(question)).wrap(shown, shown.width - INDENT):
            line.rstrip()
            shown.print(Text(" " * INDENT) + line, soft_wrap=True)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _table(head: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in head:
        table.add_column(name, no_wrap=True)
    table.add_column("question", overflow="fold")
    for cells, question in rows:
        table.add_row(*(Text(printable(cell)) for cell in cells), Text(printable(question)))
    return table


def bits(item: Item) -> tuple[str, str]:
    """Joint separation and its interval; "-" where nothing was measured."""
    joint = item.separation.joint if item.separation else None
    return ("-", "-") if joint is None else (f"{joint.est:.2f}", f"{joint.lo:.2f} to {joint.hi:.2f}")
