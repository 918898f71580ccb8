"""What memory needs of an encoder, and its fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cruxbank.frozen import Frozen

Vectors = NDArray[np.float32]


class Embeds(Protocol):
    """Anything that turns texts into unit vectors.

    The vector of a text must be a function of that text alone, whatever stands beside it in a batch: cosines are
    compared after rounding, and a kill and resume changes what is encoded together.
    """

    @property
    def name(self) -> str:
        """The encoder's name."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def digest(self) -> str:
        """Hash of the weights."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 of shape (n, dimension), rows of unit length."""
        ...

    async def aencode(self, texts: Sequence[str]) -> Vectors:
        """The same without blocking the event loop."""
        ...


class EncoderId(Frozen):
    """Which encoder made a set of vectors."""

    name: str
    dimension: int
    digest: str = ""


def encoder_id(embeds: Embeds) -> EncoderId:
    """The fingerprint that is stored beside the vectors."""
    return EncoderId(name=embeds.name, dimension=embeds.dimension, digest=embeds.digest)


async def embed_all(embeds: Embeds, texts: Sequence[str]) -> list[Vectors]:
    """One vector a text."""
    return list(np.asarray(await embeds.aencode(list(texts)), dtype=np.float32)) if texts else []


async def embed_one(embeds: Embeds, text: str) -> Vectors:
    """The vector of one text."""
    return (await embed_all(embeds, [text]))[0]
