"""How a judge misreads: chances by dimension and by the family that answered. Values as numbers, no text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.seeds import rng as seeded

SENSITIVITY, SPECIFICITY = 0.85, 0.95
"""Of the simulated LLM judge, a value and response (`simulator/reader.py`)."""
SPREAD = 0.40
"""SD over dimensions of the logits of both."""
FAMILY_SD = 0.05
"""SD of family-specific false positives (SCIENCE 4): the judge sees a value more often in one family's style."""
SIGN_ERROR = 0.08
SUPPORTED = 0.80
"""Share of the values that are seen by mistake that are seen as supported."""
LOCAL_SENSITIVITY = (0.71, 0.72, 0.91, 0.79, 0.57, 0.78, 0.97, 0.88, 0.94, 0.96)
LOCAL_SPECIFICITY = (0.75, 0.53, 0.49, 0.67, 0.61, 0.53, 0.19, 0.51, 0.35, 0.26)
"""The local judge on 1,331 answers of the `compass` world to 360 drafts of the local generator; its false positives
varied between families by SD .05 as well."""


@dataclass(frozen=True)
class NumericJudge:
    """Reads planned values with errors.

    sensitivity (D,): chance to see a value that was raised. false_positives (F, D): chance to see one that was not,
    by family. sign_error: chance to turn the sign of a value that was raised. signed False: presence only, 0 and 1.
    """

    sensitivity: Array
    false_positives: Array
    sign_error: float
    signed: bool

    def read(self, values: Array, families: Ints, rng: np.random.Generator) -> Array:
        """(n, D) verdicts in {-1, 0, 1} on planned values (n, D); families (n,) of who answered."""
        there = values != 0
        chance = np.where(there, self.sensitivity, self.false_positives[families])
        seen = rng.random(values.shape) < chance
        if not self.signed:
            return seen.astype(np.float64)
        u = rng.random(values.shape)
        turned = np.where(u < self.sign_error, -values, values)
        invented = np.where(u < SUPPORTED, 1.0, -1.0)
        return np.where(seen, np.where(there, turned, invented), 0.0)


def perfect(dimensions: int, families: int) -> NumericJudge:
    """A judge without errors."""
    return NumericJudge(np.ones(dimensions), np.zeros((families, dimensions)), 0.0, True)


def signed_judge(seed: int, dimensions: int, families: int) -> NumericJudge:
    """An LLM judge: sensitivity about .85 and specificity about .95, sign known, errors drawn from `seed`."""
    draw = seeded(seed, 0, "judge")
    sensitivity = _spread(SENSITIVITY, draw.standard_normal(dimensions))
    invented = 1 - _spread(SPECIFICITY, draw.standard_normal(dimensions))
    return NumericJudge(sensitivity, _by_family(invented, families, draw), SIGN_ERROR, True)


def presence_judge(seed: int, families: int) -> NumericJudge:
    """The local judge: presence only, a specificity of .49, ten Schwartz values."""
    invented = 1 - np.array(LOCAL_SPECIFICITY)
    draw = seeded(seed, 0, "local judge")
    return NumericJudge(np.array(LOCAL_SENSITIVITY), _by_family(invented, families, draw), 0.0, False)


def _spread(p: float, z: Array) -> Array:
    """Chances around p: the mean of their logits is that of p."""
    return np.asarray(1 / (1 + np.exp(-(np.log(p / (1 - p)) + SPREAD * z))))


def _by_family(invented: Array, families: int, draw: np.random.Generator) -> Array:
    bias = FAMILY_SD * draw.standard_normal((families, len(invented)))
    return np.asarray(np.clip(invented + bias, 0.0, 1.0))
