"""What is measured of an item, and how it is reported: estimates, separation, confirmation, denominators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from cruxbank.frozen import Frozen

AMBIGUOUS = ("ambiguous", "jury_without_majority")
"""Reasons for an unscored response whose readings contradict each other."""


class Estimate(Frozen):
    """A figure with its interval, in bits unless said otherwise."""

    est: float
    lo: float
    hi: float


class DimensionSeparation(Estimate):
    """Separation on one dimension; salience and polarity are its two parts."""

    salience: float = 0.0
    polarity: float = 0.0
    pairwise: float = 0.0
    """Mean pairwise Jensen-Shannon divergence: what stays comparable as models join."""
    given_stance: float = 0.0
    """I(model; outcome | stance): what the value tells beside the stance. Never added to the stance's bits twice."""


class Framing(Frozen):
    """How far the wordings push: L in [0, 1], and differential leaning as a share of S_B."""

    leaning: float
    differential: float
    dimension: str = ""


class Separation(Frozen):
    """What an item's responses tell about which model gave them (bits). See docs/concepts.md."""

    joint: Estimate
    lfdr: float
    """P(joint <= smallest separation of interest | data)."""
    q: float
    q_se: float
    by_dimension: dict[str, DimensionSeparation] = Field(default_factory=dict)
    stance: Estimate
    refusal: Estimate
    pairwise: float = 0.0
    """Mean pairwise Jensen-Shannon divergence over models, summed over nothing: the largest dimension's."""
    pairwise_joint: float = 0.0
    """1/2 log2(1 + q/2): the joint figure of two models of the panel, comparable as models join."""
    answered: float = 1.0
    """Share of answers among answers and refusals; joint x answered are the bits of a response beside its refusal."""
    stance_splits: bool = False
    values_split: bool = False
    """The 2 x 2: whether the stance, and whether a value given the stance, tells models apart (P > .95)."""
    models: int
    """Models with at least two scored responses."""
    responses: int
    bounded: float | None = None
    """Lower bound of the joint figure where unscored responses are filled so that models look alike; None without any."""
    framing: Framing | None = None
    carried: Carried | None = None
    estimator: str = "q-eb/3"


def sure_bits(separation: Separation) -> float:
    """The lower bound that admission asks for, bits: of the joint figure, or of what unscored responses leave of it,
    times the share of responses that were answers (SCIENCE 2: q JSD(V | answered); refusals are reported apart)."""
    low = separation.joint.lo if separation.bounded is None else min(separation.joint.lo, separation.bounded)
    return low * separation.answered


def widest(by_dimension: Mapping[str, float | None]) -> str:
    """The dimension that an item separates best, of bits by dimension: a figure that is missing counts 0, of equal ones the
    first by name. "" where there is none.

    >>> widest({"power": 0.2, "security": 0.2, "hedonism": None}), widest({})
    ('power', '')
    """
    return min(by_dimension, key=lambda name: (-(by_dimension[name] or 0.0), name), default="")


class Score(Frozen):
    """A published score of one question, kept beside its separation where a bank is grown by it. Not in bits."""

    name: Literal["adaem"] = "adaem"
    total: float
    parts: dict[str, float] = Field(default_factory=dict)
    panel: Literal["pilot", "scoring"]
    models: int
    """Models with at least one opinion that could be read."""


class Counts(Frozen):
    """Denominators, for one model and one item or summed: asked = answered + refused + unscored."""

    asked: int = 0
    answered: int = 0
    refused: int = 0
    unscored: int = 0
    unscored_by: dict[str, int] = Field(default_factory=dict)
    """The unscored by reason: of the call (timeout, unparseable ...) or of the judge (ambiguous, ...)."""
    never_called: int = 0
    """Answers that the whole race would have asked for, and did not because it ended earlier; not among `asked`."""

    @property
    def ambiguous(self) -> int:
        """Those of the unscored whose readings contradict each other, in one judge or between judges."""
        return sum(self.unscored_by.get(reason, 0) for reason in AMBIGUOUS)

    def __add__(self, other: Counts) -> Counts:
        reasons = sorted({*self.unscored_by, *other.unscored_by})
        by = {reason: self.unscored_by.get(reason, 0) + other.unscored_by.get(reason, 0) for reason in reasons}
        names = ("asked", "answered", "refused", "unscored", "never_called")
        return Counts(unscored_by=by, **{name: getattr(self, name) + getattr(other, name) for name in names})


class Fresh(Estimate):
    """Separation on wordings that had no part in choosing the item: bits of the unbiased q and of q -+ 1.96 SE, not
    shrunk. A single item's figure is noisy; the mean over items is what tells (docs/concepts.md)."""

    q: float
    q_se: float
    models: int
    responses: int


