"""The life of an item after its admission: when it retires, when a pilot item moves up, whom to measure next.

Admission and retirement are apart on purpose. An item enters with P(separation <= s0) of at most .05 and leaves only
when it is likelier than not that it separates nothing, so that one unlucky batch does not flip it to and fro.
On simulated items (12 or 16 models x 6 wordings, prior from 200 drafts of which half are nulls; 180 items a cell) the
rule retires 91 % of the nulls, 13-26 % of items with about .2 bits, 1-2 % of those with .4, none of those with .6 (seeds
11 to 13; the threshold was chosen on seeds 1 to 3: 93-97, 20-22, 1-3 and 0 %). tests/unit/test_science_lifecycle.py
has the items.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from scipy.special import ndtr, ndtri

from cruxbank.items import Status
from cruxbank.measures import Estimate, Separation

LEAST_MODELS = 8
"""Models with two scored responses below which nothing is decided: fewer cannot tell noise from a difference."""
RETIRE_BELOW = 0.5
"""P(separation > smallest separation of interest) below which an operational item retires."""
RANDOM_EVERY = 4
"""Every fourth item that is asked is drawn at random, so that a part of each update was not chosen by its figures."""
WIDTH = 2 * float(ndtri(0.975))
"""Standard deviations in a 95 % interval."""


class Fate(StrEnum):
    """What a new measurement does to an item's status."""

    KEEP = "keep"
    RETIRE = "retire"
    PROMOTE = "promote"


def decide(status: Status, separation: Separation, *, admitted: bool) -> Fate:
    """The fate of an item by its figures on the models that are current.

    separation.lfdr is P(joint <= s0 | data). admitted: the admission table lets the item pass. Drafts and retired items
    keep their status, and so does every item while fewer than LEAST_MODELS models count: that nothing is known is no
    reason to retire.
    """
    if separation.models < LEAST_MODELS:
        return Fate.KEEP
    if status is Status.OPERATIONAL:
        return Fate.RETIRE if 1.0 - separation.lfdr < RETIRE_BELOW else Fate.KEEP
    if status is Status.PILOT and admitted:
        return Fate.PROMOTE
    return Fate.KEEP


def priority(status: Status, joint: Estimate, lfdr: float, *, worth: float) -> float:
    """How much new answers may tell about an item: [0, 1] for pilot items, [0, 1 + width] for operational ones.

    Doubt 1 - |1 - 2 p| is 1 where the status is a coin toss and 0 where it is sure; p is the chance that the other
    status is right: for an operational item its lfdr, for a pilot item P(joint > worth) by a normal with the interval's
    width (bits). Operational items add the width of the interval that the bank publishes; of a pilot item nobody
    reads it.
    """
    width = joint.hi - joint.lo
    if status is Status.OPERATIONAL:
        return doubt(lfdr) + width
    return doubt(float(ndtr((joint.est - worth) / max(width / WIDTH, 1e-9))))


def doubt(p: float) -> float:
    """1 where p is a half, 0 where it is 0 or 1."""
    return 1.0 - abs(1.0 - 2.0 * p)


def order(worth: Mapping[str, float], luck: Mapping[str, float], start: int = 0) -> list[tuple[str, Literal[0, 1]]]:
    """Ids in the order in which they are measured, with 1 where the draw chose: every RANDOM_EVERY-th one.

    worth: priority by id; luck: an equal-chance number by id; both have the same ids. start: how many were measured
    before, so that the rest of an order is the order of the rest: nothing depends on where a run was cut off.
    """
    best = sorted(worth, key=lambda i: (-worth[i], i))
    drawn = sorted(luck, key=lambda i: (luck[i], i))
    taken: set[str] = set()
    found: list[tuple[str, Literal[0, 1]]] = []
    heads = [iter(best), iter(drawn)]
    for place in range(start, start + len(worth)):
        chosen: Literal[0, 1] = 1 if place % RANDOM_EVERY == RANDOM_EVERY - 1 else 0
        one = next(i for i in heads[chosen] if i not in taken)
        taken.add(one)
        found.append((one, chosen))
    return found
