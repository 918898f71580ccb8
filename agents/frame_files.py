"""Reads the shipped item models: the YAML files of item_models/."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from cruxbank.agents.frames import Frame
from cruxbank.agents.phrases import Phrase
from cruxbank.agents.weighing import UNKNOWN, cue_frames, domain_frames, setting_frames, topic_frames


@cache
def shipped_frames() -> tuple[Frame, ...]:
    """All frames of the package, in the order of their ids."""
    found: list[Frame] = []
    for name in ("discourse", "public", "society", "past_and_conflict", "everyday"):
        tier = "general" if name == "discourse" else "specific"
        found += [Frame.model_validate({"tier": tier, "requires": UNKNOWN, **raw}) for raw in _read(name)]
    found += domain_frames(_read("weighing"))
    found += topic_frames(_read("stakes_topics"))
    found += setting_frames(_read("settings"))
    found += cue_frames(_read("stakes_cues"))
    return tuple(sorted(found, key=lambda frame: frame.id))


def frames_for(phrase: Phrase, frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The frames that read well with a phrase, in their order."""
    return tuple(frame for frame in frames if frame.fits(phrase))


def _read(name: str) -> Any:
    text = files("cruxbank.agents").joinpath("item_models", f"{name}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is ten times as fast
    return yaml.load(text, Loader=loader)  # noqa: S506
