from __future__ import annotations

import numpy as np
import pytest

from cruxbank.science.arrays import Array
from cruxbank.science.quadratic import QStats, q_batch, q_item, tensor
from cruxbank.science.readings import ItemReadings
from cruxbank.science.scatter import FLOOR, Scatter, gaussian_bits, weight
from cruxbank.science.shrink import joint_bits

ONE = np.eye(1)


def item(x: Array, wordings: Array | None = None) -> ItemReadings:
    """x: (K, n, P), the stance last; every model answers wordings 0..n-1."""
    models, n, size = x.shape
    rows = x.reshape(-1, size)
    none = np.zeros(len(rows), dtype=np.bool_)
    asked = np.tile(np.arange(n), models)
    return ItemReadings(
        np.repeat(np.arange(models), n), asked, np.zeros(n, bool), rows[:, :-1], rows[:, -1], none, none
    )


def test_q_by_hand_when_two_models_always_differ():
    x = np.array([[1.0, 1.0], [-1.0, -1.0]])[None, ..., None]
    assert q_batch(x, ONE).q == pytest.approx(2.0)
    assert q_batch(x, ONE, crossed=False).q == pytest.approx(2.0)


def test_a_push_that_all_models_follow_is_neither_difference_nor_noise():
    x = np.array([[1.0, -1.0], [1.0, -1.0]])[None, ..., None]
    assert q_batch(x, ONE).q == pytest.approx(0.0)
    assert q_batch(x, ONE, crossed=False).q == pytest.approx(-1.0)  # what the uncrossed form takes for noise


def test_q_by_hand_with_unequal_numbers_of_responses():
    # means 2/3 and 0: 2/9; variances 1/3 and 0: (1/2)(1/3)/3 = 1/18
    x = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 9.0]])[None, ..., None]
    mask = np.array([[[True, True, True], [True, True, False]]])
    x = x * mask[..., None]
    assert q_batch(x, ONE, mask, crossed=False).q == pytest.approx(1 / 6)
    assert q_batch(x, ONE, mask).q == pytest.approx(1 / 6)


def test_size_of_the_error_is_the_published_formula_for_equal_n():
    for models, n in ((8, 2), (12, 6)):
        x = np.random.default_rng(1).random((1, models, n, 2))
        expected = 2 / ((models - 1) * n**2) * (1 + 1 / (n - 1))
        assert q_batch(x, np.eye(2)).size == pytest.approx(expected)


def test_models_with_one_response_leave_k():
    mask = np.array([[[True, True], [True, True], [True, False]]])
    x = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, 0.0]])[None, ..., None]
    stats = q_batch(x, ONE, mask)
    assert stats.models.tolist() == [2]
    assert stats.q == pytest.approx(2.0)


