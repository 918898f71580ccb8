"""Which local reader reads which value system, and how the one that was not trained decides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cruxbank.agents.local_judge import LocalJudge
from cruxbank.display import local_reading
from cruxbank.encoder import Encoder
from cruxbank.items import Outcome, Response
from cruxbank.recogniser import Recogniser, load_labels, shipped_head
from cruxbank.recogniser.definitions import MOST, POINT_HAS, DefinitionReader, reference
from cruxbank.recogniser.readers import NineteenReader, TenReader, reader_for, reader_name
from cruxbank.values.systems import ValueSystem, load_system, shipped

WIDTH = 384


class WordEncoder(Encoder):
    """A text is the sum of directions of its words: texts that share words are alike. No torch."""

    def __init__(self) -> None:
        super().__init__("all-MiniLM-L6-v2", Path())

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.array([sum(_direction(w.strip(".,;")) for w in t.casefold().split()) for t in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def encode_layers(self, texts: Sequence[str]) -> np.ndarray:
        seeds = [int.from_bytes(hashlib.sha256(t.encode()).digest()[:8], "big") for t in texts]
        return np.stack([np.random.default_rng(s).normal(size=(7, WIDTH)).astype(np.float32) for s in seeds])


def _direction(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=WIDTH)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(WordEncoder(), shipped_head())


def answer(*points: str) -> Response:
    return Response(item="it_0", wording=0, model="m", state="answered", stance="yes", key_points=points)


@pytest.mark.parametrize("name", [*shipped(), "moral-foundations+liberty", "safety@domains"])
def test_every_shipped_system_has_its_reader(name: str, recogniser: Recogniser) -> None:
    expected = {"schwartz-10": "local", "schwartz-19": "local-19"}.get(name, "local-definitions")
    system = load_system(name)
    reader = reader_for(system, recogniser)
    assert (reader.name, reader_name(system), LocalJudge(recogniser, system).name) == (expected,) * 3
    assert set(reader.ids) == set(system.ids)
    assert reader.probabilities(["a point", "another"]).shape == (2, len(system.ids))
    assert np.asarray(reader.cuts).shape == (len(system.ids),)
    assert "presence" in local_reading(reader.name)


@pytest.mark.parametrize("field", ["definition", "cue", "name"])
def test_a_persons_own_definition_is_the_one_that_is_read(field: str, recogniser: Recogniser) -> None:
    shipped_ten = load_system("schwartz-10")
    first, *rest = shipped_ten.dimensions
    other = first.model_copy(update={field: "The taste of strawberries."})
    mine = shipped_ten.model_copy(update={"id": "my-ten", "dimensions": (other, *rest)})
    assert mine.ids == shipped_ten.ids
    assert (reader_name(mine), reader_for(mine, recogniser).name) == ("local-definitions",) * 2
    renamed = shipped_ten.model_copy(update={"id": "my-ten"})
    assert (reader_name(renamed), reader_for(renamed, recogniser).name) == ("local",) * 2


def test_the_nineteen_are_the_categories_without_objectivity(recogniser: Recogniser) -> None:
    reader = NineteenReader(recogniser)
    assert reader.ids == load_system("schwartz-19").ids
    texts = ["freedom to think", "clean rivers"]
    whole = recogniser.probabilities(texts)
    names = load_labels().categories
    for column, name in enumerate(reader.ids):
        place = next(i for i, n in enumerate(names) if n.casefold().replace(": ", "-") == name)
        assert np.array_equal(reader.probabilities(texts)[:, column], whole[:, place])


def test_cuts_for_three_points_are_taken_where_the_head_has_them(recogniser: Recogniser) -> None:
    head = recogniser.head
    fuller = Recogniser(recogniser.encoder, replace(head, triple=np.arange(30, dtype=np.float32) / 30))
    assert np.array_equal(NineteenReader(recogniser).cuts, head.triple[:19])
    assert np.array_equal(NineteenReader(fuller).cuts, np.arange(19, dtype=np.float32) / 30)
    assert np.array_equal(TenReader(fuller).cuts, np.arange(20, 30, dtype=np.float32) / 30)
    assert np.array_equal(TenReader(recogniser).cuts, head.triple[-10:])


def test_a_text_is_near_the_dimension_whose_words_it_uses(recogniser: Recogniser) -> None:
    system = load_system("safety")
    reader = DefinitionReader(recogniser.encoder, system)
    scores = reader.scores([d.definition for d in system.dimensions])
    assert (scores.argmax(axis=1) == np.arange(len(system.ids))).all()
    assert np.allclose(scores.mean(axis=1), 0, atol=1e-4)  # centred over the dimensions


@pytest.mark.parametrize("name", ["llm-unique@aspects", "moral-foundations", "safety"])
def test_the_cut_lets_as_many_reference_points_through_as_it_says(name: str, recogniser: Recogniser) -> None:
    system = load_system(name)
    reader = DefinitionReader(recogniser.encoder, system)
    shares = (reader.probabilities(reference()) > reader.cuts).mean(axis=0)
    wanted = min(MOST, POINT_HAS / len(system.ids))
    assert np.abs(shares - wanted).max() <= 1.5 / len(reference())


def test_a_row_does_not_depend_on_the_other_texts(recogniser: Recogniser) -> None:
    reader = DefinitionReader(recogniser.encoder, load_system("llm-unique"))
    texts = [f"point {i} about honest work" for i in range(30)]
    whole = reader.probabilities(texts)
    assert np.array_equal(whole, np.concatenate([reader.probabilities([t]) for t in texts]))
    assert reader.probabilities([]).shape == (0, 6)
    assert ((whole >= 0) & (whole <= 1)).all()


async def test_a_system_that_a_person_wrote_is_read(recogniser: Recogniser) -> None:
    data = {
        "id": "town",
        "name": "Town",
        "source": "A test.",
        "dimensions": [
            {"id": "neighbours", "name": "N", "definition": "Helping those next door.", "cue": "Neighbours need help."},
            {"id": "thrift", "name": "T", "definition": "Saving every coin.", "cue": "Coins should be saved."},
        ],
    }
    system = ValueSystem.model_validate(data)
    judge = LocalJudge(recogniser, system)
    verdict = (await judge.read([answer("Saving every coin", "Coins should be saved")], system)).verdicts[0]
    assert (verdict.judge, verdict.signed, verdict.state) == ("local-definitions", False, "scored")
    assert verdict.outcomes["thrift"] is Outcome.SUPPORTS
    assert verdict.outcomes["neighbours"] is Outcome.ABSENT


def test_the_reference_is_many_different_plain_points() -> None:
    points = reference()
    assert len(points) >= 60
    assert len(set(points)) == len(points)
    assert all(3 <= len(p.split()) <= 14 for p in points)


def test_a_language_model_needs_no_warning() -> None:
    assert local_reading("sim-quill-3") == local_reading("cascade") == ""
    for name in ("local-19, else sim-quill-3", "cascade(local-19, sim-quill-3)", "jury(a, b, local-19)"):
        assert "in part by the local judge through the nineteen categories" in local_reading(name, "local-19")
    assert "in part" not in local_reading("local-19", "local-19")
