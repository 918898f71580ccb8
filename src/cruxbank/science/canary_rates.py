"""Known-answer texts, added up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from cruxbank.accuracy import CanaryReading, CanarySummary, Rate
from cruxbank.science.proportions import rate, rate_of


def summarise(readings: Sequence[CanaryReading]) -> CanarySummary:
    """How many were asked and how many were read right, with exact intervals; neutral texts count as groups. What was
    not read was not read right."""
    cues = [r for r in readings if r.kind != "neutral"]
    neutral = [r for r in readings if r.kind == "neutral"]
    kinds = {"question": [r for r in cues if not r.acts], "scenario": [r for r in cues if r.acts]}
    return CanarySummary(
        asked=len(readings),
        unread=sum(not r.read for r in readings),
        neutral=len(neutral),
        found=_cues(cues),
        clear=_clear(neutral),
        by_dimension={d: _cues([r for r in cues if r.dimension == d]) for d in sorted({r.dimension for r in cues})},
        by_kind={kind: _cues(some) for kind, some in kinds.items() if some},
    )


def _cues(cues: Sequence[CanaryReading]) -> Rate:
    return rate_of(sum(r.right for r in cues), sum(r.of for r in cues))


def _clear(neutral: Sequence[CanaryReading]) -> Rate:
    if not neutral:
        return rate_of(0, 0)
    hits = np.concatenate([np.arange(r.of) < r.right for r in neutral])
    return rate(hits, np.repeat(np.arange(len(neutral)), [r.of for r in neutral]))


def canaries_in(payloads: Iterable[str]) -> tuple[CanaryReading, ...]:
    """Known answers that the judge met, over the payloads of decisions or updates."""
    found = (one for payload in payloads for one in json.loads(payload).get("canaries", []))
    return tuple(CanaryReading.model_validate(one) for one in found)


def canary_payload(canaries: Iterable[CanaryReading]) -> dict[str, Any]:
    """The part of a payload that `canaries_in` reads; nothing where none was met."""
    plain = [one.model_dump(mode="json") for one in canaries]
    return {"canaries": plain} if plain else {}
