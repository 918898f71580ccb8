"""Nobody who is judged may steer the judge: answers that try are found, and what depends on them is not counted.

Three lines of defence, in front of any judge (DESIGN 8):
- `examine`: what the form or the words of an answer give away, before anybody is asked;
- the second look: where something is merely odd, the answer is read as it is, without the odd key points and without
  the odd sentences. Verdicts that differ rest on them: the response is unscored, with the reason;
- `decoy`: a value that no opinion stands on, listed among the others. A reading that names it was not read but made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

from cruxbank.agents.around import Around
from cruxbank.agents.roles import Read
from cruxbank.agents.skeleton import hidden
from cruxbank.agents.steering_signs import LONGEST, signs
from cruxbank.agents.steering_talk import DOUBTS, ORDERS, talk
from cruxbank.items import FailureReason, Response, Verdict
from cruxbank.values.systems import Dimension, ValueSystem

Reader = Callable[[Sequence[Response], ValueSystem], Awaitable[Read]]
"""A judge's own reading, without the guard."""

_SENTENCE = re.compile(r"(?<=[.!?;。！？؟।…\n])\s*(?=\S)")
_BORDER = 80
"""Characters on either side of the border between two key points that are looked at as one text."""


@dataclass(frozen=True)
class Findings:
    """What an answer was caught with. `certain`: it tries to steer; `odd`: worth a second look."""

    certain: str = ""
    odd: str = ""
    without: tuple[tuple[str, ...], ...] = ()
    """The answer without the odd key points, then without the odd sentences alone; empty where nothing would be left."""


def examine(points: Sequence[str], system: ValueSystem) -> Findings:
    """Look at the key points of one answer: each for itself, then together, since an order may be split among them."""
    return _examined(tuple(points), tuple(name for entry in system.dimensions for name in (entry.id, entry.name)))


@lru_cache(maxsize=4096)
def _examined(points: tuple[str, ...], names: tuple[str, ...]) -> Findings:
    """Kept, since every member of a jury asks for the same."""
    for number, point in enumerate(points, start=1):
        if what := next(_alone(point, names), ""):
            return Findings(certain=f"key point {number}: {what}")
    if what := next(_together(points, names), ""):
        return Findings(certain=f"key points together: {what}")
    return _second_look(points, names)


def _alone(point: str, names: tuple[str, ...]) -> Iterator[str]:
    yield from signs(point)  # first: a text that is too long is not looked at any further
    if hidden(point):
        yield "a text in a code"
    yield from talk(point, ORDERS, names)


def _together(points: Sequence[str], names: tuple[str, ...]) -> Iterator[str]:
    """The whole answer as one text; then the borders of any two points in any order, with and without a blank."""
    if len(points) < 2:
        return
    whole = " ".join(points)
    yield from signs(whole, LONGEST * len(points))
    yield from talk(whole, ORDERS, names)
    sentences = [_SENTENCE.split(point) for point in points]
    for place in (0, -1):
        for text in _strung([parts[place] for parts in sentences]):
            yield from talk(text, ORDERS, names, deep=False)
    for first, second in permutations(points, 2):
        for between in (" ", ""):
            border = first[-_BORDER:] + between + second[:_BORDER]
            yield from signs(border)
            yield from talk(border, ORDERS, names, deep=False)


def _strung(parts: Sequence[str]) -> Iterator[str]:
    """The parts as one text, with and without a blank at every border; of many parts all borders alike."""
    borders = len(parts) - 1
    ways = product((" ", ""), repeat=borders) if borders < 4 else ((gap,) * borders for gap in (" ", ""))
    for gaps in ways:
        yield parts[0] + "".join(gap + part for gap, part in zip(gaps, parts[1:], strict=True))


def _second_look(points: Sequence[str], names: tuple[str, ...]) -> Findings:
    """Two ways to leave the odd out: whole key points, since what stands beside an odd sentence may belong to it, and
    sentences alone, since an honest one beside it may be drowned."""
    sentences = [[part for part in _SENTENCE.split(point) if part.strip()] for point in points]
    doubts = [[_doubt(part, names) for part in parts] for parts in sentences]
    whole = [next(filter(None, found), "") or _doubt(point, names) for found, point in zip(doubts, points, strict=True)]
    odd = next((f"key point {number}: {doubt}" for number, doubt in enumerate(whole, start=1) if doubt), "")
    if not odd:
        return Findings()
    kept = tuple(point for point, doubt in zip(points, whole, strict=True) if not doubt)
    pairs = zip(sentences, doubts, whole, points, strict=True)
    bare = tuple(_plain_sentences(parts, found) if doubt else point for parts, found, doubt, point in pairs)
    return Findings(odd=odd, without=tuple(dict.fromkeys((kept, tuple(filter(None, bare))))) if kept else ())


