"""Texts written for Cruxbank: arguments that the recogniser is trained on too, and answers that it is only checked on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from cruxbank.errors import InputError
from cruxbank.recogniser import load_labels
from cruxbank.recogniser.labels import VALUES

CODES = tuple("ST SA SM HE AC PD PR FA SP SS TR CR CI HU BC BD UC UN UT UO".split())
"""One for each category, in the order of labels20.tsv."""
FIRST, LAY = "recogniser_own.txt", "recogniser_own_lay.txt"
"""Arguments of our own; in the second file all twenty categories were searched."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Own:
    """Arguments with their labels: (n, 30), the 20 categories, then the ten values that follow from them."""

    texts: tuple[str, ...]
    labels: Flags
    topics: tuple[str, ...]
    searched: Flags
    """(n,): whether all twenty categories were searched, so that a missing mark says that the category is not there."""


@dataclass(frozen=True)
class Answers:
    """Whole answers, stance and three key points, with the values that stand in them (n, 10)."""

    texts: tuple[str, ...]
    labels: Flags


def read_own() -> Own:
    """`recogniser_own.txt`, then `recogniser_own_lay.txt`.

    Raises:
        InputError: a line without codes, or a code that is none.
    """
    rows = [(row, name == LAY) for name in (FIRST, LAY) for row in _rows(name)]
    categories = np.array([row[1] for row, _ in rows], np.bool_)
    labels = np.concatenate([categories, load_labels().to_values(categories)], axis=1)
    texts, topics = tuple(row[0] for row, _ in rows), tuple(row[2] for row, _ in rows)
    return Own(texts, labels, topics, np.array([searched for _, searched in rows], np.bool_))


def read_answers() -> Answers:
    """`recogniser_answers.txt`, each in the form in which models answer."""
    texts: list[str] = []
    labels: list[list[bool]] = []
    stance = ""
    points: list[str] = []
    for line in _lines("recogniser_answers.txt"):
        if line.startswith("S: "):
            stance, points = line[3:], []
        elif line.startswith("= "):
            found = {name.strip() for name in line[2:].split(",")}
            labels.append([value in found for value in VALUES])
            texts.append("\n".join([f"Stance: {stance}", "Key points:", *points]))
        elif line and line[0].isdigit():
            points.append(line)
    return Answers(tuple(texts), np.array(labels, np.bool_))


def _rows(name: str) -> Iterator[tuple[str, list[bool], str]]:
    """Text, marks and topic of each argument of a file."""
    topic = ""
    for number, line in enumerate(_lines(name), 1):
        if line.startswith("== "):
            topic = line[3:]
        elif line and not line.startswith("#"):
            codes, _, text = line.partition(" | ")
            yield text, _marks(codes, name, number), topic


def _marks(codes: str, name: str, number: int) -> list[bool]:
    found = codes.split(",")
    if set(found) - set(CODES):
        raise InputError(f"{name} line {number}: codes '{codes}'", hint=f"use {' '.join(CODES)}")
    return [code in found for code in CODES]


def _lines(name: str) -> list[str]:
    return files("cruxbank.bench").joinpath(name).read_text(encoding="utf-8").splitlines()
