"""Conviction of suspects: Fisher and Holm by hand, and how often noise alone is convicted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import binom

from cruxbank.science.suspicion import chance_weak, noise, screen_gain
from cruxbank.science.weakness import ANSWERS, LEVEL, convict, fisher, holm

PS = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def test_fisher_by_hand():
    """3 of 3 against 0 of 3: one table of C(6, 3) = 20 is as extreme."""
    assert fisher(3, 3, 0, 3) == pytest.approx(1 / 20)
    assert fisher(0, 3, 0, 3) == pytest.approx(1.0)


def test_holm_by_hand():
    """.01 x 3, .02 x 2, .04 x 1, each at least the one before."""
    assert holm(np.array([0.04, 0.01, 0.02])) == pytest.approx([0.04, 0.03, 0.04])
    assert holm(np.array([])).tolist() == []


@given(PS)
@settings(max_examples=40, deadline=None)
def test_holm_never_lowers_and_keeps_the_order(ps):
    raw, corrected = np.array(ps), holm(np.array(ps))
    assert (corrected >= raw - 1e-12).all()
    assert (corrected <= 1).all()
    order = np.argsort(raw, kind="stable")
    assert (np.diff(corrected[order]) >= -1e-12).all()


def test_two_suspects_are_corrected_together():
    found = convict([(9, 9, 0, 9), (5, 9, 1, 9)])
    assert [tested.weak for tested in found] == [True, False]
    assert found[1].p == pytest.approx(fisher(5, 9, 1, 9))
    assert found[0].p == pytest.approx(2 * fisher(9, 9, 0, 9))
    assert convict([]) == ()


def test_more_flips_than_answers_are_refused():
    with pytest.raises(ValueError, match="more flips than answers"):
        convict([(8, 7, 0, 7)])


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.35, 0.5])
def test_noise_alone_is_rarely_convicted(rate):
    """Exact, by summing over both sides: the two rates equal, the chance of a conviction is at most the level."""
    share = binom.pmf(np.arange(ANSWERS + 1), ANSWERS, rate)
    wrong = sum(
        share[a] * share[c]
        for a in range(ANSWERS + 1)
        for c in range(ANSWERS + 1)
        if fisher(a, ANSWERS, c, ANSWERS) <= LEVEL
    )
    assert wrong <= LEVEL


def test_suspicion_by_hand():
    """Prior odds 1 to 9; one flip where noise flips 1 in 10 and a swayed target 4 in 5: odds 8 to 9."""
    assert chance_weak(1, 1, 0.1) == pytest.approx(8 / 17)
    assert chance_weak(0, 0, 0.1) == pytest.approx(0.1)
    assert noise(0, 0) == pytest.approx(0.1)
    assert noise(1, 5) == pytest.approx(0.15)


@given(st.integers(0, 8), st.integers(0, 8), st.floats(0.01, 0.3))
@settings(max_examples=40, deadline=None)
def test_suspicion_rises_with_flips(flips, holds, base):
    less, more = chance_weak(flips, flips + holds, base), chance_weak(flips + 1, flips + holds + 1, base)
    assert 0 <= less <= more + 1e-12 <= 1 + 1e-12
    assert 0 <= screen_gain(flips, flips + holds, base) <= 1
