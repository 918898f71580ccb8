"""One strategy in one numeric world: rounds of eight slots until the examinee calls are spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cruxbank.bench.growth_gauge import FULL, PILOT, Gauge, Judged, join
from cruxbank.bench.growth_strategies import Strategy
from cruxbank.bench.worlds import Draft, NumericWorld
from cruxbank.graphs.stages import alternating
from cruxbank.science.adaem import repeats, score
from cruxbank.science.arms import ArmTable, Pulls, rate
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.bandit import policy
from cruxbank.science.readings import ItemReadings
from cruxbank.science.seeds import rng

WINDOW, ATTEMPTS = 8, 4
PILOT_WORDINGS, SCORING, ALL = 2, 4, 6
QUESTIONS, OPINIONS, REFLECTIONS = 3, 3, 3
"""AdAEM: questions of a pull (N2), opinions of a model (L), and the most rewrites of one question (our cap)."""
AT_STAKE = 0.5
"""Relevance from which a question is labelled with a value, for R_Dis."""


class Kept(NamedTuple):
    """A draft that the scoring panel answered: calls spent by then, whether it was admitted, what drafts are ranked by."""

    calls: int
    draft: Draft
    strength: float
    admitted: bool = True


@dataclass
class Slot:
    """What one slot came to."""

    topic: int
    calls: int = 0
    bits: float = 0.0
    """Reward of the bandit: admitted bits, or AdAEM's mean score."""
    scored: list[tuple[Draft, float, bool]] = field(default_factory=list)
    measured: list[ItemReadings] = field(default_factory=list)
    pairs: list[tuple[float, float]] = field(default_factory=list)


