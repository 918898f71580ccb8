"""What `crux bank` prints for people. Model text passes `printable` first: no escape sequence reaches the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cruxbank.cli.console import printable
from cruxbank.display import CARRY_OVER, carry_over_rows, local_reading
from cruxbank.items import Item, Outcome, Reading
from cruxbank.measures import CarryOver, Estimate
from cruxbank.memory.denominators import Denominators
from cruxbank.memory.findings import Inconsistency
from cruxbank.memory.rows import BankStats, Change

_YES = {"dilemma": "option A of the base wording", "scenario": "doing what the base wording asks for"}


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _safe(text: str) -> str:
    return escape(printable(text))


def stats(figures: BankStats, carried: CarryOver, asked: Denominators) -> None:
    """Counts of the bank, what its items claim and what is left of it, and what became of every question."""
    console = _console()
    console.print(
        f"{figures.items} items, {figures.responses} responses of {len(figures.models)} models, "
        f"{figures.decisions} slots in {figures.runs} runs"
    )
    console.print(
        f"{figures.topics} topics, {figures.topics_tried} tried, {figures.topics_operational} with an operational item; "
        f"{figures.domains} domains with one"
    )
    console.print(
        f"calls: {figures.examinee_calls} examinee, {figures.judge_calls} judge, {figures.agent_calls} agents"
    )
    if figures.sessions:
        console.print(f"{figures.sessions} probing sessions with {figures.turns} turns")
    _carry_over(console, carried)
    _asked(console, asked)
    _counts(console, "status", "items", figures.by_status)
    _counts(console, "exit", "slots", figures.by_exit)
    _counts(console, "domain", "operational", figures.operational_by_domain)
    _counts(console, "best dimension", "operational", figures.operational_by_dimension)
    if set(figures.operational_by_kind) - {"question"}:
        _counts(console, "kind", "operational", figures.operational_by_kind)


def _carry_over(console: Console, carried: CarryOver) -> None:
    if not carried.items:
        return
    table = Table(*CARRY_OVER, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in carry_over_rows(carried):
        table.add_row(*row)
    console.print()
    console.print(table)
    console.print(f"one model makes more than half of {carried.odd} of {carried.items} items")


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
        table.add_row(_safe(name), *(f"{n:,}" for n in numbers))
    console.print()
    console.print(table)
    console.print("asked = answered + refused + unscored; never called: the race ended before the question was put")
    reasons = ", ".join(f"{reason.replace('_', ' ')} {n:,}" for reason, n in asked.total.unscored_by.items())
    if reasons:
        console.print(f"unscored because: {reasons}")


def _counts(console: Console, name: str, unit: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    table = Table(name, unit, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.columns[1].justify = "right"
    for key, number in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])):
        table.add_row(_safe(key), str(number))
    console.print()
    console.print(table)


def found(items: Sequence[tuple[float, Item]]) -> None:
    """Search results, nearest first."""
    table = Table("id", "cosine", "bits", "95 % interval", "status", "question", box=None, pad_edge=False)
    for cosine, one in items:
        joint = one.separation.joint if one.separation else None
        bits, interval = (f"{joint.est:.2f}", f"{joint.lo:.2f} to {joint.hi:.2f}") if joint else ("", "")
        table.add_row(one.id, f"{cosine:.2f}", bits, interval, one.status.value, _safe(one.text))
    _console().print(table)


def item(one: Item, readings: Sequence[Reading], history: Sequence[Change]) -> None:
    """One item, whole."""
    console = _console()
    label = " (simulated models)" if one.provenance.origin == "simulated" else ""
    console.print(f"[bold]{_safe(one.text)}[/bold]")
    console.print(f"{one.id}  {one.status.value}{label}: {one.exit.value}  topic: {_safe(one.topic.text)}")
    if one.kind != "question":
        console.print(f"{one.kind}: yes is {_YES[one.kind]}")
    for option in one.options:
        console.print(f"  {_safe(option.value or 'option')}: {_safe(option.text)}")
    for reason in one.reasons:
        console.print(f"reason: {_safe(reason)}")
    for wording in one.wordings[1:]:
        said = f"{wording.language} {wording.kind}" if wording.language else wording.kind
        console.print(f"  {said:<13} {_safe(wording.text)}")
    if one.separation:
        _separation(console, one)
    _sides(console, one.choosing(readings))
    steps = [f"{c.before or 'new'} to {c.after} ({c.reason}, run {c.run}, slot {c.slot})" for c in history]
    console.print()
    console.print("history: " + "; ".join(_safe(step) for step in steps))


def _separation(console: Console, one: Item) -> None:
    separation = one.separation
    if separation is None:
        return
    console.print()
    console.print(
        f"separation {_bits(separation.joint)} bits jointly; chance of none {separation.lfdr:.3f}; "
        f"{separation.models} models, {separation.responses} responses"
    )
    if said := local_reading(one.provenance.judge, one.provenance.local_reader):
        console.print(said)
    table = Table("", "bits", "95 % interval", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    rows: list[tuple[str, Estimate]] = [("stance", separation.stance), ("refusal", separation.refusal)]
    ranked = sorted(separation.by_dimension.items(), key=lambda kv: (-kv[1].est, kv[0]))
    for name, figure in rows + [(d, s) for d, s in ranked]:
        table.add_row(name, f"{figure.est:.2f}", f"{figure.lo:.2f} to {figure.hi:.2f}")
    console.print(table)


def _bits(figure: Estimate) -> str:
    return f"{figure.est:.2f} ({figure.lo:.2f} to {figure.hi:.2f})"


def _sides(console: Console, readings: Sequence[Reading]) -> None:
    """One answer from either side, with the values that the judge read in it."""
    for stance in ("yes", "no"):
        side = [r for r in readings if r.response.stance == stance and r.response.key_points]
        if not side:
            continue
        chosen = max(side, key=lambda r: (len(_raised(r)), r.response.model))
        console.print()
        console.print(f"{stance}: {len(side)} of {len(readings)} answers, e.g. {chosen.response.model}")
        for point in chosen.response.key_points:
            console.print(f"  - {_safe(point)}")
        console.print(f"  values read: {', '.join(_raised(chosen)) or 'none'}")


def _raised(reading: Reading) -> list[str]:
    return [d for d, outcome in reading.verdict.outcomes.items() if outcome is not Outcome.ABSENT]


def problem(one: Inconsistency) -> str:
    """One line a disagreement."""
    return f"{one.kind} {printable(one.ref)}: {printable(one.detail)}: {one.hint}"
