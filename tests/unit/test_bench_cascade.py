"""The scores of the cascade bench, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cruxbank.bench.cascade_scores import at_random, mean_alpha, nearest, resampled_share

LOCAL = np.zeros((10, 2), dtype=bool)
MODEL = np.ones((10, 2), dtype=bool)


def test_a_share_of_the_answers_is_the_models() -> None:
    rng = np.random.default_rng(0)
    for share in (0.0, 0.3, 1.0):
        assert at_random(LOCAL, MODEL, share, rng).all(axis=1).sum() == round(10 * share)
        assert nearest(LOCAL, MODEL, share, np.arange(10.0)).all(axis=1).sum() == round(10 * share)
    assert nearest(LOCAL, MODEL, 0.2, np.array([9, 8, 0, 7, 6, 5, 4, 3, 2, 1.0]))[[2, 9]].all()


def test_alpha_leaves_out_what_never_varies() -> None:
    """First column aab against abb: 4/9, as in the agreement tests; the second is absent everywhere."""
    first = np.array([[1, 0], [1, 0], [0, 0]], dtype=bool)
    second = np.array([[1, 0], [0, 0], [0, 0]], dtype=bool)
    assert mean_alpha(first, second) == pytest.approx(4 / 9)


def test_resampled_shares_lie_around_the_share() -> None:
    found = resampled_share(np.array([0.0, 1.0] * 50), np.random.default_rng(1))
    assert abs(found.mean() - 0.5) < 0.02
    assert found.std() == pytest.approx(0.05, abs=0.015)
