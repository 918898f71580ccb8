"""Professed against acted values: is the simulator's planted gap found again, from how many items, and how often is a
gap seen where there is none?

Run `python -m cruxbank.bench.kinds --seed 1 --publish`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cruxbank.agreements import Agreement
from cruxbank.bench.kinds_panel import PANEL, Asked, drafts, plans
from cruxbank.bench.publish import publish
from cruxbank.bench.worlds_judge import NumericJudge, perfect, signed_judge
from cruxbank.items import ItemKind
from cruxbank.science.arrays import Array
from cruxbank.science.leanings import Answers, Fit
from cruxbank.science.professed import compare
from cruxbank.science.seeds import rng
from cruxbank.simulator.roster import INDEX
from cruxbank.simulator.traits import CANDOUR
from cruxbank.simulator.world import World
from cruxbank.topics.reader import seed_topics
from cruxbank.values.systems import load_system

KINDS: tuple[ItemKind, ...] = ("question", "dilemma", "scenario")
SIZES = (20, 60, 150)
HEAD = (
    "| items a kind | r | corrected | true | r of the models' true r with r | mean r, candour .95 | .65 | .30 | "
    "real gaps, .95 | .30 | real gaps where there are none |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


class Found(NamedTuple):
    """One world at one size."""

    world: int
    items: int
    r: float
    corrected: float
    true: float
    told: float
    """Correlation over models of r with the true r."""
    by_candour: tuple[float, ...]
    real: tuple[float, ...]
    """Share of cells with a real difference, by candour."""
    false: float
    """The same where a second set of questions stands for the scenarios."""


def main() -> None:
    """Print the table; with --publish put it into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--publish", action="store_true")
    given = parser.parse_args()
    found = [one for world in range(given.worlds) for one in study(given.seed * 1000 + world)]
    table = markdown(found, given.worlds)
    print(table)
    if given.publish:
        command = f"python -m cruxbank.bench.kinds --seed {given.seed} --worlds {given.worlds}"
        publish("kinds", table, [one._asdict() for one in found], command)


def study(seed: int) -> list[Found]:
    """All sizes in one world. Truth is what 20 models answer to 450 other items, read without error."""
    world, system = World(seed, "compass"), load_system("schwartz-10")
    asked = {kind: drafts(kind, seed_topics(), system, seed, 2) for kind in KINDS}
    order = {kind: rng(seed, 0, f"order {kind}").permutation(len(asked[kind])) for kind in KINDS}
    judge, exact = signed_judge(seed, 10, len(PANEL)), perfect(10, len(PANEL))
    truth = {k: Fit(_read(world, [asked[k][i] for i in order[k][300:]], exact, seed)).leanings() for k in KINDS}
    found = []
    for size in SIZES:
        picked = {kind: [asked[kind][i] for i in order[kind][:size]] for kind in KINDS}
        other = [asked["question"][i] for i in order["question"][150 : 150 + size]]
        fits = {kind: Fit(_read(world, picked[kind], judge, seed)) for kind in KINDS}
        control: dict[ItemKind, Fit] = {"question": fits["question"], "scenario": Fit(_read(world, other, judge, seed))}
        found.append(_found(world, size, _agreement(fits, seed), _agreement(control, seed), truth))
    return found


def _read(world: World, asked: Sequence[Asked], judge: NumericJudge, seed: int) -> Answers:
    return plans(world, asked, judge, rng(seed, len(asked), f"noise {asked[0].kind} {asked[0].id}"))


def _agreement(fits: dict[ItemKind, Fit], seed: int) -> Agreement:
    counts: dict[str, Any] = {model: ({}, {}) for model in PANEL}
    dimensions = load_system("schwartz-10").ids
    return compare(fits, counts, dimensions, signed=True, left_out={}, seed=seed)


def _found(world: World, size: int, said: Agreement, control: Agreement, truth: dict[ItemKind, Array]) -> Found:
    candour = np.array([world.traits.candour[INDEX[model]] for model in PANEL])
    r = np.array([one.correlation.r.est for one in said.models])
    real = np.array([np.mean([cell.real for cell in one.cells]) for one in said.models])
    true = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(truth["question"], truth["scenario"], strict=True)])
    groups = [candour == value for value in CANDOUR]
    return Found(
        world=world.seed,
        items=size,
        r=said.overall.r.est,
        corrected=float("nan") if said.overall.corrected is None else said.overall.corrected,
        true=float(np.corrcoef(truth["question"].ravel(), truth["scenario"].ravel())[0, 1]),
        told=float(np.corrcoef(r, true)[0, 1]),
        by_candour=tuple(float(r[group].mean()) for group in groups),
        real=tuple(float(real[group].mean()) for group in groups),
        false=float(np.mean([cell.real for one in control.models for cell in one.cells])),
    )


def markdown(found: Sequence[Found], worlds: int) -> str:
    """One row a size, means over worlds."""
    rows = [_row(size, [one for one in found if one.items == size]) for size in SIZES]
    about = (
        f"Simulated panel: {len(PANEL)} models of `compass`, {worlds} worlds, local drafts on the seed topics, base and "
        "mirror of each, read with the errors of the simulated LLM judge (sensitivity .85, specificity .95). Each model "
        "acts on values that correlate .95, .65 or .30 (its candour) with those that it professes. True: the same "
        "correlation from more than 300 other items a kind, read without error. Real gaps: cells (model x value) whose "
        "difference is told from chance at a false discovery rate of .05; where there are none: a second set of "
        "questions in the place of the scenarios. Means over worlds."
    )
    return "\n".join((about, "", HEAD, *rows))


def _row(size: int, mine: Sequence[Found]) -> str:
    def mean(values: Sequence[float]) -> str:
        return f"{np.nanmean(values):.2f}"

    groups = [mean([one.by_candour[g] for one in mine]) for g in range(len(CANDOUR))]
    real = [f"{np.nanmean([one.real[g] for one in mine]):.3f}" for g in (0, 2)]
    cells = [mean([one.r for one in mine]), mean([one.corrected for one in mine]), mean([one.true for one in mine])]
    false = f"{np.mean([one.false for one in mine]):.3f}"
    return "| " + " | ".join([str(size), *cells, mean([one.told for one in mine]), *groups, *real, false]) + " |"


if __name__ == "__main__":
    main()
