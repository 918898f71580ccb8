"""The simulated models: 28 in 7 families that answer, and judges with a fault of their own, one of each a family."""

from __future__ import annotations

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


def known(model: str) -> bool:
    """Is there such a model, of the panel or a judge?"""
    return model in _FAMILY


def mode_of(model: str) -> str:
    """The fault of a judge, one of MODES; empty for a model of the panel."""
    return model.split("-")[2] if model not in INDEX and model in _FAMILY else ""


def family_of(model: str) -> str:
    """The family of a simulated model.

    Raises:
        KeyError: no such model.
    """
    return _FAMILY[model]