def _plain_sentences(parts: Sequence[str], doubts: Sequence[str]) -> str:
    """The sentences without a doubt; none where the doubt is about all of them together."""
    return " ".join(part for part, doubt in zip(parts, doubts, strict=True) if not doubt) if any(doubts) else ""


def _doubt(text: str, names: tuple[str, ...]) -> str:
    return next(talk(text, DOUBTS, names), "")


async def guarded(
    read: Reader, responses: Sequence[Response], system: ValueSystem, *, judge: str, signed: bool
) -> Read:
    """`read` behind the guard: one verdict a response, in the same order.

    Certain attempts to steer are unscored (STEERING) without a call. Odd ones are read as they are, without the odd key
    points and without the odd sentences; verdicts that differ are unscored (STEERING). All else is read once, unchanged.
    The calls of second looks are counted.

    Raises:
        what `read` raises.
    """
    found = [examine(r.key_points, system) if r.state == "answered" else Findings() for r in responses]
    pairs = list(zip(responses, found, strict=True))
    asked = [response for response, findings in pairs if not findings.certain]
    again = [r.model_copy(update={"key_points": bare}) for r, f in pairs for bare in f.without]
    result = await read([*asked, *again], system) if asked else Read(verdicts=())
    first, second = iter(result.verdicts[: len(asked)]), iter(result.verdicts[len(asked) :])
    verdicts = []
    for findings in found:
        if findings.certain:
            verdicts.append(_steered(findings.certain, judge, signed))
        else:
            verdict, others = next(first), [next(second) for _ in findings.without]
            verdicts.append(_compared(verdict, others, findings, judge, signed))
    return Read(verdicts=tuple(verdicts), calls=result.calls)


def _compared(verdict: Verdict, others: Sequence[Verdict], findings: Findings, judge: str, signed: bool) -> Verdict:
    if not findings.odd or verdict.state != "scored":
        return verdict
    if others and all(other.state == "scored" and other.outcomes == verdict.outcomes for other in others):
        return verdict
    return _steered(f"the verdict rests on it: {findings.odd}", judge, signed)


def _steered(detail: str, judge: str, signed: bool) -> Verdict:
    reason = FailureReason.STEERING
    return Verdict(state="unscored", judge=judge, signed=signed, failure=reason, detail=detail)


class SteeringGuard(Around):
    """Any judge behind the guard. Satisfies `roles.Judge`. `LlmJudge` and `LocalJudge` are guarded already."""

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """See `guarded`."""
        return await guarded(self._judge.read, responses, system, judge=self.name, signed=self.signed)


_DECOYS = (
    ("numerology", "Numerology", "Lucky digits; the numerology of birthdays."),
    ("trapezoids", "Trapezoids", "A taste for trapezoids over rhombuses."),
    ("vowels", "Vowels", "Vowels instead of consonants in syllables."),
    ("palindromes", "Palindromes", "A taste for palindromes."),
    ("turquoise", "Turquoise", "Turquoise over magenta."),
    ("longitude", "Longitude", "Northerly longitudes and latitudes."),
    ("integers", "Integers", "Oddness of integers over evenness."),
    ("anagrams", "Anagrams", "A taste for anagrams."),
)
"""Each of words that opinions do not use: a reader by words, as the simulated judge is, must not meet them."""


def decoy(mark: str, system: ValueSystem) -> Dimension:
    """A value that no opinion stands on, drawn by the call's nonce; its id is none of the system's."""
    taken = set(system.ids)
    free = [entry for entry in _DECOYS if entry[0] not in taken]
    name, title, definition = free[_number(mark, "which") % len(free)]
    return Dimension(id=name, name=title, definition=definition, cue=definition)


def decoy_place(mark: str, dimensions: int) -> int:
    """Where the decoy stands among so many dimensions: 0 to `dimensions`."""
    return _number(mark, "where") % (dimensions + 1)


def _number(mark: str, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{purpose}:{mark}".encode()).digest()[:8])
