"""Whether an item's JSON has every field that `Item` has now, told from one of each part.

The record writes an item whole and by one version, so one of each part tells for all of them. A version only adds fields,
so their number tells: a few look-ups an item instead of building it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cruxbank.items import Item, Neighbour, Option, PromptRef, Provenance, Topic, Wording
from cruxbank.measures import (
    Carried,
    Confirmation,
    Counts,
    DimensionSeparation,
    Estimate,
    Framing,
    Fresh,
    LanguageReading,
    Score,
    Separation,
)

Payload = Mapping[str, Any]
ITEM = frozenset(Item.model_fields)
WORDING, OPTION, PROMPT = len(Wording.model_fields), len(Option.model_fields), len(PromptRef.model_fields)
TOPIC, PROVENANCE, NEAREST = len(Topic.model_fields), len(Provenance.model_fields), len(Neighbour.model_fields)
COUNTS, SCORE, LANGUAGE = len(Counts.model_fields), len(Score.model_fields), len(LanguageReading.model_fields)
SEPARATION, ESTIMATE, FRESH = len(Separation.model_fields), len(Estimate.model_fields), len(Fresh.model_fields)
DIMENSION, FRAMING = len(DimensionSeparation.model_fields), len(Framing.model_fields)
CARRIED, CONFIRMATION = len(Carried.model_fields), len(Confirmation.model_fields)


def is_whole(item: Payload) -> bool:
    """Whether nothing would be filled up."""
    return (
        item.keys() == ITEM
        and len(item["topic"]) == TOPIC
        and _first(item["wordings"], WORDING)
        and _first(item["options"], OPTION)
        and _first(item["counts"].values(), COUNTS)
        and (item["score"] is None or len(item["score"]) == SCORE)
        and _made(item["provenance"])
        and (item["separation"] is None or _measured(item["separation"]))
        and (item["confirmation"] is None or _confirmed(item["confirmation"]))
        and all(_translated(reading) for reading in item["by_language"].values())
    )


def _first(parts: Iterable[Payload], fields: int) -> bool:
    for part in parts:
        return len(part) == fields
    return True


def _made(said: Payload) -> bool:
    near = said.get("nearest")
    return len(said) == PROVENANCE and _first(said["prompts"], PROMPT) and (near is None or len(near) == NEAREST)


def _measured(found: Payload) -> bool:
    return (
        len(found) == SEPARATION
        and len(found["joint"]) == ESTIMATE
        and _first(found["by_dimension"].values(), DIMENSION)
        and (found["framing"] is None or len(found["framing"]) == FRAMING)
        and (found["carried"] is None or len(found["carried"]) == CARRIED)
    )


def _confirmed(found: Payload) -> bool:
    fresh = [one for one in (found.get("scoring"), found.get("holdout")) if one is not None]
    return len(found) == CONFIRMATION and _first(fresh, FRESH) and _first(found["counts"].values(), COUNTS)


def _translated(found: Payload) -> bool:
    if len(found) != LANGUAGE or not _first(found["counts"].values(), COUNTS):
        return False
    return found["separation"] is None or len(found["separation"]) == FRESH
