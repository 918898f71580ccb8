"""The stop rule of rewriting: worked by hand on two-point beliefs, and what must hold for any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from cruxbank.science.quadratic import q_batch
from cruxbank.science.reflection import LIFT, Beliefs, Price, Rewrites, exchange_rate, outlook
from cruxbank.science.shrink import Prior, posterior

DRAFTS = Beliefs(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
LOW = Beliefs(np.array([0.0, 1.0]), np.array([1.0, 0.0]))
PRICE = Price(rewrite=16, further=100, rate=0.004)  # .4 bits still to pay for whatever goes on


def test_beliefs_have_mean_and_variance() -> None:
    assert (DRAFTS.mean, DRAFTS.variance) == (0.5, 0.25)
    assert list(DRAFTS.shown(0.5)) == [0.25, 0.75]


def test_a_rewrite_no_better_than_the_mixture_worked_by_hand() -> None:
    # It is 1 with chance .25 (half of what drafts give), worth 1 - .4 = .6; a new draft is worth .5 x .6 = .3.
    found = outlook(LOW, DRAFTS, Rewrites(keep=0.5, lift=0.0), PRICE)
    assert (found.chance, found.gain, found.cost) == pytest.approx((0.25, 0.6, 0.3))
    assert not found.pays


def test_a_lift_makes_it_pay_worked_by_hand() -> None:
    # Bits .5 or 1.5, worth .1 or 1.1: .75 x .1 + .25 x 1.1 = .35 against the same .3.
    found = outlook(LOW, DRAFTS, Rewrites(keep=0.5, lift=0.5), PRICE)
    assert found.chance == pytest.approx(1.0)
    assert found.gain == pytest.approx(0.35)
    assert found.pays


def test_the_exchange_rate_is_the_cost_where_new_drafts_promise_less() -> None:
    dear = Price(rewrite=100, further=100, rate=0.009)  # drafts are worth .5 x .1 = .05, the calls .9
    found = outlook(LOW, DRAFTS, Rewrites(keep=0.0, lift=2.0), dear)
    assert found.cost == pytest.approx(0.9)
    assert found.gain == pytest.approx(0.5 * 1.1 + 0.5 * 2.1)


def test_a_strong_version_is_left_alone() -> None:
    strong = Beliefs(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert outlook(LOW, DRAFTS, Rewrites(keep=0.0, lift=0.2), PRICE).pays
    found = outlook(strong, DRAFTS, Rewrites(keep=0.0, lift=0.2), PRICE)
    assert found.gain == pytest.approx(0.2)
    assert not found.pays


@given(
    st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4),
    st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4),
    st.floats(0.0001, 0.02),
    st.floats(0, 200),
)
def test_rewrites_that_are_new_drafts_never_pay(
    one: list[float], all_: list[float], rate: float, further: float
) -> None:
    bits = np.array([0.0, 0.3, 0.8, 2.0])
    version, drafts = (Beliefs(bits, np.array(m) / sum(m)) for m in (one, all_))
    found = outlook(version, drafts, Rewrites(keep=0.0, lift=0.0), Price(16, further, rate))
    assert 0.0 <= found.chance <= 1.0 + 1e-12
    assert found.gain >= 0.0
    assert not found.pays


@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_more_lift_never_promises_less(lift: float, more: float) -> None:
    less, grown = (outlook(LOW, DRAFTS, Rewrites(0.5, x), PRICE) for x in (lift, lift + more))
    assert less.chance * less.gain <= grown.chance * grown.gain + 1e-9


def test_what_rewriting_does_is_learned_from_pairs() -> None:
    none = np.zeros(0)
    assert Rewrites.fit(none, none, 0.2, 0.04) == Rewrites(0.5, pytest.approx(LIFT))
    same = np.full(2, 0.2)
    # Two versions at the mean whose rewrites came out .2 above it: (2 x .2 + 8 x .1) / 10.
    assert Rewrites.fit(same, same + 0.2, 0.2, 0.04) == Rewrites(pytest.approx(0.5), pytest.approx(0.12))
    before = np.linspace(0.0, 1.0, 400)
    learned = Rewrites.fit(before, 0.1 + 0.8 * before, 0.5, 0.08)
    assert learned.keep == pytest.approx(0.8, abs=0.02)
    assert learned.lift == pytest.approx(0.0, abs=0.02)
    assert Rewrites.fit(before, np.zeros(400), 0.5, 0.08).lift < -0.4


def test_many_rewrites_that_were_no_better_stop_rewriting() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.choice([0.0, 1.0], (2, 40))
    learned = Rewrites.fit(before, after, DRAFTS.mean, DRAFTS.variance)
    assert not outlook(LOW, DRAFTS, learned, PRICE).pays


def test_the_exchange_rate_starts_at_a_guess_that_fades() -> None:
    assert exchange_rate(0.0, 0.0) == pytest.approx(0.004)
    assert exchange_rate(0.0, 600.0) == pytest.approx(0.002)
    assert exchange_rate(600.0, 59_400.0) == pytest.approx(602.4 / 60_000)


def test_beliefs_come_from_the_posterior_of_q() -> None:
    stats = q_batch(np.random.default_rng(1).choice([-1.0, 0.0, 1.0], (1, 8, 2, 3)), np.eye(3))
    found = posterior(stats, Prior.default())
    version, drafts = Beliefs.of(found), Beliefs.drafts(Prior.default(), 8)
    assert version.mean == pytest.approx(float(found.mean()[0]))
    assert version.mass.sum() == pytest.approx(1.0)
    assert version.variance < drafts.variance
    assert drafts.bits.max() <= 3.0
