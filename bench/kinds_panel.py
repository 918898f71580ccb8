"""What simulated models answer to local drafts of one kind, as numbers: no text is written or read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.local_kind_generator import LocalKindGenerator
from cruxbank.agents.roles import Brief
from cruxbank.bench.worlds_judge import NumericJudge
from cruxbank.items import ItemKind, Topic
from cruxbank.science.leanings import Answers
from cruxbank.simulator.response import plan, random_noise
from cruxbank.simulator.roster import MODELS
from cruxbank.simulator.world import World
from cruxbank.values.systems import ValueSystem

_FAMILIES = ("aster", "birch", "cedar", "dahlia", "elm")
PANEL = tuple(model.id for model in MODELS if model.family in _FAMILIES)
"""Twenty models of five families."""


class Asked(NamedTuple):
    """A draft, as far as the response process needs it: base and mirror."""

    id: str
    kind: ItemKind
    wordings: tuple[str, str]


def drafts(kind: ItemKind, topics: Sequence[Topic], system: ValueSystem, seed: int, each: int) -> list[Asked]:
    """`each` local drafts on every topic."""
    writer = LocalGenerator() if kind == "question" else LocalKindGenerator(kind)
    written: dict[str, Asked] = {}
    for slot, topic in enumerate(topic for topic in topics for _ in range(each)):
        brief = Brief(topic=topic, system=system, wordings=2, kind=kind, seed=seed, run="bench", slot=slot)
        draft = asyncio.run(writer.write(brief)).draft
        if draft is not None:
            written[draft.id] = Asked(draft.id, kind, (draft.wordings[0].text, draft.wordings[1].text))
    return list(written.values())


def plans(world: World, asked: Sequence[Asked], judge: NumericJudge, draw: np.random.Generator) -> Answers:
    """Scores of the panel's answers as the judge reads them; refused ones do not count."""
    families = np.array([_FAMILIES.index(model.split("-")[1]) for model in PANEL])
    scores, counts = [], []
    for one in asked:
        latent = world.all_latents(PANEL, one.wordings, one.kind)
        said = plan(world.preset, latent, random_noise(draw, (len(one.wordings), len(PANEL))))
        read = np.stack([judge.read(values, families, draw) for values in said.values])
        there = ~said.refused
        sums = np.where(there[..., None], read, 0.0).sum(axis=0)
        counts.append(there.sum(axis=0).astype(np.float64))
        scores.append(sums / np.maximum(counts[-1], 1)[:, None])
    return Answers(tuple(one.id for one in asked), PANEL, np.stack(scores), np.stack(counts))
