from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cruxbank.science.arms import rate
from cruxbank.science.bandit import ArmTable, Pulls, believe, names, policy
from cruxbank.science.seeds import rng

OURS = ("kernel", "thompson")


def pulled(*pairs: tuple[int, float]) -> Pulls:
    """(arm, reward) in order."""
    return Pulls.of(np.array([a for a, _ in pairs], dtype=np.int64), np.array([r for _, r in pairs]))


def table(arms: int = 6, domains: int = 2, *pairs: tuple[int, float]) -> ArmTable:
    return ArmTable(
        pulls=pulled(*pairs),
        dry=np.zeros(arms, dtype=np.int64),
        domain=np.arange(arms) % domains,
        admitted=np.zeros(domains, dtype=np.int64),
        vectors=np.zeros((arms, 0), dtype=np.float32),
    )


def clusters(arms: int, of: int, within: float = 0.6) -> np.ndarray:
    """Unit vectors: cosine `within` inside a cluster of `of` neighbours in the row, 0 between clusters."""
    shared = np.kron(np.eye(arms // of), np.ones((of, 1))) * np.sqrt(within)
    return np.hstack([shared, np.eye(arms) * np.sqrt(1 - within)]).astype(np.float32)


@pytest.mark.parametrize("name", names())
def test_every_policy_gives_distinct_arms_and_repeats_itself(name: str):
    arms = table(12)
    chosen = policy(name).choose(arms, 5, rng(1, 0, "topics"))
    assert len(set(chosen)) == 5
    assert chosen == policy(name).choose(arms, 5, rng(1, 0, "topics"))
    assert sorted(policy(name).choose(arms, 99, rng(1, 0, "topics"))) == list(range(12))
    assert policy(name).choose(arms, 0, rng(1, 0, "topics")) == []


@pytest.mark.parametrize("name", [*OURS, "random"])
def test_exhausted_topics_rest_until_nothing_else_is_left(name: str):
    arms = replace(table(6, 2, (0, 0.0), (2, 0.0), (3, 0.0)), dry=np.array([3, 0, 3, 9, 2, 0]))
    assert arms.rested.tolist() == arms.exhausted.tolist() == [True, False, True, True, False, False]
    assert set(policy(name).choose(arms, 3, rng(1, 0, "topics"))) == {1, 4, 5}
    assert set(policy(name).choose(arms, 4, rng(1, 0, "topics"))) > {1, 4, 5}


def test_who_rests_wakes_after_forty_pulls_of_others_and_later_the_longer_it_was_dry():
    pairs = [(0, 0.0)] * 3 + [(1, 0.0)] * 4 + [(2, 1.0)] * 40
    arms = replace(table(3, 1, *pairs), dry=np.array([3, 4, 0]))
    assert arms.rested.tolist() == [False, True, False], "44 pulls ago, 40 pulls ago"
    assert replace(arms, pulls=pulled(*pairs[:-5])).rested.tolist() == [True, True, False]
    assert replace(arms, pulls=pulled(*pairs, *[(2, 1.0)] * 40)).rested.tolist() == [False, False, False]
    assert arms.exhausted.tolist() == [True, True, False]


def test_reward_is_bits_per_hundred_calls():
    """By hand: 1 bit in 60 calls and none in 40: 1 bit a 100 calls, 50 calls on average.

    2 (1 - .01 (60 - 50)) = 1.8 and 2 (0 - .01 (40 - 50)) = .2: their mean is the rate of the whole.
    """
    assert rate(np.array([1.0, 0.0]), np.array([60.0, 40.0])) == pytest.approx([1.8, 0.2])
    assert rate(np.array([1.0, 1.0]), np.array([50.0, 50.0])) == pytest.approx([2.0, 2.0])


def test_a_pull_without_a_call_is_no_bargain():
    free = rate(np.array([1.0, 0.0, 0.0]), np.array([50.0, 50.0, 0.0]))
    assert free[2] == pytest.approx(free[1])
    assert rate(np.zeros(2), np.zeros(2)).tolist() == [0.0, 0.0]


def test_pulls_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="2 arms, 1 rewards"):
        Pulls.of(np.array([0, 1]), np.array([1.0]))
    with pytest.raises(ValueError, match="above 0"):
        Pulls.of(np.array([0]), np.array([1.0]), np.array([0.0]))


@pytest.mark.parametrize("name", OURS)
def test_a_neighbour_of_a_good_topic_is_preferred(name: str):
    """Two clusters of twenty were tried on eight topics each; one pays. The rest of it comes before the other's."""
    draw = np.random.default_rng(1)
    pairs = [(a, 2.0 + draw.normal(0, 0.2)) for a in range(8)] + [(20 + a, draw.normal(0, 0.2)) for a in range(8)]
    arms = replace(table(40, 1, *pairs), vectors=clusters(40, 20), balance=0.0)
    chosen = policy(name).choose(arms, 12, rng(1, 0, "topics"))
    assert sum(arm < 20 for arm in chosen) >= 11
    strangers = replace(arms, vectors=np.zeros((40, 0), dtype=np.float32))
    later = [arm for arm in policy(name).choose(strangers, 30, rng(1, 0, "topics")) if arm % 20 >= 8]
    assert 3 <= sum(arm < 20 for arm in later[:10]) <= 7, "without similarities the two halves are alike"


def test_belief_moves_from_the_neighbours_to_the_own_pulls():
    arms = replace(table(4, 1, (0, 4.0), (0, 4.0), (2, 0.0)), vectors=clusters(4, 2))
    mean, error = believe(arms)
    assert mean[0] > mean[1] > mean[3]
    assert error[0] < error[1]


def test_ucb1_pulls_every_arm_once_before_it_compares():
    arms = table(6, 2, (0, 9.0), (1, 9.0), (2, 9.0), (3, 9.0))
    assert set(policy("ucb1").choose(arms, 2, rng(1, 0, "topics"))) == {4, 5}


def test_ucb1_by_hand_and_ties_by_number():
    pairs = [(0, 1.0), (0, 1.4), (1, 3.0), (1, 3.4), (2, 3.0), (2, 3.4)]
    assert policy("ucb1").choose(table(3, 1, *pairs), 3, rng(1, 0, "topics")) == [1, 2, 0]


def test_ucb1_and_adaem_neither_rest_nor_balance():
    pairs = [(0, 9.0), (1, 1.0), (2, 1.0)] * 9
    arms = replace(table(3, 3, *pairs), dry=np.array([9, 0, 0]), admitted=np.array([99, 0, 0]), balance=50.0, budget=27)
    assert policy("ucb1").choose(arms, 1, rng(1, 0, "topics")) == [0]
    assert policy("adaem").choose(arms, 1, rng(1, 0, "topics")) == [0]


def test_adaem_as_printed_by_hand():
    """B = 20, ln B = 2.996: arm 0: 1 + sqrt(5.99 / 4) = 2.22; arm 1: 1.5 + sqrt(5.99 / 16) = 2.11; arm 2: 0 + 2.45."""
    pairs = [(0, 1.0)] * 4 + [(1, 1.5)] * 16 + [(2, 0.0)]
    arms = replace(table(3, 1, *pairs[:3], *pairs), budget=20)
    arms = replace(arms, pulls=pulled(*pairs))
    assert policy("adaem").choose(replace(arms, budget=21), 3, rng(1, 0, "topics")) == [2, 0, 1]
    fresh = replace(arms, pulls=pulled(*pairs[:20]))
    assert policy("adaem").choose(fresh, 1, rng(1, 0, "topics")) == [2], "an arm that was never pulled comes first"


def test_adaem_repaired_plays_a_quarter_of_the_budget_in_arms_chosen_by_the_seed():
    arms = replace(table(100, 1), budget=40, seed=5)
    first = policy("adaem-repaired").choose(arms, 10, rng(1, 0, "topics"))
    again = policy("adaem-repaired").choose(arms, 10, rng(1, 8, "topics"))
    assert set(first) == set(again), "the same ten arms in every round"
    assert set(first) != set(policy("adaem-repaired").choose(replace(arms, seed=6), 10, rng(1, 0, "topics")))
    tried = replace(arms, pulls=pulled(*((arm, float(arm == first[3])) for arm in first)))
    assert policy("adaem-repaired").choose(tried, 1, rng(1, 16, "topics")) == [first[3]]


@pytest.mark.parametrize("name", OURS)
def test_balance_prefers_the_domain_with_few_items(name: str):
    arms = table(6, 2, *((arm, 1.0 + 0.1 * (k % 2)) for arm in range(6) for k in range(50)))
    arms = replace(arms, admitted=np.array([40, 0]), balance=5.0)
    first = [policy(name).choose(arms, 1, rng(1, s, "topics"))[0] for s in range(20)]
    assert all(arm % 2 == 1 for arm in first)


@pytest.mark.parametrize("name", OURS)
def test_balance_prefers_the_dimension_that_few_items_lead(name: str):
    arms = table(6, 1, *((arm, 1.0 + 0.1 * (k % 2)) for arm in range(6) for k in range(50)))
    leads = np.eye(2)[np.arange(6) % 2]
    arms = replace(arms, balance=5.0).foreseeing(leads, np.array([0.0, 40.0]))
    first = [policy(name).choose(arms, 1, rng(1, s, "topics"))[0] for s in range(20)]
    assert all(arm % 2 == 0 for arm in first)


def run(name: str, seed: int, cut: float = 0.8) -> float:
    """Reward earned in 60 rounds of 4 pulls from 40 topics in clusters of four that pay alike."""
    generator = np.random.default_rng(seed)
    pay = np.repeat(generator.gamma(1.0, 1.0, 10), 4)
    arms = replace(table(40, 4), vectors=clusters(40, 4, cut), balance=0.0, rest_after=10**6, seed=seed, budget=240)
    pairs: list[tuple[int, float]] = []
    for t in range(60):
        chosen = policy(name).choose(replace(arms, pulls=pulled(*pairs)), 4, rng(seed, t, "topics"))
        pairs += list(zip(chosen, pay[chosen] + generator.normal(0, 0.5, 4), strict=True))
    return float(np.sum([pay[arm] for arm, _ in pairs]))


def test_the_kernel_earns_more_than_the_others_where_neighbours_pay_alike():
    earned = {name: np.mean([run(name, seed) for seed in range(2)]) for name in names()}
    assert earned["kernel"] > 1.5 * earned["random"]
    assert earned["kernel"] > max(earned["ucb1"], earned["adaem"], earned["adaem-repaired"])
    assert earned["thompson"] > 1.2 * earned["random"]


def test_an_unknown_policy_is_a_key_error():
    with pytest.raises(KeyError):
        policy("greedy")
