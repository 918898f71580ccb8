"""How well a judge reads, as plain data: what `crux judge calibrate` writes and every corrected rate rests on."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import Field

from cruxbank.frozen import Frozen
from cruxbank.measures import Estimate

SCHEMA = "cruxbank.calibration/2"
"""Version 1 named the models behind a judge and nothing else of them: it could be taken for another judge's."""
Side = Literal["present", "supports", "opposes"]
"""`present`: on either side. A judge that knows presence only has that side alone."""
SIDES: tuple[Side, ...] = ("present", "supports", "opposes")


class Rate(Estimate):
    """A share with its 95 % interval and denominators. With n = 0 nothing is known: est .5, lo 0, hi 1."""

    hits: int
    n: int
    effective: float
    """Independent texts that would give this interval: fewer than n where texts of one group are alike."""


class Accuracy(Frozen):
    """One dimension on one side, against labels."""

    sensitivity: Rate
    """Found of those that are there."""
    specificity: Rate
    """Not found of those that are not there."""


class Bin(Frozen):
    """Texts whose probability lay in [low, high): how many, their mean probability, and how many had the value."""

    low: float
    high: float
    mean: float
    rate: Rate


class Reliability(Frozen):
    """Probabilities against labels. ECE: mean distance of a bin's mean from its share, weighted by its texts."""

    bins: tuple[Bin, ...]
    ece: float
    brier: float
    brier_of_base_rate: float
    """What the share of positives alone would score: a judge worth its name is below it."""
    auc: float | None = None
    """None where a class is missing."""


class Cut(Frozen):
    """A threshold, chosen on all texts; its accuracy was measured on texts that had no part in choosing (cross-fitting)."""

    rule: str
    cut: float
    accuracy: Accuracy


class Contrast(Frozen):
    """One test: does an accuracy differ between families? `adjusted` is Holm's over all tests of the report."""

    dimension: str
    what: Literal["sensitivity", "specificity"]
    chi2: float
    p: float
    adjusted: float
    families: int


class DimensionAccuracy(Frozen):
    """Everything about one dimension."""

    present: Accuracy
    supports: Accuracy | None = None
    opposes: Accuracy | None = None
    confusion: tuple[tuple[int, int, int, int], ...] = ()
    """Rows: label, columns: reading, both supports, opposes, mixed, absent. Empty where only presence is known."""
    reliability: Reliability | None = None
    cuts: tuple[Cut, ...] = ()
    by_family: dict[str, Accuracy] = Field(default_factory=dict)
    """Presence by family of the answering model."""

    def side(self, side: Side) -> Accuracy | None:
        """The accuracy on one side."""
        found: Accuracy | None = getattr(self, side)
        return found


class PromptDigest(Frozen):
    """A prompt file that the judge used."""

    name: str
    version: int
    sha256: str


class Member(Frozen):
    """A model, or the local reader, as it is configured: with another value of any field it is another."""

    id: str
    model: str = ""
    """The endpoint's name for it."""
    base_url: str = ""
    params: str = ""
    """Request parameters as canonical JSON."""
    structured: str = ""
    reader: str = ""
    """Of the local reader: by what it reads the value system."""
    recogniser: str = ""
    """Of the local reader: digest of the recogniser's head."""


class JudgeIdentity(Frozen):
    """What makes a judge this judge: with another value of any field its accuracy is another."""

    judge: str
    members: tuple[Member, ...] = ()
    """Who may read any answer, `local` too, in their order."""
    retry: Member | None = None
    """Who reads what they could not."""
    unsure: float | None = None
    """Of a cascade: from which doubt on the model reads."""
    value_system: str
    system_digest: str
    prompts: tuple[PromptDigest, ...] = ()
    masked: bool = False
    signed: bool = True

    @property
    def digest(self) -> str:
        """16 hex digits of SHA-256 over everything: items name the judge that read them by it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


class WriterIdentity(Frozen):
    """What makes a writer this writer."""

    model: Member
    prompts: tuple[PromptDigest, ...] = ()


class Calibration(Frozen):
    """The content of calibration.json. No times, no paths: equal labels and equal readings give equal bytes."""

    schema_: str = Field(SCHEMA, alias="schema")
    judge: JudgeIdentity
    labels_digest: str
    simulated: bool = False
    texts: int
    scored: int
    refused: int
    unscored: dict[str, int] = Field(default_factory=dict)
    """Texts without a reading, by reason: they count in no sensitivity, and are told here."""
    groups: int
    """Groups of texts that are alike (items, conclusions, models): what intervals resample. Equal to `scored` without."""
    signed_labels: bool
    kinds: tuple[str, ...] = ("question", "dilemma")
    """Kinds of items whose answers are read as the labelled texts were: key points are reasons. Not those of scenarios."""
    languages: tuple[str, ...] = ("en",)
    """Languages of the labelled texts, without region."""
    dimensions: dict[str, DimensionAccuracy]
    contrasts: tuple[Contrast, ...] = ()
    digest: str = ""
    """SHA-256 over everything else: exports name the calibration by it."""

    def covers(self, judge: str, kind: str, language: str) -> bool:
        """Whether it says anything about an item: read by the judge of this digest, of a kind and language that the
        labelled texts stand for. Of an item that names no judge nothing is known."""
        return judge == self.judge.digest and kind in self.kinds and without_region(language) in self.languages


def without_region(language: str) -> str:
    """A language's code alone.

    >>> without_region("pt-BR")
    'pt'
    """
    return language.casefold().replace("_", "-").split("-")[0]


class CanaryReading(Frozen):
    """How a judge read one text whose answer is known."""

    kind: Literal["held", "turned", "neutral"]
    """The value's own cue, the cue turned against the value, or words that stand on no value."""
    dimension: str = ""
    """The value of a cue; empty for a neutral text."""
    acts: bool = False
    """Put as things done, between answers to scenarios: another prompt reads these."""
    read: bool = True
    """False: the judge gave no reading."""
    right: int = 0
    """Of `of` things known about the text, those that were read so: one of a cue, one a dimension of a neutral text."""
    of: int = 1


class CanarySummary(Frozen):
    """All canaries of a run or bank."""

    asked: int = 0
    unread: int = 0
    """Given no reading: they count as misses, because a judge that stops answering has stopped reading."""
    neutral: int = 0
    """Neutral texts."""
    found: Rate
    """Cues that were read as what they are."""
    clear: Rate
    """Dimensions of neutral texts that were rightly read as absent; texts count as groups."""
    by_dimension: dict[str, Rate] = Field(default_factory=dict)
    """Cues by value."""
    by_kind: dict[str, Rate] = Field(default_factory=dict)
    """Cues among reasons (`question`) and among acts (`scenario`)."""

    def below(self, limit: float) -> bool:
        """Whether the judge misses more known answers than allowed: the mean of `found` and `clear`, so that a judge that
        sees every value, or none, has .5. A verdict needs CANARIES_NEEDED of each kind."""
        enough = min(self.found.n, self.neutral) >= CANARIES_NEEDED
        return enough and (self.found.est + self.clear.est) / 2 < limit

    def blind(self, limit: float) -> tuple[str, ...]:
        """Values whose cues, and kinds of text in which cues, are found in a share that surely lies below the limit: a
        judge that is blind on one value of ten does well in the mean."""
        parts = {**self.by_dimension, **self.by_kind}
        return tuple(name for name, rate in parts.items() if rate.n >= CANARIES_NEEDED and rate.hi < limit)


CANARIES_NEEDED = 8
"""Texts of a kind below which nothing is concluded: of 8 a judge that is right nine times in ten misses four or more
with a chance of .005."""
