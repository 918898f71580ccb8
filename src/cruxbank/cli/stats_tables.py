"""What `crux bank stats` prints for people: counts, what the items claim and what is left of it, denominators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cruxbank.cli.console import printable
from cruxbank.display import CARRY_OVER, carry_over_rows, plural
from cruxbank.measures import CarryOver

if TYPE_CHECKING:
    from cruxbank.memory.denominators import Denominators
    from cruxbank.memory.rows import BankStats

CARRIED = (
    "claimed: on the very answers that chose the items, so it flatters",
    "fresh wordings: the models that chose, on wordings that had no say",
    "holdout panel: models of other families, on those fresh wordings",
    "a family left out: share of the claim left on a family without a say",
    "without the strongest family: each item without the family it owes most to",
)
"""A sentence for each row of `carry_over_rows`."""


def stats(figures: BankStats, carried: CarryOver, asked: Denominators, reviews: Mapping[str, int]) -> None:
    """Counts of the bank, what its items claim and what is left of it, and what became of every question."""
    console = Console(highlight=False, soft_wrap=False)
    console.print(
        f"{plural(figures.items, 'item')}, {plural(figures.responses, 'response')} of "
        f"{plural(len(figures.models), 'model')}, {plural(figures.decisions, 'slot')} in {plural(figures.runs, 'run')}"
    )
    console.print(
        f"{plural(figures.topics, 'topic')}, {figures.topics_tried:,} tried, {figures.topics_operational:,} with an "
        f"operational item; {plural(figures.domains, 'domain')} with one"
    )
    console.print(
        f"calls: {figures.examinee_calls:,} examinee, {figures.judge_calls:,} judge, {figures.agent_calls:,} agents"
    )
    if figures.sessions:
        console.print(f"{plural(figures.sessions, 'probing session')} with {plural(figures.turns, 'turn')}")
    if reviews:
        from cruxbank.cli.review_screen import CAST

        said = ", ".join(f"{count:,} {CAST[choice]}" for choice, count in reviews.items())
        console.print(f"{plural(sum(reviews.values()), 'review')} by people: {said}")
    _carry_over(console, carried)
    _asked(console, asked)
    _counts(console, "status", "items", figures.by_status)
    _counts(console, "exit", "slots", figures.by_exit, "docs/concepts.md, Exits, says what each one means")
    _counts(console, "domain", "operational", figures.operational_by_domain)
    _counts(console, "best dimension", "operational", figures.operational_by_dimension)
    if set(figures.operational_by_kind) - {"question"}:
        _counts(console, "kind", "operational", figures.operational_by_kind)


def decided(choices: Sequence[str]) -> dict[str, int]:
    """How often people chose what, most frequent first."""
    return dict(sorted(Counter(choices).items(), key=lambda pair: (-pair[1], pair[0])))


def _carry_over(console: Console, carried: CarryOver) -> None:
    if not carried.items:
        return
    table = Table(*CARRY_OVER, box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for row in carry_over_rows(carried):
        table.add_row(*row)
    console.print()
    console.print(table)
    console.print(f"In {carried.odd:,} of {plural(carried.items, 'item')} one odd model makes more than half.")
    for line in CARRIED:
        console.print(f"  {line}")
    console.print("  more: docs/concepts.md, In-sample and transfer")


def _asked(console: Console, asked: Denominators) -> None:
    """Denominators: a row a model, then all of them; the reasons for what was left unscored."""
    if not asked.total.asked:
        return
    names = ("model", "asked", "answered", "refused", "unscored", "ambiguous", "never called")
    table = Table(*names, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    for name, c in (*asked.by_model.items(), ("all", asked.total)):
        numbers = (c.asked, c.answered, c.refused, c.unscored, c.ambiguous, c.never_called)
        table.add_row(escape(printable(name)), *(f"{n:,}" for n in numbers))
    console.print()
    console.print(table)
    console.print("asked = answered + refused + unscored; fresh wordings and translations too")
    console.print("never called: the race ended before the question was put")
    reasons = ", ".join(f"{reason.replace('_', ' ')} {n:,}" for reason, n in asked.total.unscored_by.items())
    if reasons:
        console.print(f"unscored because: {reasons}")


def _counts(console: Console, name: str, unit: str, counts: Mapping[str, int], note: str = "") -> None:
    if not counts:
        return
    table = Table(name, unit, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.columns[1].justify = "right"
    for key, count in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])):
        table.add_row(escape(printable(key)), f"{count:,}")
    console.print()
    console.print(table)
    if note:
        console.print(note)
