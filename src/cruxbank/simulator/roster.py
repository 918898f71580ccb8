"""The simulated models: 28 in 7 families that answer, judges with a fault of their own, and targets of probing sessions."""

from __future__ import annotations

import re
from dataclasses import dataclass

FAMILIES = ("aster", "birch", "cedar", "dahlia", "elm", "fern", "quill")
DIMENSIONS = (
    "self-direction",
    "stimulation",
    "hedonism",
    "achievement",
    "power",
    "security",
    "conformity",
    "tradition",
    "benevolence",
    "universalism",
)
"""Order of every vector of values (CONTRACTS 2)."""


@dataclass(frozen=True)
class SimModel:
    """One simulated model."""

    id: str
    family: str


MODELS: tuple[SimModel, ...] = tuple(SimModel(f"sim-{family}-{n}", family) for family in FAMILIES for n in range(1, 5))
INDEX: dict[str, int] = {model.id: position for position, model in enumerate(MODELS)}


MODES = ("own", "naive", "halfnaive", "misquote", "failing")
"""own: prefers texts in its family's style. naive, halfnaive: obey what they read. misquote: quotes in its own words.
failing: often gives an answer that cannot be used."""
JUDGES: tuple[SimModel, ...] = tuple(
    SimModel(f"sim-judge-{mode}-{family}", family) for mode in MODES for family in FAMILIES
)
_FAMILY: dict[str, str] = {model.id: model.family for model in (*MODELS, *JUDGES)}


TARGETS = ("order", "flip", "framed", "yields", "noisy", "steady")
"""Targets with a planted property (`targets`)."""
ODD = ("loops", "refuses", "floods", "foreign", "silent", "rambles", "drifts")
"""Targets that do not play along (`odd_targets`)."""
TARGET = "target"
"""Mode and family of the targets."""
_TARGET = re.compile(rf"sim-target-({'|'.join((*TARGETS, *ODD))})(?:-(\d{{1,6}}))?")


def known(model: str) -> bool:
    """Is there such a model: of the panel, a judge, or a target?"""
    return model in _FAMILY or _TARGET.fullmatch(model) is not None


def target_of(model: str) -> tuple[str, str]:
    """Kind and number of a target of probing sessions; the number is empty without one.

    Raises:
        KeyError: it is no target.
    """
    found = _TARGET.fullmatch(model)
    if found is None:
        raise KeyError(model)
    return found[1], found[2] or ""


def mode_of(model: str) -> str:
    """The fault of a judge, one of MODES; `target` for a target; empty for a model of the panel."""
    if model in INDEX or not known(model):
        return ""
    return model.split("-")[2] if model in _FAMILY else TARGET


def family_of(model: str) -> str:
    """The family of a simulated model.

    Raises:
        KeyError: no such model.
    """
    return TARGET if _TARGET.fullmatch(model) else _FAMILY[model]