def simulate(items: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Yes-or-no coordinates, five models, four wordings of which some answers are missing; truth for each item."""
    base = rng.random((items, 5, 3)) * 0.2 + 0.4
    push = (rng.random((items, 1, 4, 3)) - 0.5) * 0.8
    chance = np.clip(base[:, :, None] + push, 0, 1)
    x = (rng.random(chance.shape) < chance).astype(float)
    mask = np.ones((items, 5, 4), dtype=np.bool_)
    mask[:, 0, 3] = mask[:, 1, 2:] = mask[:, 4, 0] = False
    return x * mask[..., None], mask, base


def test_q_is_unbiased_with_unequal_n_and_pushing_wordings():
    rng = np.random.default_rng(7)
    x, mask, base = simulate(6000, rng)
    metric = np.array([[2.0, 0.5, 0.0], [0.5, 1.5, 0.2], [0.0, 0.2, 1.0]])
    d = base - base.mean(axis=1, keepdims=True)
    truth = ((d @ metric) * d).sum(axis=(1, 2)) / 4
    stats = q_batch(x, metric, mask)
    error = stats.q - truth
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error))
    assert (stats.se**2).mean() == pytest.approx((error**2).mean(), rel=0.12)
    uncrossed = q_batch(x, metric, mask, crossed=False).q - truth
    assert abs(uncrossed.mean()) > 4 * uncrossed.std() / np.sqrt(len(error))


def test_q_does_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(5)
    readings = item(np.sign(rng.normal(size=(6, 4, 3))))
    order = rng.permutation(24)
    shuffled = ItemReadings(
        readings.models[order],
        readings.wordings[order],
        readings.mirror,
        readings.values[order],
        readings.stance[order],
        readings.refused[order],
        readings.unscored[order],
    )
    one, two = q_item(readings, np.eye(3)), q_item(shuffled, np.eye(3))
    assert one.q == two.q
    assert one.se == two.se


def test_one_item_is_the_batch_of_one():
    x = np.sign(np.random.default_rng(2).normal(size=(5, 3, 4)))
    assert q_item(item(x), np.eye(4)).q == q_batch(x[None], np.eye(4)).q


def test_a_second_answer_to_a_wording_gets_its_own_slot():
    none = np.zeros(4, dtype=np.bool_)
    readings = ItemReadings(
        np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), np.zeros(2, bool), np.zeros((4, 1)), np.ones(4), none, none
    )
    x, mask = tensor(readings)
    assert mask.sum(axis=1).tolist() == [2, 2]
    assert x[..., -1].sum() == 4


def test_too_few_models_have_no_error_to_give():
    stats = q_item(item(np.ones((1, 3, 2))), np.eye(2))
    assert stats.q == 0
    assert np.isinf(stats.se)
    assert not stats.known.any()
    assert len(QStats.join([])) == 0


def test_scatter_adds_up_and_finds_the_covariances():
    rng = np.random.default_rng(4)
    within, between = np.diag([0.5, 0.2]), np.array([[0.4, 0.1], [0.1, 0.3]])
    total = Scatter.empty(2)
    for _ in range(300):
        means = rng.multivariate_normal([0, 0], between, size=8)
        noise = rng.multivariate_normal([0, 0], within, size=(8, 3))
        total = total + Scatter.of(item(means[:, None] + noise))
    assert total.s_within == pytest.approx(within, abs=0.03)
    assert total.s_between == pytest.approx(between, abs=0.04)
    assert weight(total) == pytest.approx(np.linalg.inv(within + between), abs=0.2)


def test_weight_is_positive_definite_from_the_first_item_on_and_bounded():
    cold = weight(Scatter.empty(11))
    assert cold == pytest.approx(np.eye(11) / 0.3)
    silent = Scatter(np.zeros((3, 3)), 1e6, np.zeros((3, 3)), 1e5)
    assert np.linalg.eigvalsh(weight(silent)).max() <= 1 / FLOOR + 1e-6
    odd = Scatter(np.eye(3), 4.0, -5 * np.eye(3), 3.0)
    assert np.linalg.eigvalsh(weight(odd)).min() > 0


def test_joint_bits_are_a_lower_bound_of_the_gaussian_figure():
    rng = np.random.default_rng(9)
    for size in (0.01, 0.3, 3.0):
        a, b = rng.normal(size=(4, 6)), rng.normal(size=(4, 2)) * size
        within, between = a @ a.T, b @ b.T
        q = float(np.trace(np.linalg.inv(within + between) @ between))
        g = gaussian_bits(within, between, 10**6)
        assert 0 < joint_bits(q, 10**6) <= g
    assert joint_bits(3.0, 8) == pytest.approx(1.0)
    assert joint_bits(1e6, 8) == pytest.approx(3.0), "never above log2 K"
    assert gaussian_bits(np.eye(1), np.eye(1) * 3, 100) == pytest.approx(1.0)
    assert gaussian_bits(np.eye(1), np.eye(1) * 1e9, 8) == pytest.approx(3.0)


def test_q_is_a_u_statistic_over_models():
    """The mean over panels that leave one model out is Q itself: it does not move as models of the same kind join."""
    x = np.sign(np.random.default_rng(8).normal(size=(1, 6, 3, 4)))
    whole = q_batch(x, np.eye(4)).q[0]
    without = [q_batch(np.delete(x, i, axis=1), np.eye(4)).q[0] for i in range(6)]
    assert np.mean(without) != pytest.approx(0.0)
    # pairs of the same model keep their weight 1/K, so wordings' pushes are taken out of the whole as of each part
    assert np.mean(without) == pytest.approx(whole)


def test_models_that_scatter_unevenly_raise_the_error():
    rng = np.random.default_rng(6)
    even = np.sign(rng.normal(size=(400, 8, 4, 3)))
    loud = np.zeros_like(even)
    loud[:, :2] = even[:, :2] * 2  # the same mean variance, all of it in two models
    steady, uneven = q_batch(even, np.eye(3)), q_batch(loud, np.eye(3))
    assert uneven.trace.mean() == pytest.approx(steady.trace.mean(), rel=0.1)
    assert (uneven.size * uneven.noise).mean() > 1.5 * (steady.size * steady.noise).mean()
    assert (uneven.se**2).mean() == pytest.approx(uneven.q.var(), rel=0.5)


def test_where_takes_some_items():
    stats = q_batch(np.sign(np.random.default_rng(1).normal(size=(4, 5, 2, 3))), np.eye(3))
    assert stats.where(np.array([2, 0])).q.tolist() == [stats.q[2], stats.q[0]]
