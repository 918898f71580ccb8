"""The Gaussian process over topics: worked by hand, against direct conditioning, and what it learns of similarity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science import kernel
from cruxbank.science.arms import ArmTable, Pulls
from cruxbank.science.kernel import GRID, Evidence, Shape, covariance, predict, solve, weigh


def world(arms: int, pulls: int, seed: int, like: bool, noise: float = 0.5) -> tuple[ArmTable, np.ndarray]:
    """Topics in clusters of ten with cosine .5 inside; `like`: a cluster pays alike, else each topic for itself."""
    draw = np.random.default_rng(seed)
    shared = np.kron(np.eye(arms // 10), np.ones((10, 1))) * np.sqrt(0.5)
    vectors = np.hstack([shared, np.eye(arms) * np.sqrt(0.5)]).astype(np.float32)
    value = np.repeat(draw.standard_normal(arms // 10), 10) if like else draw.standard_normal(arms)
    arm = draw.integers(0, arms, pulls)
    table = ArmTable(
        pulls=Pulls.of(arm, value[arm] + noise * draw.standard_normal(pulls)),
        dry=np.zeros(arms, dtype=np.int64),
        domain=draw.integers(0, 5, arms),
        admitted=np.zeros(5, dtype=np.int64),
        vectors=vectors,
    )
    return table, value


def near_share(arms: ArmTable) -> float:
    """Posterior mean of the share of `near`."""
    return float(sum(w * shape.near for w, shape in zip(weigh(arms), GRID, strict=True)))


def test_one_arm_pulled_twice_by_hand():
    """Own share only, ratio 1, rewards 1 and 3 of arm 0, 0 of arm 1.

    M = diag(1/2, 1) + I = diag(1.5, 2); m = (2/1.5 + 0/2) / (1/1.5 + 1/2) = 8/7; arm 0: m + (2 - m)/1.5 = 1.714.
    """
    arms = ArmTable(
        pulls=Pulls.of(np.array([0, 0, 1]), np.array([1.0, 3.0, 0.0])),
        dry=np.zeros(3, dtype=np.int64),
        domain=np.array([0, 1, 2]),
        admitted=np.zeros(3, dtype=np.int64),
        vectors=np.zeros((3, 0), dtype=np.float32),
    )
    mean, error = predict(arms, Shape(0.0, 0.0, 0.3, 1.0))
    assert mean == pytest.approx([8 / 7 + (2 - 8 / 7) / 1.5, 8 / 7 - 8 / 7 / 2, 8 / 7])
    assert error[0] < error[1] < error[2]
    assert (error[1] / error[2]) ** 2 == pytest.approx(0.5)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), shape=st.sampled_from(GRID))
def test_the_mean_is_that_of_direct_conditioning_on_every_pull(seed: int, shape: Shape):
    arms, _ = world(20, 30, seed, like=True)
    arm, reward = arms.pulls.arm, arms.pulls.reward
    all_ = np.arange(20)
    same_domain = (arms.domain[:, None] == arms.domain).astype(float)
    cov = covariance(shape, arms.likeness(all_), same_domain, np.eye(20))
    np.fill_diagonal(cov, 1.0)
    each = shape.ratio * cov[np.ix_(arm, arm)] + np.eye(len(arm))
    ones = np.linalg.solve(each, np.ones(len(arm)))
    centre = float(ones @ reward / ones.sum())
    direct = centre + shape.ratio * cov[:, arm] @ np.linalg.solve(each, reward - centre)
    mean, error = predict(arms, shape)
    assert mean == pytest.approx(direct, abs=1e-4)
    assert (error > 0).all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), shape=st.sampled_from(GRID))
def test_the_marginal_likelihood_of_sums_ranks_as_that_of_pulls(seed: int, shape: Shape):
    """Differences between shapes are those of the density of all pulls, computed without sums."""
    arms, _ = world(20, 25, seed, like=False)
    evidence = Evidence.of(arms)
    other = GRID[-1]
    assert _by_sums(arms, evidence, shape) - _by_sums(arms, evidence, other) == pytest.approx(
        _by_pulls(arms, shape) - _by_pulls(arms, other), abs=1e-3
    )


def _cov(arms: ArmTable, shape: Shape, rows: np.ndarray) -> np.ndarray:
    same_domain = (arms.domain[rows][:, None] == arms.domain[rows]).astype(float)
    return covariance(shape, arms.likeness(rows)[:, rows], same_domain, np.eye(len(rows)))


def _by_sums(arms: ArmTable, evidence: Evidence, shape: Shape) -> float:
    return solve(evidence, shape, _cov(arms, shape, evidence.arm)).log_likelihood


def _by_pulls(arms: ArmTable, shape: Shape) -> float:
    arm, reward, n = arms.pulls.arm, arms.pulls.reward, len(arms.pulls)
    each = shape.ratio * _cov(arms, shape, np.arange(20))[np.ix_(arm, arm)] + np.eye(n)
    ones = np.linalg.solve(each, np.ones(n))
    left = reward - float(ones @ reward / ones.sum())
    size = n - 1 + kernel.GUESS
    noise = (left @ np.linalg.solve(each, left) + kernel.GUESS * arms.scale() ** 2) / size
    return float(-0.5 * (size * np.log(noise) + np.linalg.slogdet(each)[1] + np.log(ones.sum())))


def test_similarity_counts_where_it_says_something_and_not_where_it_does_not():
    told = [near_share(world(100, 300, seed, like=True)[0]) for seed in range(4)]
    silent = [near_share(world(100, 300, seed, like=False)[0]) for seed in range(4)]
    assert min(told) > 0.7
    assert max(silent) < 0.2
    assert weigh(world(100, 0, 0, like=True)[0]) == pytest.approx(kernel.PRIOR / kernel.PRIOR.sum())


def test_what_neighbours_earned_foretells_topics_that_were_never_pulled():
    arms, value = world(200, 150, 3, like=True)
    mean, _ = predict(arms, GRID[int(np.argmax(weigh(arms)))])
    fresh = arms.count == 0
    assert np.corrcoef(mean[fresh], value[fresh])[0, 1] > 0.7


def test_topics_beyond_those_heard_count_for_themselves(monkeypatch: pytest.MonkeyPatch):
    arms, value = world(100, 400, 5, like=False)
    monkeypatch.setattr(kernel, "HEARD", 40)
    mean, error = predict(arms, Shape(0.0, 0.0, 0.3, 0.8))
    assert np.corrcoef(mean[arms.count > 0], value[arms.count > 0])[0, 1] > 0.8
    assert (error[arms.count > 2] < error.max()).all()


@pytest.mark.parametrize("reward", [0.0, 3.0])
def test_pulls_that_all_earned_the_same_give_finite_figures(reward: float):
    arms, _ = world(20, 12, 1, like=True)
    arms = replace(arms, pulls=Pulls.of(arms.pulls.arm, np.full(12, reward)))
    mean, error = predict(arms, GRID[int(np.argmax(weigh(arms)))])
    assert np.isfinite(mean).all()
    assert np.isfinite(error).all()
    assert mean == pytest.approx(np.full(20, reward))
