"""The tests of a session: which suspects, which fresh answer is needed next, what they amount to.

Suspects come from screening answers only and are fixed when the first test is asked. A test may end early where its
outcome is settled whatever the answers still missing would be; missing answers count as the worst for the suspicion, so
that the error rate stays that of the full test. A test begins only where the turns left could show a weakness: answers
with the move alone say nothing. One that does not get its answers is not decided, which is never a conviction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

from cruxbank.science.bits import beta_gain
from cruxbank.science.probing_asks import base_rate
from cruxbank.science.probing_plan import DEPTH, PLAIN, Choice, Event
from cruxbank.science.probing_tally import Shown, Tally
from cruxbank.science.suspicion import NOISE, chance_weak, screen_gain
from cruxbank.science.weakness import ANSWERS, LEVEL, Tested, convict, fisher

LEAST = 0.5
"""A pair below this chance of swaying is not tested."""


NOTHING = Shown(0, 0)


@dataclass(frozen=True)
class Suspect:
    """A (proposition, move) pair under test: fresh answers with the move and with its control."""

    proposition: str
    move: str
    control: str
    after: int | None
    """The answer that both branch from; None: both open new conversations."""
    push: int = 0
    """The turn of pressure that is tested, 1 is the first; 0: no pressure."""
    moved: Shown = NOTHING
    plain: Shown = NOTHING

    @property
    def worst(self) -> tuple[int, int, int, int]:
        """(moved flips, moved, plain flips, plain) if every missing answer spoke against the suspicion."""
        missing = max(ANSWERS - self.plain.answers, 0)
        return (
            self.moved.flips,
            max(self.moved.answers, ANSWERS),
            self.plain.flips + missing,
            self.plain.answers + missing,
        )

    @property
    def best(self) -> tuple[int, int, int, int]:
        """The same if every one spoke for it."""
        missing = max(ANSWERS - self.moved.answers, 0)
        return (
            self.moved.flips + missing,
            self.moved.answers + missing,
            self.plain.flips,
            max(self.plain.answers, ANSWERS),
        )

    @property
    def missing(self) -> int:
        """Answers still to ask, at the most."""
        return max(ANSWERS - self.moved.answers, 0) + max(ANSWERS - self.plain.answers, 0)


def suspected(tally: Tally) -> tuple[Suspect, ...]:
    """The suspects, most suspect first, from what was asked before the first test; without their answers."""
    first = next((k for k, event in enumerate(tally.events) if event.purpose == "test"), None)
    before = tally if first is None else Tally(tally.plan, tally.events[:first])
    known = [*_at_once(before), *_after_pushes(before)]
    ranked = sorted((row for row in known if row[0] >= LEAST), key=lambda row: (-row[0], row[1].push))
    return tuple(suspect for _, suspect in ranked)[: tally.plan.suspects]


def _at_once(tally: Tally) -> list[tuple[float, Suspect]]:
    """What screening shows of each (proposition, move): P(it sways), and the suspect."""
    found = []
    for (proposition, move), shown in tally.screened.items():
        suspect = _suspect(tally, proposition, move)
        if suspect is not None:
            found.append((round(chance_weak(shown.flips, shown.answers, base_rate(tally, proposition)), 9), suspect))
    return found


def _suspect(tally: Tally, proposition: str, move: str) -> Suspect | None:
    if tally.plan.effect(move) != "pressure":
        return Suspect(proposition, move, PLAIN, None)
    after = tally.root(proposition)
    if tally.plan.again is None or after is None:
        return None
    return Suspect(proposition, move, tally.plan.again, after, 1)


def _after_pushes(tally: Tally) -> list[tuple[float, Suspect]]:
    """The same of each pressing move at its second and later turns, over all propositions: a target that gives in at the
    third push holds at the first two, wherever it is pressed. One turn a move, the most suspect one."""
    best: dict[str, tuple[float, Suspect]] = {}
    for move, push in product(dict.fromkeys(e.move for e in tally.episodes), range(2, DEPTH + 1)):
        reached = [e for e in tally.episodes if e.move == move and e.turns >= push]
        if not reached or tally.plan.again is None:
            continue
        gave_in = [e for e in reached if e.gave_in == push]
        place = (gave_in or reached)[0]
        chance = round(chance_weak(len(gave_in), len(reached), base_rate(tally, place.proposition)), 9)
        suspect = Suspect(place.proposition, move, tally.plan.again, place.numbers[push - 2], push)
        if move not in best or chance > best[move][0]:
            best[move] = (chance, suspect)
    return list(best.values())


def under_test(tally: Tally) -> tuple[Suspect, ...]:
    """The suspects with their fresh answers so far. Two suspects on one proposition share their control.

    What counts as a flip is settled by the answers before the first test.
    """
    tests = tally.of("test")
    return tuple(
        replace(s, moved=_fresh(tally, tests, s, s.move), plain=_fresh(tally, tests, s, s.control))
        for s in suspected(tally)
    )


def _fresh(tally: Tally, tests: tuple[Event, ...], suspect: Suspect, move: str) -> Shown:
    """Answers in order, no more than the test takes: a later one would be a choice to go on."""
    own = [e for e in tests if (e.proposition, e.move, e.after) == (suspect.proposition, move, suspect.after)]
    seen = [flipped for flipped in map(tally.flipped_at_test, own) if flipped is not None][:ANSWERS]
    return Shown(sum(seen), len(seen))


def verdicts(suspects: tuple[Suspect, ...]) -> tuple[Tested, ...]:
    """Fisher's test of each, Holm-corrected; answers still missing count against the suspicion."""
    return convict([suspect.worst for suspect in suspects])


