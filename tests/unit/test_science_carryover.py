"""In-sample and transfer are reported together, from what every item keeps."""

from __future__ import annotations

import numpy as np
import pytest

from cruxbank.items import Item
from cruxbank.measures import Carried, Confirmation, Fresh
from cruxbank.science.carryover import Claim, claimed_bits, family_share, summarise
from cruxbank.science.shrink import q_of_bits
from cruxbank.science.transfer import DRAWS, resampled
from tests.made_items import made_item, separation


def fresh(q: float) -> Fresh:
    return Fresh(est=0.0, lo=0.0, hi=0.0, q=q, q_se=0.5, models=12, responses=24)


def item(n: int, bits: float, again: float | None, other: float | None, share: float = 0.2) -> Item:
    carried = Carried(est=bits, lo=0, hi=1, without=bits / 2, odd_share=share)
    confirmation = None
    if again is not None:
        confirmation = Confirmation(scoring=fresh(again), holdout=None if other is None else fresh(other))
    measured = separation(bits, models=12, carried=carried)
    return made_item(f"Should {n} be allowed?", measured, id=f"it_{n:016x}", confirmation=confirmation)


def test_shares_by_hand() -> None:
    q = q_of_bits(0.5)  # 1.0: 1/2 log2(1 + 1) = .5 bits
    items = [item(n, 0.5, 0.8 * q, 0.4 * q, share=0.6 if n == 0 else 0.2) for n in range(6)]
    found = summarise(items)
    assert found.claimed == pytest.approx(0.5)
    assert found.kept_by_scoring is not None
    assert found.kept_by_scoring.est == pytest.approx(0.8)
    assert found.kept_by_holdout is not None
    assert found.kept_by_holdout.est == pytest.approx(0.4)
    assert found.scoring is not None
    assert found.scoring.est == pytest.approx(0.5 * np.log2(1.8))
    assert (found.items, found.confirmed, found.odd, found.models) == (6, 6, 1, 12)
    assert found.without == pytest.approx(0.25)


def test_unconfirmed_items_claim_and_prove_nothing() -> None:
    found = summarise([item(n, 0.5, None, None) for n in range(9)])
    assert (found.claimed, found.confirmed) == (pytest.approx(0.5), 0)
    assert found.scoring is found.holdout is found.kept_by_scoring is found.kept_by_holdout is None


def test_the_order_of_the_items_does_not_matter() -> None:
    items = [item(n, 0.3 + 0.02 * n, 0.1 * n, 0.05 * n) for n in range(8)]
    assert summarise(items) == summarise(items[::-1])


def test_few_items_give_no_mean() -> None:
    assert summarise([item(n, 0.5, 1.0, 1.0) for n in range(4)]).scoring is None
    assert summarise([]).items == 0
    assert family_share([], np.eye(2), 10) is None


def test_the_claimed_mean_has_an_interval_over_items() -> None:
    claims = [Claim(id=str(n), bits=bits, models=12) for n, bits in enumerate([0.3, 0.4, 0.5, 0.6, 0.7, 0.2])]
    found = claimed_bits(claims)
    assert found is not None
    q = np.array([q_of_bits(claim.bits) for claim in claims])
    error = 1.96 * q.std(ddof=1) / np.sqrt(6)
    assert found.est == pytest.approx(0.5 * np.log2(1 + q.mean()))
    assert found.hi == pytest.approx(0.5 * np.log2(1 + q.mean() + error))
    assert found.lo < found.est
    assert claimed_bits(claims[:4]) is None
    assert claimed_bits([claim._replace(bits=0.0) for claim in claims]) is not None


@pytest.mark.parametrize("items", [1, 7, 1500])
def test_samples_in_blocks_are_those_of_one_draw(items: int) -> None:
    whole = np.random.default_rng(3).integers(items, size=(DRAWS, items))
    blocks = np.concatenate(list(resampled(items, np.random.default_rng(3))))
    assert np.array_equal(whole, blocks)
