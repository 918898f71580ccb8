"""The study around the head: calibration, cuts and folds on made-up numbers, without the encoder."""

from __future__ import annotations

import numpy as np
import pytest

from cruxbank.bench.recogniser_figures import areas_of, calibration_error
from cruxbank.bench.recogniser_training import (
    expected_f1_thresholds,
    f1,
    f1_thresholds,
    folds,
    platt,
    shrunk_f1_thresholds,
    trios,
    triples,
    youden_thresholds,
)


def test_platt_finds_the_slope_and_shift_that_made_the_labels():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 2))
    true = 1 / (1 + np.exp(-(logits * [0.5, 2.0] + [-1.0, 0.3])))
    scale = platt(logits, rng.random(true.shape) < true)
    assert scale.slope == pytest.approx([0.5, 2.0], rel=0.1)
    assert scale.shift == pytest.approx([-1.0, 0.3], abs=0.1)
    assert calibration_error(rng.random(true.shape) < true, scale.probabilities(logits)) < 0.02


def test_a_label_nobody_has_does_not_run_away():
    scale = platt(np.random.default_rng(1).normal(size=(50, 1)), np.zeros((50, 1), bool))
    assert 0 < scale.slope[0] < 3
    assert scale.probabilities(np.zeros((1, 1)))[0, 0] < 0.1


def test_calibration_error_worked_by_hand():
    labels = np.array([[True], [False], [True], [True]])
    assert calibration_error(labels, np.array([[0.5], [0.5], [0.9], [0.9]], np.float32)) == pytest.approx(0.05)


def test_no_fold_splits_a_group():
    group = np.random.default_rng(2).integers(0, 30, 500)
    part = folds(group, 5, 0)
    assert all(len(set(part[group == name])) == 1 for name in np.unique(group))
    assert set(part) == set(range(5))


def test_made_up_answers_stay_on_one_side():
    side = np.repeat([0, 1, 2], [7, 2, 9])
    three = trios(side, 0)
    assert three.shape == (5, 3)
    assert all(len(set(side[rows])) == 1 for rows in three)
    assert len(set(three.ravel())) == 15
    labels = np.arange(18)[:, None] == 17
    truth, largest = triples(side, labels, np.arange(18.0)[:, None], 0)
    assert np.array_equal(truth[:, 0], (three == 17).any(axis=1))
    assert np.array_equal(largest[:, 0], three.max(axis=1))


def test_cuts_on_a_clean_column():
    labels = np.repeat([True, False], [40, 160])[:, None]
    probabilities = np.linspace(0.99, 0.01, 200, dtype=np.float32)[:, None]
    for cuts in (f1_thresholds(labels, probabilities), youden_thresholds(labels, probabilities)):
        assert f1(labels, probabilities > cuts)[0] > 0.95
    assert areas_of(labels, probabilities)[0] == 1.0
    assert areas_of(np.zeros((3, 1), bool), np.zeros((3, 1)))[0] == 0.5


def test_the_expected_cut_worked_by_hand():
    probabilities = np.array([[0.9], [0.6], [0.1]], np.float32)
    # taken 1, 2, 3 of them: 1.8/2.6, 3/3.6, 3.2/4.6
    assert expected_f1_thresholds(probabilities)[0] == pytest.approx(0.6)


def test_the_shrunk_cut_lies_halfway():
    rng = np.random.default_rng(3)
    probabilities = rng.random((400, 2)).astype(np.float32)
    labels = rng.random((400, 2)) < probabilities
    both = f1_thresholds(labels, probabilities), expected_f1_thresholds(probabilities)
    assert shrunk_f1_thresholds(labels, probabilities) == pytest.approx((both[0] + both[1]) / 2)
