"""A bank's languages: tested over all its items when a run ends, shown from there whenever somebody looks."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from cruxbank.config.settings import Settings
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import Item, Reading, Status
from cruxbank.measures import LanguageReport
from cruxbank.memory.record import Record
from cruxbank.science.dif import Contrast, Wordings, contrast
from cruxbank.science.languages import report
from cruxbank.science.readings import ItemReadings, collect
from cruxbank.science.seeds import rng


def language_report(
    record: Record, yardstick: Yardstick, settings: Settings, dimensions: Sequence[str]
) -> LanguageReport | None:
    """Of the whole bank at the end of a run; None where nothing was put into another language."""
    items = record.items(status=Status.OPERATIONAL, order="id")
    if not any(item.by_language for item in items):
        return None
    return report(items, compared(record, items, yardstick, settings, dimensions), settings.languages, dimensions)


def compared(
    record: Record, items: Sequence[Item], yardstick: Yardstick, settings: Settings, dimensions: Sequence[str]
) -> dict[tuple[str, str], Contrast]:
    """The tests of every item in every language that it was asked in, by (item id, language)."""
    wordings = Wordings.fit(yardstick.drafts)
    found: dict[tuple[str, str], Contrast] = {}
    for item in items:
        asked = [language for language, reading in item.by_language.items() if reading.separation is not None]
        readings = record.readings(item.id) if asked else ()
        for language in asked:
            arrays, foreign = _arrays(settings, item, readings, language, dimensions)
            draw = rng(0, 0, f"language {item.id} {language}")
            one = contrast(arrays, foreign, yardstick.metric, wordings, draw)
            if one is not None:
                found[item.id, language] = one
    return found


def bank_languages(record: Record) -> LanguageReport | None:
    """As the last run that ended found them; None in a bank of one language."""
    reports = [json.loads(run.payload).get("languages") for run in record.runs()]
    last = next((one for one in reversed(reports) if one), None)
    return None if last is None else LanguageReport.model_validate(last)


def _arrays(
    settings: Settings, item: Item, readings: Sequence[Reading], language: str, dimensions: Sequence[str]
) -> tuple[ItemReadings, np.ndarray]:
    """The scoring panel's answers in the item's own language and in one other, and which are in the latter."""
    panel = settings.panels.scoring
    spoken = [wording.language for wording in item.wordings]
    mine = [r for r in readings if r.response.model in panel and spoken[r.response.wording] in ("", language)]
    families = {model: settings.model(model).family for model in panel}
    arrays = collect(mine, item.wordings, panel, dimensions, families, signed=settings.signed)
    return arrays, np.array([spoken[w] == language for w in arrays.wordings], dtype=np.bool_)
