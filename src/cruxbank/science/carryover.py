"""The bank's claims beside what confirmation, holdout and left-out families say of them (SCIENCE 3, "Transfer")."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cruxbank.items import Item
from cruxbank.measures import CONFIRMED_NEEDED, CarryOver, Estimate
from cruxbank.science.arrays import Array
from cruxbank.science.readings import ItemReadings
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import joint_bits, q_of_bits
from cruxbank.science.transfer import ODD, PairDistances, kept, leave_family_out, resampled

LEAST = CONFIRMED_NEEDED
"""Confirmed items below which no mean is shown: their bootstrap would promise too much."""


class Claim(NamedTuple):
    """What one measured item says of itself, and what was found when it was asked again (all that a sum needs)."""

    id: str
    bits: float
    """Posterior mean of its joint separation."""
    models: int
    without: float | None = None
    """Bits without the most influential family; None where no families were told apart."""
    odd_share: float = 0.0
    confirmed: bool = False
    scoring: tuple[float, int] | None = None
    """(q, models) of the panel that chose it, on fresh wordings."""
    holdout: tuple[float, int] | None = None


def claim_of(item: Item) -> Claim | None:
    """What an item claims; None where it was not measured."""
    found, again = item.separation, item.confirmation
    if found is None:
        return None
    scoring, holdout = (again.scoring, again.holdout) if again else (None, None)
    return claimed(item.id, found.joint.est, found.models, found.carried, scoring, holdout)


def claimed(
    name: str,
    bits: float,
    models: int,
    carried: Any,
    scoring: Any,
    holdout: Any,
    read: Callable[[Any, str], Any] = getattr,
) -> Claim:
    """A claim from an item's parts (`Carried`, `Fresh`; None where there is none), as objects or, with `read`, as JSON."""
    return Claim(
        id=name,
        bits=bits,
        models=models,
        without=read(carried, "without") if carried else None,
        odd_share=read(carried, "odd_share") if carried else 0.0,
        confirmed=scoring is not None,
        scoring=(read(scoring, "q"), read(scoring, "models")) if scoring else None,
        holdout=(read(holdout, "q"), read(holdout, "models")) if holdout else None,
    )


def summarise(items: Sequence[Item], by_families: Estimate | None = None) -> CarryOver:
    """In-sample and transfer of the operational items given, from what each of them keeps.

    by_families: `family_share` of the run, where it was computed.
    """
    return summarise_claims([claim for item in items if (claim := claim_of(item)) is not None], by_families)


def summarise_claims(claims: Sequence[Claim], by_families: Estimate | None = None) -> CarryOver:
    """`summarise` for who has the figures without the items."""
    if not claims:
        return CarryOver(items=0, models=0, claimed=0.0, confirmed=0)
    ordered = sorted(claims)  # by id: the bootstrap draws places, so equal banks give equal intervals
    draw = rng(0, 0, "carry over")
    mine, scoring = _fresh([(c.bits, c.scoring) for c in ordered if c.scoring], draw)
    other, holdout = _fresh([(c.bits, c.holdout) for c in ordered if c.holdout], draw)
    without = [c.without for c in ordered if c.without is not None]
    return CarryOver(
        items=len(ordered),
        models=max(c.models for c in ordered),
        claimed=_bits(_q([c.bits for c in ordered]).mean()),
        claimed_span=claimed_bits(ordered),
        confirmed=sum(c.confirmed for c in ordered),
        scoring=scoring,
        kept_by_scoring=mine,
        holdout=holdout,
        kept_by_holdout=other,
        kept_by_families=by_families,
        without=_bits(float(np.mean([q_of_bits(bits) for bits in without]))) if without else 0.0,
        odd=sum(c.odd_share > ODD for c in ordered),
    )


def claimed_bits(claims: Sequence[Claim]) -> Estimate | None:
    """In-sample: bits of the mean claimed q, and of that mean -+ 1.96 standard errors over the items; None for fewer
    than five. The interval says how much the mean owes to the items that happen to be there, not how far they flatter."""
    if len(claims) < LEAST:
        return None
    q = _q([claim.bits for claim in claims])
    error = 1.96 * float(q.std(ddof=1)) / len(q) ** 0.5
    low, high = max(0.0, float(q.mean()) - error), float(q.mean()) + error
    return Estimate(est=_bits(q.mean()), lo=_bits(low), hi=_bits(high))


def family_share(drafts: Sequence[ItemReadings], metric: Array, chosen: int) -> Estimate | None:
    """Leave-one-family-out share of a run: `chosen` of its measured drafts are taken without each family in turn.

    None with fewer than three families or fewer than five chosen items. metric: (P, P).
    """
    found = [PairDistances.of(draft, metric) for draft in drafts]
    usable = [one for one in found if len(np.unique(one.families)) >= 3]
    if chosen < LEAST or len(usable) <= chosen:
        return None
    return leave_family_out(usable, chosen)


def share_in(payload: str) -> Estimate | None:
    """The `family_share` that a run's payload keeps; None where the run has not ended or had too little."""
    share = json.loads(payload).get("carry_over", {}).get("kept_by_families")
    return Estimate.model_validate(share) if share else None


def _fresh(
    asked: Sequence[tuple[float, tuple[float, int]]], draw: np.random.Generator
) -> tuple[Estimate | None, Estimate | None]:
    """(share of the claim, bits) of one panel's fresh answers; asked: (claimed bits, (q, models)), two models at least."""
    usable = [(bits, q) for bits, (q, models) in asked if models >= 2]
    if len(usable) < LEAST:
        return None, None
    claims, q = _q([bits for bits, _ in usable]), np.array([q for _, q in usable])
    means = np.concatenate([q[picks].mean(axis=1) for picks in resampled(len(q), draw)])
    low, high = np.quantile(means, [0.025, 0.975])
    bits = Estimate(est=_bits(q.mean()), lo=_bits(low), hi=_bits(high))
    return (kept(claims, q, draw) if claims.mean() > 0 else None), bits


def _q(bits: Sequence[float]) -> Array:
    """(N,) claimed q: the inverse of `joint_bits` at the posterior mean, a little below the posterior mean of q."""
    return np.array([q_of_bits(one) for one in bits])


def _bits(q: float) -> float:
    return float(joint_bits(q, np.inf))
