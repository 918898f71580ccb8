from __future__ import annotations

import numpy as np
import pytest

from cruxbank.science.arrays import Array
from cruxbank.science.seeds import rng
from cruxbank.science.selection import Candidates, select
from cruxbank.science.selection_design import _heterogeneity, _Search, response_models
from cruxbank.science.selection_model import LEAST, ResponseModel, _against, _parts, _products, fit, shrunk_variance
from cruxbank.science.selection_scores import Imputer, distances, scores
from cruxbank.science.selection_weights import LEAST as LEAST_WEIGHT, plain_weights


def world(models: int, items: int, seed: int, noise: float = 1.0) -> tuple[Array, Array]:
    """(models, items) answers that follow a level and three values, and the items' loadings."""
    source = rng(seed, 0, "test.design")
    loadings = source.normal(size=(items, 3))
    theta, level = source.normal(size=(models, 3)), source.normal(size=(models, 1))
    return level + 0.7 * theta @ loadings.T + noise * source.normal(size=(models, items)), loadings


def test_the_model_finds_level_and_noise() -> None:
    source = rng(0, 0, "level")
    x = source.normal(size=(60, 1)) + source.normal(size=(60, 80))
    model = fit(x, None, np.zeros((80, 0)))
    assert (model.factors**2).sum(axis=1).mean() == pytest.approx(1.0, abs=0.35)
    assert model.noise.mean() == pytest.approx(1.0, abs=0.25)


def test_parts_that_say_nothing_get_no_size() -> None:
    x = rng(1, 0, "noise").normal(size=(12, 60))
    model = fit(x, rng(2, 0, "loadings").normal(size=(60, 2)), np.zeros((60, 0)))
    assert (model.factors**2).sum() / model.variance.sum() < 0.15


def test_values_are_found_through_loadings() -> None:
    x, loadings = world(30, 100, 3)
    known, blind = fit(x, loadings, np.zeros((100, 0))), fit(x, None, np.zeros((100, 0)))
    new, _ = world(30, 100, 4)
    source = rng(9, 0, "new")
    new = source.normal(size=(30, 1)) + 0.7 * source.normal(size=(30, 3)) @ loadings.T + source.normal(size=(30, 100))
    asked = np.arange(20)

    def error(model: ResponseModel) -> float:
        guess = Imputer(model, asked, new[:, asked]).beta @ model.factors.T + model.mean
        return float(((guess - new)[:, 20:] ** 2).mean())

    assert error(known) < error(blind) < new[:, 20:].var(axis=0).mean()


def test_variances_are_shrunk_between_all_and_nothing() -> None:
    equal = rng(0, 0, "v").normal(size=(8, 500))
    raw = equal.var(axis=0, ddof=1)
    assert shrunk_variance(equal).std() < 0.4 * raw.std()
    unequal = equal * np.repeat([0.2, 3.0], 250)
    ratio = shrunk_variance(unequal)[250:].mean() / shrunk_variance(unequal)[:250].mean()
    assert 3 < ratio < 225  # the truth; a linear shrinkage is careful with such a spread
    assert (shrunk_variance(np.ones((3, 4))) == 1.0).all()
    assert shrunk_variance(unequal).min() >= LEAST * unequal.var(axis=0, ddof=1).mean()


def test_sums_over_pairs_of_items_equal_the_dense_ones() -> None:
    x, loadings = world(5, 12, 0)
    parts = _parts(x[1:], np.ones(12), loadings, 3)
    off = ~np.eye(12, dtype=bool)
    dense = [(p @ p.T)[off] for p in parts]
    assert _products(parts) == pytest.approx(np.array([[a @ b for b in dense] for a in dense]))
    r = x[0] - x[1:].mean(axis=0)
    assert _against(parts, r) == pytest.approx(np.array([a @ np.outer(r, r)[off] for a in dense]))


@pytest.fixture
def search() -> _Search:
    x, loadings = world(7, 30, 5)
    candidates = Candidates(x.T, x.var(axis=0), loadings)
    models = response_models(candidates)
    return _Search(models, _heterogeneity(candidates, models))


def test_the_search_knows_the_mean_of_its_kernel(search: _Search) -> None:
    kernel = np.stack([search._column(i) for i in range(30)])
    assert kernel == pytest.approx(kernel.T)
    assert search.towards == pytest.approx(kernel.mean(axis=1))
    (m,) = search.models
    c = m.factors @ m.factors.T + np.diag(m.noise)
    assert kernel == pytest.approx(c**2 + search.h * np.outer(np.diag(c), np.diag(c)))


def test_the_loss_is_what_it_says_worked_out_densely(search: _Search) -> None:
    for item in (3, 8, 21):
        search._shift(item, 1)
    loss, chosen = search._loss()[11], [3, 8, 21, 11]
    kernel = np.stack([search._column(i) for i in range(30)])
    inner, pull = kernel[np.ix_(chosen, chosen)].sum() / 16, kernel[chosen].mean()
    (m,) = search.models
    c = (m.factors @ m.factors.T + np.diag(m.noise))[np.ix_(chosen, chosen)]
    reach = m.wanted.T @ m.factors[chosen].T
    known = (reach @ np.linalg.inv(c) * reach).sum(axis=1) / (m.wanted**2).sum(axis=0)
    assert loss == pytest.approx((1 - pull**2 / (inner * kernel.mean())) / 2 + (1 - known.mean()) / 2)


