"""The duplicate gate for topics: a topic passes when no topic that is there already is as near as the cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cruxbank.frozen import Frozen
from cruxbank.items import normalise

CUT = 0.6
"""Cosine of two topic texts (all-MiniLM-L6-v2) from which the second is refused.

Chosen on two sets: 62 seed topics renamed by hand (reworded, no other thing meant: "dog meat", "eating dogs") and the
103,285 pairs of the 455 seed topics, all meant to differ. Caught and wrongly refused: .55: 35 of 62 and 37 pairs;
.60: 33 and 16; .65: 26 and 8; .70: 16 and 4; .80: 3 and none. A refusal costs one topic out of a stream, a repeated
topic costs model calls; so the cut lies where few renames are lost to the next step and 7 % of the topics had a
neighbour. Half of the renames pass at any usable cut ("bullfighting", "corridas": .29): the items' own duplicate check
is behind this one.
"""
_PLACES = 5

Floats = NDArray[np.float32]


class Near(Frozen):
    """The nearest topic that is there already, with its cosine."""

    text: str
    cosine: float


class Passed(Frozen):
    """Whether a topic passes, and what is nearest to it (None where nothing is there)."""

    ok: bool
    nearest: Near | None = None


class TopicGate:
    """Knows topics by their unit vectors; every admitted topic is known from then on."""

    def __init__(self, texts: Sequence[str], vectors: Floats, cut: float = CUT) -> None:
        self._texts = list(texts)
        self._vectors = [np.asarray(row, dtype=np.float64) for row in vectors]
        self._words = {normalise(text): text for text in texts}
        self._cut = cut

    def check(self, text: str, vector: Floats) -> Passed:
        """Compare with all known topics. The same words (case and punctuation aside) never pass."""
        same = self._words.get(normalise(text))
        if same is not None:
            return Passed(ok=False, nearest=Near(text=same, cosine=1.0))
        nearest = self._nearest(vector)
        return Passed(ok=nearest is None or nearest.cosine < self._cut, nearest=nearest)

    def admit(self, text: str, vector: Floats) -> Passed:
        """Check, and know the topic from now on when it passes."""
        passed = self.check(text, vector)
        if passed.ok:
            self._texts.append(text)
            self._vectors.append(np.asarray(vector, dtype=np.float64))
            self._words[normalise(text)] = text
        return passed

    def _nearest(self, vector: Floats) -> Near | None:
        if not self._vectors:
            return None
        cosines = np.round(np.stack(self._vectors) @ np.asarray(vector, dtype=np.float64), _PLACES)
        best = int(np.argmax(cosines))
        return Near(text=self._texts[best], cosine=float(cosines[best]))


def too_close(texts: Sequence[str], vectors: Floats, cut: float = CUT) -> list[tuple[str, str, float]]:
    """Every pair that reaches the cut, nearest first: what keeps a list of topics from passing its own gate."""
    rows = np.asarray(vectors, dtype=np.float64)
    cosines = np.round(rows @ rows.T, _PLACES)
    places = np.argwhere(np.triu(cosines >= cut, 1))
    found = [(texts[int(i)], texts[int(j)], float(cosines[i, j])) for i, j in places]
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))
