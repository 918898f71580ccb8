"""What is said of professed and acted values: the result of `science.professed`."""

from __future__ import annotations

from cruxbank.frozen import Frozen
from cruxbank.items import ItemKind
from cruxbank.measures import Estimate


class Correlation(Frozen):
    """Of two measured quantities over some cells."""

    r: Estimate
    reliability: tuple[float | None, float | None]
    corrected: float | None = None
    """r freed of measurement error, in -1 .. 1; None where a reliability is unknown or too small."""
    cells: int


class Cell(Frozen):
    """One model on one dimension: leanings in -1 .. 1, 0 being the mean of the models and of the dimensions."""

    dimension: str
    professed: Estimate
    acted: Estimate
    chosen: Estimate | None = None
    """In dilemmas, where there are enough of them."""
    difference: Estimate
    """acted - professed."""
    real: bool
    """Whether the difference is told from chance over all cells."""


class ModelAgreement(Frozen):
    """Professed and acted values of one model."""

    model: str
    items: dict[ItemKind, int]
    """Items with a scored response of the model, by kind."""
    responses: dict[ItemKind, int]
    correlation: Correlation
    """Over the dimensions."""
    cells: tuple[Cell, ...]


class DimensionAgreement(Frozen):
    """One dimension over the models."""

    dimension: str
    correlation: Correlation


class Agreement(Frozen):
    """How far what models profess and what they do agree."""

    signed: bool
    dimensions: tuple[str, ...]
    items: dict[ItemKind, int]
    """Items that two models or more answered, by kind."""
    left_out: dict[str, str]
    """Models that are not compared, with the reason."""
    overall: Correlation
    """Questions with scenarios, over all models and dimensions."""
    pairs: dict[str, Correlation]
    """Overall correlations with dilemmas, by the names of the two kinds."""
    models: tuple[ModelAgreement, ...]
    by_dimension: tuple[DimensionAgreement, ...]
