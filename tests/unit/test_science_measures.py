from __future__ import annotations

import numpy as np
import pytest

from cruxbank.science.auc import auc, auc_interval
from cruxbank.science.diversity import distinct, mean_cosine, self_bleu, words
from cruxbank.science.seeds import rng


def test_auc_by_hand_with_and_without_ties():
    positive = np.array([False, True, False, True])
    assert auc(np.array([1.0, 2.0, 3.0, 4.0]), positive) == 0.75
    assert auc(np.array([1.0, 1.0, 1.0, 1.0]), positive) == 0.5
    assert auc(np.array([1.0, 2.0, 2.0, 3.0]), positive) == 0.875
    with pytest.raises(ValueError, match="both classes"):
        auc(np.ones(2), np.array([True, True]))


def test_auc_interval_holds_the_estimate_and_narrows_with_data():
    generator = np.random.default_rng(1)
    scores, positive = generator.normal(size=400), np.arange(400) % 2 == 0
    scores = scores + positive
    wide = auc_interval(scores[:40], positive[:40], rng(1, 0, "auc"), 200)
    slim = auc_interval(scores, positive, rng(1, 0, "auc"), 200)
    assert slim.lo < slim.est < slim.hi
    assert slim.hi - slim.lo < wide.hi - wide.lo
    assert slim.lo < 0.7602 < slim.hi  # Phi(1 / sqrt 2)


def test_words_and_dist_two_by_hand():
    assert words("Should it be, or not?") == ["should", "it", "be", "or", "not"]
    assert distinct(["a b a b"]) == pytest.approx(2 / 3)
    assert distinct(["a b", "a b"]) == 0.5
    assert distinct(["a"]) == 0.0


def test_self_bleu_by_hand():
    assert self_bleu(["one two three four five"] * 3) == pytest.approx(100.0)
    # nothing shared, orders of 5, 4, 3, 2 n-grams: (.1^4 / 120)^(1/4)
    apart = ["one two three four five", "six seven eight nine ten"]
    assert self_bleu(apart) == pytest.approx(100 * (0.1**4 / 120) ** 0.25)
    assert self_bleu(["one"]) == 0.0


def test_self_bleu_clips_at_the_largest_count_in_another_text_and_punishes_brevity():
    texts = ["a a a a", "a b c d e"]
    # first: unigrams 1 of 4, none of 3, 2, 1; closest other is longer by one: exp(1 - 5/4)
    first = (1 / 4 * 0.1 / 3 * 0.1 / 2 * 0.1 / 1) ** 0.25 * np.exp(-0.25)
    second = (1 / 5 * 0.1 / 4 * 0.1 / 3 * 0.1 / 2) ** 0.25
    assert self_bleu(texts) == pytest.approx(100 * (first + second) / 2)


def test_mean_cosine_by_hand():
    assert mean_cosine(np.array([[1.0, 0.0], [0.0, 2.0]])) == pytest.approx(0.0)
    assert mean_cosine(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])) == pytest.approx(1 / 3)
    assert mean_cosine(np.ones((1, 3))) == 0.0
