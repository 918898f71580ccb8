"""The tables of the search bench: one a world, means over seeds with paired intervals against the default policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cruxbank.science.seeds import rng

ABOUT = {
    "real": "455 shipped topics with their MiniLM similarities; strength: what three drafts a topic truly separate on "
    "the simulated panel.",
    "smooth": "clusters of ten topics pay alike.",
    "rough": "the same clusters, but similarity says nothing.",
    "sparse": "one topic in twenty pays, anywhere.",
    "shallow": "smooth, but a topic has 1 + Poisson(4) drafts to give. `alike` is the correlation of a new topic's "
    "strength with its parent's, which nobody knows: three guesses.",
}
HEAD = """Slots are simulated from the sizes of a bank of the simulated preset (`bench/search_worlds.py`): 39 % admit, a
pull's intraclass correlation is .11. Rounds of eight different topics; seeds {first} to {last}; the rules were tuned on
seeds 1000 to 1005. `bits`: admitted bits per 1,000 calls after so many pulls. `regret`: cumulative, the share of an
oracle's expected bits that was lost (it knows every topic's worth and always plays the best eight). `simple`: the same
for the eight topics most pulled. Last column: the first row's bits per 1,000 calls over this row's at the largest budget,
with a paired 95 % bootstrap interval over seeds. AdAEM's bonus is not scaled to the reward, which is .4 to 1.3 bits per
100 calls here and 3 to 9 points there; both its rows are given the budget of their column, and from 4 times as many pulls as
topics on they are the same rule. What is against us: rest costs where topics never run dry (`sparse`, `never rests`), and
so does balance; half credit for drafts that were not admitted gains nothing; the topics most pulled by `kernel` are not
the best recommendation (`simple`).
"""


def page(rows: Sequence[dict[str, Any]], first: int, seeds: int) -> str:
    """Prose and one table a world."""
    worlds = list(dict.fromkeys((row["world"], row["topics"]) for row in rows))
    parts = [HEAD.format(first=first, last=first + seeds - 1)]
    for kind, topics in worlds:
        mine = [row for row in rows if (row["world"], row["topics"]) == (kind, topics)]
        parts.append(_table(kind, topics, mine))
    return "\n".join(parts)


def _table(kind: str, topics: int, rows: Sequence[dict[str, Any]]) -> str:
    budgets = sorted({row["pulls"] for row in rows})
    labels = list(dict.fromkeys(row["policy"] for row in rows))
    seeds = sorted({row["seed"] for row in rows})
    best = np.mean([row["oracle"] for row in rows])
    text = (
        f"**{kind}, {topics:,} topics**: {ABOUT[kind]} Oracle: {best:.2f} bits per 1,000 calls; {len(seeds)} seeds.\n"
    )
    heads = [f"{what} {b:,}" for what in ("bits", "regret") for b in budgets] + [f"simple {budgets[-1]:,}", "domains"]
    lines = ["| policy | " + " | ".join([*heads, "first row's gain"]) + " |", "|---" * (len(heads) + 2) + "|"]
    for label in labels:
        cells = [f"{_mean(rows, label, b, 'found'):.2f}" for b in budgets]
        cells += [f"{_mean(rows, label, b, 'regret'):.3f}" for b in budgets]
        cells += [
            f"{_mean(rows, label, budgets[-1], 'simple'):.3f}",
            f"{_mean(rows, label, budgets[0], 'domains'):.1f}",
        ]
        lines.append(f"| {label} | " + " | ".join([*cells, _gain(rows, labels[0], label, budgets[-1])]) + " |")
    return text + "\n" + "\n".join(lines) + f"\n\n(`domains`: with an item after {budgets[0]} pulls.)\n"


def _values(rows: Sequence[dict[str, Any]], label: str, pulls: int, what: str) -> dict[int, float]:
    return {row["seed"]: row[what] for row in rows if row["policy"] == label and row["pulls"] == pulls}


def _mean(rows: Sequence[dict[str, Any]], label: str, pulls: int, what: str) -> float:
    return float(np.mean(list(_values(rows, label, pulls, what).values())))


def _gain(rows: Sequence[dict[str, Any]], first: str, label: str, pulls: int) -> str:
    if first == label:
        return "-"
    ours, theirs = _values(rows, first, pulls, "found"), _values(rows, label, pulls, "found")
    both = sorted(ours.keys() & theirs.keys())
    a, b = np.array([ours[s] for s in both]), np.array([theirs[s] for s in both])
    draws = rng(0, 0, "paired").integers(0, len(both), (2_000, len(both)))
    low, high = np.percentile(a[draws].sum(axis=1) / b[draws].sum(axis=1), [2.5, 97.5])
    return f"{a.sum() / b.sum():.2f} [{low:.2f}, {high:.2f}]"
