"""The flip point: worked by hand, what an answer may do to it, and how often its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.science import threshold
from cruxbank.science.threshold import STRENGTHS, Threshold

ANSWERS = st.lists(st.tuples(st.sampled_from(STRENGTHS.tolist()), st.sampled_from([True, False, None])), max_size=12)


def after(answers: list[tuple[float, bool | None]]) -> Threshold:
    found = Threshold()
    for strength, flipped in answers:
        found = found.told(strength, flipped)
    return found


def test_before_any_answer_the_middle_is_likeliest_and_asked_first():
    """t is uniform on [-.3, 1.3]: mean .5, .3 / 1.6 of it on either side of the scale, and 95 % in [-.26, 1.26]."""
    point = Threshold().point()
    assert point.est == pytest.approx(0.5)
    assert point.below == pytest.approx(30 / 161) == point.above
    assert (point.lo, point.hi) == pytest.approx((-0.265, 1.265), abs=0.011)
    assert point.width == 1.0
    assert Threshold().next() == 0.5


def test_one_answer_is_bayes_rule_on_the_grid():
    """P(t | flip at .5) by hand from the formula, summed over width and lapse."""
    t, w = threshold._T, threshold._W
    chance = np.zeros(len(t))
    for lapse, share in zip((0.0, 0.03, 0.08, 0.16), (0.3, 0.4, 0.2, 0.1), strict=True):
        core = 1 / (1 + np.exp(-(0.5 - t[:, None]) / w[None, :]))
        chance += share * (lapse / 2 + (1 - lapse) * core).mean(axis=1)
    expected = float((chance * t).sum() / chance.sum())
    assert Threshold().told(0.5, True).point().est == pytest.approx(expected, abs=1e-9)


def test_a_flip_lowers_the_point_and_an_even_answer_puts_it_there():
    start = after([(0.5, False)])
    assert start.told(0.7, True).point().est < start.point().est < start.told(0.7, False).point().est
    even = after([(0.3, None), (0.3, None), (0.3, None)]).point()
    assert even.est == pytest.approx(0.3, abs=0.06)
    assert even.hi - even.lo < 1.5 < Threshold().point().hi - Threshold().point().lo


@given(ANSWERS)
@settings(max_examples=25, deadline=None)
def test_what_always_holds(answers):
    found = after(answers)
    point, gains = found.point(), found.gains()
    assert found.turns == len(answers)
    assert point.lo <= point.est <= point.hi
    assert ((gains >= 0) & (gains <= 1)).all()
    chances = [found.flips(s) for s in (0.0, 0.5, 1.0)]
    assert chances == sorted(chances)
    assert found.next() in STRENGTHS


@given(ANSWERS)
@settings(max_examples=15, deadline=None)
def test_mirrored_answers_give_the_mirrored_point(answers):
    mirrored = [(round(1 - s, 2), None if flipped is None else not flipped) for s, flipped in answers]
    a, b = after(answers).point(), after(mirrored).point()
    assert a.est == pytest.approx(1 - b.est, abs=1e-6)
    assert a.below == pytest.approx(b.above, abs=1e-6)


@pytest.mark.parametrize("strength", [-0.01, 1.01])
def test_a_strength_outside_the_scale_is_refused(strength):
    with pytest.raises(ValueError, match="not in"):
        Threshold().told(strength, True)


def test_adaptive_search_covers_the_truth_and_is_narrow():
    """40 searches of 14 turns, width .02 to .1, lapse 4 %: at least 35 inside (a share of .95 falls below with 1 %)."""
    draw, inside, widths = np.random.default_rng(3), 0, []
    for _ in range(40):
        t, w, found = draw.uniform(0.15, 0.85), draw.uniform(0.02, 0.1), Threshold()
        for _ in range(14):
            s = found.next()
            found = found.told(s, bool(draw.random() < 0.02 + 0.96 / (1 + np.exp(-(s - t) / w))))
        point = found.point()
        inside += point.lo <= t <= point.hi
        widths.append(point.width)
    assert inside >= 35
    assert np.median(widths) <= 0.28
