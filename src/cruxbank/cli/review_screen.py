"""What a reviewer sees, as lines of rich markup. Pure: a sheet in, lines out. Model text is escaped, answers are barred."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from cruxbank.app.reviewing import Near, Sheet
from cruxbank.cli.console import printable
from cruxbank.cli.probe_shown import barred, safe, short
from cruxbank.cli.review_keys import HELP, REASONS
from cruxbank.curation import HumanReview
from cruxbank.display import answer_counts, local_reading, plural
from cruxbank.items import Item, Outcome, Reading
from cruxbank.measures import Estimate, Separation

YES = {"dilemma": "yes: option A of the base", "scenario": "yes: doing what the base asks for"}
BEST = 3
"""Dimensions that are named at once; `more` has all."""
POINTS = 3
"""Values of an answer that are shown with their quotes at once."""
MANY = 3
"""Answers of either side that `more` shows."""
COLUMN = 12
"""Columns of what stands before a text."""
CAST = {"accept": "accepted", "edit": "edited", "reject": "rejected", "flag": "flagged"}


def sheet_lines(
    sheet: Sheet, place: int, of: int, width: int, *, settling: bool = False, more: bool = False
) -> list[str]:
    """An item, with everything that a decision about it rests on: about 25 lines of 100 columns; more: all of it."""
    item = sheet.item
    simulated = "  [yellow]simulated models[/yellow]" if item.provenance.origin == "simulated" else ""
    kind = f"{item.kind}, " if item.kind != "question" else ""
    language = f", {safe(item.language)}" if item.language != "en" else ""
    head = f"[dim]{place} of {of}[/dim]  {item.id}  {kind}{sheet.stood.value}{language}{simulated}"
    lines = ["", head, "", *wrapped(item.text, width, "  ", "bold")]
    for option in item.options:
        lines += _labelled(option.value or "option", option.text, width)
    lines += wording_lines(item, width) if more else _first_mirror(item, width)
    lines += _labelled("topic", f"{item.topic.text} ({item.topic.domain})", width)
    lines += _separation(item, width, more=more)
    lines += _answers(sheet.readings, width, more=more)
    lines += _near(sheet.near, width)
    if more:
        lines += _further(item, width)
    return lines + _decided(sheet, settling)


def wrapped(text: str, width: int, indent: str, style: str = "") -> list[str]:
    """A text in lines that are whole words behind an indent."""
    parts = [p for line in printable(text).split("\n") for p in _wrap(line, max(width - len(indent) - 2, 20))]
    opening, closing = (f"[{style}]", f"[/{style}]") if style else ("", "")
    return [f"{indent}{opening}{safe(part)}{closing}" for part in parts]


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)  # self-direction is one word


def _labelled(label: str, text: str, width: int) -> list[str]:
    """A text behind its name, wrapped. No name is wider than its column."""
    name = printable(" ".join(label.split()))[:COLUMN]
    first, *rest = _wrap(printable(" ".join(text.split())), max(width - COLUMN - 5, 20)) or [""]
    return [f"  [dim]{safe(f'{name:<{COLUMN}}')}[/dim] {safe(first)}", *(f"  {'':<{COLUMN}} {safe(p)}" for p in rest)]


def _first_mirror(item: Item, width: int) -> list[str]:
    """The mirror is what goes wrong most; the other wordings are named by their number."""
    others = item.own_wordings[1:]
    mirror = next((w for w in others if w.kind == "mirror"), None)
    lines = _labelled("mirror", mirror.text, width) if mirror else ["  [yellow]it has no mirror[/yellow]"]
    left = len(others) - (mirror is not None)
    return [*lines, f"  {'':<{COLUMN}} [dim]and {plural(left, 'more wording')}: w shows them[/dim]"] if left else lines


def wording_lines(item: Item, width: int) -> list[str]:
    """All wordings in the item's own language, mirrors first; how yes is meant where the kind does not say so itself."""
    ordered = sorted(item.own_wordings[1:], key=lambda w: w.kind != "mirror")
    lines = [line for wording in ordered for line in _labelled(wording.kind, wording.text, width)]
    return lines + ([f"  [dim]{YES[item.kind]}[/dim]"] if item.kind in YES else [])


def _separation(item: Item, width: int, *, more: bool) -> list[str]:
    separation = item.separation
    if separation is None:
        return ["", *_labelled("separates", "not measured yet: nobody has answered it", width)]
    none = "below 0.001" if separation.lfdr < 0.0005 else f"{separation.lfdr:.3f}"
    said = (
        f"{_bits(separation.joint)} on {plural(separation.models, 'model')}, {plural(separation.responses, 'response')}"
    )
    lines = ["", *_labelled("separates", f"{said}; chance of none {none}", width)]
    fresh = item.confirmation
    if fresh and fresh.holdout:
        lines += _labelled("carries over", f"{_bits(fresh.holdout)} on models that did not choose it", width)
    ranked = sorted(separation.by_dimension.items(), key=lambda kv: (-kv[1].est, kv[0]))
    shown = "; ".join(f"{d} {_bits(s)}" for d, s in (ranked if more else ranked[:BEST]))
    lines += _labelled("most on", shown, width)
    lines += _leaning(separation, width)
    if more and (weak := local_reading(item.provenance.judge, item.provenance.local_reader)):
        lines += _labelled("", weak, width)
    return lines


