"""Value recognition without a language model: `CARD.md` says how well, on what, and where it fails (English only).

    predict_categories(texts)    (n, 20) booleans, columns as in labels20.tsv
    predict_values(texts)        (n, 10) booleans, columns as in schwartz-10
    value_probabilities(texts)   (n, 10) probabilities

Importing this does not import torch; the first text does.
"""

from __future__ import annotations

from collections.abc import Sequence

from cruxbank.recogniser.head import Head, load_head
from cruxbank.recogniser.labels import Labels, load_labels
from cruxbank.recogniser.recogniser import Flags, Floats, Recogniser, default_recogniser, shipped_head

__all__ = [
    "Head",
    "Labels",
    "Recogniser",
    "default_recogniser",
    "load_head",
    "load_labels",
    "predict_categories",
    "predict_values",
    "shipped_head",
    "value_probabilities",
]


def predict_categories(texts: Sequence[str]) -> Flags:
    """(n, 20) presence of the categories, columns in the order of labels20.tsv."""
    return default_recogniser().predict_categories(texts)


def predict_values(texts: Sequence[str]) -> Flags:
    """(n, 10) presence of the values, columns in the order of schwartz-10."""
    return default_recogniser().predict_values(texts)


def value_probabilities(texts: Sequence[str]) -> Floats:
    """(n, 10) probabilities of the values, columns in the order of schwartz-10."""
    return default_recogniser().value_probabilities(texts)
