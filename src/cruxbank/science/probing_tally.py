"""What a session's turns say, sorted: stances held, answers by purpose, episodes of pressure. Pure folds of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from scipy.special import betainc

from cruxbank.science.probing_plan import PLAIN, Event, Plan

SURE = 0.9
OPENING = 5
DOUBT = 2
K = TypeVar("K")
UNMOVED = ("position", "plain")


class Shown(NamedTuple):
    """Answers under a move on a proposition that could be compared with the stance held, and the flips among them."""

    flips: int
    answers: int


class Episode(NamedTuple):
    """Pressure turns on one held answer, in one conversation; `gave_in`: the number of the turn that did, None held on."""

    proposition: str
    move: str
    """Of its first turn."""
    turns: int
    gave_in: int | None
    last: int
    """Number of the event that a next turn would continue."""
    numbers: tuple[int, ...] = ()
    """Of its events that could be read, in order."""


@dataclass(frozen=True)
class Tally:
    """The events of a session in order."""

    plan: Plan
    events: tuple[Event, ...]

    @cached_property
    def by_number(self) -> dict[int, Event]:
        """Events by turn number."""
        return {event.number: event for event in self.events}

    @cached_property
    def held(self) -> dict[str, int]:
        """+1 or -1: what most unmoved answers to a proposition say, the earlier one where they are even. Propositions
        without such an answer are left out. Answers of tests have no say: they would make the control look steady."""
        sums: dict[str, int] = {}
        first: dict[str, int] = {}
        for event in self.events:
            if event.purpose in UNMOVED and event.move == PLAIN and event.stance:
                sums[event.proposition] = sums.get(event.proposition, 0) + event.stance
                first.setdefault(event.proposition, event.stance)
        return {key: (1 if total > 0 else -1) if total else first[key] for key, total in sums.items()}

    def flipped(self, event: Event) -> bool | None:
        """Whether an answer stands against the stance held. Neutral is no flip; None where nothing can be compared: no
        stance held, no answer, a pair."""
        held = self.held.get(event.proposition)
        if held is None or event.stance is None or event.pair is not None:
            return None
        return event.stance == -held

    @cached_property
    def held_at_test(self) -> dict[str, int]:
        """The stances held when a proposition's first test was asked: what a test's flips are measured against."""
        first: dict[str, int] = {}
        for k, event in enumerate(self.events):
            if event.purpose == "test":
                first.setdefault(event.proposition, k)
        return {key: Tally(self.plan, self.events[:k]).held.get(key, 0) for key, k in first.items()}

    def flipped_at_test(self, event: Event) -> bool | None:
        """Whether the answer of a test stands against the stance held when the tests began."""
        held = self.held_at_test.get(event.proposition, 0)
        return None if event.stance is None or not held else event.stance == -held

    def settled(self, proposition: str) -> bool:
        """Whether it is clear enough what is held: P(most answers would say so) >= SURE with p ~ Beta(1/2, 1/2), or
        OPENING answers asked. One answer against what is held would turn every later comparison over."""
        own = [e.stance for e in self.events if e.proposition == proposition and _opens(e)]
        yes, no = sum(s == 1 for s in own), sum(s == -1 for s in own)
        if len(own) < OPENING and self._doubted(proposition):
            return False
        return len(own) >= OPENING or float(betainc(max(yes, no) + 0.5, min(yes, no) + 0.5, 0.5)) <= 1.0 - SURE

    def _doubted(self, proposition: str) -> bool:
        """Whether answers turned over under DOUBT moves that say the same or the reverse: rather than every one of them
        swaying, the first answers were the odd ones."""
        own = {move for (about, move), shown in self.screened.items() if about == proposition and shown.flips}
        return sum(self.plan.effect(move) in ("same", "reversed") for move in own) >= DOUBT

    def of(self, *purposes: str) -> tuple[Event, ...]:
        """Events of these purposes."""
        return tuple(event for event in self.events if event.purpose in purposes)

    @cached_property
    def plain(self) -> dict[str, Shown]:
        """By proposition: unmoved answers in the unchanged wording, fresh ones of tests left out."""
        events = (e for e in self.events if e.purpose in UNMOVED and e.move == PLAIN and e.wording == 0)
        return _shown((e.proposition, self.flipped(e)) for e in events)

    @cached_property
    def signs_by_proposition(self) -> dict[str, dict[str, tuple[int, int, int]]]:
        """By proposition and dimension: unmoved answers that support it, oppose it, and do neither (mixed, or not raised
        where the proposition was expected to raise it)."""
        out: dict[str, dict[str, list[int]]] = {}
        expected = {subject.id: subject.dimensions for subject in self.plan.propositions}
        for event in self.events:
            if event.purpose not in UNMOVED or event.move != PLAIN or event.state != "answered":
                continue
            signs, rows = dict(event.signs), out.setdefault(event.proposition, {})
            for d in dict.fromkeys([*expected.get(event.proposition, ()), *signs]):
                rows.setdefault(d, [0, 0, 0])[{1: 0, -1: 1}.get(signs.get(d, 0), 2)] += 1
        return {key: {d: (n[0], n[1], n[2]) for d, n in rows.items()} for key, rows in out.items()}

    @cached_property
    def signs(self) -> dict[str, tuple[int, int, int]]:
        """The same by dimension, over propositions."""
        out: dict[str, tuple[int, int, int]] = {}
        for rows in self.signs_by_proposition.values():
            for d, (a, b, c) in rows.items():
                before = out.get(d, (0, 0, 0))
                out[d] = (before[0] + a, before[1] + b, before[2] + c)
        return out

    @cached_property
    def screened(self) -> dict[tuple[str, str], Shown]:
        """By proposition and move: answers of screening."""
        return _shown(((e.proposition, e.move), self.flipped(e)) for e in self.of("screen"))

    @cached_property
    def ladders(self) -> dict[str, tuple[tuple[float, bool | None], ...]]:
        """By proposition: (strength, flipped) of its flip search in order; None: neither."""
        out: dict[str, list[tuple[float, bool | None]]] = {}
        for event in self.of("flip"):
            flipped = self.flipped(event)
            if flipped is None or event.strength is None:
                continue
            out.setdefault(event.proposition, []).append((event.strength, None if event.stance == 0 else flipped))
        return {key: tuple(rungs) for key, rungs in out.items()}

    @cached_property
    def choices(self) -> tuple[tuple[int, int, int], ...]:
        """(first, second, outcome) of answers to pairs, by place in `plan.dimensions`; 0 first, 1 second, 2 neither."""
        place = {d: k for k, d in enumerate(self.plan.dimensions)}
        answered = (e for e in self.events if e.pair is not None and e.stance is not None)
        known = (e for e in answered if e.pair and e.pair[0] in place and e.pair[1] in place)
        code = {1: 0, -1: 1, 0: 2}
        return tuple(
            (place[e.pair[0]], place[e.pair[1]], code[e.stance]) for e in known if e.pair and e.stance is not None
        )

    @cached_property
    def episodes(self) -> tuple[Episode, ...]:
        """Chains of pressure turns outside of tests, by their first turn. An answer that could not be read ends one."""
        chains: dict[int, list[Event]] = {}
        start: dict[int, int] = {}
        for event in self.of("screen", "yield"):
            if self.plan.effect(event.move) != "pressure" or event.after is None:
                continue
            root = start.get(event.after, event.number) if event.purpose == "yield" else event.number
            start[event.number] = root
            chains.setdefault(root, []).append(event)
        return tuple(self._episode(chain) for chain in chains.values())

    def _episode(self, chain: Sequence[Event]) -> Episode:
        seen = [self.flipped(event) for event in chain]
        read = seen[: seen.index(None)] if None in seen else seen
        gave_in = read.index(True) + 1 if True in read else None
        turns = len(read) if gave_in is None else gave_in
        last = chain[-1].number if len(read) == len(chain) else -1
        numbers = tuple(event.number for event in chain[: len(read)])
        return Episode(chain[0].proposition, chain[0].move, turns, gave_in, last, numbers)

    def repeat(
        self,
        proposition: str,
        move: str,
        *,
        strength: float | None = None,
        pair: tuple[str, str] | None = None,
        after: int | None = None,
        wording: int = 0,
    ) -> int:
        """How often the same words were put in the same conversation."""
        return self._put[_words(proposition, move, strength, pair, after, wording)]

    @cached_property
    def _put(self) -> Counter[tuple[object, ...]]:
        return Counter(_words(e.proposition, e.move, e.strength, e.pair, e.after, e.wording) for e in self.events)

    def root(self, proposition: str) -> int | None:
        """Number of the first unmoved answer that says what is held: pressure continues its conversation."""
        held = self.held.get(proposition)
        found = (e.number for e in self.events if e.proposition == proposition and _opens(e) and e.stance == held)
        return next(found, None) if held else None

    @cached_property
    def silent(self) -> int:
        """Turns without an answer at the end."""
        run = 0
        for event in reversed(self.events):
            if event.state == "answered":
                break
            run += 1
        return run

    def readable(self, proposition: str | None = None) -> float:
        """Chance that the next answer can be read, Beta(4, 1/2): over the session, or over one proposition given that."""
        put, read = self._states
        mean = (4.0 + read.total()) / (4.5 + put.total())
        return mean if proposition is None else (4.0 * mean + read[proposition]) / (4.0 + put[proposition])

    @cached_property
    def _states(self) -> tuple[Counter[str], Counter[str]]:
        """By proposition: turns, and turns that could be read."""
        return Counter(e.proposition for e in self.events), Counter(
            e.proposition for e in self.events if e.state == "answered"
        )


def _words(
    proposition: str,
    move: str,
    strength: float | None,
    pair: tuple[str, str] | None,
    after: int | None,
    wording: int,
) -> tuple[object, ...]:
    """What makes two asks the same words in the same conversation; only plain asks differ by wording."""
    return proposition, move, strength, pair, after, wording if move == PLAIN else 0


def _opens(event: Event) -> bool:
    return event.move == PLAIN and event.purpose in UNMOVED and event.after is None


def _shown(answers: Iterable[tuple[K, bool | None]]) -> dict[K, Shown]:
    out: dict[K, Shown] = {}
    for key, flipped in answers:
        if flipped is not None:
            before = out.get(key, Shown(0, 0))
            out[key] = Shown(before.flips + flipped, before.answers + 1)
    return out