def _leaning(separation: Separation, width: int) -> list[str]:
    framing = separation.framing
    if framing is None:
        return []
    on = f" on {framing.dimension}" if framing.dimension else ""
    said = f"{framing.leaning:.2f}{on} (how far a wording pushes its answers, 0 to 1)"
    return _labelled("leaning", said, width)


def _bits(figure: Estimate) -> str:
    return f"{figure.est:.2f} bits ({figure.lo:.2f} to {figure.hi:.2f})"


def _answers(readings: Sequence[Reading], width: int, *, more: bool) -> list[str]:
    """How many stand where, and answers of either side with the words that the judge's reading rests on."""
    if not readings:
        return []
    lines = ["", *_labelled("answers", answer_counts(readings), width)]
    for side in ("yes", "no"):
        mine = [r for r in readings if r.response.stance == side and r.response.key_points]
        models: dict[str, Reading] = {}
        for reading in sorted(mine, key=lambda r: (-len(r.verdict.evidence), -len(_raised(r)), r.response.model)):
            models.setdefault(reading.response.model, reading)
        for reading in list(models.values())[: MANY if more else 1]:
            lines += _answer(side, reading, width, more=more)
    return lines


def _answer(side: str, reading: Reading, width: int, *, more: bool) -> Iterator[str]:
    """One answer: its first point (more: all of them), and values with the words that they rest on."""
    yield f"  [bold]{side:<{COLUMN}}[/bold] [dim]{safe(reading.response.model)}[/dim]"
    for point in reading.response.key_points[: None if more else 1]:
        yield from barred(point, width)
    raised = _raised(reading)
    quotes = {e.dimension: e.quote for e in reversed(reading.verdict.evidence)}
    quoted = [d for d in raised if d in quotes]
    for dimension in quoted if more else quoted[:POINTS]:
        words = " ".join(quotes[dimension].split())
        room = max(width - len(dimension) - 24, 20)
        cut = words if len(words) <= room else f"{words[: room - 4]} ..."
        yield f"      [dim]{safe(dimension)} {raised[dimension]}[/dim] '{safe(cut)}'"
    if rest := [dimension for dimension in raised if dimension not in quotes]:
        yield from wrapped(f"values read: {', '.join(rest)}", width, "      ", "dim")


def _raised(reading: Reading) -> dict[str, str]:
    signed = reading.verdict.signed
    found = {d: side for d, side in reading.verdict.outcomes.items() if side is not Outcome.ABSENT}
    return {d: side.value if signed else "raised" for d, side in found.items()}


def _near(near: Sequence[Near], width: int) -> list[str]:
    """Neighbours with their cosine: a line each where it fits."""
    lines = ["", "  [dim]nearest in the bank[/dim]"] if near else []
    for one in near:
        joint = one.item.separation.joint if one.item.separation else None
        told = f"{one.item.status.value}, {joint.est:.2f} bits" if joint else f"{one.item.status.value}, not measured"
        text = f"{one.cosine:.2f}  {' '.join(one.item.text.split())} [{told}]"
        first, *rest = _wrap(printable(text), max(width - 12, 20))
        lines += [f"    {safe(first)}", *(f"          {safe(part)}" for part in rest)]
    return lines


def _further(item: Item, width: int) -> list[str]:
    origin = item.provenance
    who = f"{origin.generator}, critic {origin.critic or '-'}, judge {origin.judge or '-'}"
    lines = ["", *_labelled("written by", f"{who}; run {origin.run}, slot {origin.slot}", width)]
    for label, text in (("fact", origin.fact), ("argument", origin.argument)):
        lines += _labelled(label, text, width) if text else []
    for reason in item.reasons:
        lines += _labelled("reason", reason, width)
    if item.replaces:
        lines += _labelled("replaces", item.replaces, width)
    for language, own in item.translations.items():
        for wording in own:
            lines += _labelled(f"{language} {wording.kind}", wording.text, width)
    return lines


def _decided(sheet: Sheet, settling: bool) -> list[str]:
    """The person's own earlier decision; what others decided is told to who settles flags, and to nobody else."""
    lines = (
        [] if sheet.mine is None else ["", f"  [bold]you {_said(sheet.mine)}[/bold]; decide again, or s to leave it"]
    )
    if sheet.made is not None:
        lines.append(f"  [dim]into[/dim] {short(sheet.made.text)}")
    for one in sheet.others if settling else ():
        lines += [*([] if lines else [""]), f"  {safe(one.reviewer)} {_said(one)}"]
    return lines


def _said(review: HumanReview) -> str:
    why = f": {safe(review.reason)}" if review.reason else ""
    return f"{CAST[review.choice]} it on {review.at[:16].replace('T', ' at ')} UTC{why}"


def help_lines() -> list[str]:
    """The commands."""
    return [f"  [bold]{safe(name):<10}[/bold]  {safe(what)}" for name, what in HELP]


def reason_lines() -> list[str]:
    """The reasons that have a number."""
    return [f"  [bold]{number}[/bold]  {safe(reason)}" for number, reason in enumerate(REASONS, 1)]


def decided_line(review: HumanReview, was: str, now: str) -> str:
    """What a decision did."""
    moved = f"; {was} before, {now} now" if was != now else ""
    if review.choice == "edit":
        moved = f"; {review.made} stands in its place as a draft until `crux bank remeasure --drafts` measures it"
    why = f": {safe(review.reason)}" if review.reason and review.choice != "edit" else ""
    return f"  [bold]{CAST[review.choice]}[/bold]{why}{moved}"
