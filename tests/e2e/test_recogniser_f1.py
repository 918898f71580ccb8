"""The recogniser against the labelled arguments, and its public functions on plain sentences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cruxbank.bench.recogniser import main
from cruxbank.bench.recogniser_figures import areas_of
from cruxbank.bench.recogniser_own import read_answers
from cruxbank.recogniser import predict_categories, predict_values, value_probabilities
from cruxbank.recogniser.labels import VALUES
from cruxbank.recogniser.parts import parts

pytestmark = pytest.mark.slow

PLAIN = {
    "Forests and rivers must be protected from pollution so that wildlife survives.": "universalism",
    "Everyone should be free to choose their own way of life and decide for themselves.": "self-direction",
    "Stronger police keep our streets and the country safe from crime and terror.": "security",
    "We should honour the religious customs that our ancestors handed down.": "tradition",
    "Hard work and talent deserve success, ambitious people should get ahead.": "achievement",
}


@pytest.mark.shared
def test_macro_f1_in_conclusion_grouped_cross_validation(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = shared / "data/touche23_valueeval"
    assert main(["evaluate", "--data", str(data), "--nets", "1", "--cache", str(tmp_path)]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (figures["arguments"], figures["conclusions"], figures["groups"]) == (4113, 97, 94)
    assert figures["macro_f1_categories"] >= 0.44
    assert figures["macro_f1_values"] >= 0.53
    assert figures["calibration_error_values"] <= 0.06


def test_public_functions_on_plain_sentences():
    texts = list(PLAIN)
    values, categories, probabilities = predict_values(texts), predict_categories(texts), value_probabilities(texts)
    assert (values.shape, categories.shape, probabilities.shape) == ((5, 10), (5, 20), (5, 10))
    assert (values.dtype, categories.dtype, probabilities.dtype) == (bool, bool, np.float32)
    for row, value in enumerate(PLAIN.values()):
        assert values[row, VALUES.index(value)]
    turned = value_probabilities(texts[::-1])[::-1]
    assert np.array_equal(turned, probabilities)
    assert np.array_equal(value_probabilities(texts[:1]), probabilities[:1])


def test_whole_answers_are_read_point_by_point():
    answers = read_answers()
    found = value_probabilities(answers.texts)
    assert areas_of(answers.labels, found).mean() >= 0.87
    glued = [" ".join(parts(text)) for text in answers.texts]
    assert areas_of(answers.labels, found).mean() > areas_of(answers.labels, value_probabilities(glued)).mean()
    assert np.array_equal(value_probabilities(answers.texts[::-1])[::-1], found)
    assert np.array_equal(value_probabilities(answers.texts[7:8]), found[7:8])
    assert predict_values(answers.texts).shape == (len(answers.texts), 10)


def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["evaluate", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("arguments.tsv: not in")
    (tmp_path / "arguments.tsv").write_text("Argument ID\tPremise\nA1\tx\n")
    assert main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "head.npz")]) == 2
    assert "no column 'Conclusion'" in capsys.readouterr().err
    assert not (tmp_path / "head.npz").exists()
