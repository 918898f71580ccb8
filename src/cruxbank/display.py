"""What people are shown of items and runs: small tables, one line a round. Every cell is escaped: it may hold model text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from cruxbank.agreements import Agreement, Correlation, ModelAgreement
from cruxbank.items import Item, Reading
from cruxbank.measures import CONFIRMED_NEEDED, CarryOver, Estimate, LanguageDif, LanguageFigures, LanguageReport

SIMULATED = "Simulated models answered: these figures say nothing about any real model."


def html_table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """An HTML table of plain cells.

    >>> html_table(("question",), [("<b>Why?</b>",)]).split("<tbody>")[1]
    '<tr><td>&lt;b&gt;Why?&lt;/b&gt;</td></tr></tbody></table>'
    """
    top = f"<caption>{escape(caption)}</caption>" if caption else ""
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{top}<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def plural(number: int, one: str, many: str = "") -> str:
    """A count with its noun, on screens and pages; `many` where an s does not do.

    >>> plural(1, "run"), plural(1968, "response"), plural(2, "answer that is", "answers that are")
    ('1 run', '1,968 responses', '2 answers that are')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def waiting_line(requests: int) -> str:
    """What a stopped run waits for: it is paid, and the next run has it for nothing."""
    return f"stopping: waiting for {plural(requests, 'answer that is', 'answers that are')} on the way and paid for"


def bits(item: Item) -> str:
    """Joint separation with its interval, empty where nothing was measured."""
    if item.separation is None:
        return ""
    joint = item.separation.joint
    return f"{joint.est:.2f} ({joint.lo:.2f} to {joint.hi:.2f})"


def answer_counts(readings: Sequence[Reading]) -> str:
    """How many answers stand where, of all that were asked for; mirrors are turned round. What nobody gave is left out.

    >>> answer_counts(())
    'no answers'
    """
    stances = Counter(r.response.stance or "no stance" for r in readings if r.verdict.state == "scored")
    sides = [
        f"{stances[side]} {side}" for side in ("yes", "no", "neutral", "no stance") if stances[side] or side in _SIDES
    ]
    states = Counter(r.verdict.state for r in readings)
    rest = [f"{states[state]} {state}" for state in ("refused", "unscored") if states[state] or state == "refused"]
    return f"{', '.join([*sides, *rest])} of {len(readings)}" if readings else "no answers"


_SIDES = ("yes", "no", "neutral")


def round_line(figures: Mapping[str, Any]) -> str:
    """Where a run stands after a round, in one line: the figures of a `round_committed` event."""
    return (
        f"slot {figures['slots']}: {figures['operational']:,} operational of {plural(figures['drafts'], 'draft')}, "
        f"{plural(figures['topics_tried'], 'topic')}, median {figures['median']:.2f} bits, "
        f"{plural(figures['calls'], 'call')}, ${figures['usd']:.2f}"
    )


CARRY_OVER = ("separation", "bits", "95 % interval", "items", "of the claim")
"""Head of `carry_over_rows`."""


def carry_over_rows(carried: CarryOver) -> list[tuple[str, str, str, str, str]]:
    """In-sample and transfer as rows: measured on what, bits, interval, number of items, share of the claim."""
    claimed = _span(carried.claimed_span) if carried.claimed_span else ""
    rows = [("claimed, in-sample", f"{carried.claimed:.2f}", claimed, str(carried.items), "1")]
    fresh = (
        ("same panel, fresh wordings", carried.scoring, carried.kept_by_scoring),
        ("holdout panel", carried.holdout, carried.kept_by_holdout),
    )
    for name, found, share in fresh:
        bits, interval = ("-", _missing(carried.confirmed)) if found is None else (f"{found.est:.2f}", _span(found))
        rows.append((name, bits, interval, str(carried.confirmed), _share(share)))
    rows.append(("a family left out", "-", "", "all drafts", _share(carried.kept_by_families)))
    rows.append(("without the strongest family", f"{carried.without:.2f}", "", str(carried.items), "-"))
    return rows


def _missing(confirmed: int) -> str:
    return f"{confirmed} of {CONFIRMED_NEEDED} needed" if confirmed < CONFIRMED_NEEDED else "not measured"


def _span(found: Estimate) -> str:
    return f"{found.lo:.2f} to {found.hi:.2f}"


