"""Which reader reads which value system without a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cruxbank.encoder import Encoder
from cruxbank.recogniser.definitions import DefinitionReader
from cruxbank.recogniser.labels import VALUES, load_labels
from cruxbank.recogniser.recogniser import CATEGORIES, Recogniser
from cruxbank.values.systems import ValueSystem, load_system

Numbers = NDArray[np.floating[Any]]


class Reader(Protocol):
    """Texts to presence of values. A value is present in an answer when one of its points passes the value's cut."""

    @property
    def name(self) -> str:
        """`local`, `local-19` or `local-definitions`: stands in verdicts and reports."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """What the columns are."""
        ...

    @property
    def encoder(self) -> Encoder:
        """Whose thread the work runs on."""
        ...

    @property
    def cuts(self) -> Numbers:
        """(D,) for the largest of an answer's probabilities."""
        ...

    def probabilities(self, texts: Sequence[str]) -> Numbers:
        """(n, D) in [0, 1]. A text's row does not depend on the other texts."""
        ...


class TenReader:
    """Schwartz's ten values by the trained head."""

    name = "local"
    ids: tuple[str, ...] = VALUES

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.encoder = recogniser.encoder

    @property
    def cuts(self) -> Numbers:
        """The head's cuts for three key points: those for one text would make half of all answers hold a rare value."""
        return self._recogniser.head.triple[-len(VALUES) :]

    def probabilities(self, texts: Sequence[str]) -> Numbers:
        """(n, 10)."""
        return self._recogniser.value_probabilities(texts)


class NineteenReader:
    """The refined values by the trained head's categories; objectivity, the twentieth, is none of them."""

    name = "local-19"

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.encoder = recogniser.encoder
        named = [category_id(category) for category in load_labels().categories]
        self._columns = [place for place, name in enumerate(named) if name != "universalism-objectivity"]
        self.ids = tuple(named[place] for place in self._columns)

    @property
    def cuts(self) -> Numbers:
        """Cuts for three key points where the head has them for categories, else its cuts for single texts."""
        head = self._recogniser.head
        found = head.triple if len(head.triple) == len(head.thresholds) else head.thresholds
        return found[:CATEGORIES][self._columns]

    def probabilities(self, texts: Sequence[str]) -> Numbers:
        """(n, 19)."""
        return self._recogniser.probabilities(texts)[:, :CATEGORIES][:, self._columns]


def category_id(category: str) -> str:
    """The id in schwartz-19 of a category's name.

    >>> category_id("Self-direction: thought")
    'self-direction-thought'
    """
    return category.casefold().replace(": ", "-")


def reader_for(system: ValueSystem, recogniser: Recogniser) -> Reader:
    """The trained reader where the system is the one it was trained on, else likeness to definitions."""
    name = reader_name(system)
    if name == DefinitionReader.name:
        return DefinitionReader(recogniser.encoder, system)
    return TenReader(recogniser) if name == TenReader.name else NineteenReader(recogniser)


def reader_name(system: ValueSystem) -> str:
    """Name of the reader that reads a system, known without loading the recogniser.

    Equal ids are not enough: a person's `security` with another definition is another value, and has to be read by it.
    """
    trained = {TenReader.name: "schwartz-10", NineteenReader.name: "schwartz-19"}
    mine = _told(system)
    return next((name for name, known in trained.items() if _told(load_system(known)) == mine), DefinitionReader.name)


def _told(system: ValueSystem) -> frozenset[tuple[str, str, str, str]]:
    """What a reader is told of the dimensions, whatever their order."""
    return frozenset((d.id, d.name, d.definition, d.cue) for d in system.dimensions)
