"""Sizes of what is hidden, and what the control worlds do: true figures of numeric worlds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cruxbank.bench.worlds import NumericWorld
from cruxbank.bench.worlds_judge import NumericJudge
from cruxbank.science.arrays import Array
from cruxbank.science.readings import ItemReadings

PRESETS = ("compass", "opinionated", "no-values", "no-transfer", "adaem", "compass-f00", "compass-f10", "compass-f30")
DRAFTS = 60
TOP = 6
REPEATS = 6


def sizes(worlds: Sequence[int]) -> str:
    """Sizes that SCIENCE 4 names and ratings do not show."""
    found = np.array([_sizes(world) for world in worlds])
    low, mean, high = np.quantile(found, 0.025, axis=0), found.mean(axis=0), np.quantile(found, 0.975, axis=0)
    lines = ["**Other sizes** (preset `compass`, numeric world)", "", "| size | mean | 95 % of worlds | source |"]
    lines.append("|---|---|---|---|")
    for k, (name, source) in enumerate(_SIZES):
        lines.append(f"| {name} | {mean[k]:.3f} | {low[k]:.3f} to {high[k]:.3f} | {source} |")
    return "\n".join(lines)


_SIZES = (
    ("values raised an answer, of ten", "2.8 an argument, 5.6 in three arguments of different topics (Touché23)"),
    ("refusals, most refusing model", "0 to .46 by model"),
    ("refusals, median model", ""),
    ("order flips of a yes/no answer", ".075 to .174 by model (MoralChoice)"),
    ("log verbosity, SD", ".3"),
    ("frame sensitivity, SD", ".3"),
    ("judge's sensitivity", ".85"),
    ("judge's specificity", ".95"),
    ("judge's false positives, SD over families", ".05"),
)


def _sizes(seed: int) -> tuple[float, ...]:
    world = NumericWorld(seed, "compass", topics=DRAFTS, wordings=6)
    rng = np.random.default_rng([seed, 1])
    models = np.arange(len(world.models)).repeat(2)
    values, flips, chances = [], [], np.zeros(len(world.models))
    for topic in range(DRAFTS):
        draft = world.draft(topic, rng)
        read, turned = (
            world.respond(draft, models, np.zeros_like(models), rng, world.perfect, np.full(len(models), side))
            for side in (1.0, -1.0)
        )
        values.append(np.abs(read.values[~read.refused]).sum(axis=1).mean())
        flips.append(_flips(read, turned))
        chances += np.bincount(models, read.refused) / 2 / DRAFTS
    traits, judge = world.traits, world.signed
    return (
        float(np.mean(values)),
        float(chances.max()),
        float(np.median(chances)),
        float(np.mean(flips)),
        float(traits.log_verbosity.std(ddof=1)),
        float(traits.frame.std(ddof=1)),
        float(judge.sensitivity.mean()),
        float(1 - judge.false_positives.mean()),
        _family_sd(judge),
    )


def _flips(one: ItemReadings, two: ItemReadings) -> float:
    """Share of answers, neither refused nor neutral, that change sides."""
    both = (one.stance != 0) & (two.stance != 0)
    return float((one.stance != two.stance)[both].mean())


def _family_sd(judge: NumericJudge) -> float:
    return float(judge.false_positives.std(axis=0, ddof=1).mean())


def controls(worlds: Sequence[int]) -> str:
    """True separation of the scoring panel's top tenth on families that nobody chose by, and what profiles explain."""
    lines = [
        f"**Worlds without text** ({DRAFTS} drafts a world, top {TOP} by true separation on the scoring panel, judged on 16 "
        "models of unseen families; means over worlds). *Kept*: share of the gain over all drafts. *Profile*: mean "
        "correlation over values of true profiles with the models' mean verdicts under a judge without errors.",
        "",
        "| world | joint, bits | kept | stance, bits | kept | values, bits | kept | profile | wording noise | turned down |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in PRESETS:
        row = np.mean([_control(name, world) for world in worlds], axis=0)
        lines.append("| `" + name + "` | " + " | ".join(f"{x:.3f}" for x in row) + " |")
    return "\n".join(lines)


def _control(name: str, seed: int) -> tuple[float, ...]:
    world = NumericWorld(seed, name, topics=DRAFTS, wordings=6)
    rng = np.random.default_rng([seed, 2])
    drafts = [world.draft(topic, rng) for topic in range(DRAFTS)]
    mine = [world.truth(draft, world.panels["scoring"], draws=20) for draft in drafts]
    theirs = [world.truth(draft, world.panels["unseen"], draws=20) for draft in drafts]
    found: list[float] = []
    for figure in ("joint", "stance", "mean"):
        one, two = (np.array([getattr(truth, figure) for truth in side]) for side in (mine, theirs))
        top = np.argsort(-one)[:TOP]
        found += [float(one.mean()), float((two[top].mean() - two.mean()) / (one[top].mean() - one.mean()))]
    models = np.arange(len(world.models)).repeat(REPEATS)
    wordings = np.tile(np.arange(REPEATS), len(world.models))
    reads = [world.respond(draft, models, wordings, rng, world.perfect) for draft in drafts]
    return (
        *found,
        _profile(world, reads),
        _wording_noise(world),
        float(np.mean([(r.values < 0).mean() for r in reads])),
    )


def _profile(world: NumericWorld, reads: Sequence[ItemReadings]) -> float:
    """Mean over values of the correlation, over models, of true values with mean verdicts of answered responses."""
    models, answered = reads[0].models, np.array([~r.refused for r in reads])
    total = np.einsum("inp,in->np", np.array([r.values for r in reads]), answered)
    sums = np.array([total[models == m].sum(axis=0) for m in range(len(world.models))])
    seen = np.array([answered[:, models == m].sum() for m in range(len(world.models))])
    means: Array = sums / seen[:, None]
    return float(np.mean([np.corrcoef(means[:, d], world.profiles[:, d])[0, 1] for d in range(means.shape[1])]))


def _wording_noise(world: NumericWorld) -> float:
    """Variance of the latent stance over wordings that ask the same way, mean over models."""
    draft = world.draft(0, np.random.default_rng([world.seed, 3]))
    return float(draft.latent.stance[~world.mirror].var(axis=0, ddof=1).mean())
