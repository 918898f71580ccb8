"""Reads any value system: how near a text is to the definition and the cue of each dimension. Nothing is trained.

A text's cosine to a dimension is compared with what is usual (its mean and spread over the key points of reference.yaml),
then with the text's other dimensions (their mean is subtracted). The cut is set without labels: over the reference a
dimension is present in as many points as if every point stood on POINT_HAS values.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from cruxbank.encoder import Encoder
from cruxbank.values.systems import ValueSystem

Floats = NDArray[np.float64]

POINT_HAS = 1.5
"""Values of one key point: what the judge's prompt tells a language model to expect (one or two)."""
MOST = 1 / 3
"""Share of reference points in which a dimension may be present, however few dimensions there are."""
PLACES = 5
"""Decimals of a score: sums in another order differ in the sixteenth."""


class DefinitionReader:
    """Presence by likeness to definitions; satisfies `readers.Reader`. Weak: see docs/value-systems.md for figures."""

    name = "local-definitions"

    def __init__(self, encoder: Encoder, system: ValueSystem) -> None:
        self.encoder = encoder
        self.ids = system.ids
        self._system = system

    def scores(self, texts: Sequence[str]) -> Floats:
        """(n, D) likeness, columns in the order of the system: 0 is usual, 1 a standard deviation above it."""
        return self._centred(self.cosines(texts)) if texts else np.zeros((0, len(self.ids)))

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(n, D) in [0, 1], one half at the cut: for ranking and doubt, not calibrated."""
        return np.asarray(
            np.round(0.5 * (1 + np.tanh(0.5 * (self.scores(texts) - self._score_cuts) / self._spread)), 6)
        )

    @property
    def cuts(self) -> Floats:
        """(D,) cuts of `probabilities`: one half."""
        return np.full(len(self.ids), 0.5)

    def cosines(self, texts: Sequence[str]) -> Floats:
        """(n, D) likeness as it is, before anything is compared."""
        found: Floats = self.encoder.encode(texts).astype(np.float64) @ self._anchors.T
        return found

    def _centred(self, cosines: Floats) -> Floats:
        mean, spread = self._usual
        standard = (cosines - mean) / spread
        return np.asarray(np.round(standard - standard.mean(axis=1, keepdims=True), PLACES))

    @cached_property
    def _anchors(self) -> Floats:
        """(D, width) unit vectors half-way between definition and cue."""
        dimensions = self._system.dimensions
        texts = [d.definition for d in dimensions] + [d.cue for d in dimensions]
        both = self.encoder.encode(texts).astype(np.float64)
        sums = both[: len(dimensions)] + both[len(dimensions) :]
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))

    @cached_property
    def _usual(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of every dimension's cosine over the reference."""
        cosines = self.cosines(reference())
        return cosines.mean(axis=0), cosines.std(axis=0)

    @cached_property
    def _reference_scores(self) -> Floats:
        return self._centred(self.cosines(reference()))

    @cached_property
    def _score_cuts(self) -> Floats:
        rate = min(MOST, POINT_HAS / len(self.ids))
        return np.asarray(np.round(np.quantile(self._reference_scores, 1 - rate, axis=0), PLACES))

    @cached_property
    def _spread(self) -> Floats:
        return np.asarray(np.round(np.maximum(self._reference_scores.std(axis=0), 1e-3), PLACES))


def reference() -> tuple[str, ...]:
    """The key points of reference.yaml."""
    return tuple(yaml.safe_load(files("cruxbank.recogniser").joinpath("reference.yaml").read_text(encoding="utf-8")))
