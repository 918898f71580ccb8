"""The order of values: the posterior's mode and slopes, symmetry, what the next pair is, coverage of utilities and ranks."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import approx_fprime, brentq

from cruxbank.science import tradeoff
from cruxbank.science.tradeoff import PRIOR, Choices, Prior, fit


def rng(k: int = 0) -> np.random.Generator:
    return np.random.default_rng(k)


def of(rows: list[tuple[int, int, int]]) -> Choices:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Choices(*table.T)


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, 2)).map(lambda r: (r[0], (r[0] + r[1]) % 4, r[2])),
    max_size=15,
)


def test_two_values_one_answer_by_hand():
    """Ties all but impossible, d = u_a - u_b has its mode where d / 8 = 1 / (1 + e^d): d ~ N(0, 8), a logistic answer."""
    expected = brentq(lambda d: d / 8 - 1 / (1 + np.exp(d)), 0, 10)
    order = fit(of([(0, 1, 0)]), 2, rng(), Prior(2.0, -30.0, 1e-3))
    assert order.mean[0] - order.mean[1] == pytest.approx(expected, abs=1e-5)
    assert order.mean.sum() == pytest.approx(0.0, abs=1e-8)


def test_nothing_answered_is_the_prior():
    order = fit(Choices.none(), 3, rng())
    assert order.mean == pytest.approx(np.zeros(3))
    assert order.covariance == pytest.approx(4.0 * np.eye(3))
    low, high = order.ranks()
    assert low.tolist() == [1, 1, 1]
    assert high.tolist() == [3, 3, 3]
    assert len(order.ties()) == 1


@given(ROWS)
@settings(max_examples=20, deadline=None)
def test_slope_and_curvature_are_those_of_the_loss(rows):
    x, choices = rng(1).normal(size=5), of(rows)
    slope = approx_fprime(x, lambda v: tradeoff._loss(v, choices, PRIOR), 1e-6)
    assert tradeoff._slope(x, choices, PRIOR) == pytest.approx(slope, abs=1e-3)
    bent = approx_fprime(x, lambda v: tradeoff._slope(v, choices, PRIOR), 1e-6)
    assert tradeoff._curvature(x, choices, PRIOR) == pytest.approx(bent, abs=1e-3)


@given(ROWS)
@settings(max_examples=20, deadline=None)
def test_the_mode_is_one_and_order_of_answers_does_not_matter(rows):
    order, turned = fit(of(rows), 4, rng()), fit(of([*reversed(rows)]), 4, rng())
    assert order.mean == pytest.approx(turned.mean, abs=1e-5)
    swapped = of([(b, a, {0: 1, 1: 0, 2: 2}[k]) for a, b, k in rows])
    assert fit(swapped, 4, rng()).mean == pytest.approx(order.mean, abs=1e-5)
    x = np.append(order.mean, tradeoff._mode(of(rows), 4, PRIOR)[-1])
    assert tradeoff._slope(x, of(rows), PRIOR) == pytest.approx(np.zeros(5), abs=1e-4)


def test_the_next_pair_is_one_that_was_not_answered():
    answered = of([(0, 1, 0)] * 6)
    pairs = np.array([(0, 1), (0, 2), (1, 2)])
    gains = fit(answered, 3, rng()).gains(pairs)
    assert gains[0] < gains[1:].min()
    assert ((gains > 0) & (gains < np.log2(3))).all()


def test_groups_part_where_the_order_is_sure():
    rows = [(0, 2, 0), (1, 2, 0)] * 12 + [(0, 1, 0), (0, 1, 1)] * 6
    assert [set(group) for group in fit(of(rows), 3, rng()).ties()] == [{0, 1}, {2}]


@pytest.mark.parametrize("row", [(0, 0, 1), (0, 4, 1), (-1, 2, 0)])
def test_pairs_of_other_values_are_refused(row):
    with pytest.raises(ValueError, match="pairs of different values"):
        fit(of([row]), 4, rng())


def test_intervals_cover_utilities_and_ranks():
    """25 targets drawn from the prior, 45 answers each; a share of 95 % of 250 falls below 224 with less than .1 %."""
    draw, pairs, inside, ranked = rng(5), list(combinations(range(10), 2)), 0, 0
    for _ in range(25):
        u = draw.normal(0, PRIOR.spread, 10)
        rows = []
        for a, b in pairs:
            weights = np.exp([u[a], u[b], PRIOR.ties + (u[a] + u[b]) / 2])
            rows.append((a, b, int(draw.choice(3, p=weights / weights.sum()))))
        order = fit(of(rows), 10, draw)
        lo, hi = np.quantile(order.draws, [0.025, 0.975], axis=0)
        inside += int(((lo <= u) & (u <= hi)).sum())
        low, high = order.ranks()
        place = 1 + np.argsort(np.argsort(-u))
        ranked += int(((low <= place) & (place <= high)).sum())
    assert inside >= 224
    assert ranked >= 224
