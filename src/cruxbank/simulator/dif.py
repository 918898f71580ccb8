"""Planted differential item functioning: in one language, some words mean something else.

A question with such a word works differently there. The word, not the question, carries the shift, so that the wordings
of one item shift together. What was planted is known to `truth.language_shift`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from cruxbank.simulator.features import D, Features, gather
from cruxbank.simulator.hashing import normals, uniforms
from cruxbank.simulator.presets import Preset
from cruxbank.simulator.stems import stem
from cruxbank.simulator.tables import question_words
from cruxbank.simulator.tongues import asking_words
from cruxbank.simulator.traits import DIRECTIONS

_SIZE = 1.25  # of a uniform shift, in standard deviations of what all models and single models think of a proposition
_KEPT = 0.3  # correlation of a model's reordered position with its own
_VALUES = 1.2  # logits of salience that two values gain and lose
_WORDS = 6.0  # words of an item that can carry a shift; makes the share of shifted items that of the preset


@dataclass(frozen=True)
class Shift:
    """What a language does to a proposition."""

    uniform: float = 0.0
    """Added to the latent stance of every model."""
    reordered: bool = False
    """Models' positions are drawn anew, but for a correlation of .3."""
    word: str = ""
    """The stem that carries it."""


def shift_of(seed: int, preset: Preset, key: str, language: str) -> Shift:
    """The shift of a proposition, given by its English key, in a language."""
    if not preset.dif:
        return Shift()
    chance = 1 - (1 - preset.dif) ** (1 / _WORDS)
    drawn = sorted((float(uniforms(2, seed, "dif", language, s)[0]), s) for s in carriers(key))
    if not drawn or drawn[0][0] >= chance:
        return Shift()
    word = drawn[0][1]
    kind = float(uniforms(2, seed, "dif", language, word)[1])
    if kind >= 0.5:
        return Shift(reordered=True, word=word)
    size = _SIZE * float(np.sqrt(preset.item + preset.interaction))
    return Shift(size if kind < 0.25 else -size, word=word)


def shifted(seed: int, preset: Preset, found: Features, language: str, shift: Shift) -> Features:
    """Features of a text whose proposition is shifted."""
    z = normals(DIRECTIONS * (D + 1) + D, seed, "dif of", language, shift.word)
    if shift.reordered:
        fresh, rest = z[: DIRECTIONS * (D + 1)].reshape(DIRECTIONS, D + 1), np.sqrt(1 - _KEPT**2)
        order = np.argsort(z[-D:])
        return replace(
            found,
            z_stance=_KEPT * found.z_stance + rest * fresh[:, D],
            z_values=_KEPT * found.z_values + rest * fresh[:, :D],
            loading=found.loading[order],
        )
    unit = np.sqrt(preset.item) * np.exp(-0.4 * found.divisive - 0.16)
    tau = found.tau.copy()
    if preset.tau:
        tau[np.argsort(z[-D:])[[0, -1]]] += np.array([-1.0, 1.0]) * _VALUES / preset.tau
    return replace(found, item=found.item + (shift.uniform / float(unit) if preset.item else 0.0), tau=tau)


def carriers(key: str) -> list[str]:
    """Stems of a text that say what it is about, and not how it asks."""
    return [found for found, _ in gather(key) if len(found) > 2 and found not in _asking_stems()]


@cache
def _asking_stems() -> frozenset[str]:
    """Wordings of one item differ in how they ask, and in their verbs."""
    return frozenset(stem(word) for word in asking_words() | question_words().verbs)
