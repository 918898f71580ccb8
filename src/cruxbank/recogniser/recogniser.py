"""The recogniser: texts to probabilities of values, through the encoder and the trained head."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import EnvironmentProblem
from cruxbank.recogniser.head import Head, load_head, pooled
from cruxbank.recogniser.parts import parts

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
CATEGORIES = 20


class Recogniser:
    """Reads which of Schwartz's values an English text stands on: presence only, not for or against.

    A text of one statement is read as it is. A whole answer, stance and key points, is taken apart (`parts.py`), its
    points are read one by one, and the answer's probability comes from the log of their mean odds.
    """

    def __init__(self, encoder: Encoder, head: Head) -> None:
        trained_on = head.meta["encoder"]["name"]
        if encoder.name != trained_on:
            hint = "pass load_encoder() to the recogniser, whatever encoder the memory uses"
            raise EnvironmentProblem(f"recogniser: trained on {trained_on}, given {encoder.name}", hint=hint)
        self.encoder = encoder
        self.head = head

    @property
    def triple(self) -> Floats:
        """(10,) thresholds for the largest probability among three key points of one answer."""
        return self.head.triple[CATEGORIES:]

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(n, 30): the 20 categories, then the ten values. A text's row does not depend on the other texts."""
        return self._read([parts(text) for text in texts])

    def predict_categories(self, texts: Sequence[str]) -> Flags:
        """(n, 20) presence of the categories, columns in the order of labels20.tsv."""
        return self._present(texts)[:, :CATEGORIES]

    def predict_values(self, texts: Sequence[str]) -> Flags:
        """(n, 10) presence of the values, columns in the order of schwartz-10."""
        return self._present(texts)[:, CATEGORIES:]

    def value_probabilities(self, texts: Sequence[str]) -> Floats:
        """(n, 10) probabilities of the values, columns in the order of schwartz-10."""
        return self.probabilities(texts)[:, CATEGORIES:]

    def _present(self, texts: Sequence[str]) -> Flags:
        taken = [parts(text) for text in texts]
        several = np.array([len(found) > 1 for found in taken], np.bool_)
        cuts = np.where(several[:, None], self.head.whole, self.head.thresholds)
        found: Flags = self._read(taken) > cuts
        return found

    def _read(self, taken: Sequence[Sequence[str]]) -> Floats:
        if not taken:
            return np.zeros((0, len(self.head.thresholds)), np.float32)
        logits = self.head.logits(self.encoder.encode_layers([part for found in taken for part in found]))
        ends = np.cumsum([len(found) for found in taken])[:-1]
        joint = np.stack([own[0] if len(own) == 1 else pooled(own) for own in np.split(logits, ends)])
        several = np.array([[len(found) > 1] for found in taken], np.bool_)
        rows: Floats = np.where(several, self.head.answer.probabilities(joint), self.head.single.probabilities(joint))
        return rows


def shipped_head() -> Head:
    """The head that comes with the package."""
    with as_file(files("cruxbank.recogniser").joinpath("head.npz")) as file:
        return load_head(file)


@lru_cache(maxsize=1)
def default_recogniser() -> Recogniser:
    """The shipped head on the default encoder, made once and kept; weights are loaded at the first text."""
    return Recogniser(load_encoder(), shipped_head())
