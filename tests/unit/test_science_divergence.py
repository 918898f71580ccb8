from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science import divergence as dv
from cruxbank.science.arrays import Array


def random_p(seed: int, models: int, outcomes: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(outcomes, 0.4), size=models), rng.dirichlet(np.ones(models))


cases = given(st.integers(0, 10**6), st.integers(2, 9), st.integers(2, 4))


def test_entropy_by_hand():
    assert dv.entropy(np.array([0.5, 0.25, 0.25])) == pytest.approx(1.5)
    assert dv.entropy(np.array([1.0, 0.0])) == 0.0


def test_gjs_by_hand():
    half = np.array([0.5, 0.5])
    assert dv.gjs(np.array([[1.0, 0.0], [0.0, 1.0]]), half) == pytest.approx(1.0)
    assert dv.gjs(np.array([[1.0, 0.0], [0.5, 0.5]]), half) == pytest.approx(0.3112781244591328)


def test_a_family_is_one_voice():
    assert dv.model_weights(np.array([3, 3, 8])).tolist() == [0.25, 0.25, 0.5]


def test_salience_and_polarity_by_hand():
    half = np.array([0.5, 0.5])
    sides = dv.parts(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), half)
    assert (sides.salience, sides.polarity) == (pytest.approx(0.0), pytest.approx(1.0))
    raised = dv.parts(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), half)
    assert (raised.salience, raised.polarity) == (pytest.approx(1.0), pytest.approx(0.0))


def test_plug_in_bias_by_hand():
    # two models, two outcomes, n = 4, all even: (1/4 - 1/8) / (2 ln 2)
    assert dv.plug_in_bias(np.array([[2, 2], [2, 2]]), np.array([0.5, 0.5])) == pytest.approx(0.0901684400)


def test_plug_in_bias_is_what_the_plug_in_has_too_much():
    rng = np.random.default_rng(3)
    weights = dv.equal_weights(8)
    tables = rng.multinomial(64, [0.5, 0.3, 0.2], size=(400, 8))
    excess = dv.gjs(dv.plug_in(tables), weights).mean()
    claimed = np.mean([dv.plug_in_bias(t, weights) for t in tables])
    assert claimed == pytest.approx(excess, rel=0.1)


@cases
@settings(max_examples=60, deadline=None)
def test_bounds_and_invariance(seed: int, models: int, outcomes: int):
    p, weights = random_p(seed, models, outcomes)
    value = float(dv.gjs(p, weights))
    assert -1e-12 <= value <= min(np.log2(models), np.log2(outcomes)) + 1e-12
    order = np.random.default_rng(seed).permutation(models)
    columns = np.random.default_rng(seed + 1).permutation(outcomes)
    assert dv.gjs(p[order][:, columns], weights[order]) == pytest.approx(value, abs=1e-12)


@cases
@settings(max_examples=60, deadline=None)
def test_parts_add_up_exactly(seed: int, models: int, outcomes: int):
    p, weights = random_p(seed, models, outcomes)
    found = dv.parts(p, weights)
    assert found.total == found.salience + found.polarity
    assert found.total == pytest.approx(float(dv.gjs(p, weights)), abs=1e-10)
    assert found.salience >= 0
    assert found.polarity >= 0


@cases
@settings(max_examples=60, deadline=None)
def test_identical_models_separate_nothing_and_mixing_only_lowers(seed: int, models: int, outcomes: int):
    p, weights = random_p(seed, models, outcomes)
    mixture = np.tile(weights @ p, (models, 1))
    assert dv.gjs(mixture, weights) == pytest.approx(0.0, abs=1e-12)
    values = [float(dv.gjs((1 - t) * p + t * mixture, weights)) for t in (0.0, 0.3, 0.6, 1.0)]
    assert all(a >= b - 1e-12 for a, b in itertools.pairwise(values))


def test_mean_pairwise_does_not_move_when_the_same_kinds_join():
    pair = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert dv.mean_pairwise(pair) == pytest.approx(1.0)
    assert dv.mean_pairwise(np.array([[1.0, 0.0], [0.5, 0.5]])) == pytest.approx(0.3112781244591328)
    assert dv.mean_pairwise(np.tile(np.array([0.2, 0.8]), (5, 1))) == pytest.approx(0.0)
    assert dv.mean_pairwise(pair[:1]) == 0.0


@cases
@settings(max_examples=60, deadline=None)
def test_each_dimension_of_counts_stays_inside_its_bounds_whatever_order_rows_come_in(
    seed: int, models: int, outcomes: int
):
    generator = np.random.default_rng(seed)
    tables = generator.multinomial(4, generator.dirichlet(np.full(outcomes, 0.3)), size=(5, models))
    weights = dv.model_weights(generator.integers(0, 3, models))
    bits = dv.gjs(dv.plug_in(tables), weights)
    assert bits.shape == (5,)
    assert (bits >= 0).all()
    assert (bits <= min(np.log2(models), np.log2(outcomes)) + 1e-12).all()
    assert weights.sum() == pytest.approx(1.0)
    order = generator.permutation(models)
    assert dv.gjs(dv.plug_in(tables[:, order]), weights[order]) == pytest.approx(bits, abs=1e-12)


@cases
@settings(max_examples=40, deadline=None)
def test_mean_pairwise_is_a_u_statistic_over_models(seed: int, models: int, outcomes: int):
    """Its mean over all panels that leave one model out is itself; gjs has no such property and shrinks."""
    p, _ = random_p(seed, models + 1, outcomes)
    whole = float(dv.mean_pairwise(p))
    without = [float(dv.mean_pairwise(np.delete(p, i, axis=0))) for i in range(len(p))]
    assert np.mean(without) == pytest.approx(whole, abs=1e-10)
    assert 0 <= whole <= 1
    smaller = [float(dv.gjs(np.delete(p, i, axis=0), dv.equal_weights(models))) for i in range(len(p))]
    assert np.mean(smaller) <= float(dv.gjs(p, dv.equal_weights(models + 1))) + 1e-10


def test_mixing_every_model_with_the_same_noise_only_lowers():
    p, weights = random_p(4, 6, 3)
    noise = np.array([0.2, 0.3, 0.5])
    values = [float(dv.gjs((1 - t) * p + t * noise, weights)) for t in (0.0, 0.25, 0.5, 1.0)]
    assert all(a > b for a, b in itertools.pairwise(values))
    assert values[-1] == pytest.approx(0.0, abs=1e-12)
