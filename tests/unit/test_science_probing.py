"""The session as a fold: the next ask, what flips, episodes, tests and findings, worked by hand and as properties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science.bits import beta_gain, dirichlet_gain, verdict_gain
from cruxbank.science.consistency import consistency, noise_of
from cruxbank.science.positions import position
from cruxbank.science.pressure import by_noise, given_in, hazards
from cruxbank.science.probing import AGAIN, PLAIN, Belief, Choice, Event, Move, Pair, Plan, Subject, sizes
from cruxbank.science.probing_tests import next_test, under_test
from cruxbank.science.weakness import ANSWERS

SUBJECTS = (Subject("x", ("a", "b"), 2), Subject("y", ("b",), 1, flip=False))
MOVES = (
    Move("paraphrase", "same", frozenset({"x"})),
    Move("mirror", "reversed"),
    Move("counter", "pressure"),
    Move("stakes", "graded"),
)
PAIRS = (Pair("a", "b", "x"), Pair("b", "c", "y", swap=False))


def plan(turns: int = 60, **changed) -> Plan:
    return replace(Plan(SUBJECTS, MOVES, turns, PAIRS), **changed)


def told(number: int, choice: Choice, stance: int | None) -> Event:
    state = "refused" if stance is None else "answered"
    signs = () if choice.pair or stance is None else (("b", stance),)
    return Event(
        number, choice.proposition, choice.move, choice.purpose, stance, state, choice.strength, choice.pair, choice.after,
        choice.wording, choice.repeat, signs,
    )  # fmt: skip


def played(start: Plan, answer) -> Belief:
    """A whole session; answer(choice, events) -> stance."""
    belief = Belief.of(start, ())
    while (choice := belief.next()) is not None:
        assert len(belief.events) < start.turns
        belief = belief.told(told(len(belief.events), choice, answer(choice, belief.events)))
    return belief


def plain(number: int, proposition: str, stance: int | None, repeat: int = 0) -> Event:
    state = "answered" if stance is not None else "refused"
    return Event(number, proposition, PLAIN, "plain", stance, state, repeat=repeat)


def test_bits_by_hand():
    """One coin: uniform p, ln 2 - 1/2 nats; a sure test of an even chance tells one bit, a blind one none."""
    assert beta_gain(1, 1) == pytest.approx((np.log(2) - 0.5) / np.log(2))
    assert dirichlet_gain(np.array([1e6, 1e6])) == pytest.approx(0.0, abs=1e-5)
    assert verdict_gain(0.5, 1.0, 0.0) == pytest.approx(1.0)
    assert verdict_gain(0.3, 0.4, 0.4) == pytest.approx(0.0, abs=1e-12)


def test_position_by_hand():
    """Two propositions, one answer each for: Dirichlet(2.5, .5, .5); repeats of one proposition count less."""
    rng = np.random.default_rng(1)
    both = position([(1, 0, 0), (1, 0, 0)], rng)
    assert both.est == pytest.approx(2 / 3.5)
    assert both.lo < both.est < both.hi <= 1
    same = position([(2, 0, 0)], rng)
    assert same.est < both.est
    assert position([], rng).est == 0.0


def answers(rng: np.random.Generator, rates: np.ndarray, n: int) -> dict[str, tuple[int, ...]]:
    return {f"p{k}": tuple(np.where(rng.random(n) < p, 1, -1).tolist()) for k, p in enumerate(rates)}


def test_consistency_sees_framing():
    """Twelve propositions held nine times of ten, turned over by the move."""
    rng = np.random.default_rng(2)
    found = consistency(answers(rng, np.full(12, 0.9), 4), answers(rng, np.full(12, 0.1), 4), rng)
    assert found is not None
    assert found.excess.lo > 0
    assert found.moved > 0.6
    assert consistency({}, {"p0": (1,)}, rng) is None


def test_noise_is_rarely_called_framing():
    """300 targets of five propositions with noise of 0 to 50 % and moves that do nothing: interval above 0 in at most 5 %
    (15; the nominal 2.5 % gives more than that with a chance of 1 %)."""
    rng, wrong = np.random.default_rng(8), 0
    for _ in range(300):
        rates = rng.uniform(0.5, 1.0, 5)
        found = consistency(answers(rng, rates, 3), answers(rng, rates, 6), rng)
        wrong += found is not None and found.excess.lo > 0
    assert wrong <= 15


def test_noise_by_hand():
    found = noise_of({"x": (1, 1, -1), "y": (-1, -1)})
    assert found is not None
    assert found.est == pytest.approx(1 / 3)
    assert found.lo < 1 / 3 < found.hi
    assert noise_of({"x": (1,)}) is None


def test_pressure_by_hand():
    """Three conversations: gave in at turn 1, held two turns, gave in at turn 2."""
    episodes = [(1, True), (2, False), (2, True)]
    assert hazards(episodes) == ((1, 3), (1, 2))
    shares = given_in(episodes, np.random.default_rng(3))
    means = [1.5 / 5, 1.5 / 4]
    assert shares[0].est == pytest.approx(means[0], abs=0.01)
    assert shares[1].est == pytest.approx(1 - (1 - means[0]) * (1 - means[1]), abs=0.01)
    assert shares[0].lo < shares[0].est < shares[0].hi < shares[1].hi
    assert by_noise(0.1, 2) == pytest.approx(0.19)
    assert given_in([], np.random.default_rng(3)) == ()


def test_held_is_what_most_plain_answers_say():
    belief = Belief.of(plan(), [plain(0, "x", -1), plain(1, "x", 1), plain(2, "x", 1), plain(3, "y", 0)])
    assert belief.tally.held == {"x": 1}
    even = Belief.of(plan(), [plain(0, "x", -1), plain(1, "x", 1)])
    assert even.tally.held == {"x": -1}
    mirror = Event(4, "x", "mirror", "screen", -1)
    assert belief.flipped(mirror) is True
    assert belief.flipped(mirror._replace(stance=0)) is False
    assert belief.flipped(mirror._replace(stance=None)) is None
    assert belief.flipped(mirror._replace(proposition="y")) is None


def test_the_session_opens_with_plain_answers_until_it_is_clear_what_is_held():
    belief, asked = Belief.of(plan(), ()), []
    for k, stance in enumerate((1, -1, 1, 1, 1, -1)):
        choice = belief.next()
        assert choice is not None
        asked.append((choice.proposition, choice.move, choice.repeat))
        belief = belief.told(told(k, choice, stance))
    assert [name for name, _, _ in asked] == ["x"] * 5 + ["y"]
    assert {move for _, move, _ in asked} == {PLAIN}
    assert [repeat for _, _, repeat in asked[:5]] == [0, 1, 2, 3, 4]


def test_pressure_continues_an_answer_that_says_what_is_held():
    events = [plain(0, "x", -1), plain(1, "x", 1), plain(2, "x", 1), plain(3, "y", 1), plain(4, "y", 1)]
    belief = Belief.of(plan(), events)
    assert belief.tally.root("x") == 1
    held = Event(5, "x", "counter", "screen", 1, after=1)
    again = Event(6, "x", "counter", "yield", 1, after=5)
    gave = Event(7, "x", "counter", "yield", -1, after=6)
    belief = Belief.of(plan(), [*events, held, again])
    assert [(e.turns, e.gave_in, e.last) for e in belief.tally.episodes] == [(2, None, 6)]
    yields = belief.told(gave).findings().yields
    assert [(y.move, y.episodes, y.yielded, y.after) for y in yields] == [("counter", 1, 1, (3,))]
    assert len(yields[0].by_turn) == len(yields[0].by_noise) == 3


def test_the_same_words_in_the_same_conversation_are_counted():
    """The graph keys a call by words, conversation and repeat: no two asks of a session may have the same three."""
    rng = np.random.default_rng(4)
    belief = played(plan(120), lambda choice, events: int(rng.choice([1, -1, 0], p=[0.7, 0.2, 0.1])))
    keys = [(e.proposition, e.move, e.strength, e.pair, e.after, e.wording, e.repeat) for e in belief.events]
    assert len(set(keys)) == len(keys)


@given(st.integers(0, 10_000), st.integers(5, 60))
@settings(max_examples=12, deadline=None)
def test_a_session_is_a_fold(seed, turns):
    """Any prefix gives the same next ask as the session had; it ends within its turns; asks are allowed ones."""
    rng = np.random.default_rng(seed)
    belief = played(plan(turns), lambda choice, events: (1, -1, 0, None)[int(rng.choice(4, p=[0.6, 0.2, 0.1, 0.1]))])
    assert belief.ended in ("turns", "silent", "nothing tells more")
    cut = int(rng.integers(0, len(belief.events)))
    choice, event = Belief.of(plan(turns), belief.events[:cut]).next(), belief.events[cut]
    assert choice is not None
    assert (choice.proposition, choice.move, choice.purpose) == (event.proposition, event.move, event.purpose)
    assert choice.bits >= 0
    for event in belief.events:
        assert event.move != "paraphrase" or event.proposition == "x"
        assert (event.strength is not None) == (event.purpose == "flip")
        assert event.purpose != "flip" or event.proposition == "x"
    found = belief.findings()
    assert found.counts.asked == len(belief.events)
    assert all(-1 <= p.lo <= p.est <= p.hi <= 1 for p in found.positions)


def test_a_planted_weakness_is_convicted_on_fresh_answers_and_noise_is_not():
    def answer(choice: Choice, events) -> int:
        return -1 if (choice.proposition, choice.move) == ("y", "mirror") else 1

    belief = played(plan(80), answer)
    found = [w for w in belief.findings().weaknesses if w.weak]
    assert [(w.proposition, w.move) for w in found] == [("y", "mirror")]
    assert found[0].moved_flips == found[0].moved <= ANSWERS
    by = {e.number: e for e in belief.events}
    assert [(by[n].move, by[n].purpose) for n in found[0].turns] == [(PLAIN, "test"), ("mirror", "test")]
    steady = played(plan(80), lambda choice, events: 1)
    assert not steady.findings().weaknesses


def test_a_test_ends_where_its_outcome_is_settled():
    """Six fresh answers that hold: three of nine flips at most, which no control makes significant (p = .10)."""
    start = [plain(0, "x", 1), plain(1, "x", 1), plain(2, "y", 1), plain(3, "y", 1)]
    seen = [Event(4 + k, "y", "mirror", "screen", -1, repeat=k) for k in range(3)]
    belief = Belief.of(plan(7 + 18), [*start, *seen])
    for k in range(6):
        choice = next_test(belief.tally)
        assert choice is not None
        assert (choice.purpose, choice.move, choice.proposition) == ("test", "mirror", "y")
        belief = belief.told(told(7 + k, choice, 1))
    assert next_test(belief.tally) is None
    tested = belief.findings().weaknesses
    assert [(w.moved_flips, w.moved, w.weak, w.needs, w.p) for w in tested] == [(0, 6, False, 0, None)]
    assert tested[0].verdict == "not shown"


def test_pressure_is_tested_against_the_neutral_control():
    start = [plain(0, "x", 1), plain(1, "x", 1), plain(2, "y", 1), plain(3, "y", 1)]
    seen = [Event(4 + k, "x", "counter", "screen", -1, after=0, repeat=k) for k in range(3)]
    suspects = under_test(Belief.of(plan(), [*start, *seen]).tally)
    assert [(s.move, s.control, s.after) for s in suspects] == [("counter", AGAIN, 0)]
    assert under_test(Belief.of(plan(again=None), [*start, *seen]).tally) == ()


def test_the_answers_of_a_test_have_no_say_in_what_is_held():
    """Five control answers against it are five flips; held by majority they would be none."""
    start = [plain(0, "x", 1), plain(1, "x", 1), plain(2, "y", 1), plain(3, "y", 1)]
    seen = [Event(4 + k, "y", "mirror", "screen", -1, repeat=k) for k in range(3)]
    control = [Event(7 + k, "y", PLAIN, "test", -1, repeat=2 + k) for k in range(5)]
    belief = Belief.of(plan(), [*start, *seen, *control])
    assert belief.tally.held["y"] == 1
    assert [(w.plain_flips, w.plain) for w in belief.findings().weaknesses] == [(5, 5)]
    assert belief.flipped(control[-1]) is True


def test_later_answers_of_a_test_do_not_count():
    """Nine are tested; a person who asks on until it looks right changes nothing."""
    start = [plain(0, "x", 1), plain(1, "x", 1), plain(2, "y", 1), plain(3, "y", 1)]
    seen = [Event(4 + k, "y", "mirror", "screen", -1, repeat=k) for k in range(3)]
    fresh = [Event(7 + k, "y", "mirror", "test", 1 if k < 9 else -1, repeat=k) for k in range(15)]
    found = Belief.of(plan(), [*start, *seen, *fresh]).findings().weaknesses
    assert [(w.moved_flips, w.moved) for w in found] == [(0, 9)]


def test_a_target_that_says_nothing_ends_the_session():
    belief = played(plan(60), lambda choice, events: None)
    assert belief.ended == "silent"
    assert len(belief.events) == plan().silence
    findings = belief.findings()
    assert findings.order == findings.flips == findings.weaknesses == ()


def test_refusals_are_counted_and_begin_somewhere():
    refused = Event(2, "x", "stakes", "flip", None, "refused", strength=0.8)
    found = Belief.of(plan(), [plain(0, "x", 1), plain(1, "x", 1), refused]).findings()
    assert found.refused_from == "turn 2: stakes at strength 0.80 on x"
    assert (found.counts.answered, found.counts.refused) == (2, 1)


def test_pairs_are_put_both_ways_round_where_they_may_be():
    rng = np.random.default_rng(6)
    belief = played(plan(100, moves=(), reserve=0), lambda choice, events: int(rng.choice([1, -1])))
    ways = [e.pair for e in belief.events if e.pair and set(e.pair) == {"a", "b"}]
    assert abs(ways.count(("a", "b")) - ways.count(("b", "a"))) <= 1
    assert {e.pair for e in belief.events if e.pair and "c" in e.pair} == {("b", "c")}
    assert [rank.group for rank in belief.findings().order] == sorted(r.group for r in belief.findings().order)


def test_suggestions_begin_with_the_next_ask_and_differ():
    events = [plain(0, "x", 1), plain(1, "x", 1), plain(2, "y", 1), plain(3, "y", 1)]
    belief = Belief.of(plan(), events)
    found = belief.suggestions(5)
    assert found[0] == belief.next()
    assert len({(c.purpose, c.proposition) for c in found}) == len(found) == 5


@pytest.mark.parametrize("turns", [1, 10, 40, 120, 1000])
def test_sizes_fit_the_turns(turns):
    size = sizes(turns)
    assert 1 <= size.flips <= size.propositions <= 12
    assert plan(turns).kept <= 0.4 * turns
