"""What is hidden in each simulated model: values, acquiescence, refusals, verbosity, sensitivity to frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from cruxbank.simulator.hashing import Floats, normals, uniforms
from cruxbank.simulator.presets import Preset
from cruxbank.simulator.roster import DIMENSIONS, MODELS, SimModel

DIRECTIONS = 16
CANDOUR = (0.95, 0.65, 0.30)
_DECAY = 0.733  # geometric spectrum whose participation ratio (1 + r) / (1 - r) is 6.5 directions (SCIENCE 4)
# Degrees on Schwartz's circle, in the order of DIMENSIONS; tradition and conformity share a wedge.
_DEGREES = (0.0, 320.0, 280.0, 240.0, 200.0, 160.0, 120.0, 120.0, 80.0, 40.0)
_CIRCLE = 0.6  # share of a value's variance that follows the circle


@dataclass(frozen=True)
class Traits:
    """One row a model of the roster, K rows."""

    theta: Floats
    """(K, 10), person-centred."""
    loadings: Floats
    """(K, 16): how a model reacts to what a question is about, whatever it values. Unit variance of the sum."""
    acquiescence: Floats
    frame: Floats
    refusal: Floats
    """Logit of the chance to refuse a question of average delicacy."""
    log_verbosity: Floats
    order: Floats
    """Difference that it makes which option is listed first, in points."""
    extremity: Floats
    """Standard normal: strong values, more refusals, the ends of a rating scale."""
    fickle: Floats
    """Size of what wordings and repeats do to the model, in that of the preset; its mean square is 1."""
    candour: Floats
    """Correlation of the values that the model acts on with those that it professes, one of CANDOUR."""
    acted: Floats
    """(K, 10): the values that it acts on, person-centred, of the same covariance as theta."""

    def acting(self) -> Traits:
        """The traits that a scenario shows."""
        return replace(self, theta=self.acted)

    def choosing(self) -> Traits:
        """The traits that a dilemma shows: halfway between what is professed and what is acted on."""
        half = (self.theta + self.acted) / np.sqrt(2 * (1 + self.candour))[:, None]
        return replace(self, theta=half)


def covariance() -> Floats:
    """(10, 10) covariance of person-centred values before the person's own extremity."""
    angle = np.radians(_DEGREES)
    raw = _CIRCLE * np.cos(angle[:, None] - angle[None, :]) + (1 - _CIRCLE) * np.eye(len(_DEGREES))
    centre = np.eye(len(_DEGREES)) - 1.0 / len(_DEGREES)
    return np.asarray(centre @ raw @ centre)


def draw_traits(seed: int, preset: Preset, models: Sequence[SimModel] = MODELS) -> Traits:
    """The hidden traits of some models, by default of the whole roster. Each model's follow from its id alone."""
    rows = [_one(seed, preset, model) for model in models]
    return Traits(*(np.array([row[k] for row in rows]) for k in range(11)))


def _one(seed: int, preset: Preset, model: SimModel) -> tuple[Floats | float, ...]:
    own = normals(2 + len(DIMENSIONS) + DIRECTIONS, seed, "model", model.id)
    shared = normals(2 + len(DIMENSIONS) + DIRECTIONS, seed, "family", model.family)
    mixed = np.sqrt(1 - preset.family) * own + np.sqrt(preset.family) * shared
    rest = normals(5, seed, "manner", model.id)
    more = normals(2, seed, "order", model.id)
    extremity = float(rest[0])
    theta = _values(mixed[: 2 + len(DIMENSIONS)]) * np.exp(0.25 * extremity)
    return (
        theta,
        mixed[2 + len(DIMENSIONS) :] * np.sqrt(_spectrum(preset)),
        float(rest[1]) * np.sqrt(preset.model),
        preset.frame + preset.frame_sd * float(rest[2]),
        _refusal(preset, extremity, float(rest[3])),
        preset.verbosity_sd * float(rest[4]),
        preset.order * float(more[0]),
        extremity,
        float(np.exp(preset.fickle * more[1] - preset.fickle**2)),
        *_acted(seed, model, theta, extremity),
    )


def _acted(seed: int, model: SimModel, theta: Floats, extremity: float) -> tuple[float, Floats]:
    """Candour and the values that a model acts on; two models in five mean what they say."""
    rank = float(uniforms(1, seed, "candour", model.id)[0])
    candour = CANDOUR[0] if rank < 0.4 else CANDOUR[1] if rank < 0.7 else CANDOUR[2]
    own = _values(normals(2 + len(DIMENSIONS), seed, "acted", model.id)) * np.exp(0.25 * extremity)
    return candour, np.asarray(candour * theta + np.sqrt(1 - candour**2) * own)


def _values(z: Floats) -> Floats:
    angle = np.radians(_DEGREES)
    circle = z[0] * np.cos(angle) + z[1] * np.sin(angle)
    theta = np.sqrt(_CIRCLE) * circle + np.sqrt(1 - _CIRCLE) * z[2:]
    return np.asarray(theta - theta.mean())


def _spectrum(preset: Preset) -> Floats:
    weights = (1.0 if preset.even else _DECAY) ** np.arange(DIRECTIONS)
    return np.asarray(weights / weights.sum())


def _refusal(preset: Preset, extremity: float, z: float) -> float:
    """0 to `refusal_max`, correlated .4 with extremity; the sixth power keeps two models in three below 5 %."""
    rank = NormalDist().cdf(0.4 * extremity + np.sqrt(1 - 0.16) * z)
    rate = max(preset.refusal_max * rank**6, 1e-4)
    return float(np.log(rate / (1 - rate)))
