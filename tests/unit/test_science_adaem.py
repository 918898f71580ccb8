"""AdAEM's published score: values worked by hand, and what must hold for any labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from cruxbank.science.adaem import AdaemScore, in_top, opinion_similarity, repeats, score

# Three models, two opinions each, four values.
# model 0: {0, 1} and {1}    -> union {0, 1}, common {1}:     2 / 1 = 2
# model 1: {1, 2} and {1, 2} -> union {1, 2}, common {1, 2}:  2 / 2 = 1
# model 2: {3} and {}        -> union {3},    common {}:      1 / max(0, 1) = 1
LABELS = np.array(
    [
        [[1, 1, 0, 0], [0, 1, 0, 0]],
        [[0, 1, 1, 0], [0, 1, 1, 0]],
        [[0, 0, 0, 1], [0, 0, 0, 0]],
    ],
    dtype=bool,
)
SIMILARITY = np.array([[1.0, 0.8, 0.2], [0.8, 1.0, 0.5], [0.2, 0.5, 1.0]])
QUESTION = np.array([0, 1, 0, 0], dtype=bool)


def test_the_parts_worked_by_hand() -> None:
    found = score(LABELS, SIMILARITY, QUESTION)
    # pairs: |{0,1,2}| / |{1}| = 3, |{0,1,3}| / max(0, 1) = 3, |{1,2,3}| / max(0, 1) = 3
    assert float(found.difference) == pytest.approx(3.0)
    assert float(found.conformity) == pytest.approx((2 + 1 + 1) / 3)
    assert float(found.diversity) == pytest.approx(1 - (0.8 + 0.2 + 0.5) / 3)
    # against {1}: {0,1} differs in one value, {1,2} in one, {3} in two
    assert float(found.disentanglement) == pytest.approx(4 / 3)
    assert float(found.total) == pytest.approx(4 / 3 + 3.0 + 0.5 - 0.5 * 4 / 3)


def test_the_printed_sign_rewards_answers_that_stay_with_the_question() -> None:
    near, far = score(LABELS, None, QUESTION), score(LABELS, None, ~QUESTION)
    assert float(near.disentanglement) < float(far.disentanglement)
    assert float(near.total) > float(far.total)


def test_what_is_not_given_adds_nothing() -> None:
    bare = score(LABELS)
    assert float(bare.total) == pytest.approx(3.0 + 4 / 3)
    assert float(bare.diversity) == float(bare.disentanglement) == 0.0
    assert set(bare.parts) == {"R_VD", "R_OD", "R_VC", "R_Dis"}


def test_an_opinion_that_was_not_read_counts_neither_as_agreement_nor_as_difference() -> None:
    read = np.array([[True, False], [True, True], [False, False]])
    found = score(LABELS, SIMILARITY, QUESTION, read)
    # model 2 leaves; model 0 has {0, 1} alone: 2 / 2 = 1, as model 1
    assert float(found.conformity) == pytest.approx(1.0)
    assert float(found.difference) == pytest.approx(3.0)
    assert float(found.diversity) == pytest.approx(0.2)
    assert float(found.disentanglement) == pytest.approx(1.0)


def test_one_model_alone_has_no_score() -> None:
    read = np.array([[True, True], [False, False], [False, False]])
    assert np.isnan(score(LABELS, SIMILARITY, QUESTION, read).total)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="need"):
        score(LABELS[0])
    with pytest.raises(ValueError, match="similarity"):
        score(LABELS, SIMILARITY[:2, :2])


panels = arrays(bool, st.tuples(st.integers(2, 5), st.integers(1, 3), st.integers(1, 6)))


@given(panels, st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_neither_order_of_models_nor_of_opinions_nor_of_values_counts(labels: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    models, opinions, values = (rng.permutation(n) for n in labels.shape)
    noise = rng.random((len(labels), len(labels)))
    similarity, question = (noise + noise.T) / 2, rng.random(labels.shape[2]) < 0.5
    one = score(labels, similarity, question)
    turned = labels[models][:, opinions][:, :, values]
    other = score(turned, similarity[np.ix_(models, models)], question[values])
    assert float(one.total) == pytest.approx(float(other.total))


@given(panels)
@settings(max_examples=60)
def test_the_parts_stay_within_their_bounds(labels: np.ndarray) -> None:
    values = labels.shape[2]
    found = score(labels, np.ones((len(labels), len(labels))), np.zeros(values, dtype=bool))
    assert 0.0 <= found.difference <= values
    assert 0.0 <= found.conformity <= values
    assert found.diversity == pytest.approx(0.0)
    assert found.disentanglement == pytest.approx(labels.any(axis=1).sum(axis=1).mean())


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_many_items_at_once_are_scored_as_one_by_one(items: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, read = rng.random((items, 4, 3, 5)) < 0.4, rng.random((items, 4, 3)) < 0.9
    similarity, question = rng.random((items, 4, 4)), rng.random((items, 5)) < 0.5
    together = score(labels, similarity, question, read)
    alone = [score(labels[i], similarity[i], question[i], read[i]) for i in range(items)]
    for name in AdaemScore.__dataclass_fields__:
        expected = np.array([getattr(one, name) for one in alone])
        np.testing.assert_allclose(getattr(together, name), expected)


def test_models_that_agree_on_everything_score_two_before_what_texts_and_question_add() -> None:
    labels = np.ones((3, 2, 4), dtype=bool)
    assert float(score(labels).total) == 2.0


def test_opinions_are_compared_across_models_and_not_within_one() -> None:
    vectors = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    names, found = opinion_similarity(vectors, ["b", "a", "b"])
    assert names == ["a", "b"]
    assert found[0, 1] == found[1, 0] == pytest.approx((0.6 + 0.8) / 2)
    assert found[0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("totals", "again"), [([4.0], True), ([4.0, 4.5], False), ([4.0, 4.6], True), ([4.0, 5.0, 5.2], False)]
)
def test_it_rewrites_while_the_last_version_gained_more_than_half_a_point(totals: list[float], again: bool) -> None:
    assert repeats(np.array(totals)) is again


def test_the_top_share_is_taken_among_all_scores_so_far() -> None:
    earlier = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert in_top(4.5, earlier, 1 / 3)  # second of six, two are in
    assert not in_top(3.5, earlier, 1 / 3)
    assert in_top(0.1, np.array([]), 1 / 3)
    assert not in_top(float("nan"), np.array([]), 1 / 3)
