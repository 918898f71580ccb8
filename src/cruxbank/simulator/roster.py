"""The simulated models: 28 in 7 families."""

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


def family_of(model: str) -> str:
    """The family of a simulated model.

    Raises:
        KeyError: no such model.
    """
    return MODELS[INDEX[model]].family
