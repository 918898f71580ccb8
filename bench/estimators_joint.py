"""The joint figure of `bench estimators`: one cell is a world, a number of models and of responses; and the race."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cruxbank.bench.estimators_scores import Judged, scores
from cruxbank.bench.estimators_worlds import Setting, Vectors, readings, vectors
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.quadratic import QStats, q_batch
from cruxbank.science.scatter import Scatter, focused
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import Posterior, Prior, fit, joint_bits, posterior

ITEMS = 100
WARM = 24
"""Drafts before the ones that are judged. W is learned after 24, 48 and 96 drafts, as a run does (graphs/yardstick)."""
STEPS = (WARM, 48, 96, WARM + ITEMS)
S0, FDR, MIN_SEPARATION = 0.05, 0.05, 0.05
WORTH, CHANCE = 0.25, 0.25
"""As in the presets: settings grow.*."""
SQUEEZE = 1.96
RESAMPLES, BOOTSTRAPPED = 60, 25


@dataclass(frozen=True)
class Part:
    """Drafts [first, last) of a bank under the W that was learned from the ones before `first`."""

    metric: Array
    first: int
    last: int


def parts(bank: Vectors, mask: Bools | None = None) -> list[Part]:
    """The judged drafts in the order of a run. mask: (N, K, n) what was asked."""
    out, total, done = [], Scatter.empty(bank.x.shape[-1]), 0
    for first, last in itertools.pairwise(STEPS):
        for place in range(done, first):
            total = total + Scatter.of(readings(bank.x[place], None if mask is None else mask[place]))
        done = first
        out.append(Part(focused(total), first, last))
    return out


def cell(setting: Setting, models: int, responses: int, seed: int, panels: int) -> dict[str, Any]:
    """Scores of one cell over `panels` banks of 100 items; baselines from the first items of each."""
    judged: dict[str, list[Judged]] = {}
    for panel in range(panels):
        bank = vectors(
            setting, STEPS[-1], models, responses, rng(seed, panel, f"bank {setting.name}", models * 100 + responses)
        )
        for part in parts(bank):
            for name, found in _judge(bank, part, rng(seed, panel, "resample", part.first)).items():
                judged.setdefault(name, []).append(replace(found, panel=np.full(len(found.truth), panel)))
    return {name: scores(Judged.join(rows)) for name, rows in judged.items()}


def _judge(bank: Vectors, part: Part, generator: np.random.Generator) -> dict[str, Judged]:
    """Q-EB, Q -+ 1.96 SE, and for the first items the plug-in with a percentile bootstrap."""
    stats = q_batch(bank.x[: part.last], part.metric)
    own = stats.where(np.arange(part.first, part.last))
    truth = joint_bits(bank.true_q(part.metric)[part.first : part.last], own.models)
    after = posterior(own, fit(stats))
    wide = SQUEEZE * own.se
    low, high = joint_bits(own.q - wide, own.models), joint_bits(own.q + wide, own.models)
    few = slice(part.first, min(part.first + BOOTSTRAPPED, part.last))
    return {
        "q-eb": of_posterior(after, truth),
        "q-se": Judged(joint_bits(own.q, own.models), low, high, truth),
        "plug-in": _plug_in(bank.x[few], part.metric, truth[: few.stop - few.start], generator),
    }


def of_posterior(after: Posterior, truth: Array) -> Judged:
    """Mean, 95 % interval and admission as the product decides."""
    low, high = after.quantile(0.025), after.quantile(0.975)
    admitted = (after.at_most(S0) <= FDR) & (low >= MIN_SEPARATION)
    return Judged(after.mean(), low, high, truth, admitted)


def _plug_in(x: Array, metric: Array, truth: Array, generator: np.random.Generator) -> Judged:
    """Spread of the models' means with nothing taken out; responses resampled within models."""
    items, models, n, _ = x.shape
    root = np.linalg.cholesky(metric)
    y = x @ root
    pick = generator.integers(0, n, (RESAMPLES, items, models, n))
    drawn = np.stack([np.take_along_axis(y, one[..., None], axis=2).mean(axis=2) for one in pick])
    bits = [joint_bits(_spread(means), models) for means in (y.mean(axis=2), drawn)]
    low, high = np.quantile(bits[1], [0.025, 0.975], axis=0)
    return Judged(bits[0], low, high, truth)


def _spread(means: Array) -> Array:
    d = means - means.mean(axis=-2, keepdims=True)
    return np.asarray((d**2).sum(axis=(-1, -2)) / (means.shape[-2] - 1))


