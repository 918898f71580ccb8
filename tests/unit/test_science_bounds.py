"""What unscored responses could hide: bounds by hand, and what they must never do."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science.bounds import filled_gjs, hidden, unscored_bound
from cruxbank.science.divergence import equal_weights, gjs
from cruxbank.science.estimate import joint_posterior
from cruxbank.science.readings import ItemReadings
from cruxbank.science.shrink import Prior

SPLIT = np.array([[1.0, 0.0], [0.0, 1.0]])
METRIC = np.eye(2) * 2.0


def item(stance: np.ndarray, unscored: np.ndarray) -> ItemReadings:
    """stance (K, n); values are silent."""
    models, n = stance.shape
    none = np.zeros(models * n, dtype=np.bool_)
    lost = unscored.reshape(-1)
    answers = np.where(lost, 0.0, stance.reshape(-1))
    asked = np.tile(np.arange(n), models)
    values = np.zeros((models * n, 1))
    return ItemReadings(
        np.repeat(np.arange(models), n), asked, np.zeros(n, dtype=np.bool_), values, answers, none, lost
    )


def test_filling_by_hand():
    half = equal_weights(2)
    # half unscored: both may be (1/2, 1/2). A quarter: (3/4, 1/4) against (1/4, 3/4) is 1 - H(1/4)
    assert filled_gjs(SPLIT, np.array([0.5, 0.5]), half) == pytest.approx(0.0, abs=1e-9)
    assert filled_gjs(SPLIT, np.array([0.75, 0.75]), half) == pytest.approx(0.1887218755)
    assert filled_gjs(SPLIT, np.ones(2), half) == pytest.approx(1.0)


@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(2, 4))
@settings(max_examples=10, deadline=None)
def test_no_filling_is_below_the_bound(seed: int, models: int, outcomes: int):
    generator = np.random.default_rng(seed)
    p = generator.dirichlet(np.full(outcomes, 0.4), size=models)
    scored, weights = generator.uniform(0.3, 1.0, models), equal_weights(models)
    bound = filled_gjs(p, scored, weights)
    fillings = generator.dirichlet(np.full(outcomes, 0.5), size=(200, models))
    tried = gjs(scored[:, None] * p + (1 - scored)[:, None] * fillings, weights)
    assert 0 <= bound <= tried.min() + 1e-6
    alike = scored[:, None] * p + (1 - scored)[:, None] * (weights @ p)
    assert bound <= float(gjs(alike, weights)) + 1e-9


def test_what_q_may_hide_by_hand():
    # four models at +1 and four at -1, a quarter unscored: means may go to +-1/2; spread W d'd 8/7: 2 (1 - 1/4) 8/7
    stance = np.repeat([[1.0], [-1.0]], 4, axis=0) * np.ones((8, 8))
    lost = np.zeros((8, 8), dtype=np.bool_)
    lost[:, :2] = True
    assert hidden(item(stance, lost), METRIC) == pytest.approx(2 * 0.75 * 8 / 7, abs=1e-6)
    assert hidden(item(stance, np.zeros_like(lost)), METRIC) == 0.0


def test_the_bound_is_the_estimate_where_all_was_scored_and_falls_with_every_loss():
    stance = np.repeat([[1.0], [-1.0]], 4, axis=0) * np.where(np.random.default_rng(2).random((8, 8)) < 0.9, 1.0, -1.0)
    found = []
    for gone in (0, 1, 2, 4):
        lost = np.zeros((8, 8), dtype=np.bool_)
        lost[::2, :gone] = True
        readings = item(stance, lost)
        found.append(unscored_bound(readings, METRIC, Prior.default()))
        plain = joint_posterior(readings, METRIC, Prior.default()).estimate()
        assert found[-1].lo <= plain.lo
        assert (found[-1] == plain) == (gone == 0)
    assert all(a.lo > b.lo for a, b in itertools.pairwise(found))


def test_refusals_are_not_unscored():
    stance = np.repeat([[1.0], [-1.0]], 4, axis=0) * np.ones((8, 4))
    readings = item(stance, np.zeros((8, 4), dtype=np.bool_))
    refused = replace(readings, refused=readings.wordings == 3, stance=readings.stance * (readings.wordings != 3))
    assert hidden(refused, METRIC) == 0.0
    assert refused.answered() == 0.75
