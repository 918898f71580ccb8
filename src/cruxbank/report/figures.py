"""What a report shows, as plain data: no markup, no record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cruxbank.display import local_reading
from cruxbank.items import Exit, Item, PromptRef
from cruxbank.measures import CarryOver, Counts
from cruxbank.report.distances import Distances
from cruxbank.report.judging import JudgingFigures
from cruxbank.report.kinds import KindFigures
from cruxbank.report.languages import Spoken
from cruxbank.report.quotes import Shown
from cruxbank.report.spending import Pull
from cruxbank.science.juries import JuryAgreement


class Stage(NamedTuple):
    """Drafts that came so far."""

    name: str
    drafts: int


class Asked(NamedTuple):
    """A model's denominators over the drafts of the run."""

    model: str
    family: str
    counts: Counts


class DomainSpend(NamedTuple):
    """What a domain cost and gave."""

    domain: str
    topics: int
    tried: int
    slots: int
    calls: int
    bits: float
    items: int


class TopicSpend(NamedTuple):
    """What a topic cost and gave."""

    topic: str
    domain: str
    slots: int
    calls: int
    bits: float
    items: int


@dataclass(frozen=True)
class Cost:
    """Logical calls by payer, tokens, US dollars; cache hits count."""

    examinee: int = 0
    judge: int = 0
    agents: int = 0
    tokens: int = 0
    usd: float = 0.0

    @property
    def calls(self) -> int:
        """All calls."""
        return self.examinee + self.judge + self.agents


@dataclass(frozen=True)
class Coverage:
    """Operational items by domain (rows) and best dimension (columns)."""

    domains: tuple[str, ...]
    dimensions: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Maker:
    """How the run was made."""

    run: str
    config_hash: str
    seed: int
    state: str
    value_system: str
    generator: str
    critic: str
    judge: str
    local_reader: str
    """Name of the local reader where it read, alone or among others."""
    policy: str
    estimators: tuple[str, ...]
    prompts: tuple[PromptRef, ...]
    panel: tuple[tuple[str, tuple[str, ...]], ...]
    """Family -> scoring models."""
    pilot: int
    holdout: tuple[str, ...]
    thresholds: tuple[tuple[str, str], ...]

    @property
    def scoring(self) -> int:
        """Models of the scoring panel."""
        return sum(len(models) for _, models in self.panel)


@dataclass(frozen=True)
class RunFigures:
    """Everything on the page."""

    maker: Maker
    simulated: bool
    stages: tuple[Stage, ...]
    exits: tuple[tuple[Exit, int], ...]
    """Of drafts, most frequent first, ADMITTED left out."""
    texts: int
    """Different texts among the drafts: a text that was written twice is refused the second time and counts once."""
    slots: int
    slots_without_draft: int
    items: tuple[Item, ...]
    """The run's operational items, best first."""
    carried: CarryOver
    retired: int
    """Items that this run admitted and that have been retired since."""
    bank_operational: int
    bank_items: int
    bank_runs: int
    topics: int
    tried: int
    coverage: Coverage
    pulls: tuple[Pull, ...]
    domains: tuple[DomainSpend, ...]
    by_topic: tuple[TopicSpend, ...]
    distances: Distances
    best: tuple[Shown, ...]
    cost: Cost
    asked: tuple[Asked, ...]
    judging: JudgingFigures
    jury: JuryAgreement | None = None
    """None where no jury read."""
    languages: Spoken | None = None
    """None while the run goes on, and in a bank of one language."""
    kinds: KindFigures | None = None
    """None where the run grew questions only."""

    @property
    def counts(self) -> Counts:
        """Denominators over all models."""
        return sum((a.counts for a in self.asked), Counts())

    @property
    def drafts(self) -> int:
        """Drafts written."""
        return self.stages[0].drafts if self.stages else 0

    @property
    def judge_local(self) -> bool:
        """Whether a local reader read the answers."""
        return bool(self.judge_note)

    @property
    def judge_note(self) -> str:
        """What has to be said of a local reader."""
        return local_reading(self.maker.judge, self.maker.local_reader)
