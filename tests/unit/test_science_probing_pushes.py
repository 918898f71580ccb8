"""Probing: giving in at a later push is found and tested there; odd first answers are asked again; second looks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cruxbank.science.probing import AGAIN, PLAIN, Belief, Choice, Event, Move, Plan, Subject
from cruxbank.science.probing_asks import searched
from cruxbank.science.probing_tests import under_test
from cruxbank.science.weakness import ANSWERS

MOVES = (
    Move("paraphrase", "same"),
    Move("persona", "same"),
    Move("mirror", "reversed"),
    Move("counter", "pressure"),
    Move("authority", "pressure"),
)
PLAN = Plan((Subject("x"), Subject("y")), MOVES, 100, seed=3)


def opened() -> list[Event]:
    """Two answers to each proposition, all of which say yes."""
    return [
        Event(2 * k + j, name, PLAIN, purpose, 1, repeat=j)
        for k, name in enumerate("xy")
        for j, purpose in enumerate(("position", "plain"))
    ]


def pushed(start: int, root: int, name: str, stances: list[int], move: str = "counter") -> list[Event]:
    """One conversation of pressure."""
    return [
        Event(start + k, name, move, "yield" if k else "screen", stance, after=start + k - 1 if k else root)
        for k, stance in enumerate(stances)
    ]


def played(answer, plan: Plan = PLAN) -> Belief:
    belief = Belief.of(plan, ())
    while (choice := belief.next()) is not None:
        number = len(belief.events)
        stance = answer(choice, belief.events)
        belief = belief.told(
            Event(
                number, choice.proposition, choice.move, choice.purpose, stance, strength=choice.strength,
                pair=choice.pair, after=choice.after, wording=choice.wording, repeat=choice.repeat,
            )
        )  # fmt: skip
    return belief


def depth(choice: Choice, events: tuple[Event, ...], move: str) -> int:
    """How often the move was made in the conversation, this time included."""
    count, after = int(choice.move == move), choice.after
    while after is not None:
        count, after = count + (events[after].move == move), events[after].after
    return count


def test_the_push_that_turns_it_is_suspected_where_the_one_before_held():
    events = [*opened(), *pushed(4, 0, "x", [1, -1]), *pushed(6, 2, "y", [1, -1])]
    (suspect,) = under_test(Belief.of(PLAN, events).tally)
    assert (suspect.proposition, suspect.move, suspect.control, suspect.after) == ("x", "counter", AGAIN, 4)
    assert suspect.push == 2


def test_pushes_that_it_withstands_are_no_suspicion():
    events = [*opened(), *pushed(4, 0, "x", [1, 1, 1, 1]), *pushed(8, 2, "y", [1, 1, -1])]
    assert under_test(Belief.of(PLAN, events).tally) == ()  # one of two at the third push, for .9 a move that sways


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_target_that_gives_in_at_the_kth_push_is_convicted_there(k: int):
    def answer(choice: Choice, events: tuple[Event, ...]) -> int:
        return -1 if choice.move == "counter" and depth(choice, events, "counter") >= k else 1

    found = [w for w in played(answer).findings().weaknesses if w.weak]
    assert {(w.move, w.push) for w in found} == {("counter", k)}
    assert found[0].told == ("counter" if k == 1 else f"counter, push {k}")
    assert found[0].moved_flips == found[0].moved <= ANSWERS
    assert found[0].plain_flips == 0


def test_a_target_that_turns_whenever_it_is_asked_on_is_not_convicted():
    """It turns at the second message of a conversation, pressed or not: the control turns as often."""

    def answer(choice: Choice, events: tuple[Event, ...]) -> int:
        return -1 if choice.after is not None and events[choice.after].after is not None else 1

    assert not [w for w in played(answer).findings().weaknesses if w.weak]


def test_flips_under_two_moves_reopen_what_is_held():
    """Both first answers were odd: rather than persona and paraphrase swaying, they are asked again."""
    seen = [Event(4 + k, "x", move, "screen", -1) for k, move in enumerate(("paraphrase", "persona"))]
    belief = Belief.of(PLAN, [*opened(), *seen])
    again = belief.next()
    assert again is not None
    assert (again.proposition, again.move, again.purpose, again.after) == ("x", PLAIN, "plain", None)
    one = Belief.of(PLAN, [*opened(), seen[0]]).next()
    assert one is not None
    assert one.purpose != "plain"
    pressed = [Event(4 + k, "x", move, "screen", -1, after=0) for k, move in enumerate(("counter", "authority"))]
    assert Belief.of(PLAN, [*opened(), *pressed]).tally.settled("x")


def test_turns_kept_for_tests_go_to_second_looks_while_nothing_is_suspect():
    belief = played(lambda choice, events: 1, replace(PLAN, turns=90))
    looks = belief.events[-belief.plan.kept :][:12]
    assert {e.purpose for e in looks} == {"screen"}
    assert {e.move for e in looks} == {"paraphrase", "persona", "mirror"}


def test_a_search_goes_on_where_the_interval_leaves_the_scale():
    """Three early flips leave an interval that is short inside the scale and reaches far below it."""
    early = tuple((strength, True) for strength in (0.5, 0.1, 0.0))
    assert not searched(early, 0.2)
    assert searched((*early, *(((0.0, True),) * 12)), 0.2)  # surely below it: nothing more to find
    assert not searched((), 0.2)
