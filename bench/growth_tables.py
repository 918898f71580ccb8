"""The tables of `bench/growth`: paired ratios of ours to every other strategy, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cruxbank.bench.growth_strategies import CONTROL, STRATEGIES
from cruxbank.science.arrays import Array
from cruxbank.science.seeds import rng

NEUTRAL_OUTCOMES = ("separation", "profile", "identity")
DRAWS = 4_000
Found = Mapping[str, Any]


def tables(found: Found, budget: int, items: int, seeds: int, controls: int, first: int) -> str:
    """All of it as Markdown."""
    version = next(iter(found.values()))["simulator"]
    parts = [
        f"Simulated panel, simulator version {version}, numeric worlds, signed judge; {budget} examinee calls a run (a "
        f"judge reads each answer in one call, for every strategy alike), {seeds} seeds from {first} ({controls} in control "
        f"worlds), the best {items} items of each bank by its own ranking. Tuned on seeds 101 to 108.",
        "",
        "separation: true GJS over the mixture of wordings on 16 models of unseen families, mean over ten values and the "
        "stance, bits an item. profile: squared correlation of panel-centred profiles of these models by a fixed scorer "
        "with their true values. identity: bits a logistic regression tells about which of them answered. own: AdAEM's S. "
        "A missing item counts as nothing. Ratio: ours over the strategy, paired by seed, 95 % bootstrap interval.",
    ]
    for world in ("compass", "opinionated"):
        parts += ["", f"### {world}", "", _table(found, world, seeds, first)]
    parts += ["", "### Ours with fewer calls, against the others with all", "", _less(found, seeds, first)]
    parts += ["", "### Control worlds", "", _controls(found, controls, first), "", _near(found, controls, first)]
    return "\n".join(parts)


def _table(found: Found, world: str, seeds: int, first: int) -> str:
    lines = [
        "| strategy | separation | profile | identity | own | domains | likeness | admitted | ratio separation "
        "| ratio profile | ratio identity |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    ours = _column(found, world, "ours", seeds, first)
    for strategy in STRATEGIES:
        mine = _column(found, world, strategy.name, seeds, first)
        means = [f"{mine(o).mean():.3f}" for o in (*NEUTRAL_OUTCOMES, "own")]
        rest = [f"{mine('domains').mean():.1f}", f"{mine('likeness').mean():.2f}", f"{mine('admitted').mean():.0f}"]
        ratios = [_ratio(ours(o), mine(o)) if strategy.name != "ours" else "1" for o in NEUTRAL_OUTCOMES]
        lines.append("| " + " | ".join([strategy.name, *means, *rest, *ratios]) + " |")
    return "\n".join(lines)


def _less(found: Found, seeds: int, first: int) -> str:
    """Ours at half and a third of the calls: at 1 or above it needs at most that share of the other's calls."""
    lines = ["| world | ours with | against | separation | profile | identity |", "|---|---|---|---|---|---|"]
    others = ("just ask", "AdAEM repaired", "AdAEM as printed")
    for world in ("compass", "opinionated"):
        for part, name in ((0.5, "half"), (1 / 3, "a third")):
            ours = _column(found, world, "ours", seeds, first, part)
            for other in others:
                theirs = _column(found, world, other, seeds, first)
                row = [_ratio(ours(o), theirs(o)) for o in NEUTRAL_OUTCOMES]
                lines.append(f"| {world} | {name} | {other} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def _controls(found: Found, seeds: int, first: int) -> str:
    lines = ["| world | strategy | separation | profile | identity | own |", "|---|---|---|---|---|---|"]
    for world in ("no-values", "no-transfer", "adaem"):
        for name in CONTROL:
            mine = _column(found, world, name, seeds, first)
            cells = " | ".join(f"{mine(o).mean():.3f}" for o in (*NEUTRAL_OUTCOMES, "own"))
            lines.append(f"| {world} | {name} | {cells} |")
    return "\n".join(lines)


def _near(found: Found, seeds: int, first: int) -> str:
    ours = _column(found, "compass", "ours", seeds, first, near=0.0)
    other = _column(found, "compass", "random topics", seeds, first, near=0.0)
    row = ", ".join(f"{o} {_ratio(ours(o), other(o))}" for o in NEUTRAL_OUTCOMES)
    return f"Where near topics have nothing in common (compass, near = 0), ours over random topics: {row}."


def _column(
    found: Found, world: str, strategy: str, seeds: int, first: int, part: float = 1.0, near: float = 0.35
) -> Callable[[str], Array]:
    rows = [found[f"{world}|{near:g}|{strategy}|{seed}"] for seed in range(first, first + seeds)]

    def column(outcome: str) -> Array:
        if outcome == "admitted":
            return np.array([float(row["admitted"]) for row in rows])
        return np.array([row["at"][f"{part:.2f}"].get(outcome, 0.0) for row in rows])

    return column


def _ratio(ours: Array, theirs: Array) -> str:
    """Ratio of means with its paired bootstrap interval over seeds."""
    picks = rng(0, len(ours), "ratio").integers(len(ours), size=(DRAWS, len(ours)))
    draws = ours[picks].mean(axis=1) / np.maximum(theirs[picks].mean(axis=1), 1e-9)
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{ours.mean() / max(theirs.mean(), 1e-9):.2f} ({low:.2f} to {high:.2f})"


__all__: Sequence[str] = ("tables",)
