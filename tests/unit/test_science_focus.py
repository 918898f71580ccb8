"""The focused metric: less weight where the judge tells nothing, never more anywhere."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from cruxbank.science.scatter import LEAST_SHARE, Scatter, focused, weight


def scatter(between: list[float], contrasts: float = 1e6) -> Scatter:
    within = np.eye(len(between)) * 0.5
    return Scatter(within * contrasts, contrasts, np.diag(between) * contrasts, contrasts)


def test_only_the_coordinate_that_tells_models_apart_keeps_its_weight() -> None:
    total = scatter([0.5, 0.0, 0.05])
    share = np.diag(focused(total)) / np.diag(weight(total))
    # between shares .5/1, 0, .05/.55 of the total variance: over the largest 1, 0 and .18
    np.testing.assert_allclose(share, [1.0, LEAST_SHARE, 0.05 / 0.55 / 0.5], rtol=1e-3)


def test_before_the_first_draft_nothing_is_known() -> None:
    empty = Scatter.empty(4)
    np.testing.assert_allclose(focused(empty), weight(empty))


@given(st.lists(st.floats(0.0, 2.0), min_size=2, max_size=6), st.floats(1.0, 1e4))
def test_it_never_gives_more_weight_than_the_plain_metric(between: list[float], contrasts: float) -> None:
    total = scatter(between, contrasts)
    lost = np.linalg.eigvalsh(weight(total) - focused(total))
    assert lost.min() > -1e-9