def test_an_item_taken_back_leaves_no_trace(search: _Search) -> None:
    before = search._loss()
    search._shift(4, 1)
    assert np.isinf(search._loss()[4])
    search._shift(4, -1)
    assert search._loss() == pytest.approx(before)


def test_exchanges_only_help(search: _Search) -> None:
    for _ in range(6):
        search._shift(int(np.argmin(search._loss())), 1)

    def total() -> float:
        last = search.chosen[-1]
        search._shift(last, -1)
        loss = float(search._loss()[last])
        search._shift(last, 1)
        return loss

    greedy = total()
    while search._sweep():
        assert total() <= greedy + 1e-9


@pytest.mark.parametrize("seed", [1, 2])
def test_design_keeps_distances_and_profiles_better_than_chance(seed: int) -> None:
    """By how much the rank correlations on new models rise, mean over 6 draws of worlds with 80 items, k = 8."""
    gains = []
    for draw in range(6):
        x, loadings = world(24, 80, 100 * seed + draw)
        old, new = x[:12], x[12:]
        candidates = Candidates(old.T, old.var(axis=0), loadings)
        far, profile = distances(new, np.ones(80)), scores(new, np.ones(80), loadings)
        figures = []
        for rule in ("design", "random"):
            found = select(rule, candidates, 8, rng(draw, 0, "x"))
            some, at = new[:, found.items], loadings[found.items]
            figures.append(
                [_like(distances(some, found.weights), far), _like(scores(some, found.weights, at), profile)]
            )
        gains.append(np.array(figures[0]) - figures[1])
    assert np.mean(gains, axis=0)[1] > 0.05
    assert np.mean(gains, axis=0)[0] > -0.05


def _like(a: Array, b: Array) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_verdict_vectors_need_no_loadings() -> None:
    x, _ = world(8, 30, 2)
    vectors = np.stack([x.T, np.zeros((30, 8)), -x.T], axis=2)  # the second coordinate is the same for all: left out
    candidates = Candidates(vectors, x.var(axis=0))
    assert len(response_models(candidates)) == 2
    assert len(select("design", candidates, 5, rng(0, 0, "x"))) == 5


def test_weights_are_bounded_below_and_equal_for_like_items() -> None:
    model = ResponseModel(np.ones((4, 1)), np.ones(4), np.zeros(4), np.ones((4, 1)))
    kernel = (np.ones((4, 4)) + 3 * np.eye(4), np.full(4, 1.75), 1.75)
    weights = plain_weights([model], np.arange(4), None, kernel, 0.5)
    assert weights == pytest.approx(np.full(4, weights[0]))
    assert weights.min() >= LEAST_WEIGHT / 4
    noisy = ResponseModel(np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 50.0]), np.zeros(4), np.ones((4, 1)))
    weights = plain_weights([noisy], np.arange(4), None, (kernel[0], kernel[1], kernel[2]), 0.9)
    assert weights[3] < weights[0]


def test_distances_and_scores_by_hand() -> None:
    answers = np.array([[1.0, 2.0], [3.0, np.nan], [1.0, 5.0]])
    # pairs (0,1): only item 0: 4; (0,2): .25 x 0 + .75 x 9; (1,2): only item 0: 4
    assert distances(answers, np.array([0.25, 0.75])).tolist() == pytest.approx([4.0, 6.75, 4.0])
    loadings = np.array([[1.0], [-1.0]])
    # model 0: own mean 1.75: (.25 x -.75) - (.75 x .25); model 1: one item, its own mean; model 2: own mean 4
    assert scores(answers, np.array([0.25, 0.75]), loadings)[:, 0].tolist() == pytest.approx([-0.375, 0.0, -1.5])


def test_a_single_answer_moves_the_prediction_by_its_share() -> None:
    # level variance 1, noise 1: the posterior mean is half of what was seen
    model = ResponseModel(np.ones((3, 1)), np.ones(3), np.full(3, 10.0), np.ones((3, 1)))
    found = Imputer(model, np.array([1]), np.array([[12.0], [10.0]]))
    assert found.beta[:, 0].tolist() == pytest.approx([1.0, 0.0])
    assert found.scores()[:, 0].tolist() == pytest.approx([11.0, 10.0])


def test_a_missing_answer_is_as_if_it_had_not_been_asked() -> None:
    x, loadings = world(10, 25, 6)
    model = fit(x[:6], loadings, loadings)
    some = x[6:, :8].copy()
    some[1, 3:] = np.nan
    with_gap, alone = Imputer(model, np.arange(8), some), Imputer(model, np.arange(3), some[1:2, :3])
    assert with_gap.scores()[1] == pytest.approx(alone.scores()[0], rel=1e-3)
    assert with_gap.level[1] == pytest.approx(alone.level[0], rel=1e-3)
    whole = Imputer(model, np.arange(8), x[6:, :8])
    assert with_gap.scores()[0] == pytest.approx(whole.scores()[0])
    assert np.isfinite(with_gap.distances()).all()
