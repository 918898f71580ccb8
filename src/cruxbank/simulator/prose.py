"""A planned response in words: a stance sentence and three key points, varied by a hash."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.response import Plans
from cruxbank.simulator.subject import Subject, course
from cruxbank.simulator.tables import Speech, fillers, frames, phrases, speech, styles

POINTS = 3
_CHOICE = re.compile(r"\[([^\[\]]+)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def key_points(plan: Plans, about: Subject, picks: Picks) -> list[str]:
    """Three sentences; the values with the largest margin come first."""
    openers = picks.shuffled(frames()["openers"])
    return [_point(group, plan, about, picks, str(openers[k])) for k, group in enumerate(groups(plan))]


def groups(plan: Plans) -> list[list[int]]:
    """The values of each key point, those with the largest margin first."""
    return _share_out([int(d) for d in np.argsort(-plan.margin) if plan.values[d]])


def opinion(plan: Plans, about: Subject, picks: Picks, language: str = "en") -> tuple[str, list[str]]:
    """Stance word and key points; no points with a refusal."""
    if bool(plan.refused):
        return "refuse", []
    stance = {1: "yes", -1: "no", 0: "neutral"}[int(plan.stance)]
    return stance, key_points(plan, about, picks) if language == "en" else spoken(plan, about, picks, speech(language))


def spoken(plan: Plans, about: Subject, picks: Picks, table: Speech) -> list[str]:
    """Three sentences from a table of their own: another language, or things done."""
    points = list[str]()
    spare = picks.shuffled(table.fillers)
    for k, group in enumerate(groups(plan)):
        sides = [(table.phrases[d], int(plan.values[d])) for d in group]
        parts = [picks.choice(own.supports if sign > 0 else own.opposes) for own, sign in sides] or [spare[k]]
        said = parts[0] + "".join(picks.choice(table.joins) + part for part in parts[1:])
        chosen = _CHOICE.sub(lambda m: picks.choice(m.group(1).split("|")), said)
        points.append(
            chosen.replace("{topic}", about.topic).replace("{people}", picks.choice(about.people)) + table.end
        )
    return points


def styled(points: Sequence[str], family: str, picks: Picks) -> list[str]:
    """English key points with ways into the sentence that give the family away, three in five of them."""
    return [picks.choice(styles()[family]) + _lower(text) if picks.chance(0.6) else text for text in points]


def as_text(stance: str, points: Sequence[str], picks: Picks, language: str = "en") -> str:
    """The same as plain text: a sentence, then numbered points."""
    if language != "en":
        return told(stance, points, picks, speech(language))
    data = frames()
    if stance == "refuse":
        return str(picks.choice(data["refusals"]))
    lines = [str(picks.choice(data["stances"][stance])), *(f"{k}. {point}" for k, point in enumerate(points, 1))]
    return "\n".join(lines)


def told(stance: str, points: Sequence[str], picks: Picks, table: Speech) -> str:
    """Plain text from a table of its own."""
    if stance == "refuse":
        return picks.choice(table.refusals)
    lines = [picks.choice(table.stances[stance]), *(f"{k}. {point}" for k, point in enumerate(points, 1))]
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
