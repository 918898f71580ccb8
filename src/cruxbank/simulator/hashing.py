"""Random numbers from text: the same words give the same numbers on every machine, in any order of calls."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
T = TypeVar("T")
_BLOCK = 64  # bytes of one BLAKE2b digest, 16 numbers of 32 bits


def digest(*parts: str | int, block: int = 0) -> bytes:
    """64 bytes that depend on the parts and on their borders."""
    text = "\x1f".join(str(part) for part in (*parts, block))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BLOCK).digest()


def uniforms(n: int, *parts: str | int) -> Floats:
    """`n` numbers in (0, 1)."""
    need = -(-n // (_BLOCK // 4))
    raw = b"".join(digest(*parts, block=k) for k in range(need))
    return (np.frombuffer(raw, dtype="<u4")[:n].astype(np.float64) + 0.5) / 2.0**32


def normals(n: int, *parts: str | int) -> Floats:
    """`n` standard normal numbers (Box-Muller)."""
    half = -(-n // 2)
    u = uniforms(2 * half, *parts)
    radius, angle = np.sqrt(-2.0 * np.log(u[:half])), 2.0 * np.pi * u[half:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:n]


class Picks:
    """A stream of choices that depends on its parts alone."""

    def __init__(self, *parts: str | int) -> None:
        self._parts = parts
        self._block = 0
        self._left: list[int] = []

    def _next(self) -> int:
        if not self._left:
            raw = digest(*self._parts, block=self._block)
            self._left = np.frombuffer(raw, dtype="<u4").tolist()
            self._block += 1
        return self._left.pop()

    def index(self, n: int) -> int:
        """A number from 0 to n - 1."""
        return self._next() % n

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.index(len(options))]

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self._next() < p * 2.0**32

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All options in random order."""
        rest = list(options)
        return [rest.pop(self.index(len(rest))) for _ in range(len(rest))]
