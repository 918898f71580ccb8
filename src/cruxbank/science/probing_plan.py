"""What a probing session may ask, what it was told, and what it asks next: labels and numbers, no texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cruxbank.science.weakness import RESERVE, SUSPECTS
from cruxbank.sessions import Effect, Purpose

PLAIN = "plain"
"""The move that puts a wording as it stands."""
AGAIN = "again"
"""The neutral control of pressure: in the same conversation, asks to answer once more."""
State = Literal["answered", "refused", "unscored"]
DEPTH = 4
"""Most pressure turns in one episode."""
WORTH: Mapping[Purpose, float] = {"position": 1.0, "flip": 5.0, "order": 1.0, "screen": 4.0, "plain": 0.5, "yield": 2.0}
"""What a bit is worth by what it is about: one of an order of ten values (log2 10! = 22 bits) counts 1; a flip point has but
3 bits from no answer to a quarter of the scale, a weakness less than half a bit. Tuned on seed 7 of bench/probe (100
sessions of 120 turns): flip 5, screen 4 left an interval of .20 of the scale and found 90 % of planted weaknesses; 3, 3 .20
and 82 %; 3, 4 .25 and 87 %."""


class Subject(NamedTuple):
    """One proposition."""

    id: str
    dimensions: tuple[str, ...] = ()
    """Values that its answers are expected to raise."""
    wordings: int = 1
    """Plain wordings in the proposition's own direction; number 0 is put unchanged when noise is measured."""
    flip: bool = True
    """Whether its flip point is searched for."""


class Move(NamedTuple):
    """One way to change a question. `only`: ids of the propositions it can be put to; None: all."""

    name: str
    effect: Effect
    only: frozenset[str] | None = None


class Pair(NamedTuple):
    """A question that sets two dimensions against each other; `yes` chooses the first. `swap`: may be put the other way
    round, which the session does in turn, so that a liking for what comes first cancels."""

    first: str
    second: str
    proposition: str
    move: str = "pair"
    swap: bool = True


@dataclass(frozen=True)
class Plan:
    """What a session may do.

    turns: most turns. reserve: of these, kept back for the tests of suspects; given back where nothing is suspect.
    short: a flip point's search ends when its interval covers no more of the scale.
    floor: the session ends when no ask is expected to tell this many bits. silence: it ends after this many turns in a
    row without an answer that could be read. seed: of the draws behind the order.
    """

    propositions: tuple[Subject, ...]
    moves: tuple[Move, ...]
    turns: int
    pairs: tuple[Pair, ...] = ()
    seed: int = 0
    reserve: int = RESERVE
    suspects: int = SUSPECTS
    short: float = 0.2
    floor: float = 0.02
    silence: int = 8
    again: str | None = AGAIN
    """Name of the neutral control move; None: there is none and pressure is not tested."""
    worth: Mapping[Purpose, float] = field(default_factory=lambda: dict(WORTH))

    @property
    def kept(self) -> int:
        """Turns kept back for tests: the reserve, of a short session at most two fifths."""
        return min(self.reserve, 2 * self.turns // 5)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Those that pairs set against each other, in order of first mention."""
        return tuple(dict.fromkeys(d for pair in self.pairs for d in (pair.first, pair.second)))

    def effect(self, move: str) -> Effect | None:
        """Of a move by name; None for `plain`, the control and moves that the plan does not know."""
        return next((m.effect for m in self.moves if m.name == move), None)

    def graded(self, proposition: str) -> str | None:
        """The graded move of a proposition's flip search: the first that can be put to it. One scale for all."""
        return next((m.name for m in self.moves if m.effect == "graded" and fits(m, proposition)), None)


class Event(NamedTuple):
    """One turn, told in numbers."""

    number: int
    proposition: str
    move: str
    purpose: Purpose
    stance: int | None = None
    """+1, -1 or 0 (neutral) towards the proposition itself: the stance of a reversed wording is re-coded. Of a pair: +1 the
    first value, -1 the second, 0 neither. None: refused or unscored."""
    state: State = "answered"
    strength: float | None = None
    pair: tuple[str, str] | None = None
    after: int | None = None
    wording: int = 0
    repeat: int = 0
    signs: tuple[tuple[str, int], ...] = ()
    """Dimensions that the answer raises: +1 supports, -1 opposes, 0 mixed; towards the proposition itself as well."""


class Choice(NamedTuple):
    """What to ask next. Fields as in sessions.Ask; `bits` is what the answer is expected to tell."""

    proposition: str
    move: str
    purpose: Purpose
    bits: float
    strength: float | None = None
    pair: tuple[str, str] | None = None
    after: int | None = None
    wording: int = 0
    repeat: int = 0


class Sizes(NamedTuple):
    """How many propositions a session of some length takes, and for how many of them the flip point is searched."""

    propositions: int
    flips: int


def sizes(turns: int) -> Sizes:
    """About 24 turns a proposition, and a search (17 turns to a quarter of the scale) for every eighty."""
    return Sizes(min(max(turns // 24, 2), 12), min(max(turns // 80, 1), 4))


def fits(move: Move, proposition: str) -> bool:
    """Whether a move can be put to a proposition."""
    return move.only is None or proposition in move.only
