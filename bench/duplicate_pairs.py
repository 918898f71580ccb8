"""Paraphrase sets as pairs of questions, with the scores that the rules compare."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from cruxbank.errors import InputError
from cruxbank.frozen import Frozen
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.lexical import word_key
from cruxbank.memory.masking import mask_topic, subject_of, without_direction
from cruxbank.science.seeds import rng

SWAPS = 4
REGIONS = {"us": "US", "china": "China", "germany": "Germany", "japan": "Japan"}
Matrix = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)


class Question(Frozen):
    """One wording of one set."""

    text: str
    topic: str
    region: str
    original: str
    base: bool

    @property
    def subject(self) -> str:
        """What is taken out of the text."""
        return subject_of(self.text, self.topic, self.region)


class Half:
    """Some of the rows, and the pairs among them."""

    def __init__(self, rows: NDArray[np.int_]) -> None:
        self.rows = rows

    def of(self, matrix: NDArray[T], among: NDArray[np.bool_]) -> NDArray[T]:
        """Entries of a symmetric matrix for the pairs i < j of these rows that are in `among`."""
        block, mask = matrix[np.ix_(self.rows, self.rows)], among[np.ix_(self.rows, self.rows)]
        i, j = np.triu_indices(len(self.rows), 1)
        return block[i, j][mask[i, j]]

    def sets(self, questions: Sequence[Question]) -> int:
        """Number of paraphrase sets."""
        return len({questions[i].original for i in self.rows})


class Features:
    """n questions and their n x n scores."""

    def __init__(self, questions: Sequence[Question], full: Matrix, masked: Matrix, apart: Matrix) -> None:
        self.questions = questions
        self.full, self.masked, self.apart = full, masked, apart
        self.meaning: Matrix = (full + masked + apart) / 3
        keys = [word_key(q.text) for q in questions]
        self.lexical: Matrix = process.cdist(keys, keys, scorer=fuzz.ratio).astype(np.float64) / 100
        originals, topics = (np.array([getattr(q, name) for q in questions]) for name in ("original", "topic"))
        self.same_set: NDArray[np.bool_] = originals[:, None] == originals[None, :]
        self.same_topic: NDArray[np.bool_] = topics[:, None] == topics[None, :]
        self.base: NDArray[np.bool_] = np.array([q.base for q in questions])

    def scores(self) -> dict[str, Matrix]:
        """The rules that are compared, by name."""
        return {
            "plain cosine": self.full,
            "topic masked": self.masked,
            "topic's direction removed": self.apart,
            "three cosines (ours)": self.meaning,
        }


class Swaps(Frozen):
    """One frame over two topics: cosine of the texts and of the masked texts."""

    model_config = Frozen.model_config | {"arbitrary_types_allowed": True}

    full: Matrix
    masked: Matrix


def load(data: Path, country: str) -> list[Question]:
    """The controversial questions on a country's topics, in English.

    Raises:
        InputError: the file is not there.
    """
    path = data / f"controversial_english_{country}.jsonl"
    if not path.is_file():
        raise InputError(f"--data {data}: no {path.name}", hint="the folder of ValueConsistency's JSONL files")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Question(
            text=r["question"],
            topic=r["topic_english"],
            region=REGIONS[country],
            original=r["original"],
            base=not r["rephrase"],
        )
        for r in rows
    ]


def features(questions: Sequence[Question], embeds: Embeds) -> Features:
    """Encode and compare all questions of one country."""
    full = _encode(embeds, [q.text for q in questions])
    masked = _encode(embeds, [mask_topic(q.text, q.subject) for q in questions])
    topics = _encode(embeds, [q.subject for q in questions])
    apart = np.stack([without_direction(v, t) for v, t in zip(full, topics, strict=True)])
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    return Features(questions, *(np.asarray(v @ v.T, dtype=np.float64) for v in (full, masked, apart)))


def swapped(questions: Sequence[Question], half: Half, embeds: Embeds, seed: int) -> Swaps:
    """Questions that name their topic, each against itself with four other topics in its place."""
    topics = sorted({q.topic for q in questions})
    a, b, new = [], [], []
    for row in half.rows:
        question = questions[row]
        name = re.compile(re.escape(question.topic), re.IGNORECASE)
        others = [topic for topic in topics if topic != question.topic]
        if name.search(question.text):
            for pick in rng(seed, int(row), "bench.duplicates.swap").choice(len(others), SWAPS, replace=False):
                a.append(question)
                new.append(others[pick])
                b.append(name.sub(lambda _, t=others[pick]: t.lower(), question.text))  # type: ignore[misc]
    full = (_encode(embeds, [q.text for q in a]) * _encode(embeds, b)).sum(axis=1)
    left = _encode(embeds, [mask_topic(q.text, q.topic) for q in a])
    right = _encode(embeds, [mask_topic(text, topic) for text, topic in zip(b, new, strict=True)])
    return Swaps(full=full.astype(np.float64), masked=(left * right).sum(axis=1).astype(np.float64))


def _encode(embeds: Embeds, texts: Sequence[str]) -> NDArray[np.float32]:
    order = sorted(set(texts), key=lambda text: (len(text), text))
    vectors = np.asarray(embeds.encode(order), dtype=np.float32)
    place = {text: row for row, text in enumerate(order)}
    return vectors[[place[text] for text in texts]]
