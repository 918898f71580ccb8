"""Sums over the lines of an export: what its card says of the items. Keeps numbers only, never a line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from operator import getitem
from typing import Any

from cruxbank.exports.format import Line
from cruxbank.exports.labels import best_dimension
from cruxbank.items import PromptRef
from cruxbank.measures import Counts
from cruxbank.science.carryover import Claim, claimed

_SUMS = ("asked", "answered", "refused", "unscored", "never_called")
"""In the order of `Asked`'s sums."""


class Asked:
    """Denominators by model, summed. Plain lists: an export adds a dozen models a line, 100,000 times."""

    def __init__(self) -> None:
        self._sums: dict[str, list[int]] = {}
        self._reasons: dict[str, Counter[str]] = {}

    def add(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """Counts by model, as a line has them."""
        for model, one in counts.items():
            sums = self._sums.get(model)
            if sums is None:
                sums = self._sums[model] = [0] * len(_SUMS)
            sums[0] += one["asked"]
            sums[1] += one["answered"]
            sums[2] += one["refused"]
            sums[3] += one["unscored"]
            sums[4] += one["never_called"]
            if one["unscored_by"]:
                self._reasons.setdefault(model, Counter()).update(one["unscored_by"])

    def by_model(self) -> dict[str, Counts]:
        """Sums by model, sorted by its id."""
        return {
            model: Counts(
                unscored_by=dict(sorted(self._reasons.get(model, Counter()).items())),
                **dict(zip(_SUMS, sums, strict=True)),
            )
            for model, sums in sorted(self._sums.items())
        }

    def total(self) -> Counts:
        """The sum over models."""
        return sum(self.by_model().values(), Counts())


class Tally:
    """What the lines of an export say together."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.ids: list[str] = []
        self.words: dict[str, Counter[str]] = {
            name: Counter()
            for name in (
                *("status", "kind", "domain", "language", "dimension", "run", "generator", "critic", "judge"),
                *(
                    "local_reader",
                    "judge_digest",
                    "own_family",
                    "translator",
                    "estimator",
                    "calibration",
                    "value_system",
                ),
            )
        }
        """Items by each of these words."""
        self.spoken: Counter[str] = Counter()
        """Items by every language that they were asked in."""
        self._prompts: set[tuple[str, int, str]] = set()
        self.bits: list[float] = []
        self._weighed: list[tuple[float, float]] = []
        """(weight, joint separation) of the measured items that have a weight."""
        self.lfdr: list[float] = []
        self.leanings: list[float] = []
        self.claims: list[Claim] = []
        self.asked, self.confirmed, self.translated = Asked(), Asked(), Asked()
        self.simulated = self.unsigned = self.uncalibrated = self.flagged = self.replacing = 0
        for line in lines:
            self.add(line)

    def add(self, line: Line) -> None:
        """Take a line in."""
        self.ids.append(line["id"])
        self._count("status", line["status"])
        self._count("kind", line["kind"])
        self._count("domain", line["topic"]["domain"])
        self._count("language", line["language"])
        self._count("value_system", line["value_system"])
        self.simulated += line["origin"] == "simulated"
        self.unsigned += not line["signed"]
        self.replacing += bool(line.get("replaces"))
        self.asked.add(line["counts"])
        self._made(line["provenance"])
        self._spoken(line)
        if line["separation"] is not None:
            self._measured(line)

    @property
    def prompts(self) -> tuple[PromptRef, ...]:
        """Every prompt that had a part in an item, by name and version."""
        return tuple(PromptRef(name=name, version=number, sha256=sha) for name, number, sha in sorted(self._prompts))

    @property
    def represented(self) -> float | None:
        """Mean joint separation with each item counted by its weight, bits (Hajek's ratio of weighted sums). None where an
        item has no weight, or all have one and the same: then it is the plain mean."""
        if len(self._weighed) < len(self.bits) or len({weight for weight, _ in self._weighed}) < 2:
            return None
        total = math.fsum(weight for weight, _ in self._weighed)
        return math.fsum(weight * bits for weight, bits in self._weighed) / total if total > 0 else None

    def _count(self, name: str, word: str) -> None:
        if word:
            found = self.words[name]
            found[word] = found.get(word, 0) + 1

    def _made(self, provenance: Mapping[str, Any]) -> None:
        for name in ("run", "generator", "critic", "judge", "local_reader", "judge_digest"):
            self._count(name, provenance[name])
        for name in provenance["own_family"]:
            self._count("own_family", name)
        calibration = provenance.get("calibration", "")
        self._count("calibration", calibration)
        self.uncalibrated += not calibration
        for ref in provenance["prompts"]:
            self._prompts.add((ref["name"], ref["version"], ref["sha256"]))

    def _spoken(self, line: Line) -> None:
        self.spoken[line["language"]] += 1
        flagged = False
        for language, reading in line["by_language"].items():
            self.translated.add(reading["counts"])
            self._count("translator", reading["translator"])
            self.spoken[language] += not reading["failure"]
            flagged = flagged or bool(reading["flags"])
        self.flagged += flagged

    def _measured(self, line: Line) -> None:
        found = line["separation"]
        self.bits.append(found["joint"]["est"])
        if line["weight"] is not None:
            self._weighed.append((line["weight"], found["joint"]["est"]))
        self.lfdr.append(found["lfdr"])
        self._count("estimator", found["estimator"])
        self._count("dimension", best_dimension(found["by_dimension"]))
        if line["framing"] is not None:
            self.leanings.append(line["framing"]["leaning"])
        transfer = found["transfer"]
        again = transfer["confirmation"] or {}
        self.confirmed.add(again.get("counts", {}))
        fresh = (again.get("scoring"), again.get("holdout"))
        mine = (line["id"], found["joint"]["est"], found["models"], transfer["families"], *fresh)
        self.claims.append(claimed(*mine, read=getitem))
