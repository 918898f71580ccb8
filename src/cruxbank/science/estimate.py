"""From the readings of one item to its `Separation`: the one entry point for graphs (SCIENCE 1 to 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.items import DimensionSeparation, Estimate, Separation
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.dirichlet import TablePosterior, TablePrior
from cruxbank.science.dirichlet import fit as fit_tables
from cruxbank.science.dirichlet import posterior as table_posterior
from cruxbank.science.divergence import equal_weights, mean_pairwise, model_weights
from cruxbank.science.framing import assess
from cruxbank.science.quadratic import q_item
from cruxbank.science.readings import ItemReadings
from cruxbank.science.shrink import Posterior, Prior, posterior

ESTIMATOR = "q-eb/1"
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
        return TablePriors(
            fit_tables([d.value_tables() for d in drafts], start.values, rng),
            fit_tables([d.stance_table()[None] for d in drafts], start.stance, rng),
            fit_tables([d.refusal_table()[None] for d in drafts], start.refusal, rng),
        )


def joint_posterior(readings: ItemReadings, weight: Array, prior: Prior) -> Posterior:
    """Posterior of the joint separation alone, without tables or draws: what racing needs (`.above(cut)`).

    weight: (D + 1, D + 1) from `scatter.weight`.
    """
    return posterior(q_item(readings, weight), prior)


def estimate(
    readings: ItemReadings,
    weight: Array,
    prior: Prior,
    tables: TablePriors,
    *,
    s0: float,
    dimensions: Sequence[str],
    rng: np.random.Generator,
) -> Separation:
    """Everything that an item's responses say about separation, in bits but for q and q_se.

    readings: D value columns, named by `dimensions`; weight: (D + 1, D + 1) from `scatter.weight`; s0: smallest
    separation of interest. The joint figure is `shrink.joint_bits` of q, never the sum over dimensions; stance and
    refusal stand beside it. Refused responses count in `refusal` alone, unscored ones nowhere; models with fewer
    than two scored responses leave K. With fewer than two models left every figure is 0 and lfdr 1.

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
    values = table_posterior(readings.value_tables(), tables.values, _weights(readings, models), rng)
    framing = assess(readings, weight)
    return Separation(
        joint=joint.estimate(),
        lfdr=float(joint.at_most(s0)[0]),
        q=float(stats.q[0]),
        q_se=float(stats.se[0]),
        by_dimension=_by_dimension(values, dimensions),
        stance=_one(readings.stance_table(), models, readings, tables.stance, rng),
        refusal=refusal,
        pairwise=_pairwise(values),
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


def _by_dimension(values: TablePosterior, names: Sequence[str]) -> dict[str, DimensionSeparation]:
    split = values.parts()
    out = {}
    for d, name in enumerate(names):
        found = values.estimate(d)
        salience, polarity = float(split.salience[d]), float(split.polarity[d])
        out[name] = DimensionSeparation(est=found.est, lo=found.lo, hi=found.hi, salience=salience, polarity=polarity)
    return out


def _pairwise(values: TablePosterior) -> float:
    top = int(np.argmax(values.bits.mean(axis=1)))
    return float(mean_pairwise(values.p[top]).mean())


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
