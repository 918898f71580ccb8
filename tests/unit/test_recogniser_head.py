"""The head: numbers in, probabilities out; files that cannot be read are refused; labels in the agreed order."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from cruxbank.bench.recogniser_card import card
from cruxbank.errors import EnvironmentProblem
from cruxbank.recogniser import Head, load_head, load_labels, shipped_head
from cruxbank.recogniser.head import Net, Scale, likeness, pooled, save_head, sigmoid
from cruxbank.recogniser.labels import VALUES
from cruxbank.values.systems import load_system

FLOOR_CATEGORIES, FLOOR_VALUES = 0.43, 0.53
"""Kept by every seed of the check; the figures are in CARD.md."""


def head(seed: int = 0) -> Head:
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float16).astype(np.float32)

    nets = tuple(Net(numbers(6, 4), numbers(4), numbers(4, 30), numbers(30)) for _ in range(2))
    meta = {"layers": [0, 2], "nets": 2, "anchor_weight": 1.5, "encoder": {"name": "toy", "dimension": 3, "digest": ""}}
    single, answer = (Scale(np.abs(numbers(30)) + 0.5, numbers(30)) for _ in range(2))
    cuts = (np.full(30, 0.5, np.float32), numbers(30), numbers(30))
    return Head(numbers(6), np.abs(numbers(6)) + 1, nets, numbers(3, 10), single, answer, *cuts, meta)


def test_one_network_worked_by_hand():
    net = Net(np.array([[1.0], [2.0]]), np.array([-1.0]), np.array([[3.0]]), np.array([0.5]))
    hidden = 1 * 1 + 2 * 0.5 - 1
    expected = 3 * hidden / (1 + math.exp(-hidden)) + 0.5
    assert net.logits(np.array([[1.0, 0.5]]))[0, 0] == pytest.approx(expected)


def test_sigmoid_stays_quiet_far_out():
    with np.errstate(all="raise"):
        assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


def test_a_row_does_not_depend_on_the_other_rows():
    layers = np.random.default_rng(3).normal(size=(77, 3, 3)).astype(np.float32)
    whole = head().probabilities(layers)
    order = np.random.default_rng(4).permutation(77)
    assert np.array_equal(head().probabilities(layers[order]), whole[order])
    assert np.array_equal(np.concatenate([head().probabilities(layers[i : i + 1]) for i in range(77)]), whole)
    assert whole.shape == (77, 30)
    assert head().probabilities(layers[:0]).shape == (0, 30)


def test_the_log_of_mean_odds_worked_by_hand():
    odds = np.array([[1.0, 9.0], [3.0, 1.0], [2.0, 2.0]])
    assert pooled(np.log(odds)) == pytest.approx(np.log([2.0, 4.0]))
    assert pooled(np.array([[900.0], [-900.0]])) == pytest.approx(900 - np.log(2))


@given(arrays(np.float64, (4, 3), elements=st.floats(-30, 30)), st.integers(0, 23))
def test_pooling_lies_between_mean_and_largest_in_any_order(logits: np.ndarray, which: int):
    found = pooled(logits)
    assert (found <= logits.max(axis=0) + 1e-9).all()
    assert (found >= logits.mean(axis=0) - 1e-9).all()
    assert pooled(logits[list(list(permutations(range(4)))[which])]) == pytest.approx(found)


def test_calibration_worked_by_hand():
    scale = Scale(np.array([2.0, 1.0]), np.array([0.0, -1.0]))
    assert scale.probabilities(np.array([[np.log(3) / 2, 1.0]]))[0] == pytest.approx([0.75, 0.5])


def test_likeness_is_the_cosine_with_each_anchor():
    last, anchors = np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    assert likeness(last, anchors) == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]))


def test_likeness_moves_the_values_and_not_the_categories():
    layers = np.random.default_rng(5).normal(size=(9, 3, 3)).astype(np.float32)
    with_it, without = head().logits(layers), replace(head(), meta=head().meta | {"anchor_weight": 0.0}).logits(layers)
    assert np.array_equal(with_it[:, :20], without[:, :20])
    assert with_it[:, 20:] - without[:, 20:] == pytest.approx(1.5 * likeness(layers[:, -1], head().anchors), abs=1e-6)


def test_saved_and_read_again_to_the_byte(tmp_path: Path):
    save_head(head(), tmp_path / "a.npz")
    save_head(load_head(tmp_path / "a.npz"), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    layers = np.ones((2, 3, 3), np.float32)
    assert np.array_equal(load_head(tmp_path / "b.npz").probabilities(layers), head().probabilities(layers))


@pytest.mark.parametrize("content", [b"", b"not a zip", None])
def test_a_damaged_head_is_refused(tmp_path: Path, content: bytes | None):
    file = tmp_path / "head.npz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(EnvironmentProblem, match=r"head\.npz") as caught:
        load_head(file)
    assert "train" in caught.value.hint


def test_a_head_cut_short_is_refused(tmp_path: Path):
    save_head(head(), tmp_path / "a.npz")
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EnvironmentProblem):
        load_head(tmp_path / "a.npz")


def test_values_are_those_of_schwartz_10_in_its_order():
    assert load_system("schwartz-10").ids == VALUES == load_labels().values


def test_categories_are_the_header_of_the_label_file(shared: Path):
    lines = (shared / "data/touche23_valueeval/labels20.tsv").read_text(encoding="utf-8").splitlines()
    assert load_labels().categories == tuple(lines[0].split("\t")[1:])


def test_a_value_is_present_where_any_of_its_categories_is():
    labels = load_labels()
    marks = np.zeros((3, 20), bool)
    marks[0, [0, 6]] = True  # self-direction: thought, power: resources
    marks[1, labels.categories.index("Face")] = True
    assert [VALUES[j] for j in np.flatnonzero(labels.to_values(marks)[0])] == ["self-direction", "power"]
    assert not labels.to_values(marks)[1:].any()
    assert labels.of_value.sum() == 18


def test_the_card_is_written_from_the_head_file(root: Path):
    shown = (root / "src/cruxbank/recogniser/CARD.md").read_text(encoding="utf-8")
    meta = shipped_head().meta
    assert shown == card(meta)
    figures = meta["figures"]
    for word in (str(figures["arguments"]), str(figures["groups"]), meta["encoder"]["digest"], "CC BY 4.0"):
        assert word in shown
    for column in figures["columns"]:
        assert f"| {column['name']} | {column['positives']} | {column['f1']:.3f} | {column['auc']:.3f} |" in shown


def test_the_shipped_head_keeps_the_required_floor():
    figures = shipped_head().meta["figures"]
    for row in (figures, *figures["other_seeds"]):
        assert row["macro_f1_categories"] >= FLOOR_CATEGORIES
        assert row["macro_f1_values"] >= FLOOR_VALUES


def test_every_output_has_its_cuts_and_its_calibration():
    shipped = shipped_head()
    assert {len(cuts) for cuts in (shipped.thresholds, shipped.triple, shipped.whole)} == {30}
    assert (shipped.single.slope > 0).all()
    assert (shipped.answer.slope > 0).all()
    assert shipped.anchors.shape == (384, 10)


def test_the_shipped_file_stays_small(root: Path):
    assert (root / "src/cruxbank/recogniser/head.npz").stat().st_size < 6_000_000
