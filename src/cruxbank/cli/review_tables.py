"""What `crux bank review --agreement` prints, and the reviews of one item."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cruxbank.app.review_agreement import Agreed, ReviewAgreement
from cruxbank.cli.probe_shown import safe
from cruxbank.cli.review_screen import CAST, wrapped
from cruxbank.curation import HumanReview
from cruxbank.display import plural


def agreement(found: ReviewAgreement) -> None:
    """Figures over all reviewers, by pairs, and the items about which they differ."""
    console = Console(highlight=False)
    console.print("; ".join(f"{safe(name)} decided {plural(count, 'item')}" for name, count in found.reviewers.items()))
    names = ("", "items", "equal", "alpha", "95 % interval", "kappa")
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name in names:
        table.add_column(name, no_wrap=bool(name))  # the names of two reviewers may be long, figures stay whole
    _row(table, "accept, edit, reject or flag", found.choice, None)
    _row(table, "kept (accept, flag) or not", found.kept, None)
    for pair in found.pairs:
        who = f"{safe(pair.reviewers[0])}, {safe(pair.reviewers[1])}"
        _row(table, f"{who}: four choices", pair.choice, pair.kappa)
        _row(table, f"{who}: kept or not", pair.kept, pair.kappa_kept)
    console.print()
    console.print(table)
    legend = "alpha (Krippendorff): 1 perfect, 0 as by chance; - where every decision is the same; kappa of two"
    _lines(console, legend, "")
    if found.disagreements:
        console.print()
        console.print(f"they differ on {len(found.disagreements):,} of {plural(found.choice.items, 'item')}:")
    for one in found.disagreements:
        console.print(f"  {one.item}")
        _lines(console, one.text, "    ")
        for who, choice in one.choices.items():
            why = one.reasons.get(who)
            _lines(console, f"{who} {CAST[choice]}" + (f": {why}" if why else ""), "      ")


def _lines(console: Console, text: str, indent: str) -> None:
    for line in wrapped(" ".join(text.split()), console.width, indent):
        console.print(line)


def _row(table: Table, name: str, one: Agreed, kappa: float | None) -> None:
    interval = "-" if one.lo is None or one.hi is None else f"{one.lo:.2f} to {one.hi:.2f}"
    table.add_row(name, str(one.items), _figure(one.raw), _figure(one.alpha), interval, _figure(kappa))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def reviews(all_: Sequence[HumanReview]) -> None:
    """What people decided about an item, for `crux bank show`."""
    console = Console(highlight=False)
    for one in all_:
        made = f", now {one.made}" if one.made else ""
        why = f": {safe(one.reason)}" if one.reason else ""
        console.print(f"{safe(one.reviewer)} {CAST[one.choice]} it at {one.at}{made}{why}")
