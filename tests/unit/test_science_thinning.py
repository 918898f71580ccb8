"""Thinning: what is kept satisfies the limits, and whatever is left out has its reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science import thinning
from cruxbank.science.thinning import Quota, thin


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(0, 10_000), st.sampled_from([-1.0, 0.2, 0.6, 0.9, 1.0]), st.integers(1, 4))
def test_greedy_in_order_and_nothing_left_out_without_a_reason(n: int, seed: int, most: float, cap: int) -> None:
    draw = np.random.default_rng(seed)
    vectors = unit(draw.standard_normal((n, 3)))
    order = draw.permutation(n)
    groups = draw.integers(-1, 5, n)
    kept = thin(order, vectors, most, [Quota(groups, cap)]).tolist()
    wanted: list[int] = []
    for item in order.tolist():
        near = any(round(float(vectors[item] @ vectors[other]), 5) > most for other in wanted)
        full = groups[item] >= 0 and sum(groups[other] == groups[item] for other in wanted) >= cap
        if not near and not full:
            wanted.append(item)
    assert kept == wanted


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    vectors = unit(draw.standard_normal((700, 4)))
    order, groups = draw.permutation(700), draw.integers(0, 90, 700)
    found = thin(order, vectors, 0.9, [Quota(groups, 3)])
    assert 20 < len(found) < 300
    monkeypatch.setattr(thinning, "BLOCK", 7)
    assert thin(order, vectors, 0.9, [Quota(groups, 3)]).tolist() == found.tolist()


def test_an_item_dropped_by_a_quota_pushes_nobody_out() -> None:
    vectors = unit(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]))
    kept = thin(np.arange(3), vectors, 0.5, [Quota(np.array([0, 0, 1]), 1)])
    assert kept.tolist() == [0, 2]


def test_without_limits_all_stay_and_nothing_is_fine() -> None:
    assert thin(np.array([2, 0, 1]), None, 1.0).tolist() == [2, 0, 1]
    assert thin(np.array([], dtype=np.int64), None, 1.0, [Quota(np.array([], dtype=np.int64), 1)]).tolist() == []
    twins = np.ones((3, 1), dtype=np.float32)
    assert thin(np.arange(3), twins, 1.0).tolist() == [0, 1, 2], "1 is the largest cosine there is"
    assert thin(np.arange(3), twins, 0.99999).tolist() == [0]
