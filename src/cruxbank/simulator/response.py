"""The response process, vectorised: shared by the text generation and by the true separation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

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
    """What is fixed for models and wordings. Shapes (..., ) and (..., 10)."""

    stance: Floats
    """Mean of the latent answer to the question as it is worded."""
    salience: Floats
    serves: Floats
    """(..., 10): does a yes to this wording serve the value (+) or harm it (-)?"""
    warmth: Floats
    """(..., 10): logit of arguing from a value that is raised, rather than turning it down."""
    refusal: Floats
    jitter: Floats
    """SD of what is new at every request."""

    def at(self, *index: object) -> Latents:
        """The same for some rows only; `index` goes to the leading axes."""
        return Latents(*(getattr(self, field.name)[index] for field in fields(self)))

    def pushed(self, push: Floats) -> Latents:
        """The same with something added to the stance, towards a yes to the wording."""
        return replace(self, stance=self.stance + push)


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


@dataclass(frozen=True)
class Contents:
    """What W wordings are about, stacked: the numbers of `Features`. Shapes (W,), (W, 10), (W, 16) and (W, 16, 10)."""

    sign: Floats
    frame: Floats
    item: Floats
    divisive: Floats
    delicate: Floats
    relevance: Floats
    polarity: Floats
    loading: Floats
    tau: Floats
    z_stance: Floats
    z_values: Floats


def stack(texts: Sequence[Features]) -> Contents:
    """The contents of some texts."""
    names = [field.name for field in fields(Contents)]
    return Contents(**{name: np.array([getattr(x, name) for x in texts], dtype=np.float64) for name in names})


def latents(
    seed: int, preset: Preset, traits: Traits, models: Sequence[int], ids: Sequence[str], texts: Sequence[Features]
) -> Latents:
    """Latents of some texts for some models, shape (W, K) and (W, K, 10). `ids` name the models in the hash."""
    omega = np.array([[normals(D + 1, seed, "wording", model, x.text) for model in ids] for x in texts])
    return mix(preset, traits, models, stack(texts), omega)


def mix(preset: Preset, traits: Traits, models: Sequence[int], x: Contents, omega: Floats) -> Latents:
    """Latents of W wordings for K models, (W, K) and (W, K, 10).

    models: rows of `traits`. omega: (W, K, 11) standard normal, what a wording does to a model's values and stance.
    """
    rows = np.asarray(models)
    theta, loadings = traits.theta[rows], traits.loadings[rows]
    scale, spread = _spreads(preset, x)
    z_stance, z_values = (_unit(x.z_stance, 1), _unit(x.z_values, 1)) if preset.even else (x.z_stance, x.z_values)
    shared = np.sqrt(preset.item) * np.exp(-0.4 * x.divisive - 0.16) * x.item
    own = np.sqrt(preset.value_share) * x.loading @ theta.T + np.sqrt(1 - preset.value_share) * z_stance @ loadings.T
    proposition = shared[:, None] + np.sqrt(preset.interaction) * scale[:, None] * own
    pushed = traits.acquiescence[rows] + traits.frame[rows] * x.frame[:, None]
    omega = omega * traits.fickle[rows, None]
    stance = x.sign[:, None] * proposition + pushed + np.sqrt(preset.wording) * omega[..., D]
    raised = preset.relevance * x.relevance + preset.tau * x.tau + _BASE + preset.salience
    wide = spread[:, None, None]
    drawn = (preset.value_salience + preset.loading * wide) * theta
    drawn = drawn + preset.salience_interaction * wide * (loadings @ z_values)
    at_stake = 0.6 + preset.stake * x.relevance  # models differ most about what the question is about
    voiced = raised[:, None] + at_stake[:, None] * drawn + preset.salience_wording * omega[..., :D]
    voiced = voiced + 0.8 * traits.log_verbosity[rows, None]
    serves = np.broadcast_to((x.sign[:, None] * x.polarity)[:, None], voiced.shape)
    warmth = np.broadcast_to(1.5 + preset.value_warmth * theta, voiced.shape)
    jitter = np.broadcast_to(np.sqrt(preset.noise) * traits.fickle[rows], stance.shape)
    return Latents(stance, voiced, serves, warmth, traits.refusal[rows] + 0.8 * x.delicate[:, None], jitter)


def _spreads(preset: Preset, x: Contents) -> tuple[Floats, Floats]:
    """(W,) scale of model x item in the stance, and in the salience of values."""
    if preset.even:
        return np.ones_like(x.divisive), np.ones_like(x.divisive)
    scale = np.exp(preset.divisiveness * x.divisive - preset.divisiveness**2)
    return scale, np.clip(scale**0.8, 0.25, 2.4)


def _unit(z: Floats, axis: int) -> Floats:
    """Directions of equal length, so that every question spreads models as far as another."""
    size = np.sqrt((z**2).mean(axis=axis, keepdims=True))
    return np.asarray(z / np.maximum(size, 1e-9))


def request_noise(*parts: str | int) -> Noise:
    """The noise of one request, from a hash of everything in it."""
    u = uniforms(2 * D + 1, "noise", *parts)
    return Noise(normals(1, "answer", *parts)[0], u[:D], u[D : 2 * D], u[2 * D])


def random_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Noise:
    """Noise of many requests at once, for Monte Carlo."""
    return Noise(rng.standard_normal(shape), rng.random((*shape, D)), rng.random((*shape, D)), rng.random(shape))


def plan(preset: Preset, latent: Latents, noise: Noise) -> Plans:
    """What is answered: refusal, stance, and which values are raised on which side."""
    y = latent.stance + latent.jitter * noise.stance
    stance = np.where(np.abs(y) < preset.neutral, 0, np.sign(y))
    fits = latent.serves * np.asarray(stance)[..., None]
    u = np.clip(noise.presence, 1e-12, 1 - 1e-12)
    margin = latent.salience + preset.stance_pull * fits + np.log(u / (1 - u))
    present = (margin > 0) & (margin >= _cut(margin))
    support = noise.sign < 1 / (1 + np.exp(-(latent.warmth + preset.sign_pull * fits)))
    values = np.where(present, np.where(support | (not preset.signed), 1, -1), 0)
    refused = noise.refusal < 1 / (1 + np.exp(-latent.refusal))
    return Plans(np.asarray(refused), np.asarray(stance, dtype=np.int8), values.astype(np.int8), margin)


def _cut(margin: Floats) -> Floats:
    """The sixth largest margin: three key points hold at most two values each."""
    return np.partition(margin, D - MOST_VALUES, axis=-1)[..., D - MOST_VALUES, None]
