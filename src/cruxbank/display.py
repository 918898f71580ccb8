"""What people are shown of items and runs: small tables, one line a round. Every cell is escaped: it may hold model text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from cruxbank.items import Item
from cruxbank.measures import CarryOver, Estimate

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


def bits(item: Item) -> str:
    """Joint separation with its interval, empty where nothing was measured."""
    if item.separation is None:
        return ""
    joint = item.separation.joint
    return f"{joint.est:.2f} ({joint.lo:.2f} to {joint.hi:.2f})"


def round_line(figures: Mapping[str, Any]) -> str:
    """Where a run stands after a round, in one line: the figures of a `round_committed` event."""
    return (
        f"slot {figures['slots']}: {figures['operational']} operational of {figures['drafts']} drafts, "
        f"{figures['topics_tried']} topics, median {figures['median']:.2f} bits, {figures['calls']} calls, "
        f"${figures['usd']:.2f}"
    )


CARRY_OVER = ("separation", "bits", "95 % interval", "items", "of the claim")
"""Head of `carry_over_rows`."""


def carry_over_rows(carried: CarryOver) -> list[tuple[str, str, str, str, str]]:
    """In-sample and transfer as rows: measured on what, bits, interval, number of items, share of the claim."""
    rows = [("claimed, in-sample", f"{carried.claimed:.2f}", "", str(carried.items), "1")]
    fresh = (
        ("same panel, fresh wordings", carried.scoring, carried.kept_by_scoring),
        ("holdout panel", carried.holdout, carried.kept_by_holdout),
    )
    for name, found, share in fresh:
        bits, interval = ("-", "too few items") if found is None else (f"{found.est:.2f}", _span(found))
        rows.append((name, bits, interval, str(carried.confirmed), _share(share)))
    rows.append(("a family left out", "-", "", "all drafts", _share(carried.kept_by_families)))
    rows.append(("without the strongest family", f"{carried.without:.2f}", "", str(carried.items), "-"))
    return rows


def _span(found: Estimate) -> str:
    return f"{found.lo:.2f} to {found.hi:.2f}"


def _share(share: Estimate | None) -> str:
    return "-" if share is None else f"{share.est:.2f} ({share.lo:.2f} to {share.hi:.2f})"


def label(simulated: bool) -> str:
    """The warning that every figure made with simulated models carries."""
    return SIMULATED if simulated else ""
