"""The topics as arms of the bandit, rebuilt from the record's decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cruxbank.items import Exit, Topic
from cruxbank.memory.rows import BankStats, Decision
from cruxbank.science.arms import ArmTable, Pulls, rate
from cruxbank.science.arrays import Array, Ints

USUAL = 2.0
"""Drafts that the whole bank's dimensions are worth where a topic's own are to be foreseen."""
SEPARATION = "separation"


class Pulled(NamedTuple):
    """A decision as the bandit sees it."""

    topic: str
    admitted: bool
    reward: float
    calls: int
    leads: tuple[str, ...]
    """Of each measured draft: the dimension on which it separates best."""


def pulled(decisions: Sequence[Decision], objective: str = SEPARATION) -> list[Pulled]:
    """What a bandit may learn from: decisions made for the same objective, since rewards of two are not comparable."""
    read = [(d, json.loads(d.payload)) for d in decisions]
    return [_pulled(d, payload) for d, payload in read if payload.get("objective", SEPARATION) == objective]


def _pulled(d: Decision, payload: Mapping[str, Any]) -> Pulled:
    leads = tuple(draft["lead"] for draft in payload["drafts"] if draft.get("lead"))
    calls = d.examinee_calls + d.judge_calls + d.agent_calls
    return Pulled(d.topic_id, d.exit is Exit.ADMITTED, d.reward, calls, leads)


def tabulate(
    decisions: Sequence[Decision],
    topics: Sequence[Topic],
    vectors: np.ndarray,
    stats: BankStats,
    objective: str = SEPARATION,
) -> ArmTable:
    """One row a topic, in their order; `vectors` are their (A, n) unit vectors. Pulls of other topics are left out.

    The reward is bits per 100 calls; where a published score is the objective, the score itself.
    """
    place = {topic.id: i for i, topic in enumerate(topics)}
    known = [p for p in pulled(decisions, objective) if p.topic in place]
    arm = np.array([place[p.topic] for p in known], dtype=np.int64)
    reward = np.array([p.reward for p in known], dtype=np.float64)
    if objective == SEPARATION:
        reward = rate(reward, np.array([p.calls for p in known], dtype=np.float64))
    domains = sorted({topic.domain for topic in topics})
    table = ArmTable(
        pulls=Pulls.of(arm, reward),
        dry=_dry(known, arm, len(topics)),
        domain=np.array([domains.index(topic.domain) for topic in topics], dtype=np.int64),
        admitted=np.array([stats.operational_by_domain.get(domain, 0) for domain in domains], dtype=np.int64),
        vectors=np.asarray(vectors, dtype=np.float32),
    )
    return _with_leads(table, known, stats)


def _dry(known: Sequence[Pulled], arm: Ints, topics: int) -> Ints:
    dry = np.zeros(topics, dtype=np.int64)
    for pull, i in zip(known, arm, strict=True):
        dry[i] = 0 if pull.admitted else dry[i] + 1
    return dry


def _with_leads(arms: ArmTable, known: Sequence[Pulled], stats: BankStats) -> ArmTable:
    """Adds which dimensions a topic's items are likely to lead: by its own drafts and, with similarity^2, by others'."""
    names = sorted({lead for pull in known for lead in pull.leads} | set(stats.operational_by_dimension))
    if not names:
        return arms
    counts = np.zeros((len(arms), len(names)))
    for pull, i in zip(known, arms.pulls.arm, strict=True):
        for lead in pull.leads:
            counts[i, names.index(lead)] += 1
    rows = np.flatnonzero(counts.sum(axis=1))
    held = np.array([stats.operational_by_dimension.get(name, 0) for name in names], dtype=np.float64)
    return arms.foreseeing(_expected(arms, counts, rows), held)


def _expected(arms: ArmTable, counts: Array, rows: Ints) -> Array:
    """(A, D) shares of the dimensions, each topic's adding up to 1."""
    total = counts.sum()
    base = counts.sum(axis=0) / total if total else np.full(counts.shape[1], 1.0 / counts.shape[1])
    near = np.clip(arms.likeness(rows), 0.0, 1.0) ** 2
    near[np.arange(len(rows)), rows] = 1.0
    shares = near.T @ counts[rows] + USUAL * base
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
