"""From the readings of one item to its `Separation`: the one entry point for graphs (SCIENCE 1 to 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.measures import DimensionSeparation, Estimate, Separation
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.dirichlet import TablePosterior, TablePrior, fit as fit_tables, posterior as table_posterior
from cruxbank.science.divergence import equal_weights, model_weights
from cruxbank.science.framing import assess
from cruxbank.science.quadratic import q_item
from cruxbank.science.readings import ItemReadings
from cruxbank.science.shrink import Posterior, Prior, posterior
from cruxbank.science.terms import given_stance, splits
from cruxbank.science.wordings import Sharing

ESTIMATOR = "q-eb/3"
"""1: normal error of Q, one scatter for all models. 2: skewed error, uneven scatter; tables less the wordings' common
push, an item's dimensions believed together. Intervals of admitted items under 1 covered .87 to .95 (tuning seed)."""
VALUE_SHARES = (0.2, 0.06, 0.02, 0.72)
"""Supports, opposes, mixed, absent before any draft: arguments show about 3.4 of 20 values (SCIENCE 4)."""
STANCE_SHARES = (0.4, 0.4, 0.2)
REFUSAL_SHARES = (0.9, 0.1)
_NOTHING = Estimate(est=0.0, lo=0.0, hi=0.0)


@dataclass(frozen=True)
class TablePriors:
    """Priors of the three kinds of tables; `values` has one base per dimension and common weights."""

    values: TablePrior
    stance: TablePrior
    refusal: TablePrior

    @staticmethod
    def default(dimensions: int) -> TablePriors:
        """Before the first draft."""
        return TablePriors(
            TablePrior.default(VALUE_SHARES, dimensions),
            TablePrior.default(STANCE_SHARES),
            TablePrior.default(REFUSAL_SHARES, spike=0.4),
        )

    @staticmethod
    def fit(drafts: Sequence[ItemReadings], dimensions: int, rng: np.random.Generator) -> TablePriors:
        """Priors from all drafts, rejected ones included; about 2 ms a draft of 12 models."""
        start = TablePriors.default(dimensions)
        values, stance, refusal = private_shares(drafts, dimensions)
        return TablePriors(
            fit_tables([d.value_tables() for d in drafts], start.values, rng, private=values),
            fit_tables([d.stance_table()[None] for d in drafts], start.stance, rng, private=stance),
            fit_tables([d.refusal_table()[None] for d in drafts], start.refusal, rng, private=refusal),
        )


def private_shares(drafts: Sequence[ItemReadings], dimensions: int) -> tuple[Array, Array, Array]:
    """(D,), (1,) and (1,): of values, stance and refusal, the part of the scatter within models that is their own."""
    totals = Sharing.empty(dimensions), Sharing.empty(1), Sharing.empty(1)
    for draft in drafts:
        totals = tuple(a + b for a, b in zip(totals, _sharing(draft), strict=True))  # type: ignore[assignment]
    values, stance, refusal = (total.share() for total in totals)
    return values, stance, refusal


def _sharing(draft: ItemReadings) -> tuple[Sharing, Sharing, Sharing]:
    kept, read = draft.kept(), ~draft.unscored
    models, wordings = draft.models[kept], draft.wordings[kept]
    return (
        Sharing.of(draft.value_columns()[kept], models, wordings, 4),
        Sharing.of(draft.stance_columns()[kept, None], models, wordings, 3),
        Sharing.of(draft.refused[read, None].astype(np.int64), draft.models[read], draft.wordings[read], 2),
    )


def joint_posterior(readings: ItemReadings, weight: Array, prior: Prior) -> Posterior:
    """Posterior of the joint separation alone, without tables or draws: what racing needs (`.above(cut)`), with a noise
    that is shrunk to the drafts' (`shrink.Level.settled`).

    weight: (P, P) from `scatter.weight`.
    """
    return posterior(q_item(readings, weight), prior, settled=True)


def estimate(
    readings: ItemReadings,
    weight: Array,
    prior: Prior,
    tables: TablePriors,
    *,
    s0: float,
    dimensions: Sequence[str],
    rng: np.random.Generator,
    habit: Array | None = None,
) -> Separation:
    """Everything that an item's responses say about separation, in bits but for q and q_se.

    readings: D value columns, named by `dimensions`; weight: (P, P) from `scatter.weight`, learned from other
    items; s0: smallest separation of interest; habit: (models, D + 1) from `framing.Habits`. The joint figure is
    `shrink.joint_bits` of q, never the sum over dimensions; stance and refusal stand beside it, and the values given the
    stance. Refused responses count in `refusal` and `answered` alone, unscored ones nowhere (`bounds.unscored_bound`
    says what they could hide); models with fewer than two scored responses leave K. With fewer than two models left
    every figure is 0 and lfdr 1.

    Raises:
        ValueError: `dimensions` does not have D names.
    """
    if len(dimensions) != readings.dimensions:
        raise ValueError(f"estimate: {readings.dimensions} value columns, {len(dimensions)} names")
    models = readings.eligible()
    refusal = _one(readings.refusal_table(), readings.judged(), readings, tables.refusal, rng)
    responses = int(readings.kept().sum())
    if len(models) < 2:
        return _empty(refusal, len(models), responses)
    stats = q_item(readings, weight)
    joint = posterior(stats, prior)
    shares = _weights(readings, models)
    values = table_posterior(readings.value_tables(), tables.values, shares, rng, one_item=True)
    framing = assess(readings, weight, habit)
    stance = table_posterior(readings.stance_table()[None], tables.stance, shares, rng)
    beside = given_stance(readings.by_stance(), tables.values, stance, shares, rng)
    return Separation(
        joint=joint.estimate(),
        lfdr=float(joint.at_most(s0)[0]),
        q=float(stats.q[0]),
        q_se=float(stats.se[0]),
        by_dimension=_by_dimension(values, beside, dimensions),
        stance=stance.estimate(),
        refusal=refusal,
        pairwise=float(values.pairwise.max(initial=0.0)),
        pairwise_joint=float(joint.pairwise()[0]),
        answered=readings.answered(),
        stance_splits=splits(stance.bits, s0),
        values_split=splits(beside, s0),
        models=len(models),
        responses=responses,
        framing=None if framing is None else framing.summary(tuple(dimensions)),
        estimator=ESTIMATOR,
    )


def _weights(readings: ItemReadings, models: Ints) -> Array:
    if readings.families is None:
        return equal_weights(len(models))
    return model_weights(readings.families[models])


def _one(table: Ints, models: Ints, readings: ItemReadings, prior: TablePrior, rng: np.random.Generator) -> Estimate:
    if len(models) < 2:
        return _NOTHING
    return table_posterior(table[None], prior, _weights(readings, models), rng).estimate()


def _by_dimension(values: TablePosterior, beside: Array, names: Sequence[str]) -> dict[str, DimensionSeparation]:
    split, pairs = values.parts(), values.pairwise
    out = {}
    for d, name in enumerate(names):
        found = values.estimate(d)
        out[name] = DimensionSeparation(
            **found.model_dump(),
            salience=float(split.salience[d]),
            polarity=float(split.polarity[d]),
            pairwise=float(pairs[d]),
            given_stance=float(beside[d].mean()),
        )
    return out


def _empty(refusal: Estimate, models: int, responses: int) -> Separation:
    return Separation(
        joint=_NOTHING,
        lfdr=1.0,
        q=0.0,
        q_se=0.0,
        stance=_NOTHING,
        refusal=refusal,
        models=models,
        responses=responses,
        estimator=ESTIMATOR,
    )