class Confirmation(Frozen):
    """An operational item asked once more, on fresh wordings: by the panel that chose it, and by one that did not."""

    scoring: Fresh
    holdout: Fresh | None = None
    """Models of families that share nothing with the scoring panel; None where none is configured."""
    counts: dict[str, Counts] = Field(default_factory=dict)


class LanguageReading(Frozen):
    """An operational item in a further language. Without translation the reason; such a language has no figures."""

    separation: Fresh | None = None
    """The scoring panel on the translated wordings, which had no part in choosing the item."""
    counts: dict[str, Counts] = Field(default_factory=dict)
    translator: str = ""
    failure: str = ""
    """Why there is no translation, or why it was not asked; empty where it was."""
    detail: str = ""


class Carried(Estimate):
    """Separation between models of different families (bits of q); the interval is the families' jackknife: how far it
    may go with families that were not asked."""

    without: float
    """The figure without the most influential family."""
    family: str = ""
    """That family; empty with fewer than three."""
    odd_model: str = ""
    odd_share: float = 0.0
    """The model with the largest share of the squared deviations; above .5 it alone makes the item."""


CONFIRMED_NEEDED = 5
"""Confirmed items below which no mean over them is shown."""


class CarryOver(Frozen):
    """In-sample and transfer, always together: what a bank's operational items claim, and what is left of it.

    Figures in bits are 1/2 log2(1 + mean q) over the items, so that they can be compared; shares are ratios of mean q.
    Intervals are bootstraps over items, but for `kept_by_families` (jackknife over families).
    """

    items: int
    """Operational items with a separation."""
    models: int
    """Models of the panel that chose, at the most over items."""
    claimed: float
    """In-sample: mean of the posterior means, over all items."""
    claimed_span: Estimate | None = None
    """The same with -+ 1.96 standard errors over the items; None for fewer than five."""
    confirmed: int
    """Items that were asked again on fresh wordings; the next four figures are over these."""
    scoring: Estimate | None = None
    """The panel that chose, on fresh wordings."""
    kept_by_scoring: Estimate | None = None
    """Its mean q over the claimed one: 1 where the claims hold, less by the winner's curse."""
    holdout: Estimate | None = None
    """Models of other families, on the same fresh wordings."""
    kept_by_holdout: Estimate | None = None
    kept_by_families: Estimate | None = None
    """The share that a family of the panel kept which had no say in the choice (leave-one-family-out), over all drafts."""
    without: float = 0.0
    """Mean over items of the figure without each item's most influential family."""
    odd: int = 0
    """Items of which one model makes more than half."""


class LanguageDif(Frozen):
    """An item that does not ask the same in another language (differential item functioning)."""

    item: str
    language: str
    kind: Literal["shifted", "reordered"]
    """shifted: all models lean another way; reordered: the models take other places."""
    dimension: str = ""
    """What shifts most: a dimension, or `stance`; empty where places changed."""
    effect: float
    """shifted: within standard deviations towards support or yes; reordered: share of the differences between models that
    is another in the language (0 the same places, 1 unrelated)."""
    p: float
    q: float
    """Benjamini-Hochberg over every item, language and test of the bank."""


class LanguageFigures(Frozen):
    """One language of a bank: items written in it, and items that were put into it."""

    language: str
    written: int
    """Operational items written in it."""
    claimed: float
    """Their separation as admitted: bits of the mean q of the posterior means."""
    asked: int
    """Operational items of other languages that were put into it and asked."""
    failed: dict[str, int] = Field(default_factory=dict)
    """Items that could not be, by reason."""
    claimed_there: float = 0.0
    """What the asked items claim in their own language."""
    confirmed_there: float | None = None
    """The same items and models on fresh wordings of their own language, bits of mean q; None where none was confirmed."""
    separation: Estimate | None = None
    """The same items and models in this language, bits of mean q with a bootstrap over items; None below five items."""
    agreement: Estimate | None = None
    """Correlation of the models' places with those in the item's own language, free of noise; bootstrap over items."""
    shifted: int = 0
    reordered: int = 0
    """Items flagged."""


class LanguageReport(Frozen):
    """How a bank does in its languages."""

    languages: tuple[LanguageFigures, ...] = ()
    flags: tuple[LanguageDif, ...] = ()
    """Strongest first."""
    tests: int = 0
    """Three an item and language: the stance, the value that shifts most, the places."""
    level: float = 0.0
    """False discovery rate of the flags."""
