"""A judge whose answers often cannot be used, for tests of retries. A hash of the text decides: every repair fails too."""

from __future__ import annotations

import json
from typing import Any

from cruxbank.simulator.hashing import Picks

SHARE = 0.25
"""Of the texts that it fails on."""
WAYS = ("empty", "cut", "prose", "refusal", "nonce", "dimension", "missing")


def spoiled(answer: dict[str, Any], inside: str, seed: int, family: str) -> str:
    """The answer as JSON, or spoiled in one of WAYS where the text between the fence says so."""
    way = way_of(inside, seed, family)
    full = json.dumps(answer, ensure_ascii=False)
    if way in ("", "cut"):
        return full[: len(full) // 2] if way else full
    if way == "prose":
        return "The second point seems to be about family, I think, and the first one is hard to read."
    if way == "refusal":
        return "I'm sorry, but I can't help with that."
    return "" if way == "empty" else json.dumps(_changed(answer, way), ensure_ascii=False)


def way_of(inside: str, seed: int, family: str) -> str:
    """How the reading of a text fails, one of WAYS; empty when it does not."""
    picks = Picks(seed, "failing", family, inside)
    return picks.choice(WAYS) if picks.chance(SHARE) else ""


def _changed(answer: dict[str, Any], way: str) -> dict[str, Any]:
    points = [dict(point) for point in answer["points"]]
    if way == "nonce":
        return answer | {"nonce": "0" * 16}
    if way == "missing":
        return answer | {"points": points[:-1]}
    if points and "readings" in points[0]:
        points[0]["readings"] = [{"value": "no-such-value", "side": "supports", "quote": "the"}]
    elif points:
        points[0]["supports"] = ["no-such-value"]
    return answer | {"points": points}
