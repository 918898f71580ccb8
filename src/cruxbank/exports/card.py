"""What an export says of itself: how its items came about, how many, how well they separate, what they are for."""

from __future__ import annotations

from pydantic import Field

from cruxbank.frozen import Frozen
from cruxbank.items import PromptRef
from cruxbank.measures import CarryOver, Counts, Estimate

BY_FIGURE = ("top", "balanced")
"""Rules that take the items with the largest measured separation."""


class ModelFacts(Frozen):
    """One model that had a part in the items."""

    id: str
    model: str = ""
    """The endpoint's name for it."""
    family: str = ""
    parts: tuple[str, ...] = ()
    """pilot, scoring, holdout, generator, critic, judge, translator, prober: all that it was."""
    params: str = ""
    """Request parameters as JSON; empty where none were set."""
    simulated: bool = False
    counts: Counts | None = None
    """What became of the exported items' questions to it; None where it was asked none."""
    confirmed: Counts | None = None
    """The same for the fresh wordings, which had no part in choosing."""


class RunFacts(Frozen):
    """One run that made or measured exported items."""

    id: str
    kind: str = "grow"
    seed: int = 0
    config_hash: str = ""
    state: str = ""
    """Why it ended."""
    budget: tuple[tuple[str, str], ...] = ()
    """What its configuration allowed it: (name, value)."""
    policy: str = ""
    objective: str = ""
    started: str = ""
    ended: str = ""
    """ISO times, UTC; empty where the record has none."""
    items: int = 0
    """Exported items that it made."""
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    """Logical calls, tokens and US dollars of the whole run, not only of the exported items."""


class SystemFacts(Frozen):
    """The value system that the judge read by."""

    id: str
    name: str = ""
    source: str = ""
    digest: str = ""
    dimensions: tuple[tuple[str, str, str], ...] = ()
    """(id, name, definition) in order."""


