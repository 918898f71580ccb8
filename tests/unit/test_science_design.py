"""The design study: variance components and the items that a profile needs."""

from __future__ import annotations

import numpy as np
import pytest

from cruxbank.science.design import Components, components
from cruxbank.science.readings import ItemReadings


def simulated(rng, items, models, wordings, sizes):
    """Readings with planted SDs (model, model x item, within), one dimension, real-valued verdicts."""
    model = rng.standard_normal(models) * sizes[0]
    for _ in range(items):
        mean = rng.standard_normal() + model + rng.standard_normal(models) * sizes[1]
        y = mean[:, None] + rng.standard_normal((models, wordings)) * sizes[2]
        rows = models * wordings
        yield ItemReadings(
            models=np.repeat(np.arange(models), wordings),
            wordings=np.tile(np.arange(wordings), models),
            mirror=np.zeros(wordings, dtype=bool),
            values=y.reshape(rows, 1),
            stance=np.zeros(rows),
            refused=np.zeros(rows, dtype=bool),
            unscored=np.zeros(rows, dtype=bool),
        )


def test_planted_components_come_back() -> None:
    found = components(list(simulated(np.random.default_rng(1), 400, 60, 3, (0.5, 1.0, 0.8))))
    assert found.model[0] == pytest.approx(0.25, rel=0.5)  # 60 models: SE of a variance is 18 %
    assert found.item[0] == pytest.approx(1.0, rel=0.06)
    assert found.within[0] == pytest.approx(0.64, rel=0.06)
    assert (found.models, found.items) == (60, 400)


def test_the_formula_by_hand() -> None:
    one = Components(np.array([0.2]), np.array([0.6]), np.array([0.4]), 10, 10)
    # 10 items, 2 wordings: .2 / (.2 + .6/10 + .4/20) = .2 / .28
    assert one.reliability(10, 2)[0] == pytest.approx(0.2 / 0.28)
    # .8: n = 4 * (.6 + .2) / .2 = 16
    assert one.items_needed(0.8, 2)[0] == 16
    assert one.reliability(16, 2)[0] >= 0.8 > one.reliability(15, 2)[0]


def test_models_that_do_not_differ_never_reach_a_target() -> None:
    none = Components(np.array([-0.01]), np.array([0.1]), np.array([0.4]), 10, 10)
    assert none.reliability(1000, 6)[0] == 0
    assert none.items_needed(0.8, 6)[0] == np.inf
    with pytest.raises(ValueError, match="target"):
        none.items_needed(1.0, 2)


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="components: 1 items"):
        components(list(simulated(np.random.default_rng(1), 1, 5, 2, (1, 1, 1))))
