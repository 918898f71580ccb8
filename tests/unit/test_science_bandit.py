from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cruxbank.science.bandit import ArmTable, names, policy
from cruxbank.science.seeds import rng


def table(arms: int = 6, domains: int = 2) -> ArmTable:
    zero = np.zeros(arms, dtype=np.int64)
    return ArmTable(
        pulls=zero,
        bits=np.zeros(arms),
        calls=np.zeros(arms),
        dry=zero,
        domain=np.arange(arms) % domains,
        admitted=np.zeros(domains, dtype=np.int64),
        neighbours=np.zeros((arms, 0), dtype=np.int64),
        similarity=np.zeros((arms, 0)),
    )


@pytest.mark.parametrize("name", names())
def test_every_policy_gives_distinct_arms_and_repeats_itself(name: str):
    arms = table(12)
    chosen = policy(name).choose(arms, 5, rng(1, 0, "topics"))
    assert len(set(chosen)) == 5
    assert chosen == policy(name).choose(arms, 5, rng(1, 0, "topics"))
    assert sorted(policy(name).choose(arms, 99, rng(1, 0, "topics"))) == list(range(12))
    assert policy(name).choose(arms, 0, rng(1, 0, "topics")) == []


@pytest.mark.parametrize("name", names())
def test_exhausted_topics_rest_until_nothing_else_is_left(name: str):
    arms = replace(table(), dry=np.array([3, 0, 3, 9, 2, 0]))
    assert arms.rested.tolist() == [True, False, True, True, False, False]
    assert set(policy(name).choose(arms, 3, rng(1, 0, "topics"))) == {1, 4, 5}
    assert set(policy(name).choose(arms, 4, rng(1, 0, "topics"))) > {1, 4, 5}


def test_reward_is_bits_per_hundred_calls():
    arms = replace(table(2), pulls=np.array([2, 0]), bits=np.array([0.6, 0.0]), calls=np.array([40.0, 0.0]))
    assert arms.reward().tolist() == [1.5, 0.0]


def test_a_neighbour_of_a_good_topic_is_believed_in():
    neighbours = np.array([[1], [0], [3], [2], [5], [4]])
    arms = replace(
        table(),
        pulls=np.array([0, 5, 0, 5, 0, 0]),
        bits=np.array([0, 5.0, 0, 0.1, 0, 0]),
        calls=np.array([0, 100.0, 0, 100.0, 0, 0]),
        neighbours=neighbours,
        similarity=np.full((6, 1), 0.9),
    )
    mean, error = arms.belief()
    assert mean[0] > mean[4] > mean[2]
    assert error[0] < error[4]
    stranger = replace(arms, similarity=np.zeros((6, 1)))
    assert stranger.belief()[0][0] == pytest.approx(stranger.belief()[0][4])


def test_ucb1_pulls_every_arm_once_before_it_compares():
    arms = replace(
        table(), pulls=np.array([1, 1, 1, 1, 0, 0]), bits=np.full(6, 9.0), calls=np.array([1.0, 1, 1, 1, 0, 0])
    )
    assert set(policy("ucb1").choose(arms, 2, rng(1, 0, "topics"))) == {4, 5}


def test_ucb1_by_hand_and_ties_by_number():
    arms = replace(
        table(3, 1),
        pulls=np.array([4, 4, 4]),
        bits=np.array([1.0, 3.0, 3.0]),
        calls=np.full(3, 100.0),
        balance=0.0,
    )
    assert policy("ucb1").choose(arms, 3, rng(1, 0, "topics")) == [1, 2, 0]


def test_balance_prefers_the_domain_with_few_items():
    arms = replace(table(6, 2), pulls=np.full(6, 50), bits=np.full(6, 50.0), calls=np.full(6, 5000.0))
    arms = replace(arms, admitted=np.array([40, 0]), balance=5.0)
    first = [policy("thompson").choose(arms, 1, rng(1, s, "topics"))[0] for s in range(20)]
    assert all(arm % 2 == 1 for arm in first)


def run(name: str, seed: int) -> float:
    """Bits earned in 60 rounds of 4 pulls from 40 topics in clusters of four that pay alike."""
    generator = np.random.default_rng(seed)
    pay = np.repeat(generator.gamma(1.0, 1.0, 10), 4)
    near = (np.arange(40) // 4 * 4)[:, None] + np.arange(4)
    near = np.array([[j for j in row if j != i] for i, row in enumerate(near)])
    arms = replace(table(40, 4), neighbours=near, similarity=np.full((40, 3), 0.8), balance=0.0, rest_after=10**6)
    earned = 0.0
    for t in range(60):
        chosen = policy(name).choose(arms, 4, rng(seed, t, "topics"))
        got = pay[chosen] * 0.2 + generator.normal(0, 0.1, 4)
        earned += float(got.sum())
        one = np.zeros(40)
        one[chosen] = 1
        gain = np.zeros(40)
        gain[chosen] = got
        arms = replace(
            arms, pulls=arms.pulls + one.astype(np.int64), bits=arms.bits + gain, calls=arms.calls + 20 * one
        )
    return earned


def test_thompson_with_neighbours_earns_more_than_random_and_ucb1():
    earned = {name: np.mean([run(name, seed) for seed in range(4)]) for name in names()}
    assert earned["thompson"] > 1.3 * earned["random"]
    assert earned["thompson"] > earned["ucb1"]


def test_an_unknown_policy_is_a_key_error():
    with pytest.raises(KeyError):
        policy("greedy")
