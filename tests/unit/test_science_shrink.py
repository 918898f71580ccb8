from __future__ import annotations

import numpy as np
import pytest

from cruxbank.science.arrays import Array
from cruxbank.science.quadratic import QStats, q_batch
from cruxbank.science.shrink import Prior, components, fit, grid, joint_bits, posterior, q_of_bits


def stats(q: float, size: float = 0.02, models: int = 8) -> QStats:
    one = np.ones(1)
    level = [one * size**0.5, one * size, one * 0.2, one, one * 0.02, one * 100, one * 0.01, one * 0.1]
    return QStats(one * q, *level, models=np.array([models]))


def bank(rng: np.random.Generator, items: int, nulls: float, models: int, n: int) -> tuple[QStats, Array]:
    """Items of five yes-or-no coordinates; a share of them without any difference between models."""
    strength = np.where(rng.random(items) < nulls, 0.0, np.abs(rng.normal(0, 1.2, items)))
    base = rng.normal(-0.5, 0.8, (items, 1, 5))
    chance = 1 / (1 + np.exp(-base - strength[:, None, None] * rng.normal(size=(items, models, 5))))
    x = (rng.random((items, models, n, 5)) < chance[:, :, None]).astype(float)
    metric = np.eye(5) * 4.5
    d = chance - chance.mean(axis=1, keepdims=True)
    return q_batch(x, metric), 4.5 * (d**2).sum(axis=(1, 2)) / (models - 1)


def test_components_are_distributions_and_only_the_spike_is_at_zero():
    rows = components()
    assert rows.sum(axis=1) == pytest.approx(1.0)
    assert grid()[0] == 0
    assert rows[0, 0] == 1
    assert rows[1:, 0].sum() == 0
    assert Prior.default().mass.sum() == pytest.approx(1.0)


def test_no_drafts_leave_the_default():
    empty = QStats.join([])
    assert np.array_equal(fit(empty).weights, Prior.default().weights)


def test_posterior_shrinks_and_moves_with_the_data():
    prior = Prior.default()
    low, middle, high = (posterior(stats(q), prior) for q in (-0.2, 0.5, 2.0))
    assert low.mean() < middle.mean() < high.mean()
    assert low.at_most(0.05) > 0.5
    assert high.at_most(0.05) < 1e-6
    assert low.above(0.1) == pytest.approx(1 - low.at_most(0.1))
    found = middle.estimate()
    assert 0 <= found.lo < found.est < found.hi < 3
    assert found.lo < float(joint_bits(0.5, 8)) < found.hi


def test_bits_never_pass_what_the_models_can_carry():
    found = posterior(stats(9.0, models=4), Prior.default()).estimate()
    assert found.est < found.hi <= 2.0
    assert joint_bits(1e6, 4) == pytest.approx(2.0)
    assert joint_bits(q_of_bits(0.7), 8) == pytest.approx(0.7)
    assert joint_bits(-3.0, 8) == 0.0


def test_an_item_without_error_keeps_the_prior():
    nothing = QStats(*(np.array([v]) for v in (0.0, np.inf, np.inf, *(0.0,) * 6)), models=np.array([1]))
    prior = Prior.default()
    assert posterior(nothing, prior).mass[0] == pytest.approx(prior.mass)
    assert posterior(nothing, prior).mean() == 0.0


def test_the_prior_learns_from_the_bank():
    rng = np.random.default_rng(0)
    nulls = fit(bank(rng, 500, 1.0, 8, 4)[0])
    dense = fit(bank(rng, 500, 0.0, 8, 4)[0])
    at = grid() <= q_of_bits(0.05)
    assert nulls.mass[at].sum() > 0.75
    assert dense.mass[at].sum() < 0.4
    few = fit(bank(rng, 3, 1.0, 8, 4)[0])
    assert np.abs(few.weights - Prior.default().weights).max() < 0.2


@pytest.mark.parametrize("models, n, nulls", [(8, 2, 0.6), (8, 4, 0.2), (12, 6, 0.6)])
def test_intervals_cover_and_the_false_discovery_rate_holds(models: int, n: int, nulls: float):
    found, q = bank(np.random.default_rng(11), 900, nulls, models, n)
    after = posterior(found, fit(found))
    bits = joint_bits(q, models)
    low, high = after.quantile(0.025), after.quantile(0.975)
    covered = (low <= bits + 1e-9) & (bits <= high)
    assert 0.90 <= covered.mean() <= 0.99
    top = np.argsort(-after.mean())[:90]
    assert covered[top].mean() >= 0.85
    raw = joint_bits(found.q, models)
    lucky = np.argsort(-raw)[:90]
    flattery = max(raw[lucky].mean() - bits[lucky].mean(), 0.1)
    assert after.mean()[top].mean() - bits[top].mean() < 0.5 * flattery  # the winner's curse is mostly gone
    if n >= 4:
        assert after.mean()[top].mean() == pytest.approx(bits[top].mean(), rel=0.1)
    lfdr = after.at_most(0.05)
    chosen = lfdr < 0.1
    assert (bits[chosen] <= 0.05).sum() <= 0.1 * max(chosen.sum(), 1)
