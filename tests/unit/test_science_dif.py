"""Differential item functioning: a case worked by hand, properties, and what the tests flag where nothing, or something, is
planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import false_discovery_control

from cruxbank.science.arrays import Array
from cruxbank.science.dif import FIRST, FLOOR, Contrast, Wordings, contrast
from cruxbank.science.languages import report
from cruxbank.science.readings import ItemReadings, coordinates

MIRROR = np.array([0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0], dtype=np.bool_)
OWN, PANEL, D = 9, 12, 4


def readings(models: list[int], wordings: list[int], stance: list[float], values: Array | None = None) -> ItemReadings:
    n = len(models)
    return ItemReadings(
        models=np.array(models),
        wordings=np.array(wordings),
        mirror=MIRROR,
        values=np.zeros((n, D)) if values is None else values,
        stance=np.array(stance, dtype=np.float64),
        refused=np.zeros(n, dtype=np.bool_),
        unscored=np.zeros(n, dtype=np.bool_),
        signed=True,
    )


def weight() -> Array:
    return np.eye(coordinates(D, True))


def bare(item: ItemReadings, foreign: np.ndarray) -> Contrast:
    found = contrast(item, foreign, weight(), Wordings.none(D + 1), np.random.default_rng(1), last=FIRST)
    assert found is not None
    return found


def world(rng: np.random.Generator, *, shift: float = 0.0, reorder: bool = False, push: float = 0.3) -> ItemReadings:
    """One item: twelve models, six wordings and three fresh ones at home (two of these each), two of three abroad."""
    home = rng.standard_normal((PANEL, D + 1)) * 0.8
    away = rng.standard_normal((PANEL, D + 1)) * 0.8 if reorder else home
    pushed = rng.standard_normal((12, D + 1)) * push
    pairs = [(m, w) for m in range(PANEL) for w in (*range(6), 6, 7 + m % 2, 9, 10 + m % 2)]
    models, wordings = (np.array(column) for column in zip(*pairs, strict=True))
    there = wordings >= OWN
    latent = np.where(there[:, None], away[models], home[models]) + pushed[wordings]
    latent += rng.standard_normal(latent.shape)
    latent[:, -1] += np.where(MIRROR[wordings], -0.3, 0.3) * (models % 3) + shift * there
    values = np.where(latent[:, :D] > 1.0, 1.0, np.where(latent[:, :D] < -1.8, -1.0, 0.0))
    stance = np.where(latent[:, D] > 0.3, 1.0, np.where(latent[:, D] < -0.3, -1.0, 0.0))
    return readings(models.tolist(), wordings.tolist(), stance.tolist(), values)


def contrasts(items: list[ItemReadings], seed: int) -> list[Contrast]:
    at_home = [_only(item, item.wordings < OWN) for item in items]
    wordings = Wordings.fit(at_home)
    found = [
        contrast(item, item.wordings >= OWN, weight(), wordings, np.random.default_rng([seed, i]), last=FIRST)
        for i, item in enumerate(items)
    ]
    return [one for one in found if one is not None]


def _only(item: ItemReadings, rows: np.ndarray) -> ItemReadings:
    names = ("models", "wordings", "values", "stance", "refused", "unscored")
    return replace(item, **{name: getattr(item, name)[rows] for name in names})


def test_the_shift_of_a_case_worked_by_hand() -> None:
    """Four models, straight wordings 0, 2, 3 and mirror 1 at home; straight 9 and mirror 10 abroad.

    Each model at home: straight 1, 1, -1 (mean 1/3), mirror 1. Abroad: straight -1, mirror 1. Strata weigh 1/2 each:
    d = ((-1 - 1/3) + (1 - 1)) / 2 = -2/3 for every model. Within: four straight triples with sums of squares 8/3 about
    their means leave, with every wording's common push taken out, nothing: all models answer alike. So the floor of .1
    is the scale: -2/3 / sqrt(.1).
    """
    per_model = [(0, 1.0), (2, 1.0), (3, -1.0), (1, 1.0), (9, -1.0), (10, 1.0)]
    rows = [(m, w, s) for m in range(4) for w, s in per_model]
    item = readings([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    found = bare(item, item.wordings >= OWN)
    assert found.models == 4
    assert found.shift[-1] == pytest.approx(-2 / 3 / np.sqrt(FLOOR))
    assert found.shift[:-1] == pytest.approx(0.0)
    assert (found.own, found.other, found.cross) == pytest.approx((0.0, 0.0, 0.0))


def test_places_of_a_case_worked_by_hand() -> None:
    """Stances at home: two models always yes, two always no; abroad the other way round. Means +-1 and -+1, no noise:
    own = other = var(1, 1, -1, -1) = 4/3, cross = -4/3, so the share that is another is (8/3 + 8/3) / (8/3) = 2."""
    sign = [1.0, 1.0, -1.0, -1.0]
    rows = [(m, w, sign[m]) for m in range(4) for w in (0, 2, 3)] + [
        (m, w, -sign[m]) for m in range(4) for w in (9, 11)
    ]
    item = readings([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    found = bare(item, item.wordings >= OWN)
    assert (found.own, found.other, found.cross) == pytest.approx((4 / 3, 4 / 3, -4 / 3))
    assert found.reordered == pytest.approx(2.0)
    assert found.shift == pytest.approx(0.0)


def test_rates_of_false_discovery_by_hand() -> None:
    """p .01 .04 .03 of three tests: .01 x 3/1, then .03 x 3/2 taken down by .04 x 3/3."""
    one = Contrast(12, np.array([0.9, 0.0, 0.8]), 0.01, 0.04, 1.0, 1.0, 0.5, 0.03)
    flags = report([], {("it_1", "de"): one}, ("en", "de"), ("power", "security")).flags
    assert [(flag.p, flag.q) for flag in flags] == [(0.01, 0.03), (0.03, 0.04), (0.04, 0.04)]
    assert report([], {}, ("en", "de"), ("power", "security")).tests == 0


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_row_order_and_model_numbers_carry_no_meaning(seed: int) -> None:
    rng = np.random.default_rng(seed)
    item = world(rng)
    order, names = rng.permutation(len(item.models)), rng.permutation(PANEL)
    moved = _only(item, order)
    moved = replace(moved, models=names[moved.models])
    one, two = bare(item, item.wordings >= OWN), bare(moved, moved.wordings >= OWN)
    assert two.shift == pytest.approx(one.shift)
    assert (two.own, two.other, two.cross) == pytest.approx((one.own, one.other, one.cross))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_swapping_the_sides_of_the_stance_turns_its_shift_and_nothing_else(seed: int) -> None:
    item = world(np.random.default_rng(seed))
    turned = replace(item, stance=-item.stance)
    one, two = bare(item, item.wordings >= OWN), bare(turned, turned.wordings >= OWN)
    assert two.shift[-1] == pytest.approx(-one.shift[-1])
    assert two.shift[:-1] == pytest.approx(one.shift[:-1])
    assert (two.p_stance, two.p_value) == (one.p_stance, one.p_value)
    assert two.reordered == pytest.approx(one.reordered)


def test_too_few_models_in_both_languages_are_not_tested() -> None:
    item = world(np.random.default_rng(3))
    three = _only(item, (item.wordings < OWN) | (item.models < 3))
    assert contrast(three, three.wordings >= OWN, weight(), Wordings.none(D + 1), np.random.default_rng(0)) is None


def test_a_push_of_the_wordings_is_found_at_home() -> None:
    rng = np.random.default_rng(8)
    pushed = [world(rng, push=0.6) for _ in range(40)]
    still = [world(rng, push=0.0) for _ in range(40)]
    found, none = (Wordings.fit([_only(i, i.wordings < OWN) for i in items]) for items in (pushed, still))
    assert found.variance[-1] > 0.07
    assert none.variance[-1] < 0.01


@pytest.mark.parametrize("push", [0.0, 0.4])
def test_nothing_planted_is_flagged_no_more_often_than_it_says(push: float) -> None:
    rng = np.random.default_rng(21)
    found = contrasts([world(rng, push=push) for _ in range(50)], 1)
    assert np.mean([c.p_stance < 0.05 for c in found]) <= 0.12, "two standard errors above .05"
    assert np.mean([c.p_value < 0.05 for c in found]) <= 0.12
    assert np.mean([c.p_places < 0.05 for c in found]) <= 0.12
    p = np.array([[c.p_stance, c.p_value, c.p_places] for c in found]).ravel()
    assert (false_discovery_control(p) <= 0.05).sum() <= 1


def test_what_is_planted_is_found() -> None:
    rng = np.random.default_rng(22)
    shifted = contrasts([world(rng, shift=1.5) for _ in range(15)], 2)
    turned = contrasts([world(rng, reorder=True) for _ in range(15)], 3)
    assert np.mean([c.p_stance < 0.05 and c.shift[D] > 0.5 for c in shifted]) > 0.6
    assert np.mean([c.p_places < 0.05 for c in turned]) > 0.6
    assert np.mean([c.reordered for c in turned]) == pytest.approx(1.0, abs=0.2)
    assert np.mean([c.p_places < 0.05 for c in shifted]) < 0.2, "a shift of all is no reordering"


def test_a_small_shift_is_not_flagged_however_sure() -> None:
    sure = Contrast(12, np.array([0.0, 0.4]), 0.00005, 0.5, 1.0, 1.0, 0.9, 0.00005)
    assert report([], {("it_1", "de"): sure}, ("en", "de"), ("power",)).flags == ()
    large = replace(sure, shift=np.array([0.1, -0.6]), cross=0.5)
    flags = report([], {("it_1", "de"): large}, ("en", "de"), ("power",)).flags
    assert [(f.kind, f.dimension, f.effect) for f in flags] == [("shifted", "stance", -0.6), ("reordered", "", 0.5)]
