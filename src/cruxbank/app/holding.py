"""Private hold-back: a part of the items stays unpublished for good, to tell later who has learnt the others.

Which ones follows from a hash of the bank's canary and the item's id, so that the draw owes nothing to the item's text,
figures or place in the file, and the same export draws the same ones again.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """The ids of an export, divided. wanted: how many were to be held back."""

    published: tuple[str, ...]
    held: tuple[str, ...]
    wanted: int


def split(
    ids: Sequence[str], share: float, canary: str, held: Collection[str], published: Collection[str] = ()
) -> Split:
    """Divide ids, `share` of them held back.

    What was held before stays held, what was published before stays published; the others are held in the order of their
    hashes until the share is reached. Where too many were published before it is not.
    """
    wanted = math.floor(share * len(ids) + 0.5)
    kept = {key for key in ids if key in held}
    free = sorted((key for key in ids if key not in kept and key not in published), key=lambda key: _place(canary, key))
    kept |= set(free[: max(wanted - len(kept), 0)])
    return Split(tuple(sorted(set(ids) - kept)), tuple(sorted(kept)), wanted)


def _place(canary: str, key: str) -> bytes:
    return hashlib.sha256(f"{canary}\0held\0{key}".encode()).digest()
