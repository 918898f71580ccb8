from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science.seeds import rng
from cruxbank.science.selection import RULES, Candidates, select
from cruxbank.science.selection_known import inclusion, systematic

DRAWN = ("random", "weighted")


def candidates(n: int = 40, k: int = 6, p: int = 0, seed: int = 0) -> Candidates:
    """n items whose answers follow a level, two values and noise."""
    source = rng(seed, 0, "test.selection")
    loadings = source.normal(size=(n, 2))
    level, value = source.normal(size=(k, 1)), source.normal(size=(k, 2))
    x = level + value @ loadings.T + source.normal(size=(k, n))
    values = x.T if p == 0 else np.stack([x.T + source.normal(size=(n, k)) for _ in range(p)], axis=2)
    return Candidates(values, x.var(axis=0), loadings, source.integers(0, 3, n))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("p", [0, 3])
@settings(max_examples=8, deadline=None)
@given(k=st.integers(1, 40), seed=st.integers(0, 5))
def test_every_rule_gives_k_distinct_items_with_positive_weights_that_sum_to_one(
    rule: str, p: int, k: int, seed: int
) -> None:
    found = select(rule, candidates(p=p, seed=seed), k, rng(seed, 0, "draw"))
    assert len(found) == (40 if rule == "all" else k)
    assert len(set(found.items.tolist())) == len(found.items)
    assert 0 <= found.items.min() <= found.items.max() < 40
    assert (found.weights > 0).all()
    assert found.weights.sum() == pytest.approx(1.0)
    assert 1.0 <= found.effective <= len(found) + 1e-9


@pytest.mark.parametrize("rule", RULES)
def test_the_same_rng_gives_the_same_selection(rule: str) -> None:
    one, two = (select(rule, candidates(), 12, rng(3, 0, "draw")) for _ in range(2))
    assert one.items.tolist() == two.items.tolist()
    assert one.weights.tolist() == two.weights.tolist()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in DRAWN])
@pytest.mark.parametrize("p", [0, 2])
def test_the_order_of_items_and_of_models_does_not_matter(rule: str, p: int) -> None:
    given_, source = candidates(p=p), rng(1, 0, "permutation")
    items, models = source.permutation(40), source.permutation(6)
    assert given_.loadings is not None
    assert given_.groups is not None
    moved = Candidates(
        given_.values[items][:, models], given_.separation[items], given_.loadings[items], given_.groups[items]
    )
    one, two = select(rule, given_, 9, rng(0, 0, "a")), select(rule, moved, 9, rng(0, 0, "a"))
    assert sorted(one.items.tolist()) == sorted(items[two.items].tolist())
    weight = dict(zip(items[two.items].tolist(), two.weights.tolist(), strict=True))
    assert [weight[i] for i in one.items.tolist()] == pytest.approx(one.weights.tolist(), abs=1e-6)


def test_top_takes_the_most_separating() -> None:
    found = select("top", Candidates(np.zeros((4, 2)), np.array([0.1, 0.9, -0.2, 0.5])), 2, rng(0, 0, "x"))
    assert found.items.tolist() == [1, 3]


