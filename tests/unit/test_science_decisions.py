from __future__ import annotations

import numpy as np
import pytest

from cruxbank.science.arrays import Array
from cruxbank.science.framing import assess
from cruxbank.science.permutation import p_value
from cruxbank.science.racing import Decision, decide, largest_set
from cruxbank.science.readings import ItemReadings
from cruxbank.science.seeds import rng

MIRROR = np.array([False, True, False, False, True, False])


def item(x: Array, mirror: Array) -> ItemReadings:
    """x: (K, n, P), the stance last."""
    models, n, size = x.shape
    rows = x.reshape(-1, size)
    none = np.zeros(len(rows), dtype=np.bool_)
    asked = np.tile(np.arange(n), models)
    return ItemReadings(np.repeat(np.arange(models), n), asked, mirror, rows[:, :-1], rows[:, -1], none, none)


def test_racing_decides_beyond_its_thresholds_only():
    assert [decide(p) for p in (0.96, 0.95, 0.5, 0.05, 0.04)] == [
        Decision.PASS,
        Decision.CONTINUE,
        Decision.CONTINUE,
        Decision.CONTINUE,
        Decision.STOP,
    ]
    assert decide(0.8, pass_above=0.7) is Decision.PASS
    with pytest.raises(ValueError, match="stop_below"):
        decide(0.5, pass_above=0.2, stop_below=0.3)
    with pytest.raises(ValueError, match="p_above"):
        decide(1.5)


def test_the_largest_set_within_the_false_discovery_rate():
    lfdr = np.array([0.3, 0.0, 0.02, 0.9, 0.1])
    # sorted 0, .02, .1, .3, .9: running means 0, .01, .04, .105, .264
    assert largest_set(lfdr, 0.05).tolist() == [False, True, True, False, True]
    assert largest_set(lfdr, 0.11).tolist() == [True, True, True, False, True]
    assert not largest_set(np.array([0.5]), 0.1).any()


def test_a_question_that_everyone_affirms_both_ways_is_rejected():
    x = np.zeros((8, 2, 2))
    x[:, 0, 1], x[:, 1, 1] = 1.0, -1.0  # re-coded: yes to the mirror is a no to the base
    check = assess(item(x, MIRROR[:2]))
    assert check is not None
    assert check.leaning[1] == 1.0
    assert check.direction[1] == 1.0
    assert check.leaning[0] == 0.0
    assert check.rejects()
    assert check.summary(("power",)).dimension == "stance"
    assert check.summary(("power",)).leaning == 1.0


def test_a_value_that_a_wording_evokes_is_named():
    x = np.zeros((8, 4, 3))
    x[:, [0, 2], 0] = 1.0
    check = assess(item(x, np.array([False, True, False, True])))
    assert check is not None
    assert check.rejects()
    assert check.leaning[0] == 0.5
    assert check.summary(("power", "security")).dimension == "power"


def test_models_that_are_pushed_to_different_sides_are_found():
    x = np.zeros((12, 6, 2))
    pushed = np.where(np.arange(12) % 2 == 0, 1.0, -1.0)[:, None]
    x[:, :, 1] = np.where(MIRROR[None], -pushed, pushed)
    check = assess(item(x, MIRROR))
    assert check is not None
    assert check.leaning[1] < 0.01
    assert check.share[1] > 1
    assert check.rejects()


def test_a_pilot_cannot_speak_of_differential_leaning():
    x = np.sign(np.random.default_rng(3).normal(size=(8, 2, 3)))
    check = assess(item(x, MIRROR[:2]))
    assert check is not None
    assert (check.share == 0).all()


@pytest.mark.parametrize("models, n", [(8, 2), (12, 6)])
def test_neutral_wordings_are_seldom_rejected(models: int, n: int):
    generator = np.random.default_rng(6)
    rejected = 0
    for _ in range(200):
        chance = 1 / (1 + np.exp(-generator.normal(-0.5, 1.0, (models, 1, 11))))
        x = (generator.random((models, n, 11)) < chance).astype(float)
        x[..., -1] = 2 * x[..., -1] - 1
        check = assess(item(x, MIRROR[:n]))
        rejected += check is not None and check.rejects()
    assert rejected <= 10


def test_without_a_mirror_there_is_nothing_to_say():
    assert assess(item(np.ones((8, 2, 2)), np.zeros(2, dtype=np.bool_))) is None


def test_permutation_finds_a_difference_and_keeps_its_size():
    generator = np.random.default_rng(8)
    weight = np.eye(3)
    split = np.tile(np.where(np.arange(8) < 4, 1.0, -1.0)[:, None, None], (1, 4, 3))
    assert p_value(item(split, MIRROR[:4]), weight, rng(1, 0, "permute"), 199) <= 0.01
    small = 0
    for k in range(200):
        # wordings that push everyone, models that do not differ
        chance = generator.random((1, 4, 3))
        x = (generator.random((8, 4, 3)) < chance).astype(float)
        small += p_value(item(x, MIRROR[:4]), weight, rng(1, 0, "permute", k), 99) <= 0.05
    assert small <= 20  # 10 expected, 20 is three standard errors away


def test_permutation_of_one_model_or_of_nothing_says_nothing():
    assert p_value(item(np.ones((1, 4, 2)), MIRROR[:4]), np.eye(2), rng(1, 0, "permute")) == 1.0
    assert p_value(item(np.ones((6, 4, 2)), MIRROR[:4]), np.eye(2), rng(1, 0, "permute"), 19) == 1.0
