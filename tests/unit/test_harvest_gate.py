"""The duplicate gate for topics, appending to a file, and the source that a reader keeps."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cruxbank.errors import StoreError, TopicsError
from cruxbank.items import Topic
from cruxbank.topics.gate import TopicGate, too_close
from cruxbank.topics.reader import read_topics
from cruxbank.topics.writer import append_topics

X, Y = np.array([1.0, 0.0], dtype=np.float32), np.array([0.0, 1.0], dtype=np.float32)
NEAR_X = np.array([0.8, 0.6], dtype=np.float32)


def test_the_cut_refuses_and_names_the_nearest() -> None:
    gate = TopicGate(["zoos", "rent control"], np.stack([X, Y]), cut=0.7)
    refused = gate.check("animal parks", NEAR_X)
    assert not refused.ok
    assert refused.nearest is not None
    assert (refused.nearest.text, refused.nearest.cosine) == ("zoos", 0.8)
    assert TopicGate(["zoos"], X[None], cut=0.81).check("animal parks", NEAR_X).ok


def test_the_same_words_never_pass_and_admitted_topics_count() -> None:
    gate = TopicGate(["Zoos!"], X[None], cut=2.0)
    assert not gate.check("zoos", Y).ok
    assert gate.admit("rent control", Y).ok
    assert not gate.admit("Rent  control", X).ok


def test_an_empty_gate_lets_everything_pass() -> None:
    passed = TopicGate([], np.zeros((0, 2), dtype=np.float32)).admit("zoos", X)
    assert passed.ok
    assert passed.nearest is None


def test_pairs_that_are_too_close_nearest_first() -> None:
    pairs = too_close(["a", "b", "c"], np.stack([X, NEAR_X, Y]), cut=0.6)
    assert pairs == [("a", "b", 0.8), ("b", "c", 0.6)]


def test_appending_keeps_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_bytes(b'"zoos"')  # no line end
    append_topics(file, [Topic(text="rent control", domain="cities", year=2024, source="week.md")])
    append_topics(file, [Topic(text="whaling")])
    lines = file.read_text().splitlines()
    assert lines[0] == '"zoos"'
    assert json.loads(lines[1]) == {
        "text": "rent control",
        "domain": "cities",
        "region": "global",
        "year": 2024,
        "source": "week.md",
    }
    assert [p.name for p in tmp_path.iterdir()] == ["t.jsonl"]
    found = read_topics(file)
    assert [t.text for t in found] == ["zoos", "rent control", "whaling"]
    assert [t.source for t in found] == ["t.jsonl", "week.md", "t.jsonl"]


def test_a_source_is_a_name_and_never_a_path(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text(
        '{"text": "zoos", "source": "/home/ada/news/week.md"}\n{"text": "a b", "source": "C:\\\\x\\\\y.md"}\n'
    )
    assert [t.source for t in read_topics(file)] == ["week.md", "y.md"]


@pytest.mark.parametrize("name", ["topics.csv", "topics.txt", "gone/topics.jsonl"])
def test_files_that_cannot_be_added_to(tmp_path: Path, name: str) -> None:
    with pytest.raises(TopicsError):
        append_topics(tmp_path / name, [Topic(text="zoos")])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text('"zoos"\n')
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreError, match="No space left"):
        append_topics(file, [Topic(text="whaling")])
    assert file.read_text() == '"zoos"\n'
    assert [p.name for p in tmp_path.iterdir()] == ["t.jsonl"]
