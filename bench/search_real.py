"""The real case of the search bench: MiniLM vectors of the shipped topics, and how much each divides the simulated panel."""

from __future__ import annotations

import asyncio
from functools import cache

import numpy as np

from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.roles import Brief
from cruxbank.encoder import load_encoder
from cruxbank.items import Draft, Topic
from cruxbank.science.arrays import Array
from cruxbank.simulator.truth import true_separation
from cruxbank.simulator.world import World as Simulated
from cruxbank.topics.reader import seed_topics
from cruxbank.values.systems import load_system

DRAFTS = 3
PANEL = tuple(f"sim-{family}-{k}" for family in ("aster", "birch", "cedar", "dahlia") for k in (1, 2, 3))


@cache
def real_vectors() -> np.ndarray:
    """(455, 384) unit vectors."""
    encoder = load_encoder()
    try:
        return encoder.encode([topic.text for topic in seed_topics()])
    finally:
        encoder.close()


@cache
def real_pay() -> Array:
    """(455,) standardised mean log of the true separation of three drafts a topic, preset compass."""
    world = Simulated(0, "compass")
    logs = np.array([np.mean([_truth(draft, world) for draft in _drafts(i, t)]) for i, t in enumerate(seed_topics())])
    return np.asarray((logs - logs.mean()) / logs.std())


def _drafts(slot: int, topic: Topic) -> list[Draft]:
    writer, system = LocalGenerator(), load_system("schwartz-10")
    found: list[Draft] = []
    for step in range(DRAFTS):
        avoid = tuple(draft.text for draft in found)
        brief = Brief(topic=topic, system=system, avoid=avoid, wordings=6, seed=99, run="search", slot=slot, step=step)
        written = asyncio.run(writer.write(brief)).draft
        found += [written] if written else []
    return found


def _truth(draft: Draft, world: Simulated) -> float:
    texts = [wording.text for wording in draft.wordings]
    mirror = [wording.kind == "mirror" for wording in draft.wordings]
    return float(np.log(true_separation(texts, mirror, PANEL, draws=60, world=world).joint))
