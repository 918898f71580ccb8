"""Tests of suspects and the turns that are left: none begins that could show nothing, and what is open is told so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science.probing import AGAIN, PLAIN, Belief, Choice, Event, Move, Plan, Subject
from cruxbank.science.probing_tests import next_test
from cruxbank.science.weakness import ANSWERS, LEVEL, fisher
from cruxbank.sessions import Flip, Weakness

MOVES = (Move("mirror", "reversed"), Move("counter", "pressure"))
PLAN = Plan((Subject("x"), Subject("y")), MOVES, 100, seed=5)
OPENED = tuple(
    Event(2 * k + j, name, PLAIN, "plain" if j else "position", 1, repeat=j)
    for k, name in enumerate("xy")
    for j in (0, 1)
)
SUSPECT = (*OPENED, *(Event(4 + k, "y", "mirror", "screen", -1, repeat=k) for k in range(3)))
"""One suspect after seven turns: it flipped three times of three under the mirror."""


def answered(choice: Choice, number: int, stance: int | None) -> Event:
    state = "refused" if stance is None else "answered"
    return Event(
        number, choice.proposition, choice.move, choice.purpose, stance, state, choice.strength, choice.pair,
        choice.after, choice.wording, choice.repeat,
    )  # fmt: skip


def put_to_test(left: int, say, start: tuple[Event, ...] = SUSPECT) -> Belief:
    """The test of what is suspect with so many turns left; say(choice) -> stance."""
    belief = Belief.of(replace(PLAN, turns=len(start) + left), start)
    while len(belief.events) < belief.plan.turns and (choice := next_test(belief.tally)) is not None:
        belief = belief.told(answered(choice, len(belief.events), say(choice)))
    return belief


def swayed(choice: Choice) -> int:
    return -1 if choice.move == "mirror" else 1


def test_the_fewest_answers_that_show_a_weakness_by_hand():
    """Nine flips of nine with it: three that hold without leave p at .10, four at .04 (5 of 9 would be flips)."""
    assert fisher(9, 9, 6, 9) > LEVEL >= fisher(9, 9, 5, 9)
    assert len(put_to_test(12, swayed).events) == len(SUSPECT)
    enough = put_to_test(13, swayed)
    assert [e.move for e in enough.events[len(SUSPECT) :]] == ["mirror"] * 9 + [PLAIN] * 4
    (found,) = enough.findings().weaknesses
    assert (found.weak, found.needs, found.p) == (True, 0, fisher(9, 9, 5, 9))


def test_a_suspect_without_turns_for_its_test_is_not_decided():
    (found,) = put_to_test(12, swayed).findings().weaknesses
    assert (found.weak, found.p, found.needs, found.moved, found.plain) == (False, None, 18, 0, 0)
    assert found.verdict == "not decided: up to 18 more turns needed"
    assert found.rates == "suspected, not tested"


def test_a_test_that_can_no_longer_be_settled_leaves_its_turns_to_others():
    """Fourteen turns, four answers lost after eight flips: the two left settle nothing either way, and are not spent."""
    said = iter([-1] * 8 + [None] * 6)
    belief = put_to_test(14, lambda choice: next(said))
    assert 8 < len(belief.tally.of("test")) < 14
    (found,) = belief.findings().weaknesses
    assert (found.moved_flips, found.moved, found.plain, found.needs, found.p) == (8, 8, 0, 10, None)


def test_two_suspects_are_tested_one_after_the_other_where_both_do_not_fit():
    """Corrected for two, a weakness takes 14 answers; the second begins where 13 more are left, not before."""
    both = (*SUSPECT, *(Event(7 + k, "x", "mirror", "screen", -1, repeat=k) for k in range(3)))
    for left, decided in ((13, 0), (14, 1), (26, 1), (27, 2)):
        found = put_to_test(left, swayed, both).findings().weaknesses
        assert [w.weak for w in found] == [True] * decided + [False] * (2 - decided)
        assert [w.needs for w in found] == [0] * decided + [18] * (2 - decided)


def test_a_short_session_keeps_its_turns_where_no_test_fits():
    """The session of the review: 20 turns, it gives in whenever it is pressed. Eight kept turns decide nothing."""
    belief = Belief.of(replace(PLAN, turns=20), ())
    while (choice := belief.next()) is not None:
        belief = belief.told(answered(choice, len(belief.events), -1 if choice.move == "counter" else 1))
    assert belief.ended == "turns"
    assert not belief.tally.of("test")
    found = belief.findings()
    assert found.weaknesses
    assert {w.verdict for w in found.weaknesses} == {"not decided: up to 18 more turns needed"}
    (gave_in,) = found.yields
    assert {(p.proposition, p.yielded == p.episodes) for p in gave_in.places} == {("x", True), ("y", True)}
    assert sum(p.episodes for p in gave_in.places) == gave_in.episodes


@given(st.integers(0, 10_000), st.integers(8, 70), st.floats(0.0, 1.0), st.floats(0.0, 0.6))
@settings(max_examples=25, deadline=None)
def test_what_ends_undecided_was_worth_beginning(seed, turns, sway, noise):
    """Whatever is said: a test begins only with turns for both sides; what is open says how many turns it lacks."""
    rng = np.random.default_rng(seed)
    belief = Belief.of(replace(PLAN, turns=turns), ())
    while (choice := belief.next()) is not None:
        if choice.purpose == "test" and choice.move not in (PLAIN, AGAIN):
            begun = any((e.purpose, e.move, e.after) == ("test", choice.move, choice.after) for e in belief.events)
            assert begun or turns - len(belief.events) > ANSWERS - 1
        rate = sway if choice.move == "mirror" else noise
        stance = None if rng.random() < 0.1 else (-1 if rng.random() < rate else 1)
        belief = belief.told(answered(choice, len(belief.events), stance))
    for found in belief.findings().weaknesses:
        assert not (found.weak and found.needs)
        assert found.weak or found.p is None or found.p > LEVEL
        assert found.needs in (0, max(ANSWERS - found.moved, 0) + max(ANSWERS - found.plain, 0))
        assert (found.p is None) == (not found.weak and found.moved + found.plain < 2 * ANSWERS)


@pytest.mark.parametrize("swaying", [True, False])
def test_a_test_that_has_begun_without_gaps_is_decided(swaying: bool):
    """With answers that are always the same no session of any length ends in the middle of a test."""
    for turns in range(14, 70, 5):
        belief = Belief.of(replace(PLAN, turns=turns), ())
        while (choice := belief.next()) is not None:
            turned = choice.move == "mirror" and (swaying or choice.purpose == "screen")
            belief = belief.told(answered(choice, len(belief.events), -1 if turned else 1))
        assert all(not w.needs or not w.moved for w in belief.findings().weaknesses)


def test_a_test_without_answers_is_given_up_and_says_so():
    def mute(choice: Choice) -> int | None:
        return None

    (found,) = put_to_test(30, mute).findings().weaknesses
    assert found.given_up
    assert found.verdict == "not decided: too many answers could not be read"
    assert len(put_to_test(30, mute).tally.of("test")) == ANSWERS + 1


def test_verdicts_in_words():
    made = {"proposition": "x", "move": "mirror", "moved_flips": 8, "moved": 8, "plain_flips": 0, "plain": 0}
    half = Weakness(**made, p=None, weak=False, needs=1)
    assert half.verdict == "not decided: up to 1 more turn needed"
    assert half.rates == "8 of 8 flipped with it, none asked without"
    shown = Weakness(**{**made, "plain": 5}, p=0.012, weak=True)
    assert (shown.verdict, shown.rates) == ("yes", "8 of 8 flipped with it, 0 of 5 without; p = 0.012")
    early = Weakness(**{**made, "moved_flips": 0, "moved": 6}, p=None, weak=False)
    assert early.rates == "0 of 6 flipped with it, none asked without; settled early, p above 0.05"


def test_flip_points_in_words():
    """What lies outside the scale of strengths is told in words: nothing was put there."""

    def told(est: float, lo: float, hi: float, below: float = 0.0, above: float = 0.0) -> str:
        return Flip(proposition="x", est=est, lo=lo, hi=hi, below=below, above=above, turns=9).told

    assert told(1.14, 0.89, 1.31, above=0.9) == "did not flip up to 1.0 (chance 90 %)"
    assert told(-0.2, -0.3, 0.1, below=0.93) == "flips at any strength (chance 93 %)"
    assert told(0.42, 0.3, 0.55, above=0.01) == "0.42 (0.30 to 0.55)"
    half = told(1.02, 0.7, 1.2, above=0.45)
    assert half == "1.00 (0.70 to above 1.0); chance 45 % that it does not flip up to 1.0"
    assert told(0.1, -0.1, 0.4, below=0.2) == "0.10 (below 0 to 0.40); chance 20 % that it flips at any strength"
