from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cruxbank.measures import Separation
from cruxbank.science.arrays import Array
from cruxbank.science.estimate import TablePriors, estimate, joint_posterior
from cruxbank.science.readings import ItemReadings
from cruxbank.science.scatter import Scatter, weight
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import Prior

NAMES = ("power", "security", "universalism")
MIRROR = np.array([False, True, False, False, True, False])
METRIC = weight(Scatter.empty(4))


def item(x: Array) -> ItemReadings:
    """x: (K, n, 4), the stance last."""
    models, n, size = x.shape
    rows = x.reshape(-1, size)
    none = np.zeros(len(rows), dtype=np.bool_)
    asked = np.tile(np.arange(n), models)
    return ItemReadings(np.repeat(np.arange(models), n), asked, MIRROR[:n], rows[:, :-1], rows[:, -1], none, none)


def split(models: int = 8, n: int = 6) -> Array:
    """Half of the models say yes for power, the others no for universalism."""
    x = np.zeros((models, n, 4))
    half = np.arange(models) % 2 == 0
    x[half, :, 0], x[half, :, 3] = 1.0, 1.0
    x[~half, :, 2], x[~half, :, 3] = 1.0, -1.0
    return x


def measure(readings: ItemReadings, seed: int = 1) -> Separation:
    tables = TablePriors.default(3)
    return estimate(
        readings, METRIC, Prior.default(), tables, s0=0.05, dimensions=NAMES, rng=rng(seed, 0, "separation")
    )


def test_an_item_that_splits_the_panel():
    found = measure(item(split()))
    assert found.joint.lo > 0.5
    assert found.lfdr < 0.01
    assert found.models == 8
    assert found.responses == 48
    assert found.by_dimension["power"].est > 0.4 > found.by_dimension["security"].hi
    assert found.stance.lo > 0.4
    assert found.refusal.est < 0.1
    assert found.pairwise > 0.25
    assert found.framing is not None
    assert found.framing.leaning == 0.0
    power = found.by_dimension["power"]
    assert power.salience + power.polarity == pytest.approx(power.est, abs=1e-9)


def test_models_that_are_alike_do_not_separate():
    x = np.tile(np.array([1.0, 0.0, 0.0, 1.0]), (8, 6, 1))
    found = measure(item(x))
    assert found.q == pytest.approx(0.0, abs=1e-9)
    assert found.joint.est < 0.05
    assert found.lfdr > 0.5
    assert found.stance.est < 0.05


def test_every_figure_stays_inside_its_bounds():
    generator = np.random.default_rng(3)
    for _ in range(5):
        found = measure(item(generator.integers(-1, 2, size=(9, 4, 4)).astype(float)))
        for one in (found.joint, found.stance, found.refusal, *found.by_dimension.values()):
            assert 0 <= one.lo <= one.est <= one.hi <= np.log2(9)
        assert 0 <= found.lfdr <= 1


def test_row_order_does_not_matter_and_the_rng_alone_decides_the_rest():
    readings = item(np.random.default_rng(4).integers(-1, 2, size=(8, 4, 4)).astype(float))
    order = np.random.default_rng(5).permutation(32)
    names = ("models", "wordings", "values", "stance", "refused", "unscored")
    shuffled = replace(readings, **{name: getattr(readings, name)[order] for name in names})
    assert measure(readings) == measure(shuffled)
    assert measure(readings) != measure(readings, seed=2)
    assert measure(readings).q == measure(readings, seed=2).q


def test_refusals_are_bits_of_their_own_and_never_absence():
    readings = item(split())
    quiet = readings.models < 2
    readings = replace(
        readings,
        refused=quiet,
        values=np.where(quiet[:, None], 0.0, readings.values),
        stance=np.where(quiet, 0.0, readings.stance),
    )
    found = measure(readings)
    assert found.models == 6
    assert found.responses == 36
    assert found.refusal.lo > 0.3
    rest = item(split()[2:])
    assert found.q == pytest.approx(measure(rest).q)


def test_unscored_responses_are_left_out_of_every_table():
    readings = item(split())
    lost = (readings.wordings == 5) & (readings.models < 4)
    found = measure(replace(readings, unscored=lost))
    assert found.responses == 44
    assert found.models == 8
    assert found.refusal.est < 0.1
    assert found.joint.lo > 0.5


def test_a_family_counts_once():
    x = np.zeros((6, 4, 4))
    x[5, :, 3] = 1.0
    alone = replace(item(x), families=np.array([0, 0, 0, 0, 0, 1]))
    assert measure(alone).stance.est > measure(item(x)).stance.est + 0.1


def test_fewer_than_two_models_say_nothing():
    found = measure(item(split()[:1]))
    assert found.lfdr == 1.0
    assert found.joint.hi == 0.0
    assert found.by_dimension == {}


def test_names_must_fit_the_columns():
    with pytest.raises(ValueError, match="3 value columns, 1 names"):
        estimate(
            item(split()),
            METRIC,
            Prior.default(),
            TablePriors.default(3),
            s0=0.05,
            dimensions=("power",),
            rng=rng(1, 0, "x"),
        )


def test_racing_reads_the_same_posterior():
    readings = item(split(8, 2))
    after = joint_posterior(readings, METRIC, Prior.default())
    assert after.mean()[0] == pytest.approx(measure(readings).joint.est)
    assert after.above(0.05)[0] == pytest.approx(1 - measure(readings).lfdr)


def test_priors_of_tables_follow_the_drafts():
    x = np.zeros((8, 6, 4))
    x[:, :, 0], x[:, :3] = 1.0, x[:, :3] + 1.0  # every model shows every value on the first three wordings
    x = np.minimum(x, 1.0)
    alike = item(x)
    fitted = TablePriors.fit([alike] * 40, 3, rng(1, 0, "fit"))
    start = TablePriors.default(3)
    assert fitted.values.weights[-1] > start.values.weights[-1]
    assert fitted.values.base[0, 0] > 1.5
    assert 0.8 < fitted.values.base[1, 3] < 1.2


def test_the_two_by_two_and_what_stays_comparable():
    stance_only = split()
    stance_only[..., :3] = 0.0
    value_only = split()
    value_only[..., 3] = 1.0
    both, stance, value = (measure(item(x)) for x in (split(), stance_only, value_only))
    assert (stance.stance_splits, stance.values_split) == (True, False)
    assert (value.stance_splits, value.values_split) == (False, True)
    assert both.stance_splits
    assert both.by_dimension["power"].given_stance < 0.5 * both.by_dimension["power"].est, "the stance tells it already"
    assert value.by_dimension["power"].given_stance > 0.3
    assert 0 < both.pairwise_joint < both.joint.est
    assert both.pairwise == max(d.pairwise for d in both.by_dimension.values())
    assert both.answered == 1.0


def test_figures_do_not_depend_on_the_order_of_models_or_wordings():
    x = np.random.default_rng(7).integers(-1, 2, size=(8, 4, 4)).astype(float)
    one = measure(item(x))
    other = measure(item(x[::-1][:, [2, 3, 0, 1]]))
    assert other.q == pytest.approx(one.q)
    assert other.joint.lo == pytest.approx(one.joint.lo)
    assert other.by_dimension["power"].est == pytest.approx(one.by_dimension["power"].est, abs=0.03)
