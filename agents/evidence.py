"""From a judge's answer with quotes to outcomes: what is checked before a reading counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cruxbank.agents.answers import EvidenceReading, PointEvidence, QuotedReading
from cruxbank.agents.fence import clean
from cruxbank.agents.quoted import occurs, places, says_something
from cruxbank.items import Evidence, FailureReason, Outcome
from cruxbank.values.rules import spelling, spellings
from cruxbank.values.systems import Dimension, ValueSystem

KEPT = 300
"""Characters of a quote that are kept with the verdict; a key point of 20 words has about 120."""


class Believed(NamedTuple):
    """A reading that passed: one outcome a dimension, and the words that it rests on."""

    outcomes: dict[str, Outcome]
    evidence: tuple[Evidence, ...]


def believed(reading: EvidenceReading, points: Sequence[str], system: ValueSystem) -> Believed | FailureReason:
    """What a reading of numbered key points says, or why it cannot be used.

    WRONG_TYPE: a point is missing or unknown, or a dimension is. AMBIGUOUS: one point is read twice in two ways, or a
    word stands for and against one dimension; the last never wins. EVIDENCE: a quote is not in its key point, or has
    nothing but small words of it.
    """
    known, numbers = spellings(system), [entry.point for entry in reading.points]
    entries = [named for named in (_named(entry, known) for entry in reading.points) if named is not None]
    if len(entries) < len(numbers) or set(numbers) != set(range(1, len(points) + 1)):
        return FailureReason.WRONG_TYPE
    found = [evidence for entry in entries for evidence in entry]
    if _twice_in_two_ways(entries, numbers) or _for_and_against(found, points):
        return FailureReason.AMBIGUOUS
    if not all(_holds(one.quote, points[one.point - 1]) for one in found):
        return FailureReason.EVIDENCE
    kept = tuple(one.model_copy(update={"quote": one.quote[:KEPT]}) for one in dict.fromkeys(found))
    return Believed({dimension: _outcome(dimension, found) for dimension in system.ids}, kept)


def names(reading: EvidenceReading, dimension: Dimension) -> bool:
    """Whether any entry of a reading is about a dimension."""
    known = {spelling(dimension.id), spelling(dimension.name)}
    return any(spelling(one.value) in known for entry in reading.points for one in entry.readings)


def _named(entry: PointEvidence, known: Mapping[str, str]) -> list[Evidence] | None:
    """The evidence of one entry with the system's own ids; None where a dimension is unknown."""
    found = [_evidence(entry.point, one, known) for one in entry.readings]
    return None if None in found else [one for one in found if one is not None]


def _evidence(point: int, one: QuotedReading, known: Mapping[str, str]) -> Evidence | None:
    dimension = known.get(spelling(one.value))
    return (
        None if dimension is None else Evidence(dimension=dimension, side=one.side, point=point, quote=clean(one.quote))
    )


def _twice_in_two_ways(entries: Sequence[Sequence[Evidence]], numbers: Sequence[int]) -> bool:
    """Whether a point has two entries that differ in more than their quotes."""
    seen: dict[int, set[tuple[str, str]]] = {}
    for number, entry in zip(numbers, entries, strict=True):
        sides = {(one.dimension, str(one.side)) for one in entry}
        if seen.setdefault(number, sides) != sides:
            return True
    return False


def _holds(quote: str, point: str) -> bool:
    return occurs(quote, point) and says_something(quote, point)


def _for_and_against(found: Sequence[Evidence], points: Sequence[str]) -> bool:
    """Whether a word of a point is quoted on both sides of a dimension: a contradiction, not two sides."""
    taken: dict[tuple[str, int, str], frozenset[int]] = {}
    for one in found:
        key = (one.dimension, one.point, str(one.side))
        taken[key] = taken.get(key, frozenset()) | places(one.quote, points[one.point - 1])
    return any(
        words & taken.get((dimension, point, "opposes"), frozenset())
        for (dimension, point, side), words in taken.items()
        if side == "supports"
    )


def _outcome(dimension: str, found: Sequence[Evidence]) -> Outcome:
    sides = {one.side for one in found if one.dimension == dimension}
    if len(sides) == 2:
        return Outcome.MIXED
    return Outcome(sides.pop()) if sides else Outcome.ABSENT
