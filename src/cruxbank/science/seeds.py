"""Random numbers that depend on what they are for and on nothing else (CONTRACTS 7)."""

from __future__ import annotations

import hashlib

import numpy as np


def rng(seed: int, slot: int, purpose: str, k: int = 0) -> np.random.Generator:
    """A fresh generator for one purpose in one slot: equal arguments give equal numbers, in any order of calls."""
    tag = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "big")
    return np.random.default_rng(np.random.SeedSequence([seed, slot + 1, tag, k]))
