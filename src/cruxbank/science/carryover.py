"""The bank's claims beside what confirmation, holdout and left-out families say of them (SCIENCE 3, "Transfer")."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from cruxbank.items import Item
from cruxbank.measures import CarryOver, Estimate, Fresh, Separation
from cruxbank.science.arrays import Array
from cruxbank.science.readings import ItemReadings
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import joint_bits, q_of_bits
from cruxbank.science.transfer import DRAWS, ODD, PairDistances, kept, leave_family_out

LEAST = 5
"""Confirmed items below which no mean is shown: their bootstrap would promise too much."""


def summarise(items: Sequence[Item], by_families: Estimate | None = None) -> CarryOver:
    """In-sample and transfer of the operational items given, from what each of them keeps.

    by_families: `family_share` of the run, where it was computed.
    """
    ordered = sorted(items, key=lambda item: item.id)  # the bootstrap draws places: equal banks give equal intervals
    pairs = [(item, item.separation) for item in ordered if item.separation is not None]
    separations = [separation for _, separation in pairs]
    if not pairs:
        return CarryOver(items=0, models=0, claimed=0.0, confirmed=0)
    draw = rng(0, 0, "carry over")
    again = [(s, item.confirmation) for item, s in pairs if item.confirmation is not None]
    asked = [(s, c.holdout) for s, c in again if c.holdout is not None]
    mine, scoring = _fresh([(s, c.scoring) for s, c in again], draw)
    other, holdout = _fresh(asked, draw)
    carried = [s.carried for s in separations if s.carried is not None]
    return CarryOver(
        items=len(pairs),
        models=max(s.models for s in separations),
        claimed=_bits(_claims(separations).mean()),
        confirmed=len(again),
        scoring=scoring,
        kept_by_scoring=mine,
        holdout=holdout,
        kept_by_holdout=other,
        kept_by_families=by_families,
        without=_bits(float(np.mean([q_of_bits(c.without) for c in carried]))) if carried else 0.0,
        odd=sum(c.odd_share > ODD for c in carried),
    )


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
    asked: Sequence[tuple[Separation, Fresh]], draw: np.random.Generator
) -> tuple[Estimate | None, Estimate | None]:
    """(share of the claim, bits) of one panel's fresh answers; models must be two at least."""
    usable = [(s, f) for s, f in asked if f.models >= 2]
    if len(usable) < LEAST:
        return None, None
    claims, q = _claims([s for s, _ in usable]), np.array([f.q for _, f in usable])
    means = q[draw.integers(len(q), size=(DRAWS, len(q)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    bits = Estimate(est=_bits(q.mean()), lo=_bits(low), hi=_bits(high))
    return (kept(claims, q, draw) if claims.mean() > 0 else None), bits


def _claims(separations: Sequence[Separation]) -> Array:
    """(N,) claimed q: the inverse of `joint_bits` at the posterior mean, a little below the posterior mean of q."""
    return np.array([q_of_bits(s.joint.est) for s in separations])


def _bits(q: float) -> float:
    return float(joint_bits(q, np.inf))