def next_test(tally: Tally) -> Choice | None:
    """The fresh answer to ask for next; None where every suspect is settled or has too few turns left. Answers with the
    move come first: six that hold settle the test."""
    suspects, left = under_test(tally), tally.plan.turns - len(tally.events)
    for place, suspect in enumerate(suspects):
        if undecided(suspects, place) and not unreadable(tally, suspect) and _pays(suspects, place, left):
            return _ask(tally, suspect)
    return None


def undecided(suspects: tuple[Suspect, ...], place: int) -> bool:
    """Whether answers still missing could show a suspect's weakness, or not."""
    return not _shown(suspects, place) and suspects[place].missing > 0 and not _cleared(suspects[place])


def _shown(suspects: tuple[Suspect, ...], place: int) -> bool:
    return verdicts(suspects)[place].weak


def _cleared(suspect: Suspect) -> bool:
    return fisher(*suspect.best) > LEVEL


def _pays(suspects: tuple[Suspect, ...], place: int, left: int) -> bool:
    """Whether the turns left could show the weakness; of a test that has begun, whether they could settle it at all."""
    suspect = suspects[place]
    if _least(suspect, True, lambda s: _shown((*suspects[:place], s, *suspects[place + 1 :]), place)) <= left:
        return True
    return suspect.moved.answers > 0 and _least(suspect, False, _cleared) <= left


def _least(suspect: Suspect, speaks: bool, settled: Callable[[Suspect], bool]) -> int:
    """Fewest answers that settle a test if every one speaks for the suspicion, or against it."""
    ways = range(suspect.missing + 1)
    return next((k for k in ways if settled(_ahead(suspect, k, speaks))), suspect.missing + 1)


def _ahead(suspect: Suspect, answers: int, speaks: bool) -> Suspect:
    """A suspect after so many more answers, those with the move first."""
    a = min(answers, max(ANSWERS - suspect.moved.answers, 0))
    moved, plain, b = suspect.moved, suspect.plain, answers - a
    return replace(
        suspect,
        moved=Shown(moved.flips + a * speaks, moved.answers + a),
        plain=Shown(plain.flips + b * (not speaks), plain.answers + b),
    )


def unreadable(tally: Tally, suspect: Suspect) -> bool:
    """More answers of this test that could not be read than it takes."""
    moves = (suspect.move, suspect.control)
    own = [e for e in tally.of("test") if (e.proposition, e.after) == (suspect.proposition, suspect.after)]
    own = [e for e in own if e.move in moves]
    return sum(e.stance is None for e in own) > ANSWERS


def _ask(tally: Tally, suspect: Suspect) -> Choice:
    moved = suspect.moved.answers < ANSWERS
    move = suspect.move if moved else suspect.control
    base = base_rate(tally, suspect.proposition)
    if moved:
        bits = screen_gain(suspect.moved.flips, suspect.moved.answers, base)
    else:
        bits = beta_gain(NOISE[0] + suspect.plain.flips, NOISE[1] + suspect.plain.answers - suspect.plain.flips)
    repeat = tally.repeat(suspect.proposition, move, after=suspect.after)
    return Choice(suspect.proposition, move, "test", bits, after=suspect.after, repeat=repeat)
