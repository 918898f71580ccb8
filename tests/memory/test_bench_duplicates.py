"""The duplicates bench: figures by hand, splits that do not overlap, the same score as the product's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cruxbank.bench.duplicate_pairs import features, load, swapped
from cruxbank.bench.duplicates import best_cut, figures, halves, markdown, study
from cruxbank.errors import InputError
from cruxbank.memory.likeness import Question, Scorer

TOPICS = ("zoos", "rent control", "night flights", "school uniforms", "free trams")
CORES = ("cost too much money", "harm small children", "make cities loud", "be banned by law")
OPENINGS = ("Do {t} {c}?", "Do you think {t} {c}?", "Is it true that {t} {c}?")


@pytest.fixture
def data(tmp_path):
    for country in ("us", "china", "germany", "japan"):
        rows = [
            {
                "topic_english": t,
                "question": o.format(t=t, c=c),
                "original": OPENINGS[0].format(t=t, c=c),
                "rephrase": k,
            }
            for t in TOPICS
            for c in CORES
            for k, o in enumerate(OPENINGS)
        ]
        text = "\n".join(json.dumps(row | {"rephrase": min(1, row["rephrase"])}) for row in rows)
        (tmp_path / f"controversial_english_{country}.jsonl").write_text(text)
    return tmp_path


def test_figures_worked_by_hand():
    said, same = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool)
    assert figures(said, same) == {
        "hit": 2,
        "flagged": 3,
        "present": 3,
        "pairs": 5,
        "precision": 2 / 3,
        "recall": 2 / 3,
        "f1": 2 / 3,
    }
    assert best_cut(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1, 1, 0, 0], bool)) == 0.71


def test_halves_share_no_paraphrase_set(data):
    questions = load(data, "us")
    fit, test = halves(questions, 3)
    sets = [{questions[i].original for i in half.rows} for half in (fit, test)]
    assert not sets[0] & sets[1]
    assert len(sets[0]) == len(sets[1]) == 10
    assert sorted([*fit.rows, *test.rows]) == list(range(60))
    assert halves(questions, 3)[0].rows.tolist() == fit.rows.tolist()


async def test_the_bench_scores_as_the_product_does(data, embeds):
    questions = load(data, "us")[:12]
    found, scorer = features(questions, embeds), Scorer(embeds)
    asked = [Question(text=q.text, topic=q.topic, topic_id=q.topic, region=q.region) for q in questions]
    for i, j in ((0, 1), (0, 5), (3, 11)):
        assert await scorer.meaning(asked[i], asked[j]) == pytest.approx(found.meaning[i, j], abs=2e-5)


def test_swaps_keep_the_frame_and_change_the_topic(data, embeds):
    questions = load(data, "us")
    fit, _ = halves(questions, 0)
    found = swapped(questions, fit, embeds, 0)
    assert len(found.full) == 4 * len(fit.rows)
    assert found.masked.min() > 0.99  # the frames are equal once both topics are masked
    assert found.full.max() < 0.99


def test_the_whole_study_runs_and_ranks_paraphrases_first(data, embeds):
    found = study(data, embeds, 0)
    assert found["sets"] == {"fit": 10, "test": 10}
    ours = found["pairs"]["three cosines (ours)"]
    assert ours["present"] == 30
    assert ours["f1"] > 0.7
    assert set(found["other countries"]) == {"china", "germany", "japan"}
    assert "| three cosines (ours) |" in markdown(found)
    assert study(data, embeds, 0) == found


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="controversial_english_us"):
        load(tmp_path, "us")
