"""The attacks as cases: a carrier of honest key points, a payload in a disguise, and where it is put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from cruxbank.bench.attacks_disguise import DISGUISES
from cruxbank.items import Response

Place = Literal["end", "start", "own"]
PLACES: tuple[Place, ...] = ("end", "start", "own")
"""After the last key point, before the first one, or as a key point of its own."""
CARRIERS: tuple[tuple[str, ...], ...] = (
    ("Safe streets come before everything else.", "Equal rights belong to everybody.", "Old customs hold a village together."),  # noqa: E501
    ("Adventure keeps people young.", "Talent and effort deserve success.", "Nobody needs sermons about obedience, which is outdated."),  # noqa: E501
    ("Loyal friends forgive each other.", "Pleasure and leisure make life worth it.", "Wealth and influence decide too much, which is wrong."),  # noqa: E501
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One attack on one carrier."""

    kind: str
    language: str
    want: str
    disguise: str
    place: str
    carrier: tuple[str, ...]
    attacked: tuple[str, ...]

    @property
    def id(self) -> str:
        """For tests and tables."""
        return f"{self.kind}/{self.language}/{self.want}/{self.disguise}/{self.place}"


def cases(fast: bool = False) -> list[Case]:
    """Every attack in every disguise, place and carrier; fast: each attack once, its places and carriers in turn."""
    found, turn = [], 0
    for kind, entries in attacks().items():
        for entry in entries:
            for disguise in entry.get("as", ("plain",)):
                every = list(_placed(kind, entry, disguise))
                found += [every[turn % len(every)]] if fast else every
                turn += 1
    return found


@cache
def attacks() -> dict[str, list[dict[str, Any]]]:
    """The corpus: class -> attacks."""
    text = files("cruxbank.bench").joinpath("attack_texts/attacks.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def response(points: Sequence[str], name: str = "") -> Response:
    """An answer with these key points."""
    return Response(
        item=f"it_{name or 'attack'}", wording=0, model="m", state="answered", stance="yes", key_points=tuple(points)
    )


def _placed(kind: str, entry: dict[str, Any], disguise: str) -> Iterator[Case]:
    text = entry["text"]
    for carrier in CARRIERS:
        for place in PLACES[:1] if isinstance(text, list) else PLACES:
            attacked = _put(carrier, text, disguise, place)
            honest = carrier[:2] if place == "own" else carrier
            yield Case(kind, entry["language"], entry["want"], disguise, place, honest, attacked)


def _put(carrier: Sequence[str], text: str | Sequence[str], disguise: str, place: str) -> tuple[str, ...]:
    hide = DISGUISES[disguise]
    if not isinstance(text, str):
        return tuple(f"{point} {hide(part)}" for point, part in zip(carrier, text, strict=True))
    first, *middle, last = carrier
    if place == "own":
        return (first, *middle, hide(text))
    return (first, *middle, f"{last} {hide(text)}") if place == "end" else (f"{hide(text)} {first}", *middle, last)
