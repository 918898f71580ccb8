"""Topics as numbers: unit vectors with the similarities of MiniLM, and content that near topics share in part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cruxbank.science.arrays import Array, Ints
from cruxbank.science.seeds import rng as seeded

WIDTH = 384
DOMAINS = 19
CLUSTER = 4.5
"""Topics a cluster, on average: the seed topics have about as many neighbours above a cosine of .4."""
MEAN, DOMAIN, NEAR = 0.05, 0.08, 0.27
"""Shares of a vector that all topics, those of a domain and those of a cluster have in common. On the 455 seed topics
MiniLM gives a mean cosine of .07, a 90 and 99 % quantile of .20 and .36, a nearest neighbour at .45 on average."""
DECAY = 65.0
"""Of the spectrum: about 90 effective directions, as the seed topics have."""
DOMAIN_SHARE = 0.3
"""Of the content that a cluster shares, what the whole domain shares."""


@dataclass(frozen=True)
class TopicMap:
    """A topics. vectors (A, 384) unit rows; domains, clusters (A,); content (A, N) standard normal."""

    vectors: Array
    domains: Ints
    clusters: Ints
    content: Array

    def __len__(self) -> int:
        return len(self.vectors)


def draw_topics(seed: int, topics: int, numbers: int, near: float) -> TopicMap:
    """near: correlation of the content of two topics of one cluster, in [0, 1)."""
    draw = seeded(seed, 0, "topics")
    many = max(1, round(topics / CLUSTER))
    clusters = draw.integers(many, size=topics)
    domains = draw.integers(DOMAINS, size=many)[clusters]
    scale = np.exp(-np.arange(WIDTH) / DECAY / 2)
    parts = [draw.standard_normal((n, WIDTH)) * scale for n in (1, DOMAINS, many, topics)]
    sizes = np.sqrt([MEAN, DOMAIN, NEAR, 1 - MEAN - DOMAIN - NEAR])
    raw = sizes[0] * parts[0] + sizes[1] * parts[1][domains] + sizes[2] * parts[2][clusters] + sizes[3] * parts[3]
    wide = near * DOMAIN_SHARE
    content = np.sqrt(wide) * draw.standard_normal((DOMAINS, numbers))[domains]
    content += np.sqrt(near - wide) * draw.standard_normal((many, numbers))[clusters]
    content += np.sqrt(1 - near) * draw.standard_normal((topics, numbers))
    return TopicMap(raw / np.linalg.norm(raw, axis=1, keepdims=True), domains, clusters, content)
