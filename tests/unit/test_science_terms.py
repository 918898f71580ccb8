"""Stance and refusal beside values: the chain rules are exact, and golden values by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science.dirichlet import TablePrior, posterior
from cruxbank.science.divergence import equal_weights, gjs
from cruxbank.science.seeds import rng
from cruxbank.science.terms import given_stance, refusal_terms, splits, stance_terms

HALF = np.array([0.5, 0.5])
sizes = given(st.integers(0, 10**6), st.integers(2, 6))


@sizes
@settings(max_examples=40, deadline=None)
def test_stance_and_values_given_stance_add_up_to_both(seed: int, models: int):
    generator = np.random.default_rng(seed)
    p = generator.dirichlet(np.full(6, 0.3), size=models).reshape(models, 3, 2)
    weights = generator.dirichlet(np.ones(models))
    found = stance_terms(p, weights)
    assert found.both == pytest.approx(float(gjs(p.reshape(models, 6), weights)), abs=1e-10)
    assert found.given_stance >= 0
    order = generator.permutation(models)
    assert stance_terms(p[order], weights[order]).given_stance == pytest.approx(float(found.given_stance), abs=1e-12)


@sizes
@settings(max_examples=40, deadline=None)
def test_refusal_and_values_of_answers_add_up_to_both(seed: int, models: int):
    generator = np.random.default_rng(seed)
    p = generator.dirichlet(np.full(3, 0.4), size=models)
    answers = np.where(generator.random(models) < 0.2, 0.0, generator.random(models))
    weights = generator.dirichlet(np.ones(models))
    found = refusal_terms(answers, p, weights)
    everything = np.column_stack([answers[:, None] * p, 1 - answers])
    assert found.both == pytest.approx(float(gjs(everything, weights)), abs=1e-10)
    assert found.answered == pytest.approx(float(weights @ answers))


def test_the_two_by_two_by_hand():
    yes_power, no_power = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])
    yes_care, even = np.array([[0.0, 1.0], [0.0, 0.0]]), np.full((2, 2), 0.25)
    # only the stance splits; only the value does; both do, and the value adds nothing to the stance; neither
    for one, two, stance, beside in (
        (yes_power, no_power, 1.0, 0.0),
        (yes_power, yes_care, 0.0, 1.0),
        (np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 1.0]]), 1.0, 0.0),
        (even, even, 0.0, 0.0),
    ):
        found = stance_terms(np.stack([one, two]), HALF)
        assert (found.stance, found.given_stance) == (pytest.approx(stance), pytest.approx(beside))


def test_a_model_that_always_refuses_tells_refusal_bits_only():
    # q = 1/2, I(M;A) = 1 bit; among the answers one model is left
    found = refusal_terms(np.array([1.0, 0.0]), np.array([[1.0, 0.0], [0.3, 0.7]]), HALF)
    assert (found.refusal, found.answered, found.values) == (pytest.approx(1.0), 0.5, pytest.approx(0.0))
    # half of the answers refused by both, the other half opposed: 1/2 bit
    even = refusal_terms(HALF, np.array([[1.0, 0.0], [0.0, 1.0]]), HALF)
    assert (even.refusal, even.values) == (pytest.approx(0.0), pytest.approx(0.5))


def test_posterior_given_stance_finds_the_value_beside_the_stance():
    prior, weights = TablePrior.default((0.3, 0.1, 0.1, 0.5)), equal_weights(6)
    stance = posterior(np.array([[[6, 0, 0]] * 6]), TablePrior.default((0.4, 0.4, 0.2)), weights, rng(1, 0, "s"), 100)
    split = np.array([[6, 0, 0, 0]] * 3 + [[0, 0, 0, 6]] * 3)
    alike = np.array([[3, 0, 0, 3]] * 6)
    none = np.zeros((1, 6, 4), dtype=np.int64)
    found = [
        given_stance(np.stack([table[None], none, none]), prior, stance, weights, rng(1, 0, "v"))
        for table in (split, alike)
    ]
    assert found[0].shape == (1, 100)
    assert found[0].mean() > 0.6
    assert found[1].mean() < 0.2
    assert splits(found[0], 0.05)
    assert not splits(found[1], 0.05)
