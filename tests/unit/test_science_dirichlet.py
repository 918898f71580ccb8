from __future__ import annotations

import numpy as np
import pytest

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.dirichlet import KAPPAS, TablePrior, evidence, fit, posterior
from cruxbank.science.divergence import equal_weights, gjs
from cruxbank.science.seeds import rng

SHARES = (0.2, 0.1, 0.7)


def bank(generator: np.random.Generator, items: int, models: int, n: int) -> tuple[list[Ints], Array]:
    truths, tables = [], []
    for _ in range(items):
        m = generator.dirichlet([1.0, 0.5, 2.0], size=4)
        kappa = np.where(generator.random(4) < 0.3, 1e6, 10 ** generator.uniform(-0.5, 1.5, 4))
        p = np.array(
            [generator.dirichlet(np.maximum(k * row, 1e-3), size=models) for k, row in zip(kappa, m, strict=False)]
        )
        tables.append(generator.multinomial(n, p))
        truths.append(gjs(p, equal_weights(models)))
    return tables, np.concatenate(truths)


def test_evidence_of_the_spike_by_hand():
    # pooled 2 of 4, base (1, 1): B(3, 3) / B(1, 1) = 1/30
    table = np.array([[[2, 0], [0, 2]]])
    assert np.exp(evidence(table, np.ones((1, 2)), rng(1, 0, "test"))[0, -1]) == pytest.approx(1 / 30)


def test_evidence_of_a_finite_kappa_against_brute_force():
    table = np.array([[[2, 0], [0, 2], [1, 1]]])
    found = np.mean([evidence(table, np.ones((1, 2)), rng(1, 0, "test", k))[0, :-1] for k in range(30)], axis=0)
    m = np.linspace(0.0005, 0.9995, 1000)
    for place in (2, 7, 15):
        a, b = KAPPAS[place] * m, KAPPAS[place] * (1 - m)
        total = KAPPAS[place] * (KAPPAS[place] + 1)
        expected = np.log(np.mean(a * (a + 1) / total * b * (b + 1) / total * a * b / total))
        assert found[place] == pytest.approx(expected, abs=0.05)


def test_models_that_differ_prefer_a_small_kappa_and_equal_ones_the_spike():
    split = np.array([[[6, 0]] * 4 + [[0, 6]] * 4])
    alike = np.array([[[3, 3]] * 8])
    rows = evidence(np.concatenate([split, alike]), np.ones((2, 2)), rng(1, 0, "test"))
    assert rows[0].argmax() < 4
    assert rows[1].argmax() >= 14


def test_posterior_is_deterministic_and_inside_the_bounds():
    prior = TablePrior.default(SHARES, 2)
    tables = np.array([[[4, 0, 0], [0, 4, 0], [0, 0, 4]], [[1, 0, 3]] * 3])
    one = posterior(tables, prior, equal_weights(3), rng(1, 2, "test"))
    two = posterior(tables, prior, equal_weights(3), rng(1, 2, "test"))
    assert np.array_equal(one.p, two.p)
    assert one.p.sum(axis=-1) == pytest.approx(1.0)
    assert one.bits.min() >= 0
    assert one.bits.max() <= np.log2(3)
    assert one.estimate(0).est > 3 * one.estimate(1).est
    assert one.at_most(0.05)[1] > one.at_most(0.05)[0]


def test_salience_and_polarity_add_up_to_the_estimate():
    tables = np.array([[[4, 0, 0], [0, 4, 0], [1, 0, 3]]])
    found = posterior(tables, TablePrior.default(SHARES), equal_weights(3), rng(1, 0, "test"))
    split = found.parts()
    assert split.salience[0] + split.polarity[0] == pytest.approx(found.estimate(0).est, abs=1e-9)


def test_few_tables_do_not_decide_the_prior():
    start = TablePrior.default(SHARES, 1)
    assert fit([], start, rng(1, 0, "fit")) is start
    one = fit([np.array([[[0, 0, 6]] * 8])], start, rng(1, 0, "fit"))
    assert np.abs(one.weights - start.weights).max() < 0.05
    assert one.base.sum() == pytest.approx(2.0)


@pytest.mark.parametrize("models, n", [(8, 2), (12, 6)])
def test_intervals_cover_and_do_not_flatter(models: int, n: int):
    generator = np.random.default_rng(5)
    tables, truth = bank(generator, 60, models, n)
    prior = fit(tables, TablePrior.default(SHARES, 4), generator)
    after = [posterior(t, prior, equal_weights(models), generator) for t in tables]
    low, high = (np.concatenate([np.quantile(a.bits, q, axis=1) for a in after]) for q in (0.025, 0.975))
    mean = np.concatenate([a.bits.mean(axis=1) for a in after])
    covered = (low - 1e-4 <= truth) & (truth <= high + 1e-4)
    assert 0.90 <= covered.mean() <= 0.995
    assert mean.mean() == pytest.approx(truth.mean(), rel=0.2)
    top = np.argsort(-mean)[:24]
    plug = np.concatenate([gjs(t / n, equal_weights(models)) for t in tables])
    worst = np.argsort(-plug)[:24]
    flattery = plug[worst].mean() - truth[worst].mean()
    assert mean[top].mean() - truth[top].mean() < 0.5 * flattery


def test_scaled_counts_are_the_plain_ones_where_nothing_is_shared():
    table = np.array([[[4, 0], [1, 3], [2, 2]]])
    plain = evidence(table, np.ones((1, 2)), rng(1, 0, "test"))
    same = evidence(table, np.ones((1, 2)), rng(1, 0, "test"), np.ones(1))
    assert same == pytest.approx(plain)


def test_a_push_that_all_follow_makes_the_same_counts_say_more():
    table = np.array([[[6, 0]] * 4 + [[4, 2]] * 4])
    prior = TablePrior.default((0.5, 0.5))
    private = TablePrior(prior.weights, prior.base, np.array([0.5]))
    less, more = (posterior(table, p, equal_weights(8), rng(1, 0, "test")).bits.mean() for p in (prior, private))
    assert more > less
    short = np.array([[[2, 0]] * 4 + [[1, 1]] * 4])
    one, two = (posterior(short, p, equal_weights(8), rng(1, 0, "test")).p for p in (prior, private))
    assert one == pytest.approx(two), "rows of two are never scaled"


def test_an_item_that_separates_elsewhere_is_believed_more():
    split, faint = np.array([[4, 0]] * 4 + [[0, 4]] * 4), np.array([[3, 1]] * 4 + [[1, 3]] * 4)
    alike = np.array([[2, 2]] * 8)
    prior = TablePrior.default((0.5, 0.5), 4)
    strong, weak = (np.stack([faint, *[other] * 3]) for other in (split, alike))
    found = [
        posterior(t, prior, equal_weights(8), rng(1, 0, "test"), one_item=True).bits[0].mean() for t in (strong, weak)
    ]
    assert found[0] > found[1]
    apart = [posterior(t, prior, equal_weights(8), rng(1, 0, "test")).bits[0].mean() for t in (strong, weak)]
    assert apart[0] == pytest.approx(apart[1])
