"""An item's two sides in the models' own words, and where every model stands on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cruxbank.display import answer_counts
from cruxbank.items import Item, Outcome, Reading
from cruxbank.report.strips import Stand
from cruxbank.report.wording import shorten

QUOTE = 220
_STANCE = {"yes": 1.0, "no": -1.0, "neutral": 0.0}


class Side(NamedTuple):
    """One side of an item: how many answers, and one of them."""

    name: str
    answers: int
    models: int
    model: str
    quote: str
    values: tuple[str, ...]


class Shown(NamedTuple):
    """One of the best items, ready to be drawn. `answered` is the denominator of its sides."""

    item: Item
    sides: tuple[Side, ...]
    answered: int
    told: str
    """How many answers stand where, refused and unscored ones too."""
    stances: tuple[Stand, ...]
    dimension: str
    raised: tuple[Stand, ...]
    top: tuple[tuple[str, float], ...]


def show(item: Item, readings: Sequence[Reading], dimension: str, hues: Mapping[str, int]) -> Shown:
    """Sides and stands of one item. `hues` are the numbers of the models' families."""
    scored = [r for r in readings if r.response.state == "answered" and r.verdict.state == "scored"]
    by = item.separation.by_dimension if item.separation else {}
    top = sorted(by.items(), key=lambda kv: (-kv[1].est, kv[0]))[:3]
    return Shown(
        item=item,
        sides=_sides(item, scored, dimension),
        answered=len(scored),
        told=answer_counts(readings),
        stances=_stands(scored, hues, lambda r: _STANCE[r.response.stance or "neutral"]),
        dimension=dimension,
        raised=_stands(scored, hues, lambda r: float(dimension in raised(r))),
        top=tuple((name, figure.est) for name, figure in top),
    )


def raised(reading: Reading) -> tuple[str, ...]:
    """Values that the judge read in an answer, whichever side they are on."""
    return tuple(d for d, outcome in reading.verdict.outcomes.items() if outcome is not Outcome.ABSENT)


def _stands(
    readings: Sequence[Reading], hues: Mapping[str, int], value: Callable[[Reading], float]
) -> tuple[Stand, ...]:
    found: dict[str, list[float]] = {}
    for reading in readings:
        found.setdefault(reading.response.model, []).append(value(reading))
    return tuple(Stand(m, sum(v) / len(v), len(v), hues.get(m, 0)) for m, v in sorted(found.items()))


def _sides(item: Item, scored: Sequence[Reading], dimension: str) -> tuple[Side, ...]:
    """Yes and no where both were said; else those who raise the item's best dimension and those who do not."""
    quotable = [r for r in scored if r.response.key_points]
    for names, test in (
        (("yes", "no"), lambda r: r.response.stance),
        ((f"supports {dimension}", f"opposes {dimension}"), lambda r: _reads(r, dimension)),
        ((f"raises {dimension}", f"does not raise {dimension}"), lambda r: _raises(r, dimension)),
    ):
        groups = [[r for r in quotable if test(r) == name] for name in names]
        if all(groups):
            return tuple(_side(item, name, mine, quotable) for name, mine in zip(names, groups, strict=True))
    return (_side(item, "all answers", quotable, quotable),) if quotable else ()


def _reads(reading: Reading, dimension: str) -> str:
    return f"{reading.verdict.outcomes.get(dimension, Outcome.ABSENT).value} {dimension}"


def _raises(reading: Reading, dimension: str) -> str:
    return f"raises {dimension}" if dimension in raised(reading) else f"does not raise {dimension}"


def _side(item: Item, name: str, mine: Sequence[Reading], quotable: Sequence[Reading]) -> Side:
    """The quote is of the model that keeps to this side most, on a wording that is no mirror where there is one."""
    said, all_said = Counter(r.response.model for r in mine), Counter(r.response.model for r in quotable)

    def order(r: Reading) -> tuple[float, bool, int, str, int]:
        model, wording = r.response.model, r.response.wording
        mirror = wording < len(item.wordings) and item.wordings[wording].kind == "mirror"
        return -said[model] / all_said[model], mirror, wording, model, r.response.repeat

    one = min(mine, key=order)
    quote = shorten(one.response.key_points[0], QUOTE)
    return Side(name, len(mine), len(said), one.response.model, quote, raised(one))
