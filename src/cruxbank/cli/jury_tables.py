"""A jury's agreement on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from cruxbank.display import plural

if TYPE_CHECKING:
    from cruxbank.science.juries import DimensionAgreement, JuryAgreement


def jury(found: JuryAgreement) -> None:
    """What it read, each member's dissent, alpha a dimension."""
    console = Console(highlight=False, soft_wrap=False)
    console.print()
    console.print(
        f"jury: {plural(found.responses, 'response')}, {found.scored} with a majority, {found.split} split"
        f"{'; compared by presence' if found.presence_only else ''}"
    )
    for name, member in found.members.items():
        dissent = "-" if member.dissent is None else f"{member.dissent:.1%}"
        console.print(f"  {name}: read {member.read}, unscored {member.unscored}, against the majority {dissent}")
    table = Table(
        "dimension", "alpha", "95 %", "equal votes", "responses", box=None, pad_edge=False, padding=(0, 3, 0, 0)
    )
    for dimension, row in found.dimensions.items():
        table.add_row(dimension, *cells(row))
    console.print(table)
    for line in found.related:
        console.print(f"  {line}")


def cells(row: DimensionAgreement) -> tuple[str, str, str, str]:
    """Alpha, its interval, percent agreement and the number of responses, as text."""
    interval = "-" if row.lo is None or row.hi is None else f"{row.lo:.2f} to {row.hi:.2f}"
    share = "-" if row.agreement is None else f"{row.agreement:.0%}"
    return ("-" if row.alpha is None else f"{row.alpha:.2f}"), interval, share, str(row.units)
