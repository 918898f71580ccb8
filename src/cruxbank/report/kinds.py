"""The kinds of items that a run grew, and professed beside acted values where it grew both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cruxbank.agreements import Agreement
from cruxbank.errors import InputError
from cruxbank.items import Item, ItemKind, Reading, Status
from cruxbank.science.professed_bank import agreement_of

ORDER: tuple[ItemKind, ...] = ("question", "dilemma", "scenario")


@dataclass(frozen=True)
class KindFigures:
    """By kind: (kind, texts, operational items). `why` says why there is no agreement, where there is none."""

    counts: tuple[tuple[ItemKind, int, int], ...]
    agreement: Agreement | None
    why: str = ""


def kind_figures(items: Sequence[Item], read: Iterable[tuple[Item, Sequence[Reading]]]) -> KindFigures | None:
    """None where a run grew questions only. read: its measured items with their readings, taken up only where needed."""
    texts = Counter(item.kind for item in items)
    if not set(texts) - {"question"}:
        return None
    admitted = Counter(item.kind for item in items if item.status is Status.OPERATIONAL)
    counts = tuple((kind, texts[kind], admitted[kind]) for kind in ORDER if texts[kind])
    try:
        return KindFigures(counts, agreement_of(read))
    except InputError as error:
        return KindFigures(counts, None, error.message.removeprefix("bank: "))
