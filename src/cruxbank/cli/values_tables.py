"""What `crux values` prints for people. The texts may be anybody's: all pass `printable` first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cruxbank.cli.console import printable
from cruxbank.display import local_reading, plural
from cruxbank.values.systems import Dimension, ValueSystem


def _safe(text: str) -> str:
    return escape(printable(text))


def listed(rows: Sequence[Mapping[str, Any]]) -> None:
    """One line a system."""
    table = Table("values:", "name", "dimensions", "options", "views", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.columns[2].justify = "right"
    for row in rows:
        more = " ".join(f"+{name}" for name in row["options"]), " ".join(f"@{name}" for name in row["views"])
        table.add_row(_safe(row["id"]), _safe(row["name"]), str(row["dimensions"]), *map(_safe, more))
    Console(highlight=False).print(table)


def shown(system: ValueSystem, reader: str) -> None:
    """The system in full: head, dimensions group by group, the circle, sources."""
    console = Console(highlight=False)
    console.print(f"{_safe(system.id)}: {_safe(system.name)}, {plural(len(system.ids), 'dimension')}")
    console.print(f"polarity: {_safe(system.polarity)}")
    console.print(f"without a language model: {_safe(local_reading(reader))} ({_safe(reader)})")
    console.print()
    console.print(_dimensions(system))
    if system.circular:
        console.print()
        console.print(_circle(system))
    console.print()
    console.print(f"source: {_safe(system.source)}")


def _dimensions(system: ValueSystem) -> Table:
    table = Table("id", "meaning", "one would say", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.columns[0].no_wrap = True
    for group in dict.fromkeys(d.group for d in system.dimensions):
        members = [d for d in system.dimensions if d.group == group]
        if group is not None:
            path = " < ".join(system.group_name(name) for name in system.chain(members[0].id))
            table.add_row(f"[bold]{_safe(path)}[/bold]", "", "")
        for one in members:
            table.add_row(_safe(one.id), _safe(_meaning(one)), _safe(one.cue))
    return table


def _meaning(one: Dimension) -> str:
    against = f" Pulls against: {', '.join(one.opposite)}." if one.opposite else ""
    return f"{one.definition}{against}"


def _circle(system: ValueSystem) -> Table:
    table = Table("degrees", "on the circle", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.columns[0].justify = "right"
    for wedge in system.wedges:
        table.add_row(f"{system.angles[wedge[0]]:.0f}", _safe(", ".join(wedge)))
    return table