def test_balanced_fills_every_dimension_and_domain_best_first_by_hand() -> None:
    # cells: (0, 0): items 0, 1, 2; (1, 0): 3; (1, 1): 4, 5
    loadings = np.array([[1.0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [0, 1]])
    given_ = Candidates(
        np.zeros((6, 2)), np.array([0.9, 0.8, 0.7, 0.1, 0.2, 0.3]), loadings, np.array([0, 0, 0, 0, 1, 1])
    )
    assert select("balanced", given_, 3, rng(0, 0, "x")).items.tolist() == [0, 5, 3]
    assert select("balanced", given_, 5, rng(0, 0, "x")).items.tolist() == [0, 5, 3, 1, 4]
    assert select("balanced", given_, 6, rng(0, 0, "x")).items.tolist() == [0, 5, 3, 1, 4, 2]


@given(seed=st.integers(0, 30), k=st.integers(1, 40))
def test_balanced_cells_differ_by_one_unless_exhausted(seed: int, k: int) -> None:
    given_ = candidates(seed=seed)
    assert given_.loadings is not None
    assert given_.groups is not None
    cell = np.abs(given_.loadings).argmax(axis=1) * 3 + given_.groups
    taken = np.bincount(cell[select("balanced", given_, k, rng(0, 0, "x")).items], minlength=6)
    size = np.bincount(cell, minlength=6)
    open_ = taken < size
    assert not open_.any() or taken[open_].min() >= taken.max() - 1


def test_quota_takes_turns_and_skips_what_is_taken() -> None:
    loadings = np.array([[0.9, 0.8], [0.5, 0.7], [0.4, -0.9], [0.1, 0.2]])
    given_ = Candidates(np.zeros((4, 2)), np.zeros(4), loadings)
    assert select("quota", given_, 4, rng(0, 0, "x")).items.tolist() == [0, 1, 2, 3]
    assert select("quota", given_, 2, rng(0, 0, "x")).items.tolist() == [0, 1]


def test_inclusion_by_hand() -> None:
    # 8 of 10 would be 2 x .8 > 1: certain; one place is left for sizes 1 and 1
    assert inclusion(np.array([8.0, 1.0, 1.0]), 2).tolist() == [1.0, 0.5, 0.5]
    assert inclusion(np.zeros(4), 2).tolist() == [0.5] * 4
    assert (inclusion(np.array([0.0, 1.0, 1.0]), 1) > 0).all()


@given(seed=st.integers(0, 50), k=st.integers(1, 20))
def test_inclusion_sums_to_k_and_stays_in_range(seed: int, k: int) -> None:
    chance = inclusion(rng(seed, 0, "x").exponential(size=20) ** 3, k)
    assert chance.sum() == pytest.approx(k)
    assert chance.min() > 0
    assert chance.max() <= 1.0


def test_inverse_probability_weights_are_unbiased() -> None:
    source = rng(0, 0, "unbiased")
    size, y = source.exponential(size=15), source.normal(size=15)
    chance = inclusion(size**2, 5)
    draws = [systematic(chance, source) for _ in range(4000)]
    assert {len(d) for d in draws} == {5}
    totals = np.array([(y[d] / chance[d]).sum() for d in draws])
    assert totals.mean() == pytest.approx(y.sum(), abs=4 * totals.std() / np.sqrt(len(draws)))
    seen = np.bincount(np.concatenate(draws), minlength=15) / len(draws)
    assert np.abs(seen - chance).max() < 0.04
    naive = np.array([y[d].mean() * 15 for d in draws])
    assert abs(naive.mean() - y.sum()) > 10 * naive.std() / np.sqrt(len(draws))  # what the weights are for


def test_weighted_keeps_the_inverse_of_the_chance() -> None:
    found = select("weighted", candidates(), 10, rng(5, 0, "x"))
    assert found.inclusion is not None
    assert found.weights * found.inclusion == pytest.approx(np.full(10, (found.weights * found.inclusion)[0]))
    assert found.effective < 10


def test_medoids_weigh_clusters_by_size() -> None:
    x = np.array([[0.0, 0], [0.1, 0], [0.2, 0], [5, 5], [5.1, 5]])
    found = select("medoids", Candidates(x, np.zeros(5)), 2, rng(0, 0, "x"))
    assert dict(zip(found.items.tolist(), found.weights.tolist(), strict=True)) in (
        {1: pytest.approx(0.6), 3: pytest.approx(0.4)},
        {1: pytest.approx(0.6), 4: pytest.approx(0.4)},
    )


def test_missing_answers_are_filled_with_item_and_model_means() -> None:
    values = np.array([[1.0, 3.0], [2.0, np.nan]])
    assert Candidates(values, np.zeros(2)).channels[0, 1].tolist() == [3.0, 3.0]  # item 2, model +1 on what it answered
    assert np.isfinite(Candidates(np.full((3, 2), np.nan), np.zeros(3)).channels).all()


def test_what_cannot_be_used_is_refused() -> None:
    good = candidates()
    with pytest.raises(ValueError, match="no rule 'best'"):
        select("best", good, 3, rng(0, 0, "x"))
    with pytest.raises(ValueError, match="k = 0"):
        select("top", good, 0, rng(0, 0, "x"))
    with pytest.raises(ValueError, match="needs loadings"):
        select("quota", replace(good, loadings=None), 3, rng(0, 0, "x"))
    with pytest.raises(ValueError, match="loadings has 3 items, separation has 40"):
        replace(good, loadings=np.zeros((3, 2)))
    with pytest.raises(ValueError, match="finite"):
        replace(good, separation=np.full(40, np.nan))


def test_design_is_a_random_sample_where_no_model_differs() -> None:
    found = select("design", Candidates(np.ones((5, 3)), np.zeros(5)), 2, rng(0, 0, "x"))
    assert len(set(found.items.tolist())) == 2
