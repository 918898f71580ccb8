"""What travels with an item into tools that keep one small object beside each text: `metadata`.

They copy it into every log, so it holds what an item is read by (figures with their intervals and denominators, wordings,
where it comes from) and not the single models' verdicts, which are in `jsonl`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cruxbank.exports.card import Card
from cruxbank.exports.format import Line
from cruxbank.exports.lines import encode

KEPT = (
    "schema",
    "kind",
    "language",
    "topic",
    "wordings",
    "options",
    "status",
    "origin",
    "value_system",
    "signed",
    "weight",
)
MADE = ("run", "seed", "slot", "generator", "critic", "judge")
COUNTED = ("asked", "answered", "refused", "unscored")
FIGURES = ("joint", "stance", "refusal", "lfdr", "models", "responses", "estimator", "transfer")


def about(line: Line, card: Card | None = None) -> dict[str, Any]:
    """The metadata of one item; `crux bank import` finds wordings, options, topic, kind and language here again.

    card: where the licence is to stand in each row and not only beside the rows (`bank`). A format that asks for the card
    before it has gone over the lines has the bank read twice.
    """
    found = {
        **{name: line[name] for name in KEPT},
        "separation": _figures(line["separation"]) if line["separation"] else None,
        "counts": summed(line["counts"]),
        "provenance": {name: line["provenance"].get(name) for name in MADE},
        "canary": line.get("canary", ""),
    }
    return found | {"licence": card.licence} if card else found


def bank(card: Card) -> dict[str, Any]:
    """What a task file says of the bank as a whole."""
    return {
        "name": task_name(card),
        "title": card.title,
        "version": card.version,
        "licence": card.licence,
        "canary": card.canary,
        "value_system": card.value_system,
        "languages": list(card.languages),
        "simulated": card.simulated,
        "items": card.items,
    }


def task_name(card: Card) -> str:
    """The card's name as a name of tasks: lower-case letters, digits and hyphens, whatever it was."""
    return re.sub(r"[^a-z0-9]+", "-", card.name.lower()).strip("-") or "bank"


def origin(card: Card) -> str:
    """`simulated` where a simulated model had a part in any item, else `real`: the words that the lines use."""
    return "simulated" if card.simulated else "real"


def row(value: Mapping[str, Any]) -> bytes:
    """One JSON object on one line, with its line feed."""
    return encode(value)


def _figures(separation: Mapping[str, Any]) -> dict[str, Any]:
    by = {d: {end: said[end] for end in ("est", "lo", "hi")} for d, said in separation["by_dimension"].items()}
    return {**{name: separation[name] for name in FIGURES}, "by_dimension": by}


def summed(counts: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Denominators over all models that chose the item."""
    return {name: sum(int(of[name]) for of in counts.values()) for name in COUNTED}
