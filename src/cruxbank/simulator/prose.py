"""A planned response in words: a stance sentence and three key points, varied by a hash."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.response import Plans
from cruxbank.simulator.subject import Subject, course
from cruxbank.simulator.tables import fillers, frames, phrases

POINTS = 3
_CHOICE = re.compile(r"\[([^\[\]]+)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def key_points(plan: Plans, about: Subject, picks: Picks) -> list[str]:
    """Three sentences; the values with the largest margin come first."""
    order = [int(d) for d in np.argsort(-plan.margin) if plan.values[d]]
    openers = picks.shuffled(frames()["openers"])
    return [_point(group, plan, about, picks, str(openers[k])) for k, group in enumerate(_share_out(order))]


def opinion(plan: Plans, about: Subject, picks: Picks) -> tuple[str, list[str]]:
    """Stance word and key points; no points with a refusal."""
    if bool(plan.refused):
        return "refuse", []
    stance = {1: "yes", -1: "no", 0: "neutral"}[int(plan.stance)]
    return stance, key_points(plan, about, picks)


def as_text(stance: str, points: Sequence[str], picks: Picks) -> str:
    """The same as plain text: a sentence, then numbered points."""
    data = frames()
    if stance == "refuse":
        return str(picks.choice(data["refusals"]))
    lines = [str(picks.choice(data["stances"][stance])), *(f"{k}. {point}" for k, point in enumerate(points, 1))]
    return "\n".join(lines)


def _share_out(order: Sequence[int]) -> list[list[int]]:
    """At most two values a point, the strongest first."""
    points: list[list[int]] = [[] for _ in range(POINTS)]
    for k, value in enumerate(order[: 2 * POINTS]):
        points[k % POINTS].append(value)
    return points


def _point(group: Sequence[int], plan: Plans, about: Subject, picks: Picks, opener: str) -> str:
    if not group:
        return _sentence(picks.choice(fillers()), plan, about, picks, opener)
    parts = [_phrase(value, int(plan.values[value]), picks) for value in group]
    text = _sentence(parts[0], plan, about, picks, opener)
    for part in parts[1:]:
        joined = str(picks.choice(frames()["breaks" if ", and " in text else "joins"]))
        text = text.removesuffix(".") + joined + _lower(_sentence(part, plan, about, picks))
    return text


def _phrase(value: int, sign: int, picks: Picks) -> str:
    table = phrases()[value]
    return picks.choice(table.supports if sign > 0 else table.opposes)


def _sentence(template: str, plan: Plans, about: Subject, picks: Picks, opener: str = "") -> str:
    slots = {
        "topic": about.topic,
        "people": picks.choice(about.people),
        "course": course(about, int(plan.stance), picks),
    }
    chosen = _CHOICE.sub(lambda m: picks.choice(m.group(1).split("|")), template)
    text = _SLOT.sub(lambda m: _fill(m.group(1), slots), chosen)
    if "{topic}" in opener and "{topic}" in template:
        opener = ""
    return (opener.format(**slots) + _lower(text) if opener else text) + "."


def _fill(name: str, slots: dict[str, str]) -> str:
    value = slots[name.lower()]
    return value[0].upper() + value[1:] if name[0].isupper() else value


def _lower(text: str) -> str:
    """Lower first letter, but for God and I."""
    return text if text.startswith(("God", "I ")) else text[0].lower() + text[1:]
