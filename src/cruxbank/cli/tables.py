"""What `crux bank` prints for people. Model text passes `printable` first: no escape sequence reaches the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cruxbank.cli.console import printable
from cruxbank.cli.item_lines import bits, item_lines
from cruxbank.display import answer_counts, local_reading, plural
from cruxbank.items import Item, Outcome, Reading
from cruxbank.measures import Estimate
from cruxbank.memory.findings import Inconsistency
from cruxbank.memory.rows import Change

_YES = {"dilemma": "option A of the base wording", "scenario": "doing what the base wording asks for"}


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _safe(text: str) -> str:
    return escape(printable(text))


def found(items: Sequence[tuple[float, Item]]) -> None:
    """Search results, nearest first."""
    rows = [((one.id, f"{cosine:.2f}", *bits(one), one.status.value), one.text) for cosine, one in items]
    item_lines(("id", "cosine", "bits", "95 % interval", "status"), rows)


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
        f"{plural(separation.models, 'model')}, {plural(separation.responses, 'response')}"
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
    """How many stand where, and one answer from either side with the values that the judge read in it."""
    if readings:
        console.print()
        console.print(f"answers: {answer_counts(readings)} (mirrors are turned round)")
    for stance in ("yes", "no"):
        side = [r for r in readings if r.response.stance == stance and r.response.key_points]
        if not side:
            continue
        chosen = max(side, key=lambda r: (len(_raised(r)), r.response.model))
        console.print()
        console.print(f"{stance}, for example {_safe(chosen.response.model)}:")
        for point in chosen.response.key_points:
            console.print(f"  - {_safe(point)}")
        console.print(f"  values read: {', '.join(_raised(chosen)) or 'none'}")


def _raised(reading: Reading) -> list[str]:
    return [d for d, outcome in reading.verdict.outcomes.items() if outcome is not Outcome.ABSENT]


def problem(one: Inconsistency) -> str:
    """One line a disagreement."""
    return f"{one.kind} {printable(one.ref)}: {printable(one.detail)}: {one.hint}"
