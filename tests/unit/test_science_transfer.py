"""Transfer: distances between models, families that had no say, one odd model, and fresh figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science.quadratic import q_item
from cruxbank.science.readings import ItemReadings
from cruxbank.science.transfer import PairDistances, jackknife, kept, leave_family_out


def item(values, families=None, stance=None):
    """values: (K, W, D) verdicts of every model to every wording."""
    x = np.asarray(values, dtype=np.float64)
    k, w, d = x.shape
    models = np.repeat(np.arange(k), w)
    return ItemReadings(
        models=models,
        wordings=np.tile(np.arange(w), k),
        mirror=np.zeros(w, dtype=bool),
        values=x.reshape(k * w, d),
        stance=np.zeros(k * w) if stance is None else np.asarray(stance, dtype=np.float64).reshape(-1),
        refused=np.zeros(k * w, dtype=bool),
        unscored=np.zeros(k * w, dtype=bool),
        families=None if families is None else np.asarray(families),
    )


def test_distances_by_hand() -> None:
    # Two wordings, one value: model 0 says 1, 1; model 1 says 0, 0; model 2 says 1, 0.
    found = PairDistances.of(item([[[1], [1]], [[0], [0]], [[1], [0]]]), np.eye(2))
    # U_00 = 1, U_11 = 0, U_22 = 1*0 = 0; U_01 = 0; U_02 = (1*0 + 1*1)/2 = .5; U_12 = 0.
    expected = np.array([[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(found.d, expected, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7), st.integers(2, 5))
def test_mean_distance_is_q(seed: int, models: int, wordings: int) -> None:
    rng = np.random.default_rng(seed)
    one = item(rng.integers(-1, 2, size=(models, wordings, 3)))
    metric = np.diag(rng.uniform(0.5, 2.0, 4))
    pairs = PairDistances.of(one, metric)
    assert pairs.between() == pytest.approx(float(q_item(one, metric).q[0]), abs=1e-9)
    assert pairs.shares().sum() == pytest.approx(1.0) or (pairs.shares() == 0).all()


def test_a_common_push_of_a_wording_is_no_distance() -> None:
    push = np.array([1.0, -1.0, 0.0])
    one = item(np.broadcast_to(push[None, :, None], (4, 3, 2)))
    assert np.abs(PairDistances.of(one, np.eye(3)).d).max() < 1e-12


def test_one_odd_model_is_named() -> None:
    values = np.zeros((6, 3, 1))
    values[4] = 1.0
    found = jackknife(PairDistances.of(item(values, families=[0, 0, 1, 1, 2, 3]), np.eye(2)))
    assert found.odd == 4
    assert found.share > 0.8
    assert found.family == 2, "without the odd model's family nothing is left"
    assert found.without == pytest.approx(0.0)
    assert found.lo < 0 < found.est < found.hi


def test_two_families_tell_nothing_about_new_ones() -> None:
    found = jackknife(PairDistances.of(item(np.zeros((4, 2, 1)), families=[0, 0, 1, 1]), np.eye(2)))
    assert (found.lo, found.hi) == (-np.inf, np.inf)


def test_choosing_on_noise_keeps_nothing_and_choosing_on_signal_keeps_it() -> None:
    rng = np.random.default_rng(3)
    families = np.repeat(np.arange(6), 2)
    noise = [item(rng.integers(0, 2, (12, 4, 1)), families) for _ in range(120)]
    drawn = leave_family_out([PairDistances.of(i, np.eye(2)) for i in noise], 12)
    assert abs(drawn.est) < 0.25
    shared = []
    for n in range(60):  # half of the items split every family pair alike: what separates some separates all
        sides = rng.permutation(np.repeat([0.0, 1.0], 6)) if n % 2 else np.zeros(12)
        shared.append(item(np.broadcast_to(sides[:, None, None], (12, 4, 1)), families))
    signal = leave_family_out([PairDistances.of(i, np.eye(2)) for i in shared], 20)
    assert signal.est > 0.8
    with pytest.raises(ValueError, match="leave_family_out"):
        leave_family_out([], 1)


def test_kept_by_hand() -> None:
    found = kept(np.array([1.0, 1.0]), np.array([0.5, 0.5]), np.random.default_rng(0))
    assert (found.est, found.lo, found.hi) == (0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match="kept"):
        kept(np.zeros(2), np.ones(2), np.random.default_rng(0))
