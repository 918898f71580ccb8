"""The simulator's response process as ratings, in the designs of the two recorded sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.bench.simulator_stats import Ratings
from cruxbank.bench.worlds import NUMBERS, WORDING, contents_of
from cruxbank.science.arrays import Array
from cruxbank.science.seeds import rng as seeded
from cruxbank.simulator.features import D
from cruxbank.simulator.presets import Preset
from cruxbank.simulator.response import Contents, mix
from cruxbank.simulator.roster import SimModel
from cruxbank.simulator.traits import covariance, draw_traits

PEOPLE = 47
"""Raters an item of ValuePortrait: what the noise of its item-value correlations is made of."""
SIGNAL_SD = 0.11
"""SD of these correlations without that noise: .183 with it, 1 / sqrt(47) = .146 by chance."""

STYLE = 0.35
"""SD over models of the log of how far they use the scale; on ValuePortrait the SDs of their ratings vary by .37."""


@dataclass(frozen=True)
class Design:
    """Who was asked what. families: models of each; `marginal`: cumulative shares of the points but the last, which
    the latent answers are cut at; missing: share of unreadable answers of each model; ordered: wordings come in pairs,
    as is and with the options reversed."""

    families: tuple[int, ...]
    items: int
    wordings: int
    ordered: bool
    marginal: tuple[float, ...]
    bins: tuple[float, ...]
    middle: float
    missing: tuple[float, ...]

    @property
    def roster(self) -> tuple[SimModel, ...]:
        """Simulated models in families of the recorded sizes."""
        return tuple(
            SimModel(f"rated-{family}-{k}", f"rated-{family}")
            for family, size in enumerate(self.families)
            for k in range(size)
        )


VALUE_PORTRAIT = Design(
    families=(5, 3, 3, 3, 2, 1, 1),  # claude, gemini, gpt and o, mistral, qwen, deepseek, llama
    items=447,
    wordings=6,
    ordered=True,
    marginal=(0.0684, 0.1134, 0.1608, 0.6764, 0.8234),
    bins=(2.5, 4.5),
    middle=3.5,
    missing=(),
)
POLITICAL_COMPASS = Design(
    families=(3, 3, 2),  # llama 2, mistral and zephyr, gpt 3.5
    items=62,
    wordings=10,
    ordered=False,
    marginal=(0.1875, 0.4126, 0.9364),
    bins=(2.5,),
    middle=2.5,
    missing=(0.45, 0.46, 0.25, 0.0, 0.14, 0.13, 0.06, 0.02),
)


def simulate(seed: int, preset: Preset, design: Design) -> Ratings:
    """Ratings of one simulated world in a recorded design, with item-value correlations of simulated people."""
    rng = seeded(seed, 0, "ratings")
    roster = design.roster
    traits = draw_traits(seed, preset, roster)
    contents = _contents(rng, preset, design)
    shape = (design.items, design.wordings, len(roster))
    omega = rng.standard_normal((design.items * design.wordings, len(roster), D + 1))
    latent = mix(preset, traits, range(len(roster)), contents, omega)
    y, jitter = (part.reshape(shape) for part in (latent.stance, latent.jitter))
    order = np.where(np.arange(design.wordings) % 2, -1.0, 1.0)[:, None] if design.ordered else 0.0
    y = y + order * traits.order / 2 + jitter * rng.standard_normal(shape)
    y = y * np.exp(STYLE * traits.extremity)
    points = 1.0 + np.searchsorted(np.quantile(y, design.marginal), y)
    gone = rng.random(shape) < (design.missing or 0.0)
    loading = contents.loading[:: design.wordings]
    return Ratings(
        np.where(gone, np.nan, points).transpose(2, 0, 1), design.bins, design.middle, _correlations(rng, loading)
    )


def _contents(rng: np.random.Generator, preset: Preset, design: Design) -> Contents:
    """One row an item and wording, items first; nothing is reversed or loaded."""
    share = WORDING if preset.wording > 0 else 0.0
    items = rng.standard_normal((design.items, 1, NUMBERS))
    own = rng.standard_normal((design.items, design.wordings, NUMBERS))
    z = (np.sqrt(1 - share) * items + np.sqrt(share) * own).reshape(-1, NUMBERS)
    return contents_of(z, np.zeros(len(z), dtype=np.bool_), np.zeros(len(z)))


def _correlations(rng: np.random.Generator, loading: Array) -> Array:
    """(N, 10) of people's ratings with their values: what an item loads on, and the chance of 47 raters."""
    spread = covariance()
    sd = np.sqrt(np.diag(spread))
    signal = loading @ spread / sd
    signal = signal * SIGNAL_SD / signal.std()
    chance = rng.multivariate_normal(np.zeros(D), spread / np.outer(sd, sd), size=len(loading)) / np.sqrt(PEOPLE)
    return np.asarray(np.clip(signal + chance, -1.0, 1.0))