@dataclass(frozen=True)
class Raced:
    """One bank after the race. stage (N,): 0 stopped after the pilot, 1 after the scoring stage, 2 asked to the end."""

    bank: Vectors
    stage: Ints
    parts: list[Part]

    def mask(self, stages: Ints) -> Bools:
        """(N, 12, 6) what was asked at each item's stage."""
        return MASKS[stages]

    def models(self) -> Ints:
        """(N,)"""
        return np.where(self.stage == 0, PILOT, SCORING)


PILOT, SCORING, WORDINGS = 8, 12, 6


def _masks() -> Bools:
    """(3, 12, 6): 8 models x 2 (every other one on a paraphrase), 12 x 4, 12 x 6: graphs/stages."""
    masks = np.zeros((3, SCORING, WORDINGS), dtype=np.bool_)
    masks[0, :PILOT, 0] = masks[0, :PILOT:2, 1] = masks[0, 1:PILOT:2, 2] = True
    masks[1, :, :4] = masks[2] = True
    return masks


MASKS = _masks()


def race(setting: Setting, seed: int, panel: int) -> Raced:
    """8 x 2 -> 12 x 4 -> 12 x 6 as a run races: W and prior from the drafts before, warm-up drafts asked to the end."""
    bank = vectors(setting, STEPS[-1], SCORING, WORDINGS, rng(seed, panel, f"race {setting.name}"))
    stage = np.full(STEPS[-1], 2, dtype=np.int64)
    total, done, kept = Scatter.empty(bank.x.shape[-1]), 0, []
    for first, last in itertools.pairwise(STEPS):
        for place in range(done, first):
            total = total + Scatter.of(readings(bank.x[place], MASKS[stage[place]]))
        done = first
        kept.append(Part(focused(total), first, last))
        stage[first:last] = _stages(bank, kept[-1], fit(at_stage(bank, kept[-1], stage, np.arange(first))))
    return Raced(bank, stage, kept)


def _stages(bank: Vectors, part: Part, prior: Prior) -> Ints:
    rows = np.arange(part.first, part.last)
    out = np.zeros(len(rows), dtype=np.int64)
    for stage in (0, 1):
        after = posterior(at_stage(bank, part, np.full(STEPS[-1], stage), rows), prior)
        sure = (after.at_most(S0) <= FDR) & (after.quantile(0.025) >= MIN_SEPARATION)
        open_ = (after.above(WORTH) >= CHANCE) | sure if stage == 0 else (after.above(WORTH) >= CHANCE) & ~sure
        out[(out == stage) & open_] = stage + 1
    return out


def at_stage(bank: Vectors, part: Part, stage: Ints, rows: Ints) -> QStats:
    """Q of some drafts from what was asked by their stage."""
    masks = MASKS[stage[rows]]
    return q_batch(bank.x[rows] * masks[..., None], part.metric, masks)


def after_race(setting: Setting, seed: int, panels: int) -> dict[str, Any]:
    """Scores of the joint figure after the race: prior of all drafts, and prior of the admitted ones alone."""
    judged: dict[str, list[Judged]] = {"all drafts": [], "admitted only": []}
    stages = np.zeros(3)
    for panel in range(panels):
        raced = race(setting, seed, panel)
        stages += np.bincount(raced.stage[WARM:], minlength=3)
        for part in raced.parts:
            for name, found in _raced_part(raced, part).items():
                judged[name].append(replace(found, panel=np.full(len(found.truth), panel)))
    out = {name: scores(Judged.join(rows)) for name, rows in judged.items()}
    return {**out, "stages": (stages / stages.sum()).round(3).tolist()}


def _raced_part(raced: Raced, part: Part) -> dict[str, Judged]:
    stats = at_stage(raced.bank, part, raced.stage, np.arange(part.last))
    rows = np.arange(part.first, part.last)
    own = stats.where(rows)
    q = [raced.bank.true_q(part.metric, k)[rows] for k in (PILOT, SCORING)]
    truth = joint_bits(np.where(raced.stage[rows] == 0, *q), own.models)
    everything = of_posterior(posterior(own, fit(stats)), truth)
    whole = of_posterior(posterior(stats, fit(stats)), np.zeros(part.last))
    admitted = of_posterior(posterior(own, fit(stats.where(np.flatnonzero(whole.admitted)))), truth)
    return {"all drafts": everything, "admitted only": replace(admitted, admitted=everything.admitted)}
