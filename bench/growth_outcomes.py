"""What a bank is worth to somebody who measures new models with it: three outcomes that are no strategy's own, and S."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from cruxbank.bench.growth_play import OPINIONS, Kept, adaem_score
from cruxbank.bench.worlds import Draft, NumericWorld
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.diversity import mean_cosine
from cruxbank.science.seeds import rng

PROFILE_WORDINGS = 2
TRAIN, TEST = 6, 2
"""Wordings that the classifier learns from (each answered twice) and is tested on."""


def best(bank: Sequence[Kept], items: int, calls: int) -> list[Draft]:
    """The strongest items that a run had after so many calls, by its own ranking; what it did not admit comes last."""
    had = [kept for kept in bank if kept.calls <= calls]
    return [kept.draft for kept in sorted(had, key=lambda kept: (not kept.admitted, -kept.strength))[:items]]


def outcomes(world: NumericWorld, chosen: Sequence[Draft], items: int, seed: int) -> dict[str, float]:
    """Figures of a bank of at most `items` items; an item that is missing counts as nothing.

    separation: true GJS over the mixture of all wordings on models of unseen families, mean over the ten values and the
    stance, bits an item. profile: squared correlation of panel-centred profiles of unseen models by a fixed scorer
    (mean verdict over items) with their true values. identity: bits that a logistic regression tells about which unseen
    model answered, beyond chance, per answer and item, on wordings it was not trained on. own: AdAEM's S, mean.
    domains, dimensions: how many are covered (a dimension: by an item that separates on it by .05 bits or more).
    """
    unseen = world.panels["unseen"]
    if not chosen:
        return dict.fromkeys(("separation", "profile", "identity", "own", "domains", "dimensions", "items"), 0.0)
    truths = [world.truth(draft, unseen) for draft in chosen]
    values = np.array([list(t.by_dimension.values()) for t in truths])
    whole = np.array([(sum(t.by_dimension.values()) + t.stance) / (values.shape[1] + 1) for t in truths])
    draw = rng(seed, len(chosen), "outcomes")
    return {
        "separation": float(whole.sum() / items),
        "profile": _profile(world, chosen, unseen, draw),
        "identity": sum(_identity(world, draft, unseen, draw) for draft in chosen) / items,
        "own": float(np.mean([_own(world, draft, unseen, draw) for draft in chosen])),
        "domains": float(len({int(world.domains[d.topic]) for d in chosen})),
        "dimensions": float((values.max(axis=0) >= 0.05).sum()),
        "likeness": mean_cosine(world.vectors[[d.topic for d in chosen]]) if len(chosen) > 1 else 1.0,
        "items": float(len(chosen)),
    }


def _profile(world: NumericWorld, chosen: Sequence[Draft], unseen: Ints, draw: np.random.Generator) -> float:
    asked = np.repeat(unseen, PROFILE_WORDINGS)
    total = np.zeros((len(unseen), len(world.dimensions)))
    for draft in chosen:
        wordings = np.tile([0, 1], len(unseen))
        values = world.respond(draft, asked, wordings, draw).values
        total += values.reshape(len(unseen), PROFILE_WORDINGS, -1).mean(axis=1)
    found = total - total.mean(axis=0)
    true = world.profiles[unseen] - world.profiles[unseen].mean(axis=0)
    spread = float((found**2).sum() * (true**2).sum())
    r = float((found * true).sum()) / np.sqrt(spread) if spread > 0 else 0.0
    return max(r, 0.0) ** 2


def _identity(world: NumericWorld, draft: Draft, unseen: Ints, draw: np.random.Generator) -> float:
    train = _features(world, draft, unseen, np.repeat(np.arange(TRAIN), 2), draw)
    test = _features(world, draft, unseen, np.arange(TRAIN, TRAIN + TEST), draw)
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=0.1, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(*train)
    chance = model.predict_proba(test[0])
    place = np.searchsorted(model.classes_, test[1])
    return float(np.log2(len(unseen)) + np.log2(np.maximum(chance[np.arange(len(place)), place], 1e-12)).mean())


def _features(
    world: NumericWorld, draft: Draft, unseen: Ints, wordings: Ints, draw: np.random.Generator
) -> tuple[Array, Ints]:
    models = np.repeat(unseen, len(wordings))
    found = world.respond(draft, models, np.tile(wordings, len(unseen)), draw)
    x = np.column_stack([found.values, np.abs(found.values), found.stance, found.refused])
    return x, models


def _own(world: NumericWorld, draft: Draft, unseen: Ints, draw: np.random.Generator) -> float:
    models = np.repeat(unseen, OPINIONS)
    return adaem_score(draft, world.respond(draft, models, np.zeros(len(models), dtype=np.int64), draw))
