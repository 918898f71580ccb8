"""How often models raise a value, as `crux bank stats --rates` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cruxbank.cli.console import printable
from cruxbank.display import plural
from cruxbank.measures import Estimate

if TYPE_CHECKING:
    from cruxbank.science.value_rates import ValueRate

NOT_IDENTIFIED = "not identified"


def rates(found: Sequence[ValueRate]) -> None:
    """A row a model, value and side: raw and corrected, each with its interval."""
    console = Console(highlight=False, soft_wrap=False)
    head = ("model", "value", "side", "raw, 95 %", "corrected, 95 %", "answers")
    table = Table(*head, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for rate in found:
        table.add_row(
            escape(printable(rate.model)),
            rate.dimension,
            rate.side,
            _said(rate.raw) if rate.raw.n else "-",
            _corrected(rate),
            str(rate.raw.n),
        )
    console.print()
    console.print(table)
    if lost := {rate.model: (rate.uncalibrated, rate.raw.n) for rate in found if rate.side == "present"}:
        _uncalibrated(console, lost.values())
    if all(rate.identified is None for rate in found):
        console.print("as the judge read it, its errors included: see crux judge calibrate and judging.calibration")


def _uncalibrated(console: Console, answers: Iterable[tuple[int, int]]) -> None:
    """How many answers no correction rests on; of every model its last dimension's, which are those of each."""
    without, whole = (sum(column) for column in zip(*answers, strict=True))
    if without:
        why = "read by another judge than the calibration's, or to items of a kind or language without labels"
        console.print(f"not calibrated: {without:,} of {plural(whole, 'answer')}, {why}")


def _corrected(rate: ValueRate) -> str:
    if rate.corrected is not None:
        return _said(rate.corrected)
    return NOT_IDENTIFIED if rate.identified is False else "-"


def _said(found: Estimate) -> str:
    return f"{found.est:.2f} ({found.lo:.2f} to {found.hi:.2f})"
