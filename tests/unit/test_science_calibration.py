"""Accuracy of a judge: intervals, confusion, heterogeneity, cuts and corrected rates, against figures worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import binom

from cruxbank.accuracy import Accuracy
from cruxbank.science.calibration import accuracy, by_family, confusion, contrasts, heterogeneity, holm
from cruxbank.science.correction import Corrector, correct_all, rogan_gladen
from cruxbank.science.probabilities import best_cut, cross_fitted, reliability
from cruxbank.science.proportions import clopper_pearson, effective_size, rate, rate_of, wilson

DRAWS = 300
COVERS = (binom.ppf(0.001, DRAWS, 0.95) / DRAWS, 1.0)
"""What 300 intervals of 95 % may cover; exact intervals cover more than they say, so there is no upper bound."""


def flags(*counts: tuple[bool, int]) -> np.ndarray:
    return np.concatenate([np.full(n, value) for value, n in counts])


def test_exact_intervals_of_a_textbook() -> None:
    assert clopper_pearson(0, 10) == (0.0, pytest.approx(1 - 0.025**0.1))
    assert clopper_pearson(10, 10) == (pytest.approx(0.025**0.1), 1.0)
    assert clopper_pearson(4, 20) == pytest.approx((0.0573, 0.4366), abs=1e-4)
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_wilson_of_a_textbook() -> None:
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)  # Newcombe 1998, table I, 15/148
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)  # the same, 0/20
    assert wilson(0, 0) == (0.0, 1.0)


def test_groups_of_equal_texts_count_once() -> None:
    """100 texts in 20 groups of five copies tell as much as 20 texts, less what the t quantiles differ."""
    hit, groups = np.repeat(np.arange(20) % 2 == 0, 5), np.repeat(np.arange(20), 5)
    # V = C/(C-1) sum (h - p n)^2 / N^2 = 20/19 x 20 x 2.5^2 / 100^2; p(1-p)/V = 19; (1.98422 / 2.09302)^2 = .8987
    assert effective_size(hit.astype(float), groups) == pytest.approx(19 * (1.984217 / 2.093024) ** 2, rel=1e-4)
    assert rate(hit, groups).hi > rate(hit).hi


def test_a_share_of_one_in_groups_counts_the_groups() -> None:
    found = rate(np.ones(40, bool), np.repeat(np.arange(8), 5))
    assert (found.effective, found.lo) == (8.0, pytest.approx(0.025 ** (1 / 8)))
    assert rate(np.ones(40, bool), np.zeros(40, int)).effective == 1.0


def test_nothing_known_without_texts() -> None:
    found = rate(np.zeros(0, bool))
    assert (found.est, found.lo, found.hi, found.n) == (0.5, 0.0, 1.0, 0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60))
@settings(deadline=None)
def test_an_interval_holds_its_share_and_grouping_never_narrows_it(rows: list[tuple[bool, int]]) -> None:
    hit, groups = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    plain, grouped = rate(hit), rate(hit, groups)
    assert 0 <= grouped.lo <= grouped.est <= grouped.hi <= 1
    assert grouped.effective <= plain.effective
    assert grouped.hi - grouped.lo >= plain.hi - plain.lo - 1e-9


def test_accuracy_and_confusion_by_hand() -> None:
    truth = flags((True, 10), (False, 20))
    read = flags((True, 8), (False, 2), (True, 3), (False, 17))
    found = accuracy(truth, read)
    assert (found.sensitivity.hits, found.sensitivity.n) == (8, 10)
    assert (found.specificity.hits, found.specificity.n) == (17, 20)
    assert confusion(np.array([0, 0, 1, 3]), np.array([0, 3, 2, 3])) == (
        (1, 0, 0, 1),
        (0, 0, 1, 0),
        (0, 0, 0, 0),
        (0, 0, 0, 1),
    )


def test_by_family_divides_the_whole() -> None:
    truth, read = flags((True, 4), (False, 4)), flags((True, 2), (False, 2), (True, 1), (False, 3))
    found = by_family(truth, read, ["a", "b"] * 4)
    assert set(found) == {"a", "b"}
    assert sum(f.sensitivity.n for f in found.values()) == 4
    assert sum(f.specificity.hits for f in found.values()) == 3


def test_chi_square_of_a_table_by_hand() -> None:
    """30/40 against 20/40: chi-square = 5.333 = 80 (30x20 - 10x20)^2 / (40 40 50 30)."""
    right = flags((True, 30), (False, 10), (True, 20), (False, 20))
    families = np.repeat([0, 1], 40)
    chi2, p = heterogeneity(right, families, np.arange(80), np.random.default_rng(0))
    assert chi2 == pytest.approx(80 * (30 * 20 - 10 * 20) ** 2 / (40 * 40 * 50 * 30))
    assert p == pytest.approx(0.037, abs=0.015)  # Fisher's exact test: .037


def test_a_difference_between_whole_groups_is_no_difference_between_families() -> None:
    """Four models, two a family, each always right or always wrong: two of three ways to pair them are as uneven."""
    right = np.repeat([True, True, False, False], 30)
    models = np.repeat(np.arange(4), 30)
    _, p = heterogeneity(right, models // 2, models, np.random.default_rng(0))
    assert p > 0.25
    _, naive = heterogeneity(right, models // 2, np.arange(120), np.random.default_rng(0))
    assert naive < 0.001


def test_families_too_small_are_not_tested() -> None:
    assert heterogeneity(np.array([True] * 9 + [False]), np.arange(10), np.arange(10), np.random.default_rng(0))[1] == 1


def test_permutation_p_keeps_its_level() -> None:
    """Five per cent of null worlds below .05: 200 worlds of 12 models in three families, models differ, families do not."""
    generator = np.random.default_rng(5)
    small = 0
    for _ in range(200):
        models = np.repeat(np.arange(12), 15)
        right = generator.random(180) < np.clip(0.75 + 0.1 * generator.standard_normal(12), 0, 1)[models]
        small += heterogeneity(right, models // 4, models, generator, permutations=199)[1] <= 0.05
    assert small <= binom.ppf(0.999, 200, 0.05)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_lowers_and_keeps_the_order(p: list[float]) -> None:
    adjusted = holm(p)
    assert all(a >= b - 1e-12 for a, b in zip(adjusted, p, strict=True))
    order = np.argsort(p, kind="stable")
    assert all(x <= y + 1e-12 for x, y in zip(np.array(adjusted)[order], np.array(adjusted)[order][1:], strict=False))


def test_contrasts_find_the_planted_dimension_only() -> None:
    generator = np.random.default_rng(2)
    truth = {d: generator.random(600) < 0.5 for d in ("power", "security")}
    families = [f"family {i % 3}" for i in range(600)]
    weak = np.arange(600) % 3 == 0
    read = {}
    for name, labels in truth.items():
        miss = np.where(weak & (name == "power"), 0.5, 0.1)
        read[name] = np.where(labels, generator.random(600) > miss, generator.random(600) < 0.1)
    rows = contrasts(truth, read, dict.fromkeys(truth, families), dict.fromkeys(truth, np.arange(600)), generator)
    found = {(r.dimension, r.what) for r in rows if r.adjusted < 0.05}
    assert found == {("power", "sensitivity")}
    assert len(rows) == 4


def test_reliability_by_hand() -> None:
    scores = np.array([0.05, 0.05, 0.15, 0.95, 0.95])
    truth = np.array([False, False, True, True, True])
    found = reliability(scores, truth)
    assert [(b.low, b.rate.hits, b.rate.n) for b in found.bins] == [(0.0, 0, 2), (0.1, 1, 1), (0.9, 2, 2)]
    assert found.ece == pytest.approx((2 * 0.05 + 0.85 + 2 * 0.05) / 5)
    assert found.brier == pytest.approx((2 * 0.0025 + 0.85**2 + 2 * 0.0025) / 5)
    assert found.brier_of_base_rate == pytest.approx(0.24)
    assert found.auc == 1.0
    assert reliability(scores, np.ones(5, bool)).auc is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_every_text_is_in_one_bin(rows: list[tuple[float, bool]]) -> None:
    found = reliability(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]))
    assert sum(b.rate.n for b in found.bins) == len(rows)
    assert 0 <= found.ece <= 1
    assert 0 <= found.brier <= 1


def test_cuts_by_hand() -> None:
    scores = np.array([0.1, 0.2, 0.4, 0.6, 0.8])
    truth = np.array([False, False, True, False, True])
    assert best_cut(scores, truth, "youden") == pytest.approx(0.3)
    assert best_cut(scores, truth, "f1") == pytest.approx(0.3)
    assert best_cut(scores, truth, "specificity", 1.0) == pytest.approx(0.7)
    with pytest.raises(ValueError, match="no rule"):
        best_cut(scores, truth, "best")


def test_cross_fitting_does_not_flatter_noise() -> None:
    """Scores that know nothing: a cut chosen and reported on the same texts claims what is not there."""
    generator = np.random.default_rng(3)
    claimed, fair = [], []
    for _ in range(60):
        scores, truth = generator.random(60), generator.random(60) < 0.5
        inside = accuracy(truth, scores > best_cut(scores, truth))
        claimed.append(inside.sensitivity.est + inside.specificity.est - 1)
        outside = cross_fitted(scores, truth, np.arange(60)).accuracy
        fair.append(outside.sensitivity.est + outside.specificity.est - 1)
    assert np.mean(claimed) > 0.1
    assert abs(np.mean(fair)) < 0.06


def test_cross_fitting_keeps_groups_whole() -> None:
    """Copies of one text in one group: whoever splits a group has seen the answer."""
    generator = np.random.default_rng(4)
    scores, truth = np.repeat(generator.random(12), 10), np.repeat(np.arange(12) % 2 == 0, 10)
    groups = np.repeat(np.arange(12), 10)
    found = cross_fitted(scores, truth, groups).accuracy
    assert found.sensitivity.effective <= 12


def test_rogan_gladen_by_hand() -> None:
    assert rogan_gladen(0.4, 0.9, 0.8) == pytest.approx(0.2 / 0.7)
    assert rogan_gladen(0.1, 0.9, 0.8) == 0.0
    assert rogan_gladen(0.95, 0.9, 0.8) == 1.0
    with pytest.raises(ValueError, match="not above 1"):
        rogan_gladen(0.4, 0.5, 0.5)


def errors(positives: int, negatives: int, sensitivity: float, specificity: float) -> Accuracy:
    return Accuracy(
        sensitivity=rate_of(round(positives * sensitivity), positives),
        specificity=rate_of(round(negatives * specificity), negatives),
    )


def test_a_perfect_judge_changes_nothing() -> None:
    found = correct_all({"m": rate_of(300, 1000)}, errors(100_000, 100_000, 1.0, 1.0), "d")["m"]
    assert found.corrected is not None
    assert found.corrected.est == pytest.approx(0.3)
    assert (found.corrected.lo, found.corrected.hi) == pytest.approx((found.raw.lo, found.raw.hi), abs=0.004)


def test_a_judge_that_may_be_a_coin_corrects_nothing() -> None:
    assert Corrector(errors(20, 20, 0.6, 0.55), "d").identified is False
    assert Corrector(errors(20, 20, 0.6, 0.55), "d").correct(rate_of(3, 10), "m").corrected is None
    assert Corrector(errors(0, 20, 0.6, 0.9), "d").identified is False
    assert Corrector(errors(2000, 2000, 0.6, 0.55), "d").identified is True


@given(st.integers(0, 50), st.floats(0.6, 1), st.floats(0.6, 1))
@settings(deadline=None, max_examples=40)
def test_a_corrected_rate_stays_a_rate(hits: int, sensitivity: float, specificity: float) -> None:
    found = Corrector(errors(200, 200, sensitivity, specificity), "d", draws=500).correct(rate_of(hits, 50), "m")
    assert found.corrected is not None
    assert 0 <= found.corrected.lo <= found.corrected.hi <= 1
    assert 0 <= found.corrected.est <= 1


@pytest.mark.parametrize("share,sensitivity,specificity", [(0.3, 0.85, 0.9), (0.1, 0.7, 0.8), (0.6, 0.6, 0.75)])
def test_corrected_intervals_cover(share: float, sensitivity: float, specificity: float) -> None:
    """Labels on 120 + 200 texts, a rate over 250 answers."""
    generator = np.random.default_rng(11)
    covered = 0
    for k in range(DRAWS):
        known = Accuracy(
            sensitivity=rate_of(int(generator.binomial(120, sensitivity)), 120),
            specificity=rate_of(int(generator.binomial(200, specificity)), 200),
        )
        seen = share * sensitivity + (1 - share) * (1 - specificity)
        reported = rate_of(int(generator.binomial(250, seen)), 250)
        found = Corrector(known, f"cover {k}", draws=1000).correct(reported, "m").corrected
        assert found is not None
        covered += found.lo <= share <= found.hi
    assert COVERS[0] <= covered / DRAWS <= COVERS[1]


@pytest.mark.parametrize("share,alike,groups", [(0.8, 0.3, 40), (0.3, 0.2, 60), (0.9, 0.1, 30)])
def test_grouped_intervals_cover(share: float, alike: float, groups: int) -> None:
    """Beta-binomial groups of 2 to 12 texts with intraclass correlation `alike`."""
    generator = np.random.default_rng(12)
    covered, naive = 0, 0
    for _ in range(DRAWS):
        sizes = generator.integers(2, 13, groups)
        own = generator.beta(share * (1 / alike - 1), (1 - share) * (1 / alike - 1), groups)
        place = np.repeat(np.arange(groups), sizes)
        hit = generator.random(len(place)) < own[place]
        found, plain = rate(hit, place), rate(hit)
        covered += found.lo <= share <= found.hi
        naive += plain.lo <= share <= plain.hi
    assert COVERS[0] <= covered / DRAWS
    assert naive < covered
