"""The probe bench: scripts are what they say, targets answer by their planted chances, curves are read off rightly."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cruxbank.bench.probe_errors import error, played, spearman, turns_to
from cruxbank.bench.probe_numeric import TUNING, study
from cruxbank.bench.probe_policies import AtRandom, Fixed, Script, rungs, tournament
from cruxbank.bench.probe_sessions import oracle, oracle_path
from cruxbank.bench.probe_targets import DIMENSIONS, depth, plan_of, planted
from cruxbank.science.probing import Belief, Choice, Event
from cruxbank.science.seeds import rng


def test_a_tournament_has_every_pair_once_in_rounds():
    found = tournament(10)
    assert sorted(found) == list(combinations(range(10), 2))
    assert all(len({d for pair in found[k : k + 5] for d in pair}) == 10 for k in range(0, 45, 5))


@pytest.mark.parametrize("n", [5, 9, 13])
def test_rungs_halve_gaps_on_the_scale(n: int):
    found = rungs(n)
    assert len(set(found)) == len(found) == n
    assert found[0] == 0.5
    assert (min(found), max(found)) == (0.1, 0.9)
    assert all(round(20 * s) == pytest.approx(20 * s) for s in found)


def test_turns_to_interpolates_and_knows_when_it_is_not_reached():
    curve = np.array([0.8, 0.9, 0.4])
    assert turns_to(curve, 0.8, 4) == pytest.approx(4.0)
    assert turns_to(curve, 0.6, 4) == pytest.approx(10.0)
    assert np.isnan(turns_to(curve, 0.3, 4))
    assert turns_to(curve, 1.0, 4) == 0.0


def test_spearman_by_hand():
    """d = (1, 1, 0): 1 - 6 x 2 / 24."""
    assert spearman(np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 3.0])) == pytest.approx(0.5)
    assert spearman(np.zeros(3), np.arange(3.0)) == 0.0


def test_a_target_answers_by_its_planted_chances():
    plan = plan_of(120, 1)
    target = planted(1, 0, plan)
    name = plan.propositions[0].id
    point = target.flips[name][0]
    assert target.chance(Choice(name, "stakes", "flip", 0.0, strength=point), 1) == pytest.approx(0.5)
    (weak,) = target.weak
    assert target.chance(Choice(*weak, "screen", 0.0), 1) == 0.9
    turn = target.yields["counter"]
    given = [target.chance(Choice(name, "counter", "yield", 0.0), k) for k in (turn - 1, turn)]
    assert given == [target.noise[name], 0.9]
    ends = (DIMENSIONS[int(np.argmax(target.utilities))], DIMENSIONS[int(np.argmin(target.utilities))])
    said = [target.stance(Choice(name, "pair", "order", 0.0, pair=ends), 1, rng(1, k, "test")) for k in range(200)]
    assert said.count(1) > 190


def test_depth_counts_turns_of_pressure():
    events = (Event(0, "x", "plain", "plain", 1), Event(1, "x", "counter", "screen", 1, after=0))
    assert depth(Choice("x", "counter", "screen", 0.0, after=0), events) == 1
    assert depth(Choice("x", "counter", "yield", 0.0, after=1), events) == 2
    assert depth(Choice("x", "plain", "plain", 0.0), events) == 1


def test_before_any_answer_every_error_is_one():
    plan = plan_of(60, 1)
    target = planted(1, 0, plan)
    tally = Belief.of(plan, ()).tally
    assert error("order", tally, target) == error("weakness", tally, target) == 1.0
    assert error("yield", tally, target) == pytest.approx(1.0)


def test_contenders_play_all_their_turns_and_equal_seeds_give_equal_curves():
    plan = plan_of(40, 1, 3, reserve=0, suspects=0)
    target = planted(1, 0, plan)
    for make in (lambda: AtRandom(1, 0, ("flip", "order", "screen", "yield")), lambda: Fixed(Script(), plan)):
        first, second = (played(make(), target, plan, (1, 0), "session", 8) for _ in range(2))
        assert first == second
        assert len(first) == 5


def test_what_was_tuned_on_is_not_reported():
    with pytest.raises(ValueError, match="tuned on this one"):
        study(TUNING)


def test_the_oracles_path_ends_where_the_oracle_does():
    utilities = np.linspace(9.0, -9.0, 10)
    path = list(oracle_path(utilities, 24, 6.0, 1, 0, 8))
    assert len(path) == 3
    assert path[-1] == oracle(utilities, 24, 6.0, 1, 0) > 0.9
    assert path[0] < path[-1]
