"""A probing session as a fold: what was asked and answered goes in, belief, the next ask and the findings come out.

    belief = Belief.of(plan, events)
    choice = belief.next()      # None: the session has ended, belief.ended says why
    belief = belief.told(event)
    findings = belief.findings()

Everything depends on plan and events alone: equal events give the equal next ask. One currency: the bits that an answer is
expected to tell about its quantity, times what a bit of that quantity is worth (Plan.worth), per call.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from cruxbank.science import probing_findings
from cruxbank.science.probing_asks import asks, positions
from cruxbank.science.probing_plan import AGAIN, PLAIN, Choice, Event, Move, Pair, Plan, Subject, sizes
from cruxbank.science.probing_tally import Tally
from cruxbank.science.probing_tests import next_test
from cruxbank.science.weakness import ANSWERS
from cruxbank.sessions import Findings

__all__ = ["AGAIN", "PLAIN", "Belief", "Choice", "Event", "Move", "Pair", "Plan", "Subject", "sizes"]


class Belief:
    """What a session knows after some turns. Immutable."""

    def __init__(self, plan: Plan, events: tuple[Event, ...] = ()) -> None:
        self.plan, self.events = plan, events
        self.tally = Tally(plan, events)

    @staticmethod
    def of(plan: Plan, events: Iterable[Event]) -> Belief:
        """After these turns, in order."""
        return Belief(plan, tuple(events))

    def told(self, event: Event) -> Belief:
        """After one more turn."""
        return Belief(self.plan, (*self.events, event))

    @cached_property
    def ended(self) -> str:
        """Why nothing more is asked: `turns` (all used), `silent` (no answer that could be read for too long), `nothing
        tells more` (below the floor); empty while the session goes on."""
        if len(self.events) >= self.plan.turns:
            return "turns"
        if self.tally.silent >= self.plan.silence:
            return "silent"
        return "" if self._choice is not None else "nothing tells more"

    def next(self) -> Choice | None:
        """What to ask next; None when the session has ended."""
        return None if self.ended else self._choice

    def suggestions(self, most: int = 5) -> tuple[Choice, ...]:
        """The best asks, best first, at most one a purpose and proposition: for a person to choose from."""
        first = self.next()
        found = {(c.purpose, c.proposition): c for c in sorted(self._ranked, key=self._worth)}
        others = sorted(found.values(), key=self._worth, reverse=True)
        head = () if first is None else (first,)
        return (*head, *(c for c in others if c != first))[:most]

    def flipped(self, event: Event) -> bool | None:
        """Whether an answer stands against the stance held (sessions.Turn.flipped)."""
        return self.tally.flipped_at_test(event) if event.purpose == "test" else self.tally.flipped(event)

    def findings(self) -> Findings:
        """What the session yields so far."""
        return probing_findings.findings(self.tally)

    @cached_property
    def _choice(self) -> Choice | None:
        opening = self._opening()
        if opening is not None:
            return opening
        best = max(self._ranked, key=self._worth, default=None)
        if best is not None and self._worth(best) < self.plan.floor:
            best = None
        if best is None or self._testing():
            return next_test(self.tally) or self._second_look() or best
        return best

    def _second_look(self) -> Choice | None:
        """What the turns kept for tests go to while nothing is suspect, as long as a test could still follow: flip points
        still open, one more push, another look at other words and the reverse. One answer of a move that sways holds now
        and then, and nothing is suspect. First pushes were looked at on every proposition."""
        left = self.plan.turns - len(self.events)
        if left <= 2 * ANSWERS or any(event.purpose == "test" for event in self.events):
            return None
        first = [c for c in self._ranked if c.purpose in ("flip", "yield") or self._in_other_words(c)]
        best = max(first, key=self._worth, default=None)
        return best if best is not None and self._worth(best) >= self.plan.floor else None

    def _in_other_words(self, choice: Choice) -> bool:
        return choice.purpose == "screen" and self.plan.effect(choice.move) != "pressure"

    def _testing(self) -> bool:
        """Tests begin when the turns left are those kept for them, and are not interrupted."""
        left = self.plan.turns - len(self.events)
        begun = any(event.purpose == "test" for event in self.events)
        return begun or left <= self.plan.kept

    def _opening(self) -> Choice | None:
        """Plain answers to the next proposition until it is clear what is held: everything else compares with that."""
        tally = self.tally
        new = next((subject for subject in self.plan.propositions if not tally.settled(subject.id)), None)
        if new is None:
            return None
        return next((c for c in positions(tally, new) if c.purpose == "plain"), next(positions(tally, new)))

    @cached_property
    def _ranked(self) -> tuple[Choice, ...]:
        return tuple(asks(self.tally))

    def _worth(self, choice: Choice) -> float:
        return round(choice.bits * self.plan.worth.get(choice.purpose, 1.0), 9)
