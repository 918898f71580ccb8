from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from cruxbank.bench.recorded import main
from cruxbank.bench.recorded_data import (
    Recorded,
    moralchoice,
    moralchoice_legacy,
    political_compass,
    read,
    value_portrait,
)
from cruxbank.bench.recorded_protocol import Split, divergence, separation, spearman
from cruxbank.bench.recorded_study import Cache, Plan, jackknife_error, study
from cruxbank.errors import InputError
from cruxbank.science.seeds import rng


@pytest.fixture
def matrix(tmp_path: Path) -> tuple[Path, Path]:
    """10 models x 24 items x 2 wordings with a few gaps, two loadings."""
    source = rng(0, 0, "test.recorded")
    loadings, theta = source.normal(size=(24, 2)), source.normal(size=(10, 2))
    x = source.normal(size=(10, 1)) + theta @ loadings.T
    lines = ["model,item,wording,rating"]
    for m in range(10):
        for i in range(24):
            lines += [f"m{m},q{i:02},w{w},{x[m, i] + source.normal() / 2:.3f}" for w in range(2) if (m + i + w) % 17]
    one, two = tmp_path / "answers.csv.gz", tmp_path / "loadings.csv"
    one.write_bytes(gzip.compress("\n".join([*lines, "m0,q00,w9,"]).encode()))
    rows = [f"q{i:02},{a:.3f},{b:.3f}" for i, (a, b) in enumerate(loadings)]
    two.write_text("\n".join(["item,kind,bold", *rows]))
    return one, two


