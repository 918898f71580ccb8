"""What a question is about, from its text alone: content, direction, frame, values at stake, how much it divides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.simulator.direction import Direction, direction
from cruxbank.simulator.hashing import Floats, normals, uniforms
from cruxbank.simulator.roster import DIMENSIONS
from cruxbank.simulator.stems import stem, words
from cruxbank.simulator.tables import QuestionWords, question_words
from cruxbank.simulator.traits import DIRECTIONS, covariance

D = len(DIMENSIONS)
_HASHED = 0.35  # size of the value relevance that an unknown word has, against 1 for a word of the lexicon

_PULL = 3.33  # root mean fourth power of the pull of 720 drafts of the local generator


@dataclass(frozen=True)
class Features:
    """Of one text. Everything but `sign` and `frame` concerns the proposition, not how it is put."""

    text: str
    sign: int
    """+1 or -1: is the proposition stated or reversed?"""
    frame: float
    item: float
    """Standard normal: where all models lean."""
    divisive: float
    """About standard normal: how much the question divides; the log of its interaction scale."""
    delicate: float
    relevance: Floats
    """(10,) from 0 to 1: how much of each value is at stake."""
    polarity: Floats
    """(10,) from -1 to 1: does the proposition serve the value or harm it?"""
    loading: Floats
    """(10,) weights of the hidden values in the stance; loading . theta has unit variance on average over drafts."""
    tau: Floats
    """(10,) standard normal."""
    z_stance: Floats
    """(16,)"""
    z_values: Floats
    """(16, 10)"""


@dataclass(frozen=True)
class WordVector:
    """Hashed numbers of one stem."""

    numbers: Floats
    values: Floats
    known: bool


def word_vector(seed: int, word: str) -> WordVector:
    """What a stem adds to a question. `seed` is the server's: another world, another meaning."""
    known = question_words().values.get(word)
    hashed = np.zeros(D)
    where = uniforms(4, seed, "values", word)
    for k in range(2):
        hashed[int(where[k] * D)] = _HASHED * (1.0 if where[2 + k] < 0.6 else -1.0)
    values = hashed if known is None else known + 0.3 * hashed
    return WordVector(normals(3 + D + DIRECTIONS * (D + 1), seed, "word", word), values, known is not None)


def content(text: str) -> list[str]:
    """Content words in order of the text (not stemmed)."""
    table = question_words()
    found = [word for word in words(text) if _is_content(word, table)]
    return found or words(text)


def _is_content(word: str, table: QuestionWords) -> bool:
    groups = (table.function, table.reversing, table.affirming, table.up, table.down, table.order)
    return len(word) > 1 and not any(word in group for group in groups)


def weight(word: str) -> float:
    """Long words say more; verbs change from paraphrase to paraphrase and say less."""
    return min(len(word), 9) / 6 * (0.4 if word in question_words().verbs else 1.0)


def build(text: str, vectors: Sequence[tuple[str, float, WordVector]], turned: Direction | None = None) -> Features:
    """Features of a text whose content is given as (stem, weight, vector), one entry a stem, sorted.

    `turned` where the direction is known and not to be read from the text as a question.
    """
    turned = turned or direction(text)
    sizes = np.array([w for _, w, _ in vectors])
    numbers = np.array([v.numbers for _, _, v in vectors])
    mixed = sizes @ numbers / np.sqrt((sizes**2).sum())
    served = np.array([w * turned.side.get(s, 1) * v.values for s, w, v in vectors])
    strength = np.abs(served).sum(axis=0)
    polarity = np.clip(served.sum(axis=0) / np.maximum(strength, 1e-9), -1, 1) * np.minimum(strength, 1)
    tension = _tension(vectors)
    z = mixed[3 + D :].reshape(DIRECTIONS, D + 1)
    return Features(
        text=text,
        sign=turned.sign,
        frame=_frame(text),
        item=float(mixed[0]),
        divisive=float(mixed[1]) + 0.4 * tension + 0.05,  # so that model x item has its share over 106 real topics
        delicate=float(mixed[2]),
        relevance=np.minimum(strength, 1.0),
        polarity=polarity,
        loading=loading_of(polarity),
        tau=mixed[3 : 3 + D],
        z_stance=z[:, D],
        z_values=z[:, :D],
    )


def gather(text: str) -> list[tuple[str, float]]:
    """Stems with their weights, one entry a stem, sorted."""
    found: dict[str, float] = {}
    for word in content(text):
        key = stem(word)
        found[key] = max(found.get(key, 0.0), weight(word))
    return sorted(found.items()) or [("", 1.0)]


def _tension(vectors: Sequence[tuple[str, float, WordVector]]) -> float:
    """1 when known words pull at values from opposite sides of the circle, -1 without any known word."""
    known = [v.values for _, _, v in vectors if v.known]
    if not known:
        return -1.0
    pulls = np.abs(np.sign(np.round(known))).max(axis=0)
    opposed = covariance() < -0.25
    return 1.0 if bool((opposed & np.outer(pulls > 0, pulls > 0)).any()) else 0.0


def _frame(text: str) -> float:
    table = question_words()
    found = words(text)
    return float(sum((word in table.up) - (word in table.down) for word in found))


def loading_of(polarity: Floats) -> Floats:
    """(..., 10) loadings of the stance on values: along the polarity, and the more the stronger it pulls.

    The variance of loading . theta over models is 1 on average over real drafts and not for each: on ValuePortrait the
    items that models differ about are those that people's values bear on (r = .14 between the spread and the sum of the
    squared item-value correlations).
    """
    pull = np.sqrt(np.einsum("...d,de,...e->...", polarity, covariance(), polarity))
    return np.asarray(polarity * pull[..., None] / _PULL)


__all__ = ["Direction", "Features", "WordVector", "build", "content", "gather", "loading_of", "weight", "word_vector"]
