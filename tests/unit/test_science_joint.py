"""G of single items, and the scatter that wordings share."""

from __future__ import annotations

import numpy as np
import pytest

from cruxbank.science.arrays import Array
from cruxbank.science.joint import gaussian_joint
from cruxbank.science.readings import ItemReadings
from cruxbank.science.scatter import Scatter, gaussian_bits
from cruxbank.science.shrink import pairwise_bits
from cruxbank.science.wordings import LEAST, Sharing


def item(x: Array) -> ItemReadings:
    """x: (K, n, P), the stance last."""
    models, n, size = x.shape
    rows = x.reshape(-1, size)
    none = np.zeros(len(rows), dtype=np.bool_)
    asked = np.tile(np.arange(n), models)
    return ItemReadings(
        np.repeat(np.arange(models), n), asked, np.zeros(n, dtype=np.bool_), rows[:, :-1], rows[:, -1], none, none
    )


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_g_is_true_on_average_and_its_parts_add_up(spread: float):
    generator = np.random.default_rng(3)
    size, models, n = 5, 12, 4
    root = np.linalg.cholesky(0.3 * np.eye(size) + 0.1)
    means = spread * generator.normal(size=(200, models, 2)) @ generator.normal(size=(200, 2, size))
    x = means[:, :, None] + generator.normal(size=(200, models, n, size)) @ root.T
    items = [item(one) for one in x]
    bank = sum((Scatter.of(one) for one in items), start=Scatter.empty(size))
    found = [gaussian_joint(one, bank) for one in items]
    d = means - means.mean(axis=1, keepdims=True)
    truth = [gaussian_bits(root @ root.T, one.T @ one / (models - 1), models) for one in d]
    assert np.mean([f.joint for f in found]) == pytest.approx(np.mean(truth), abs=0.04)
    assert all(f.joint == pytest.approx(f.stance + f.values_given_stance) for f in found)
    assert max(f.joint for f in found) <= np.log2(models)


def test_g_of_one_model_is_nothing():
    assert gaussian_joint(item(np.ones((1, 4, 3))), Scatter.empty(3)).joint == 0.0


def test_the_joint_figure_of_a_pair_by_hand():
    # q = 6: a pair has q / 2 = 3, 1/2 log2 4 = 1, the most that two models can tell
    assert pairwise_bits(6.0) == pytest.approx(1.0)
    assert pairwise_bits(2.0) == pytest.approx(0.5)
    assert pairwise_bits(60.0) == 1.0
    assert pairwise_bits(-1.0) == 0.0


def test_a_push_that_all_models_follow_is_shared_and_a_private_one_is_not():
    models, wordings = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    common = (wordings % 2)[:, None].astype(np.int64)
    own = np.random.default_rng(1).integers(0, 2, (24, 1))
    pushed, private = Sharing.empty(1), Sharing.empty(1)
    for _ in range(40):
        pushed = pushed + Sharing.of(common, models, wordings, 2)
        private = private + Sharing.of(own, models, wordings, 2)
    assert pushed.share()[0] == LEAST
    assert private.share()[0] > 0.8
    assert Sharing.empty(2).share().tolist() == [1.0, 1.0]


def test_sharing_by_hand():
    # two models, two wordings, answers (0, 1) and (0, 0): squares about the models' means 1/2 for each of two columns;
    # about models plus wordings 1/4 for each
    found = Sharing.of(np.array([[0], [1], [0], [0]]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), 2)
    assert found.within.tolist() == pytest.approx([1.0])
    assert found.private.tolist() == pytest.approx([0.5])
    assert (found.within_freedom, found.private_freedom) == (2.0, 1.0)