def test_any_matrix_runs_from_the_command_line(matrix: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--splits", "2", "--jackknife", "2", "--k", "4,500", "--matrix", str(matrix[0])]
    main([*flags, "--loadings", str(matrix[1])])
    text = capsys.readouterr().out
    assert "### answers: 10 models x 24 items x 2 wordings, 2 splits" in text
    assert "distances / value scores | k = 4 |" in text
    assert all(f"| {rule} |" in text for rule in ("random", "top", "weighted", "medoids", "quota", "quota-spread"))
    assert "**design (ours)**" in text
    main([*flags, "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert "quota/4" not in found["means"]
    assert found["means"]["design/4"]["value"] is None
    assert {gain["metric"] for gain in found["front"]} == {"distance", "distance.imputed", "distance.whole"}
    assert all(gain["low"] <= gain["gain"] <= gain["high"] for gain in found["against"])


def test_a_stopped_run_goes_on_from_its_cache(matrix: tuple[Path, Path], tmp_path: Path) -> None:
    recorded, plan = read(*matrix), Plan((4,), 2, 1, 7)
    whole = study(recorded, plan, Cache(tmp_path / "cache"))
    lines = (tmp_path / "cache").read_text().splitlines()
    assert len(lines) == 2 + 10
    (tmp_path / "cache").write_text("\n".join([lines[0], lines[5][:40]]) + "\n")
    assert study(recorded, plan, Cache(tmp_path / "cache")) == whole
    assert study(recorded, plan, Cache(None)) == whole


def test_halves_do_not_overlap(matrix: tuple[Path, Path]) -> None:
    recorded = read(*matrix)
    split = Split.draw(0, 3, recorded)
    assert sorted([*split.choosing, *split.scored]) == list(range(10))
    assert sorted([*split.pool, *split.reference]) == list(range(24))
    fewer = split.without(int(split.scored[0]))
    assert len(fewer.scored) == 4
    assert fewer.choosing.tolist() == split.choosing.tolist()
    assert Split.draw(0, 4, recorded).pool.tolist() != split.pool.tolist()


def test_the_figures_do_not_see_the_scored_models_when_choosing(matrix: tuple[Path, Path]) -> None:
    recorded, plan = read(*matrix), Plan((4,), 1, 0, 7)
    split = Split.draw(7, 0, recorded)
    changed = recorded.answers.copy()
    changed[np.ix_(split.scored, split.pool)] += rng(1, 0, "noise").normal(size=(5, 12, 1))
    changed[np.ix_(split.choosing, split.reference)] = 0.0
    other = Recorded("other", recorded.models, recorded.items, changed, recorded.loadings, recorded.dimensions)
    one, two = (study(r, plan, Cache(None)).means["design/4"]["inside"] for r in (recorded, other))
    assert one == two


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,item\na,b\n", "line 2 has no rating"),
        ("model,item,rating\na,b,high\n", "line 2, rating: 'high'"),
        ("model,item,rating\na,b,nan\n", "line 2, rating: 'nan'"),
        ("model,item,rating\na,b,1\n", "1 models and 1 items"),
    ],
)
def test_a_bad_matrix_says_where(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read(path, None)


def test_loadings_must_name_the_items(matrix: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("item,kind\nz,1\n")
    with pytest.raises(InputError, match="no item of the matrix"):
        read(matrix[0], other)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.csv", None)


def test_bad_flags_end_with_2(matrix: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--matrix", str(matrix[0]), "--k", "100"])
    assert stop.value.code == 2
    assert "k below the pool's 12 items" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--matrix", str(matrix[0]), "--publish"])


def test_divergence_by_hand() -> None:
    answers = np.array([[[1.0, 1.0], [1.0, 2.0]], [[2.0, 2.0], [2.0, 1.0]]])  # item 1: always apart; item 2: alike
    assert divergence(answers).tolist() == pytest.approx([1.0, 0.0])
    gap = np.concatenate([answers, np.full((1, 2, 2), np.nan)])
    assert divergence(gap).tolist() == pytest.approx([1.0, 0.0])  # a model without answers is no model
    assert divergence(answers[:, :, :1]).tolist() == pytest.approx([0.5, 0.5])


def test_separation_does_not_count_noise() -> None:
    source = rng(0, 0, "noise")
    models = np.array([-1.0, 1, -1, 1, -1, 1])[:, None, None]
    answers = source.normal(size=(6, 80, 4))
    answers[:, :40] += models
    found = separation(answers)
    assert found[:40].mean() > 0.5
    assert abs(found[40:].mean()) < 0.1


def test_spearman_is_scipys_and_leaves_out_what_is_missing() -> None:
    a, b = np.array([3.0, 1, 2, 2, np.nan, 7]), np.array([1.0, 2, 2, 5, 0, 9])
    assert spearman(a, b) == pytest.approx(spearmanr(a[[0, 1, 2, 3, 5]], b[[0, 1, 2, 3, 5]])[0])
    assert spearman(np.ones(4), np.arange(4.0)) == 0.0
    assert np.isnan(spearman(np.arange(4.0), np.ones(4)))
    assert np.isnan(spearman(a[:2], b[:2]))


def test_the_interval_is_as_wide_as_models_make_it() -> None:
    source = rng(0, 0, "jackknife")
    effect = source.normal(size=12)  # a model's share of the mean gain: the error of the mean is SD / sqrt(12)
    without = (effect.sum() - effect) / 11 + source.normal(size=(400, 12)) * 0.05
    assert jackknife_error(np.full(400, effect.mean()), without) == pytest.approx(effect.std(ddof=1) / 12**0.5, rel=0.1)
    noise = source.normal(size=(400, 12))
    assert jackknife_error(source.normal(size=400), noise) < 0.1  # .17 without the correction


def test_the_recorded_sets_have_their_published_sizes(shared: Path) -> None:
    data = shared / "data"
    portrait = value_portrait(data)
    assert portrait.answers.shape == (18, 520, 6)
    assert portrait.loadings is not None
    assert portrait.loadings.shape == (520, 10)
    assert political_compass(data).answers.shape == (8, 62, 10)
    assert moralchoice(data).answers.shape == (5, 680, 2)
    assert moralchoice_legacy(data).answers.shape[1:] == (368, 1)
