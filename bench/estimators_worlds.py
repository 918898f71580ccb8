"""Worlds with known truth for the estimators' bench: none of them follows the models that the estimators assume.

Strengths are half-normal and effects logistic-normal, neither of which is in the prior of Q or of the tables. Every
response goes to another wording, drawn from an endless population; the truth is the mixture over that population.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.divergence import equal_weights, gjs
from cruxbank.science.readings import ItemReadings

VALUES = 10
FACTORS = 4
"""Directions in which models differ on one item: coordinates are correlated, as in recorded answers (SCIENCE 4)."""
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
PROFILE = 0.2
"""Part of a model's effect that is the same on all items of a bank (SCIENCE 4: values explain a fifth)."""
SHARED = 0.7
"""Part of a wording's variance that moves all models alike; the rest moves each model by itself."""


@dataclass(frozen=True)
class Setting:
    """What a bank is like. base: mean logit of raising a value; nulls: share of items on which all models are alike;
    wording: SD of a wording's push in logits; strength: scale of the half-normal strengths of the other items."""

    name: str
    base: float
    nulls: float
    wording: float
    strength: float = 1.0


@dataclass(frozen=True)
class Vectors:
    """x (N, K, n, P): verdicts in {-1, 0, 1} with the stance last; p (N, K, P, 3): chances of 1, -1 and 0 over all
    wordings."""

    x: Array
    p: Array

    @property
    def mean(self) -> Array:
        """(N, K, P)."""
        return np.asarray(self.p[..., 0] - self.p[..., 1])

    def true_q(self, weight: Array, models: int | None = None) -> Array:
        """(N,) tr(W S_B) of the first `models` models, S_B with K - 1 as in Q."""
        mean = self.mean[:, :models]
        d = mean - mean.mean(axis=1, keepdims=True)
        return np.asarray(((d @ weight) * d).sum(axis=(1, 2)) / (d.shape[1] - 1))


def vectors(setting: Setting, items: int, models: int, responses: int, rng: np.random.Generator) -> Vectors:
    """The bank of one panel: items with ten signed values and a stance, no wording in common between two items."""
    strength = _strengths(setting, items, rng)[:, None, None]
    size = VALUES + 1
    mix = rng.normal(size=(items, FACTORS, 2 * size)) / np.sqrt(FACTORS)
    own = rng.normal(size=(items, models, FACTORS))
    profile = rng.normal(size=(1, models, FACTORS))
    effect = strength * ((np.sqrt(PROFILE) * profile + np.sqrt(1 - PROFILE) * own) @ mix)
    centre = rng.normal(0.0, 0.8, (items, 1, 2 * size))
    centre[..., :VALUES] += setting.base
    centre[..., VALUES] = 2.0  # a stance other than neutral in about nine of ten answers
    effect[..., VALUES] = 0.0
    latent = centre + effect
    pushed = latent[:, :, None] + _pushes(setting.wording, (items, models, responses, 2 * size), rng)
    chance = _logistic(pushed)
    raised = rng.random((*chance.shape[:-1], size)) < chance[..., :size]
    sign = np.where(rng.random(raised.shape) < chance[..., size:], 1.0, -1.0)
    mean = _averaged(latent, setting.wording)
    up, shown = mean[..., size:], mean[..., :size]
    return Vectors(
        np.asarray(raised * sign, dtype=np.float64), np.stack([shown * up, shown * (1 - up), 1 - shown], axis=-1)
    )


def readings(x: Array, mask: Bools | None = None) -> ItemReadings:
    """One item's responses as the estimators take them. x: (K, n, P); mask: (K, n) which of them were asked for.

    Every second wording is a mirror, so that the framing check has its work too.
    """
    models, n, size = x.shape
    asked = np.ones(models * n, dtype=np.bool_) if mask is None else mask.reshape(-1)
    rows = x.reshape(-1, size)[asked]
    none = np.zeros(len(rows), dtype=np.bool_)
    return ItemReadings(
        models=np.repeat(np.arange(models), n)[asked],
        wordings=np.tile(np.arange(n), models)[asked],
        mirror=np.arange(n) % 2 == 1,
        values=rows[:, :-1],
        stance=rows[:, -1],
        refused=none,
        unscored=none,
    )


@dataclass(frozen=True)
class Tables:
    """picks (N, K, n): the outcome of each response, wording by wording; counts (N, K, C) of outcomes by model; truth
    (N, K, C): outcome distributions over all wordings."""

    picks: Ints
    counts: Ints
    truth: Array

    def true_bits(self) -> Array:
        """(N,) generalised Jensen-Shannon divergence."""
        return gjs(self.truth, equal_weights(self.truth.shape[1]))


def tables(
    setting: Setting, items: int, models: int, responses: int, outcomes: int, rng: np.random.Generator
) -> Tables:
    """One table an item: logits of the outcomes differ between models and move with the wording."""
    strength = _strengths(setting, items, rng)[:, None, None]
    centre = rng.normal(0.0, 0.8, (items, 1, outcomes))
    centre[..., -1] -= setting.base  # the last outcome is "absent"
    latent = centre + strength * rng.normal(size=(items, models, outcomes))
    pushed = latent[:, :, None] + _pushes(setting.wording, (items, models, responses, outcomes), rng)
    p = _softmax(pushed)
    pick = (rng.random(p.shape[:-1])[..., None] > np.cumsum(p, axis=-1)[..., :-1]).sum(axis=-1)
    counts = (pick[..., None] == np.arange(outcomes)).sum(axis=2).astype(np.int64)
    draws = rng.normal(0.0, setting.wording, (items, 1, 400, outcomes)) if setting.wording else np.zeros((1, 1, 1, 1))
    return Tables(pick, counts, np.asarray(_softmax(latent[:, :, None] + draws).mean(axis=2)))


def _strengths(setting: Setting, items: int, rng: np.random.Generator) -> Array:
    strong = np.abs(rng.normal(0.0, setting.strength, items))
    return np.where(rng.random(items) < setting.nulls, 0.0, strong)


def _pushes(spread: float, shape: tuple[int, int, int, int], rng: np.random.Generator) -> Array:
    items, _, responses, size = shape
    common = rng.normal(size=(items, 1, responses, size))
    return np.asarray(spread * (np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * rng.normal(size=shape)))


def _averaged(latent: Array, spread: float) -> Array:
    """Mean of the logistic over normal pushes, by Gauss-Hermite."""
    each = _logistic(latent[..., None] + spread * NODES)
    return np.asarray(each @ NODE_WEIGHTS / NODE_WEIGHTS.sum())


def _logistic(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))
