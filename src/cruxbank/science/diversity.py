"""How varied a set of questions is: Dist-n, Self-BLEU, mean cosine."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from cruxbank.science.arrays import Array

Gram = tuple[str, ...]
ORDER = 4
EPSILON = 0.1
"""Matches credited to an order with none, so that one missing 4-gram does not make BLEU zero (smoothing method 1)."""


def words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"\w+", text.lower())


def distinct(texts: Sequence[str], n: int = 2) -> float:
    """Dist-n: different n-grams / all n-grams over the set, 0 to 1; 0 without any n-gram."""
    grams: Counter[Gram] = Counter()
    for text in texts:
        grams.update(_grams(words(text), n))
    total = sum(grams.values())
    return len(grams) / total if total else 0.0


def self_bleu(texts: Sequence[str]) -> float:
    """Mean BLEU-4 of each text against all the others, 0 to 100; lower is more varied. 0 with fewer than two texts.

    The clip of an n-gram is the largest count in any other text, kept as the two largest counts over the set, so the
    cost grows with the number of words and not with its square.
    """
    tokens = [words(text) for text in texts]
    if len(tokens) < 2:
        return 0.0
    counts = [[Counter(_grams(t, n)) for t in tokens] for n in range(1, ORDER + 1)]
    tops = [_two_largest(order) for order in counts]
    lengths = Counter(len(t) for t in tokens)
    scores = [_bleu(i, counts, tops, lengths, len(t)) for i, t in enumerate(tokens)]
    return 100.0 * sum(scores) / len(scores)


def mean_cosine(vectors: Array) -> float:
    """Mean cosine over the pairs of rows, (N, E) -> [-1, 1]; 0 with fewer than two rows."""
    if len(vectors) < 2:
        return 0.0
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    total = unit.sum(axis=0)
    own = float((unit**2).sum())
    return float((total @ total - own) / (len(unit) * (len(unit) - 1)))


def _grams(tokens: Sequence[str], n: int) -> list[Gram]:
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def _two_largest(order: Sequence[Counter[Gram]]) -> dict[Gram, tuple[int, int, int]]:
    """n-gram -> (largest count in a text, that text, second largest count in another text)."""
    tops: dict[Gram, tuple[int, int, int]] = {}
    for i, counter in enumerate(order):
        for gram, count in counter.items():
            first, owner, second = tops.get(gram, (0, -1, 0))
            tops[gram] = (count, i, first) if count > first else (first, owner, max(second, count))
    return tops


def _bleu(
    i: int,
    counts: Sequence[Sequence[Counter[Gram]]],
    tops: Sequence[dict[Gram, tuple[int, int, int]]],
    lengths: Counter[int],
    length: int,
) -> float:
    logs = 0.0
    for order, top in zip(counts, tops, strict=True):
        total = sum(order[i].values())
        if not total:
            break
        matched = sum(min(c, top[g][2] if top[g][1] == i else top[g][0]) for g, c in order[i].items())
        logs += math.log(max(float(matched), EPSILON) / total) / ORDER
    else:
        return math.exp(logs) * _brevity(length, lengths)
    return 0.0


def _brevity(length: int, lengths: Counter[int]) -> float:
    """exp(1 - r/c) when the closest other text (the shorter on a tie) is longer, else 1."""
    others = [other for other, count in lengths.items() if count > (1 if other == length else 0)]
    closest = min(others, key=lambda other: (abs(other - length), other))
    return math.exp(1 - closest / length) if length < closest else 1.0
