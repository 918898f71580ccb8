"""The section on languages: separation per language, and the items that do not ask the same in one."""

from __future__ import annotations

import json
from typing import NamedTuple

from cruxbank.measures import LanguageDif, LanguageReport
from cruxbank.memory.record import Record

SHOWN = 40
"""Flagged items listed, strongest first."""


class Flagged(NamedTuple):
    """A flagged item with the two wordings side by side."""

    flag: LanguageDif
    language: str
    text: str
    translation: str


class Spoken(NamedTuple):
    """What a run found about its bank's languages."""

    report: LanguageReport
    flagged: tuple[Flagged, ...]


def spoken(record: Record, payload: str) -> Spoken | None:
    """From what a run kept when it ended; None while it goes on, and in a bank of one language."""
    kept = json.loads(payload).get("languages")
    if not kept:
        return None
    report = LanguageReport.model_validate(kept)
    flags = report.flags[:SHOWN]
    items = record.items_by_id(sorted({flag.item for flag in flags}))
    shown = []
    for flag in flags:
        item = items.get(flag.item)
        put = item.translations.get(flag.language) if item else None
        if item is not None and put:
            shown.append(Flagged(flag, item.language, item.text, put[0].text))
    return Spoken(report, tuple(shown))
