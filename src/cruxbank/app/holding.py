"""Private hold-back: a part of the items stays unpublished for good, to tell later who has learnt the others.

Which ones follows from a hash of the bank's canary and the item's id, so that the draw owes nothing to the item's text,
figures or place in the file, and the same export draws the same ones again. Versions and near-duplicates of one item are
drawn together: who has learnt one of them knows the others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Past:
    """What earlier exports settled.

    held, published: ids, their versions and near-duplicates among them. certain: those published without a draw.
    units: id -> name of the group that is not parted; an id that is missing stands alone.
    """

    held: Collection[str] = frozenset()
    published: Collection[str] = frozenset()
    certain: Collection[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)

    def unit(self, key: str) -> str:
        """The name of its group."""
        return self.units.get(key, key)


NOTHING = Past()


@dataclass(frozen=True)
class Split:
    """The ids of an export, divided.

    wanted: how many were to be held back. fair: chance alone parts the two. Where items were published before without a
    draw, the held ones come from the others only, so that the parts differ in more than that.
    """

    published: tuple[str, ...]
    held: tuple[str, ...]
    wanted: int
    fair: bool = True


def split(ids: Sequence[str], share: float, canary: str, past: Past = NOTHING) -> Split:
    """Divide ids, `share` of them held back.

    What was held before stays held, what was published before stays published; the others are held in the order of their
    hashes until the share is reached. Where too many were published before it is not.
    """
    wanted = math.floor(share * len(ids) + 0.5)
    groups = _in_order(ids, canary, past)
    kept = {key for key in ids if key in past.held}
    out = {past.unit(key) for key in ids if key in past.published}
    for name, group in groups.items():
        if len(kept) < wanted and name not in out:
            kept.update(group)
    fair = not any(key in past.certain for key in ids) and kept == _first(groups, len(kept))
    return Split(tuple(sorted(set(ids) - kept)), tuple(sorted(kept)), wanted, fair)


def _in_order(ids: Sequence[str], canary: str, past: Past) -> dict[str, list[str]]:
    """The ids by group, in the order in which they are drawn."""
    found: dict[str, list[str]] = {}
    for key in ids:
        found.setdefault(past.unit(key), []).append(key)
    return {name: found[name] for name in sorted(found, key=lambda name: _place(canary, name))}


def _first(groups: Mapping[str, Sequence[str]], n: int) -> set[str]:
    """What a draw of n from all of them takes."""
    found: set[str] = set()
    for group in groups.values():
        if len(found) < n:
            found.update(group)
    return found


def _place(canary: str, key: str) -> bytes:
    return hashlib.sha256(f"{canary}\0held\0{key}".encode()).digest()
