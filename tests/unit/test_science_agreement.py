"""Agreement: published worked examples, cases worked by hand, and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science.agreement import alpha, coded, kappa, krippendorff, percent_agreement

_ = float("nan")
FOUR = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
"""Four observers, twelve units, missing values: the numbers of section C of Krippendorff (2011)."""
PAIR = ["aabbdcccedda", "babbbccceddd"]
"""Two observers, twelve units, five categories: section B there."""
tables = st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.0, _]), min_size=3, max_size=3), min_size=2, max_size=12).map(
    lambda columns: np.array(columns).T
)


def test_published_examples() -> None:
    """Krippendorff (2011): binary .095, nominal .692; four observers nominal .743, ordinal .815, interval .849."""
    binary = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
    assert krippendorff(binary) == pytest.approx(0.095, abs=5e-4)
    assert krippendorff(coded(PAIR)) == pytest.approx(0.692, abs=5e-4)
    assert krippendorff(FOUR) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff(FOUR, "ordinal") == pytest.approx(0.815, abs=5e-4)
    assert krippendorff(FOUR, "interval") == pytest.approx(0.849, abs=5e-4)


def test_by_hand() -> None:
    """Three units, two readers: aa, ab, bb.

    Coincidences aa 2, ab 1, ba 1, bb 2; marginals 3, 3, n = 6; observed off the diagonal 2, expected 2*3*3 = 18;
    alpha = 1 - 5 * 2 / 18 = 4/9. Agreement 2/3. Kappa: Po = 2/3, Pe = 2/3*1/3 + 1/3*2/3 = 4/9, kappa = 2/5.
    """
    table = coded([["a", "a", "b"], ["a", "b", "b"]])
    assert krippendorff(table) == pytest.approx(4 / 9)
    assert percent_agreement(table) == pytest.approx(2 / 3)
    assert kappa(*table) == pytest.approx(2 / 5)


def test_three_readers_two_against_one() -> None:
    """One unit aab (3 pairs, 1 equal), one bbb: agreement (1/3 + 1) / 2.

    Coincidences of aab: aa 2/2 = 1, ab 2/2 = 1 each way; bbb: bb 6/2 = 3. Marginals a 2, b 4; alpha = 1 - 5*2/16 = 3/8.
    """
    table = coded([["a", "b"], ["a", "b"], ["b", "b"]])
    assert percent_agreement(table) == pytest.approx(2 / 3)
    assert krippendorff(table) == pytest.approx(3 / 8)


@pytest.mark.parametrize("table", [[[1, 1], [1, 1]], [[1, _], [_, 1]], [[_, _], [_, _]], [[1, 2]]])
def test_undefined_is_nan(table: list[list[float]]) -> None:
    """No variation, or no unit with two ratings: no figure instead of a wrong one."""
    found = alpha(table, np.random.default_rng(0))
    assert np.isnan([found.est, found.lo, found.hi]).all()


def test_kappa_without_variation_is_nan() -> None:
    """Both always say 1; or they never rated the same unit."""
    assert np.isnan(kappa([1, 1, _], [1, 1, 2]))
    assert np.isnan(kappa([1, _], [_, 1]))


def test_a_unit_with_one_rating_changes_nothing() -> None:
    """It has nobody to agree with."""
    more = np.hstack([np.array(FOUR), np.array([[9], [_], [_], [_]])])
    assert krippendorff(more) == pytest.approx(krippendorff(FOUR))
    assert alpha(more, np.random.default_rng(1)).units == 11


@given(tables)
@settings(max_examples=60, deadline=None)
def test_properties(table: np.ndarray) -> None:
    """At most 1; readers have no order; relabelling nominal codes and shifting or scaling intervals changes nothing."""
    found = krippendorff(table)
    if np.isnan(found):
        return
    assert found <= 1 + 1e-12
    assert krippendorff(table[::-1, ::-1]) == pytest.approx(found)
    assert krippendorff(2 - table) == pytest.approx(found)
    assert krippendorff(5 * table - 3, "interval") == pytest.approx(krippendorff(table, "interval"))
    assert krippendorff(table**3, "ordinal") == pytest.approx(krippendorff(table, "ordinal"))
    both = [x for column in table.T if (~np.isnan(column)).sum() > 1 for x in [column[~np.isnan(column)]]]
    if all(len(set(x)) == 1 for x in both):
        assert found == pytest.approx(1.0)


def test_readers_that_copy_each_other_or_guess() -> None:
    """A copy gives 1; independent guesses 0 within what 4,000 units leave."""
    rng = np.random.default_rng(7)
    guess = rng.integers(0, 4, size=(3, 4000)).astype(float)
    assert krippendorff(np.vstack([guess[:1]] * 3)) == pytest.approx(1.0)
    assert abs(krippendorff(guess)) < 0.03


def test_interval_covers() -> None:
    """Of 100 samples of 120 units the interval holds the value of a very large sample in about 95 (measured: .92-.95)."""
    rng = np.random.default_rng(5)

    def sample(units: int) -> np.ndarray:
        truth = rng.integers(0, 2, size=units)
        return np.where(rng.random((3, units)) < 0.15, 1 - truth, truth).astype(float)

    target = krippendorff(sample(100_000))
    found = [alpha(sample(120), rng, bootstraps=300) for _run in range(100)]
    assert sum(one.lo <= target <= one.hi for one in found) >= 87
    assert all(one.lo < one.est < one.hi for one in found)
