"""Sizes of everything latent, as data. Change one and the version has to change with it."""

from __future__ import annotations

from dataclasses import dataclass

from cruxbank.errors import ConfigError

SIMULATOR_VERSION = "1"


@dataclass(frozen=True)
class Preset:
    """Variance shares of the stance and sizes of the salience of values (SCIENCE 4). Shares are variances."""

    name: str
    model: float
    """Acquiescence: one model says yes more often than another, whatever is asked."""
    item: float
    interaction: float
    """Model x item; `value_share` of it comes from the hidden values."""
    wording: float
    """Model x exact text, the same at every repeat."""
    noise: float
    """New at every request."""
    value_share: float = 0.20
    family: float = 0.20
    """Correlation of two models of one family."""
    divisiveness: float = 0.70
    """SD of the log of an item's interaction scale: some questions divide, most hardly do."""
    neutral: float = 0.15
    """Half width of the zone in which a model stays neutral."""
    frame: float = 0.60
    frame_sd: float = 0.30
    verbosity_sd: float = 0.30
    refusal_max: float = 0.46
    relevance: float = 3.0
    """Logits that a value gains when a question is all about it."""
    salience: float = -1.95
    """Mean logit of a value's presence: about three values of ten an answer."""
    loading: float = 0.55
    salience_interaction: float = 1.10
    salience_wording: float = 0.50
    stance_pull: float = 0.80


PRESETS = {
    # ValuePortrait, six-point ratings: model .18, item .37, model x item .29, wording and order .86.
    "opinionated": Preset("opinionated", model=0.18, item=0.37, interaction=0.29, wording=0.50, noise=0.36),
    # Political Compass: between models .37 (main effect and interaction), wording .26.
    "compass": Preset("compass", model=0.08, item=0.37, interaction=0.29, wording=0.16, noise=0.10),
}


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in PRESETS:
        raise ConfigError(f"simulator preset: '{name}' is unknown", hint=f"one of {', '.join(PRESETS)}")
    return PRESETS[name]
