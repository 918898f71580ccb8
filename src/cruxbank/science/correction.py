"""A reported rate, corrected for the errors of the judge that reported it (Rogan and Gladen 1978)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cruxbank.accuracy import Accuracy, Rate
from cruxbank.frozen import Frozen
from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array
from cruxbank.science.seeds import rng

DRAWS = 4000
IDENTIFIED = 0.975
"""Chance that sensitivity + specificity > 1 that a corrected rate asks for: else the judge may be no better than a coin."""


class Corrected(Frozen):
    """A rate as it was reported, and as it is once the judge's errors are taken off; None where they cannot be."""

    raw: Rate
    corrected: Estimate | None = None


def rogan_gladen(reported: float, sensitivity: float, specificity: float) -> float:
    """(reported + specificity - 1) / (sensitivity + specificity - 1), clipped to [0, 1].

    Raises:
        ValueError: sensitivity + specificity <= 1: the judge tells nothing, or the opposite.
    """
    better = sensitivity + specificity - 1
    if better <= 0:
        raise ValueError(f"rogan_gladen: sensitivity {sensitivity:g} + specificity {specificity:g} is not above 1")
    return min(1.0, max(0.0, (reported + specificity - 1) / better))


def draws_of(found: Rate, generator: np.random.Generator, size: int = DRAWS) -> Array:
    """(size,) draws of a share from its Jeffreys posterior, with the effective number of texts behind it."""
    hits = found.est * found.effective
    return np.asarray(generator.beta(hits + 0.5, found.effective - hits + 0.5, size))


class Corrector:
    """Corrects rates of one dimension and side. One set of draws of the judge's errors serves all rates: the errors are
    the same for all, and so are the corrected rates' common part."""

    def __init__(self, accuracy: Accuracy, name: str, draws: int = DRAWS) -> None:
        generator = rng(0, 0, f"judge error {name}")
        self._name = name
        self._known = accuracy.sensitivity.n > 0 and accuracy.specificity.n > 0
        self._accuracy = accuracy
        self._sensitivity = draws_of(accuracy.sensitivity, generator, draws)
        self._specificity = draws_of(accuracy.specificity, generator, draws)
        self._better = self._sensitivity + self._specificity - 1
        self.identified = bool(self._known and (self._better > 0).mean() >= IDENTIFIED)
        """Whether sensitivity + specificity is above 1 within its interval."""

    def correct(self, reported: Rate, label: str) -> Corrected:
        """The rate with its 95 % interval: of the draws in which the judge is better than a coin, clipped to [0, 1].

        The interval carries the uncertainty of the rate, the sensitivity and the specificity. `label` makes the draws
        of this rate its own (a model's name).
        """
        if not self.identified or reported.n == 0:
            return Corrected(raw=reported)
        drawn = draws_of(reported, rng(0, 0, f"rate {self._name} {label}"), len(self._better))
        good = self._better > 0
        theta = np.clip((drawn + self._specificity - 1)[good] / self._better[good], 0.0, 1.0)
        low, high = np.quantile(theta, [0.025, 0.975])
        errors = self._accuracy
        est = rogan_gladen(reported.est, errors.sensitivity.est, errors.specificity.est)
        return Corrected(raw=reported, corrected=Estimate(est=est, lo=float(low), hi=float(high)))


def correct_all(rates: Mapping[str, Rate], accuracy: Accuracy, name: str) -> dict[str, Corrected]:
    """Rates by model, all read by one judge, corrected; `name` is the dimension and side."""
    corrector = Corrector(accuracy, name)
    return {model: corrector.correct(found, model) for model, found in rates.items()}