class Maker(Frozen):
    """Who wrote, refused, read and translated, and by which rules an item was admitted."""

    generators: tuple[str, ...] = ()
    critics: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    local_readers: tuple[str, ...] = ()
    judge_digests: tuple[str, ...] = ()
    signed: bool = True
    """False: an exported item was read by a judge that knows presence only."""
    own_family: tuple[str, ...] = ()
    """Judges and generators of the scoring panel's families."""
    prompts: tuple[PromptRef, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    """What an operational item has to reach, as the last of the runs was configured: (rule, value)."""
    estimators: tuple[str, ...] = ()
    calibration: str = ""
    """Digest of the judge's calibration; empty where it was not calibrated."""


class Chosen(Frozen):
    """How the exported items were chosen among the bank's."""

    rule: str = ""
    """top, balanced, weighted, random, design; empty: all of them."""
    asked: int | None = None
    """The number asked for; None without a limit."""
    seed: int = 0
    found: int | None = None
    """Items of the wished statuses, before every other filter; None where nobody counted."""
    matching: int | None = None
    """Items that passed the filters, before quotas and similarity; None where nobody counted."""
    pool: int = 0
    """Items that the rule had to choose from: after filters, quotas and similarity."""
    unmeasured: int = 0
    """Items of the pool that the rule left out because they were never measured."""
    effective: float | None = None
    """Kish's effective sample size of the weights; None where they do not weigh."""
    filters: tuple[tuple[str, str], ...] = ()
    """Filters and quotas as the user gave them: (name, value)."""
    public: bool = False
    """True: these items count as published from now on."""
    held: int = 0
    """Items of the bank kept back, to tell later who has learnt the others; they are in no public export."""
    withheld: int = 0
    """Items left out because an earlier export published them."""
    comparable: bool = True
    """False: what is held back was not drawn by chance alone, because some items were published before without a draw; no
    item has a weight then."""

    @property
    def cut(self) -> bool:
        """Whether the rule left out items that it could have taken; a number that all of them fit into chooses nothing."""
        return self.asked is not None and self.asked < self.pool - self.unmeasured

    @property
    def ways(self) -> tuple[str, ...]:
        """What chose by the items' measured separation, by the names of the flags: only what left an item out."""
        asked = {name for name, _ in self.filters}
        filtered = self.found is None or self.matching is None or self.matching < self.found
        thinned = self.matching is None or self.pool < self.matching
        return (
            *(("min-separation",) if filtered and "min-separation" in asked else ()),
            *(name for name in ("quota", "max-similarity") if thinned and name in asked),
            *((f"select {self.rule}",) if self.cut and self.rule in BY_FIGURE else ()),
        )


class Funnel(Frozen):
    """What the bank holds beside the exported items: nobody can judge a choice who does not see what it chose from."""

    drafts: int = 0
    """All texts of the record."""
    by_status: dict[str, int] = Field(default_factory=dict)
    by_exit: dict[str, int] = Field(default_factory=dict)
    """Drafts by the way in which they left the graph; an admitted one that was retired later is still admitted."""
    slots: int = 0
    topics: int = 0
    remeasured: int = 0
    sessions: int = 0
    reviewed: int = 0
    """Exported items that a person decided about."""
    reviewers: int = 0


class Card(Frozen):
    """A data card. Everything in it comes from the bank and the settings; nothing from the clock."""

    name: str
    """Lower case, digits and hyphens: the name of the data set and of tasks made of it."""
    title: str
    description: str
    licence: str = ""
    """An SPDX identifier or an address, or empty where the user has chosen none."""
    creator: str = ""
    url: str = ""
    published: str = ""
    """ISO date: the user's, or that of the bank's last run."""
    version: str = "1.0.0"
    citation: str = ""
    canary: str = ""
    """The string by which this bank's texts can be found again in training data; in every line, too."""
    value_system: str = ""
    languages: tuple[str, ...] = ("en",)
    """Languages of the exported items, their translations included; the one that most are written in first."""
    simulated: bool = False
    items: int = 0
    statuses: dict[str, int] = Field(default_factory=dict)
    kinds: dict[str, int] = Field(default_factory=dict)
    domains: dict[str, int] = Field(default_factory=dict)
    written: dict[str, int] = Field(default_factory=dict)
    """Items by the language that they were written in."""
    dimensions: dict[str, int] = Field(default_factory=dict)
    """Measured items, each once, under the dimension that it separates best."""
    measured: int = 0
    """Items with a separation."""
    separation: tuple[float, ...] = ()
    """Joint separation of the measured items, bits: smallest, lower quartile, median, upper quartile, largest."""
    carried: CarryOver | None = None
    """In-sample and transfer of the exported items; None where none was measured."""
    claimed: Estimate | None = None
    """In-sample separation of the exported items, bits, with an interval over items; None for fewer than five."""
    lfdr: float | None = None
    """Mean local false discovery rate of the measured items: the share expected to separate no model from another."""
    represented: float | None = None
    """Mean joint separation, bits, each item counted by its weight: what the items stand for. None where weights are equal
    or missing; every other figure here counts each item once."""
    leaning: tuple[float, ...] = ()
    """How far wordings push, 0 to 1, over the items where it was measured: the same five figures as `separation`."""
    counts: Counts = Counts()
    """What became of every question that chose the exported items."""
    confirmed: Counts = Counts()
    """The same for fresh wordings."""
    translated: Counts = Counts()
    """The same for questions in further languages."""
    models: tuple[ModelFacts, ...] = ()
    runs: tuple[RunFacts, ...] = ()
    system: SystemFacts | None = None
    maker: Maker | None = None
    chosen: Chosen | None = None
    funnel: Funnel | None = None
    made_with: str = ""
    """cruxbank and its version."""
    limits: tuple[str, ...] = ()
    """Known limits, a sentence or two each: what the facts say, then the user's own."""
    uses: tuple[str, ...] = ()
    misuses: tuple[str, ...] = ()