def _share(share: Estimate | None) -> str:
    return "-" if share is None else f"{share.est:.2f} ({share.lo:.2f} to {share.hi:.2f})"


_READERS = {
    "local": "the local judge",
    "local-19": "the local judge through the nineteen categories it was trained on",
    "local-definitions": "the local judge through likeness to definitions, for which nothing was trained",
}


def local_reading(judge: str, reader: str = "") -> str:
    """What has to be said beside figures that a local reader made or had a part in; empty for other judges.

    judge: its name. reader: the local reader's name as an item's provenance tells it; items made before it was kept are
    known by the name of a judge that reads alone.

    >>> local_reading("sim-quill-3")
    ''
    >>> local_reading("cascade(local, sim-quill-3)", "local").split(",")[0]
    'read in part by the local judge'
    """
    found = reader or (judge if judge in _READERS else "")
    if not found:
        return ""
    who = _READERS.get(found, "the local judge")
    if judge == found:
        return f"read by {who}: presence of a value only, weak on real models' answers"
    return f"read in part by {who}, which knows presence of a value only and is weak on real models' answers"


LANGUAGES = (
    "language",
    "written",
    "claimed",
    "asked in it",
    "there claimed",
    "there confirmed",
    "bits in it",
    "agreement",
    "flagged",
)
"""Head of `language_rows`."""


def language_rows(report: LanguageReport) -> list[tuple[str, ...]]:
    """A row a language: items written in it and what they claim; of the items put into it what they claim and keep in
    their own language, their separation in this one, how far the models keep their places, and how many are flagged."""
    return [_language_row(one) for one in report.languages]


def _language_row(one: LanguageFigures) -> tuple[str, ...]:
    failed = f", {sum(one.failed.values())} failed" if one.failed else ""
    flagged = f"{one.shifted} shifted, {one.reordered} reordered" if one.asked else "-"
    return (
        one.language,
        str(one.written),
        f"{one.claimed:.2f}" if one.written else "-",
        f"{one.asked}{failed}",
        f"{one.claimed_there:.2f}" if one.asked else "-",
        "-" if one.confirmed_there is None else f"{one.confirmed_there:.2f}",
        _share(one.separation),
        _share(one.agreement),
        flagged,
    )


def flag_line(flag: LanguageDif) -> str:
    """A flagged item in words: in which language, what is different and by how much."""
    if flag.kind == "reordered":
        kept = f"{flag.effect:.0%} of the differences between models are others"
        return f"{flag.language}: the models take other places ({kept}; q {flag.q:.3g})"
    sides = ("no", "yes") if flag.dimension == "stance" else ("opposing", "supporting")
    side = sides[flag.effect > 0]
    return f"{flag.language}: {flag.dimension} moves towards {side} by {abs(flag.effect):.2f} SD (q {flag.q:.3g})"


PROFESSED = (
    "model",
    "questions",
    "dilemmas",
    "scenarios",
    "r",
    "95 % interval",
    "corrected",
    "real gaps (acted - professed)",
)
"""Head of `professed_rows`."""


def professed_rows(found: Agreement) -> list[tuple[str, ...]]:
    """A row a model, least agreement first: items by kind, correlation of professed and acted values, and the values whose
    difference is told from chance."""
    models = sorted(found.models, key=lambda one: (one.correlation.r.est, one.model))
    return [_professed_row(one) for one in models]


def _professed_row(one: ModelAgreement) -> tuple[str, ...]:
    r, corrected = one.correlation.r, one.correlation.corrected
    real = [f"{cell.dimension} {cell.difference.est:+.2f}" for cell in one.cells if cell.real]
    items = (str(one.items.get(kind, 0)) for kind in ("question", "dilemma", "scenario"))
    freed = "-" if corrected is None else f"{corrected:.2f}"
    return (one.model, *items, f"{r.est:.2f}", _span(r), freed, ", ".join(real) or "none")


def spoken_correlation(found: Correlation) -> str:
    """A correlation in words."""
    freed = (
        "too noisy to correct" if found.corrected is None else f"{found.corrected:.2f} corrected for measurement error"
    )
    return f"r {found.r.est:.2f} ({_span(found.r)}), {freed}"


def label(simulated: bool) -> str:
    """The warning that every figure made with simulated models carries."""
    return SIMULATED if simulated else ""
