"""The head: numbers in, probabilities out; files that cannot be read are refused; labels in the agreed order."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from cruxbank.errors import EnvironmentProblem
from cruxbank.recogniser import Head, load_head, load_labels, shipped_head
from cruxbank.recogniser.head import Net, save_head, sigmoid
from cruxbank.recogniser.labels import VALUES
from cruxbank.values.systems import load_system


def head(seed: int = 0) -> Head:
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float16).astype(np.float32)

    nets = tuple(Net(numbers(6, 4), numbers(4), numbers(4, 30), numbers(30)) for _ in range(2))
    meta = {"layers": [0, 2], "nets": 2, "encoder": {"name": "toy", "dimension": 3, "digest": ""}}
    return Head(numbers(6), np.abs(numbers(6)) + 1, nets, np.full(30, 0.5, np.float32), numbers(10), meta)


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


def test_the_card_says_what_the_head_file_holds(root: Path):
    card = (root / "src/cruxbank/recogniser/CARD.md").read_text(encoding="utf-8")
    meta = shipped_head().meta
    figures = meta["figures"]
    for column in figures["columns"]:
        assert f"| {column['name']} | {column['positives']} | {column['f1']:.3f} | {column['auc']:.3f} |" in card
    for name in ("macro_f1_categories", "macro_f1_values"):
        assert f"**{figures[name]:.3f}**" in card
    for value, row in figures["triples"]["by_value"].items():
        assert f"| {value} | {row['positives']} | {row['sensitivity']:.2f} | {row['specificity']:.2f} |" in card
    for word in (str(figures["arguments"]), str(figures["conclusions"]), meta["encoder"]["digest"], "CC BY 4.0"):
        assert word in card


def test_the_shipped_head_keeps_the_required_floor():
    figures = shipped_head().meta["figures"]
    assert figures["macro_f1_categories"] >= 0.40
    assert figures["macro_f1_values"] >= 0.50
