"""What `crux bank` prints of a bank's languages."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cruxbank.cli.console import printable
from cruxbank.display import LANGUAGES, flag_line, language_rows, plural
from cruxbank.items import Item
from cruxbank.measures import LanguageReport

SHOWN = 10
"""Flagged items listed; `--json` has all."""
_PARTS = (slice(0, 6), slice(6, None))
"""Columns of the two tables, each under the language: the nine in one are 127 wide, and a terminal of 80 cut them off."""


def report(spoken: LanguageReport) -> None:
    """Two tables with a row a language, then the items that do not ask the same in one."""
    console = Console(highlight=False, soft_wrap=False)
    rows = language_rows(spoken)
    for part in _PARTS:
        table = Table(*_under_language(LANGUAGES, part), box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*map(_safe, _under_language(row, part)))
        console.print()
        console.print(table)
    console.print(f"{len(spoken.flags)} of {spoken.tests} tests flagged at a false discovery rate of {spoken.level:g}")
    for flag in spoken.flags[:SHOWN]:
        console.print(f"  {flag.item}  {_safe(flag_line(flag))}")


def item(one: Item, spoken: LanguageReport | None) -> None:
    """An item's separation in every further language, and whether it asks the same there."""
    console = Console(highlight=False, soft_wrap=False)
    for language, reading in one.by_language.items():
        found = reading.separation
        if found is None:
            why = f" ({reading.detail})" if reading.detail else ""
            console.print(f"{language}: not asked, {_safe(reading.failure + why)}")
            continue
        console.print(
            f"{language}: {found.est:.2f} bits ({found.lo:.2f} to {found.hi:.2f}) on {plural(found.models, 'model')}, "
            f"{plural(found.responses, 'response')}, not shrunk"
        )
    for flag in spoken.flags if spoken else ():
        if flag.item == one.id:
            console.print(f"flagged: {_safe(flag_line(flag))}")


def _under_language(row: tuple[str, ...], part: slice) -> tuple[str, ...]:
    return row[part] if part.start == 0 else (row[0], *row[part])


def _safe(text: str) -> str:
    return escape(printable(text))
