"""The per-dimension posterior of `bench estimators`: tables of C outcomes, against bootstraps, and after the race."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cruxbank.bench.estimators_joint import (
    FDR,
    ITEMS,
    MASKS,
    MIN_SEPARATION,
    PILOT,
    S0,
    SCORING,
    WARM,
    Part,
    Raced,
    at_stage,
    of_posterior,
    race,
)
from cruxbank.bench.estimators_scores import Judged, scores
from cruxbank.bench.estimators_worlds import VALUES, Setting, tables
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.dirichlet import TablePosterior, TablePrior, fit, posterior
from cruxbank.science.divergence import equal_weights, gjs, plug_in, plug_in_bias
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import fit as fit_joint, posterior as joint_posterior
from cruxbank.science.wordings import Sharing

DRAWS = 200
RESAMPLES = 200


def cell(setting: Setting, models: int, responses: int, outcomes: int, seed: int, panels: int) -> dict[str, Any]:
    """Scores of one cell over `panels` banks of 100 tables: the posterior, and three bootstraps."""
    judged: dict[str, list[Judged]] = {}
    for panel in range(panels):
        size = models * 10_000 + responses * 100 + outcomes
        generator = rng(seed, panel, f"tables {setting.name}", size)
        bank = tables(setting, ITEMS, models, responses, outcomes, generator)
        prior = fit([t[None] for t in bank.counts], start(outcomes), generator, private=_private(bank.picks, outcomes))
        found = _posterior(bank.counts, prior, generator)
        rows = {"posterior": _of(found, bank.true_bits()), **_bootstraps(bank.counts, bank.true_bits(), generator)}
        for name, one in rows.items():
            judged.setdefault(name, []).append(replace(one, panel=np.full(ITEMS, panel)))
    return {name: scores(Judged.join(rows)) for name, rows in judged.items()}


def start(outcomes: int, kinds: int = 1) -> TablePrior:
    """Absent in half of the answers, the other outcomes alike: a start that is right in none of the worlds."""
    return TablePrior.default([0.5 / (outcomes - 1)] * (outcomes - 1) + [0.5], kinds)


def _private(picks: Ints, outcomes: int) -> Array:
    models, n = picks.shape[1:]
    total = Sharing.empty(1)
    for one in picks:
        asked = np.repeat(np.arange(models), n), np.tile(np.arange(n), models)
        total = total + Sharing.of(one.reshape(-1, 1), *asked, outcomes)
    return total.share()


def _posterior(counts: Ints, prior: TablePrior, generator: np.random.Generator) -> TablePosterior:
    """All tables of one kind at once. counts: (N, K, C)."""
    many = len(counts)
    private = None if prior.private is None else np.tile(prior.private, many)
    wide = TablePrior(prior.weights, np.tile(prior.base, (many, 1)), private)
    return posterior(counts, wide, equal_weights(counts.shape[1]), generator, DRAWS)


def _of(found: TablePosterior, truth: Array) -> Judged:
    low, high = np.quantile(found.bits, [0.025, 0.975], axis=1)
    admitted = (found.at_most(S0) <= FDR) & (low >= MIN_SEPARATION)
    return Judged(found.bits.mean(axis=1), low, high, truth, admitted)


def _bootstraps(counts: Ints, truth: Array, generator: np.random.Generator) -> dict[str, Judged]:
    """Responses resampled within models. counts (N, K, C)."""
    n, weights = int(counts[0, 0].sum()), equal_weights(counts.shape[1])
    p = plug_in(counts)
    est, bias = gjs(p, weights), np.array([plug_in_bias(one, weights) for one in counts])
    drawn = gjs(generator.multinomial(n, p, size=(RESAMPLES, *p.shape[:2])) / n, weights)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    mended, middle = np.maximum(est - bias, 0.0), drawn.mean(axis=0)
    shifted = Judged(mended, np.maximum(mended + low - middle, 0.0), mended + high - middle, truth)
    basic = Judged(mended, np.maximum(mended - (high - middle), 0.0), np.maximum(mended - (low - middle), 0.0), truth)
    return {"plug-in percentile": Judged(est, low, high, truth), "corrected shifted": shifted, "corrected basic": basic}


def after_race(setting: Setting, seed: int, panels: int) -> dict[str, Any]:
    """Scores of the values' posteriors after the race of the joint figure: priors of all drafts, of the admitted."""
    judged: dict[str, list[Judged]] = {"all drafts": [], "admitted only": []}
    for panel in range(panels):
        raced = race(setting, seed, panel)
        taken = np.concatenate([_admitted(raced, part) for part in raced.parts])
        generator = rng(seed, panel, f"raced tables {setting.name}")
        for name, drafts in (
            ("all drafts", np.arange(WARM, WARM + ITEMS)),
            ("admitted only", WARM + np.flatnonzero(taken)),
        ):
            prior = _fit(raced, drafts, generator)
            judged[name] += [_item(raced, WARM + i, prior, bool(taken[i]), generator) for i in range(ITEMS)]
    return {name: scores(Judged.join(rows)) for name, rows in judged.items()}


def _admitted(raced: Raced, part: Part) -> Bools:
    stats = at_stage(raced.bank, part, raced.stage, np.arange(part.last))
    own = stats.where(np.arange(part.first, part.last))
    return of_posterior(joint_posterior(own, fit_joint(stats)), np.zeros(len(own))).admitted


def _fit(raced: Raced, drafts: Ints, generator: np.random.Generator) -> TablePrior:
    total, counted = Sharing.empty(VALUES), []
    for draft in drafts.tolist():
        columns, mask = _columns(raced, draft), MASKS[raced.stage[draft]]
        rows, slots = np.nonzero(mask)
        total = total + Sharing.of(columns[mask], rows.astype(np.int64), slots.astype(np.int64), 3)
        counted.append(_counts(columns, mask))
    return fit(counted, start(3, VALUES), generator, private=total.share())


def _columns(raced: Raced, draft: int) -> Ints:
    """(12, 6, D) 0 supports, 1 opposes, 2 absent."""
    x = raced.bank.x[draft, ..., :VALUES]
    return np.where(x > 0, 0, np.where(x < 0, 1, 2)).astype(np.int64)


def _counts(columns: Ints, mask: Array) -> Ints:
    """(D, K, 3) of the models that were asked."""
    asked = mask.any(axis=1)
    member = (columns[..., None] == np.arange(3)) & mask[..., None, None]
    return np.asarray(np.moveaxis(member.sum(axis=1)[asked], 0, 1), dtype=np.int64)


def _item(raced: Raced, draft: int, prior: TablePrior, taken: bool, generator: np.random.Generator) -> Judged:
    models = PILOT if raced.stage[draft] == 0 else SCORING
    counts = _counts(_columns(raced, draft), MASKS[raced.stage[draft]])
    found = posterior(counts, prior, equal_weights(models), generator, DRAWS, one_item=True)
    truth = gjs(np.moveaxis(raced.bank.p[draft, :models, :VALUES], 0, 1), equal_weights(models))
    return replace(_of(found, truth), admitted=np.full(VALUES, taken), panel=np.zeros(VALUES, dtype=np.int64))
