"""The response process, vectorised: shared by the text generation and by the true separation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cruxbank.simulator.features import D, Features
from cruxbank.simulator.hashing import Floats, normals, uniforms
from cruxbank.simulator.presets import Preset
from cruxbank.simulator.traits import Traits

Ints = NDArray[np.int8]
MOST_VALUES = 6
# Values that models raise more or less often whatever is asked, in the order of DIMENSIONS.
_BASE = np.array([0.35, -0.50, -0.45, 0.10, -0.30, 0.45, -0.10, -0.25, 0.30, 0.40])


@dataclass(frozen=True)
class Latents:
    """What is fixed for a model and a text. Shapes (..., ) and (..., 10)."""

    stance: Floats
    """Mean of the latent answer to the question as it is worded."""
    salience: Floats
    serves: Floats
    """(..., 10): does a yes to this wording serve the value (+) or harm it (-)?"""
    warmth: Floats
    """(..., 10): logit of arguing from a value that is raised, rather than turning it down."""
    refusal: Floats


@dataclass(frozen=True)
class Noise:
    """What is new at a request: one standard normal, and uniforms."""

    stance: Floats
    presence: Floats
    sign: Floats
    refusal: Floats


@dataclass(frozen=True)
class Plans:
    """Responses before they are put into words."""

    refused: NDArray[np.bool_]
    stance: Ints
    """+1 yes, -1 no, 0 neutral, towards the question as it is worded."""
    values: Ints
    """(..., 10): +1 argued from, -1 turned down, 0 not raised."""
    margin: Floats
    """(..., 10): how strongly a value is raised; the order of key points."""


def latents(
    seed: int, preset: Preset, traits: Traits, models: Sequence[int], ids: Sequence[str], x: Features
) -> Latents:
    """Latents of one text for some models, shape (K,) and (K, 10). `ids` name the models in the hash."""
    rows = np.asarray(models)
    theta, loadings = traits.theta[rows], traits.loadings[rows]
    omega = np.array([normals(D + 1, seed, "wording", model, x.text) for model in ids])
    scale = np.exp(preset.divisiveness * x.divisive - preset.divisiveness**2)
    spread = float(np.clip(scale**0.8, 0.25, 2.4))
    shared = np.sqrt(preset.item) * np.exp(-0.4 * x.divisive - 0.16) * x.item
    own = np.sqrt(preset.value_share) * theta @ x.loading + np.sqrt(1 - preset.value_share) * loadings @ x.z_stance
    proposition = shared + np.sqrt(preset.interaction) * scale * own
    pushed = traits.acquiescence[rows] + traits.frame[rows] * x.frame
    stance = x.sign * proposition + pushed + np.sqrt(preset.wording) * omega[:, D]
    raised = preset.relevance * x.relevance + 0.4 * x.tau + _BASE + preset.salience
    drawn = (0.3 + preset.loading * spread) * theta + preset.salience_interaction * spread * loadings @ x.z_values
    at_stake = 0.6 + 0.6 * x.relevance  # models differ most about what the question is about
    voiced = raised + at_stake * drawn + preset.salience_wording * omega[:, :D] + 0.8 * traits.log_verbosity[rows, None]
    serves = np.broadcast_to(x.sign * x.polarity, voiced.shape)
    warmth = 1.5 + 0.8 * theta
    return Latents(stance, voiced, serves, warmth, traits.refusal[rows] + 0.8 * x.delicate)


def request_noise(*parts: str | int) -> Noise:
    """The noise of one request, from a hash of everything in it."""
    u = uniforms(2 * D + 1, "noise", *parts)
    return Noise(normals(1, "answer", *parts)[0], u[:D], u[D : 2 * D], u[2 * D])


def random_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Noise:
    """Noise of many requests at once, for Monte Carlo."""
    return Noise(rng.standard_normal(shape), rng.random((*shape, D)), rng.random((*shape, D)), rng.random(shape))


def plan(preset: Preset, latent: Latents, noise: Noise) -> Plans:
    """What is answered: refusal, stance, and which values are raised on which side."""
    y = latent.stance + np.sqrt(preset.noise) * noise.stance
    stance = np.where(np.abs(y) < preset.neutral, 0, np.sign(y))
    fits = latent.serves * np.asarray(stance)[..., None]
    u = np.clip(noise.presence, 1e-12, 1 - 1e-12)
    margin = latent.salience + preset.stance_pull * fits + np.log(u / (1 - u))
    present = (margin > 0) & (margin >= _cut(margin))
    support = noise.sign < 1 / (1 + np.exp(-(latent.warmth + 1.4 * fits)))
    values = np.where(present, np.where(support, 1, -1), 0)
    refused = noise.refusal < 1 / (1 + np.exp(-latent.refusal))
    return Plans(np.asarray(refused), np.asarray(stance, dtype=np.int8), values.astype(np.int8), margin)


def _cut(margin: Floats) -> Floats:
    """The sixth largest margin: three key points hold at most two values each."""
    return np.partition(margin, D - MOST_VALUES, axis=-1)[..., D - MOST_VALUES, None]