class Play:
    """A run. `bank` holds the scored drafts in the order in which they came, admitted or not."""

    def __init__(self, world: NumericWorld, strategy: Strategy, budget: int, seed: int) -> None:
        self.world, self.strategy, self.budget, self.seed = world, strategy, budget, seed
        self.gauge = Gauge(len(world.models), len(world.dimensions), plug_in=strategy.measure == "plug-in")
        self.bank: list[Kept] = []
        self.calls = 0
        self._slots: list[Slot] = []
        self._dry = np.zeros(world.topics, dtype=np.int64)
        self._held = np.zeros(int(world.domains.max()) + 1, dtype=np.int64)
        self._seen: set[tuple[int, int]] = set()

    def run(self) -> Play:
        """Play until the next round may not be paid for any more."""
        rounds = 0
        while self.calls + WINDOW * FULL <= self.budget and rounds < self.budget:
            first = len(self._slots)
            chosen = policy(self.strategy.policy).choose(self._arms(), WINDOW, rng(self.seed, first, "topics"))
            done = [self._slot(topic, rng(self.seed, first + i, "slot")) for i, topic in enumerate(chosen)]
            self._commit(done)
            rounds += 1
        return self

    def _commit(self, done: list[Slot]) -> None:
        for slot in done:
            self._slots.append(slot)
            self.calls += slot.calls
            won = [strength for _, strength, admitted in slot.scored if admitted]
            self._dry[slot.topic] = 0 if won else self._dry[slot.topic] + 1
            self.bank.extend(Kept(self.calls, *one) for one in slot.scored)
            self._held[self.world.domains[slot.topic]] += len(won)
            self.gauge.bits += sum(won)
            self.gauge.pairs.extend(slot.pairs)
        self.gauge.learn([one for slot in done for one in slot.measured], sum(slot.calls for slot in done))

    def _arms(self) -> ArmTable:
        arm = np.array([s.topic for s in self._slots], dtype=np.int64)
        bits = np.array([s.bits for s in self._slots], dtype=np.float64)
        calls = np.array([float(s.calls) for s in self._slots])
        raw = self.strategy.measure == "adaem"
        return ArmTable(
            pulls=Pulls.of(arm, bits if raw else rate(bits, calls)),
            dry=self._dry.copy(),
            domain=self.world.domains,
            admitted=self._held.copy(),
            vectors=self.world.vectors.astype(np.float32),
            seed=self.seed,
            budget=self.budget // (QUESTIONS * (PILOT + FULL // 2)) if raw else self.budget // PILOT,
            balance=self.strategy.balance,
        )

    def _slot(self, topic: int, draw: np.random.Generator) -> Slot:
        slot = Slot(topic)
        if self.strategy.measure == "adaem":
            self._published(slot, draw)
        else:
            self._ours(slot, draw)
        return slot

    def _fresh(self, topic: int, draw: np.random.Generator) -> Draft | None:
        """A draft that is not in memory yet; duplicates cost no examinee call."""
        for _ in range(ATTEMPTS):
            draft = self.world.draft(topic, draw)
            if draft.key not in self._seen:
                self._seen.add(draft.key)
                return draft
        return None

    # Ours and its ablations

    def _ours(self, slot: Slot, draw: np.random.Generator) -> None:
        draft = self._fresh(slot.topic, draw)
        if draft is None:
            return
        if not self.strategy.race:
            self._decide(slot, draft, self._ask(slot, draft, self._questions("full"), draw))
            return
        readings, found = self._pilot(slot, draft, draw)
        for _ in range(self.strategy.rewrites):
            if self.strategy.measure != "posterior" or not self.gauge.rewriting_pays(readings):
                break
            again = self.world.rewrite(draft, draw)
            others, better = self._pilot(slot, again, draw)
            slot.pairs.append((found.strength, better.strength))
            if better.strength > found.strength:
                slot.measured.append(readings)
                draft, readings, found = again, others, better
            else:
                slot.measured.append(others)
        if not found.hopeful:
            slot.measured.append(readings)
            return
        readings = join(readings, self._ask(slot, draft, self._rest("scoring", "pilot"), draw))
        found = self.gauge.judge(readings, "scoring", self.strategy.framing)
        if not found.sure and found.hopeful:
            readings = join(readings, self._ask(slot, draft, self._rest("full", "pilot", "scoring"), draw))
        self._decide(slot, draft, readings)

    def _pilot(self, slot: Slot, draft: Draft, draw: np.random.Generator) -> tuple[ItemReadings, Judged]:
        readings = self._ask(slot, draft, self._questions("pilot"), draw)
        return readings, self.gauge.judge(readings, "pilot", self.strategy.framing)

    def _decide(self, slot: Slot, draft: Draft, readings: ItemReadings) -> None:
        slot.measured.append(readings)
        found = self.gauge.judge(readings, "full", self.strategy.framing)
        admitted = found.sure and not found.pushes
        if not found.pushes:
            slot.scored.append((draft, found.strength, admitted))
        slot.bits += found.strength if admitted else 0.0

    def _questions(self, stage: str) -> list[tuple[int, int]]:
        panels = self.world.panels
        if stage == "pilot":
            asked = enumerate(panels["pilot"].tolist())
            return [(model, w) for place, model in asked for w in alternating(place, PILOT_WORDINGS, ALL)]
        depth = SCORING if stage == "scoring" else ALL
        return [(model, w) for model in panels["scoring"].tolist() for w in range(depth)]

    def _rest(self, stage: str, *had: str) -> list[tuple[int, int]]:
        before = {question for name in had for question in self._questions(name)}
        return [question for question in self._questions(stage) if question not in before]

    def _ask(self, slot: Slot, draft: Draft, asked: list[tuple[int, int]], draw: np.random.Generator) -> ItemReadings:
        slot.calls += len(asked)
        models, wordings = np.array(asked, dtype=np.int64).T
        if not self.strategy.wordings:
            wordings = np.zeros_like(wordings)
        return self.world.respond(draft, models, wordings, draw)

    # AdAEM

    def _published(self, slot: Slot, draw: np.random.Generator) -> None:
        totals = []
        for _ in range(QUESTIONS):
            draft = self._fresh(slot.topic, draw)
            if draft is None:
                continue
            draft, readings = self._reflected(slot, draft, draw)
            done = set(self.world.panels["pilot"].tolist())
            others = [m for m in self.world.panels["scoring"].tolist() if m not in done]
            readings = join(readings, self._opinions(slot, draft, others, draw))
            totals.append(self._score(draft, readings))
            slot.scored.append((draft, totals[-1], True))
        slot.bits = float(np.mean(totals)) if totals else 0.0

    def _reflected(self, slot: Slot, draft: Draft, draw: np.random.Generator) -> tuple[Draft, ItemReadings]:
        """Rewritten while the score gains more than .5; the version with the best score goes on."""
        pilot = self.world.panels["pilot"].tolist()
        versions = [(draft, self._opinions(slot, draft, pilot, draw))]
        totals = [self._score(*versions[0])]
        while len(totals) <= REFLECTIONS and repeats(np.array(totals)):
            again = self.world.rewrite(versions[-1][0], draw)
            versions.append((again, self._opinions(slot, again, pilot, draw)))
            totals.append(self._score(*versions[-1]))
        return versions[int(np.argmax(totals))]

    def _opinions(self, slot: Slot, draft: Draft, models: list[int], draw: np.random.Generator) -> ItemReadings:
        return self._ask(slot, draft, [(m, 0) for m in models for _ in range(OPINIONS)], draw)

    def _score(self, draft: Draft, readings: ItemReadings) -> float:
        return adaem_score(draft, readings)


def adaem_score(draft: Draft, readings: ItemReadings) -> float:
    """AdAEM's S of one question from OPINIONS answers a model. There is no text: R_OD is taken from the cosine of the
    models' mean verdict vectors, stance included; the question's own values are those with |relevance| above AT_STAKE."""
    models = np.unique(readings.models)
    rows = [np.flatnonzero(readings.models == model)[:OPINIONS] for model in models]
    labels = np.array([readings.values[r] != 0 for r in rows])
    read = np.array([~readings.refused[r] for r in rows])
    question = np.abs(draft.latent.serves[0, 0]) > AT_STAKE
    return float(np.nan_to_num(score(labels, _likeness(readings, rows), question, read).total, nan=0.0))


def _likeness(readings: ItemReadings, rows: list[Ints]) -> Array:
    vectors = np.array([readings.vectors()[r].mean(axis=0) for r in rows])
    size = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(size > 0, size, 1.0)
    return np.asarray(unit @ unit.T)
