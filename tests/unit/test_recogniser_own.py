"""Texts written for Cruxbank: labels exist, enough of each; check and simulator share nothing with the training texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from cruxbank.bench.recogniser_own import CODES, Own, read_answers, read_own
from cruxbank.bench.recogniser_training import Recipe
from cruxbank.bench.recogniser_unseen import weights_of
from cruxbank.recogniser import load_labels
from cruxbank.recogniser.parts import parts


def test_every_category_and_value_is_there_often_enough():
    own = read_own()
    assert own.labels.shape == (len(own.texts), 30)
    assert (own.labels.sum(axis=0) >= 20).all()
    assert own.labels[:, :20].any(axis=1).all()
    assert len(set(own.texts)) == len(own.texts)
    assert len(set(own.topics)) >= 90
    assert len(CODES) == len(load_labels().categories)


def test_the_lay_arguments_carry_as_many_labels_as_the_data_and_every_category():
    own = read_own()
    lay = own.labels[own.searched][:, :20]
    assert 1900 <= len(lay) < len(own.texts)
    assert 3 <= lay.sum(axis=1).mean() <= 4
    assert (lay.sum(axis=0) >= 120).all()
    assert own.labels[~own.searched][:, :20].sum(axis=1).mean() < 2


def test_a_mark_and_a_missing_mark_weigh_what_their_file_says():
    own = Own(("a", "b"), np.array([[True, False]] * 2), ("t", "t"), np.array([False, True]))
    recipe = Recipe(own=3.0, own_absent=0.5, lay=2.0, lay_absent=0.25)
    assert weights_of(own, recipe).tolist() == [[3.0, 0.5], [2.0, 0.25]]


def test_answers_have_three_points_and_a_value():
    answers = read_answers()
    assert len(answers.texts) == len(answers.labels) >= 40
    assert answers.labels.any(axis=1).all()
    assert all(len(parts(text)) == 3 for text in answers.texts)


def test_no_answer_is_trained_on():
    trained = {text.casefold() for text in read_own().texts}
    assert not trained & {part.casefold() for text in read_answers().texts for part in parts(text)}


def test_the_simulator_shares_no_three_words_with_the_training_texts(root: Path):
    spoken = sorted((root / "src/cruxbank/simulator/phrases").glob("*.yaml"))
    phrases = {gram for path in spoken for line in _texts(yaml.safe_load(path.read_text())) for gram in _grams(line)}
    assert phrases
    assert [text for text in read_own().texts if phrases & set(_grams(text))] == []


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _texts(inner)


def _grams(line: str) -> list[tuple[str, ...]]:
    parts = [re.findall(r"[a-z']+", part) for part in re.split(r"\{[^}]*\}", line.casefold())]
    return [tuple(words[i : i + 3]) for words in parts for i in range(len(words) - 2)]
