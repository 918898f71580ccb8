"""The domain: topic, draft, item, response, verdict. Frozen data, no behaviour beyond ids and re-coding."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, StringConstraints

from cruxbank.frozen import Frozen
from cruxbank.measures import Confirmation, Counts, LanguageReading, Score, Separation
from cruxbank.vocabulary import (
    CallKind as CallKind,
    Exit as Exit,
    FailureReason as FailureReason,
    ItemKind as ItemKind,
    Outcome as Outcome,
    Purpose as Purpose,
    Stance as Stance,
    Status as Status,
    WordingKind as WordingKind,
    recode as recode,
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
T = TypeVar("T")


def normalise(text: str) -> str:
    """NFKC, casefold, whitespace and punctuation collapsed: what two texts must share to be the same text."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip()


def _short_hash(prefix: str, language: str, text: str) -> str:
    digest = hashlib.sha256(f"{language}\0{normalise(text)}".encode()).hexdigest()
    return f"{prefix}_{digest[:16]}"


def item_id(text: str, language: str = "en") -> str:
    """Id of an item: `it_` and 16 hex digits of SHA-256(language NUL normalised base text)."""
    return _short_hash("it", language, text)


def topic_id(text: str, language: str = "en") -> str:
    """Id of a topic: `tp_` and 16 hex digits of SHA-256(language NUL normalised text)."""
    return _short_hash("tp", language, text)


class Topic(Frozen):
    """A short controversial subject, an arm of the search. `text` is a noun phrase ("rent control in big cities")."""

    text: Text
    domain: str = "other"
    region: str = "global"
    language: str = "en"
    year: int | None = None
    kind: str | None = None
    """What the noun phrase names (practice, policy, event, ...): a hint for the local generator's frames."""
    source: str | None = None
    parent: str | None = None
    """Id of the topic that this one was made from while a bank grew; None for a topic that was given."""

    @property
    def id(self) -> str:
        """`tp_` + 16 hex digits."""
        return topic_id(self.text, self.language)


class Wording(Frozen):
    """One way to ask an item's question. A mirror asks the reversed proposition; its stance is re-coded."""

    kind: WordingKind
    text: Text
    language: str = ""
    """Empty: the item's own language. A translation carries its own and never chooses the item."""


class Option(Frozen):
    """One of the two things that a dilemma lets a model do, and the dimension that it serves."""

    text: Text
    value: str
    """Empty where the writer's goods belong to no dimension of the bank's value system."""


class PromptRef(Frozen):
    """Which prompt file, in which version, with which content."""

    name: str
    version: int
    sha256: str


class Message(Frozen):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


class RenderedPrompt(Frozen):
    """Messages ready to send, with the prompt file that they came from."""

    messages: tuple[Message, ...]
    ref: PromptRef


class Draft(Frozen):
    """A question that an agent wrote and nobody has tested yet. `wordings[0]` is the base."""

    topic: Topic
    wordings: tuple[Wording, ...] = Field(min_length=1)
    kind: ItemKind = "question"
    options: tuple[Option, ...] = ()
    """Two for a dilemma: the first is what `yes` to the base wording chooses. Empty for the other kinds."""
    language: str = "en"
    fact: str = ""
    argument: str = ""
    tension: tuple[str, ...] = ()
    """The dimensions between which the writer saw a conflict; a hint, not a measurement."""
    frame: str = ""
    """Name of the local item model, empty for an LLM's draft."""
    generator: str
    prompt: PromptRef | None = None

    @property
    def text(self) -> str:
        """The base wording."""
        return self.wordings[0].text

    @property
    def id(self) -> str:
        """`it_` + 16 hex digits of the base wording."""
        return item_id(self.text, self.language)


class Review(Frozen):
    """A critic's answer: every rejection has its reasons."""

    ok: bool
    reasons: tuple[str, ...] = ()
    critic: str = ""


class Response(Frozen):
    """One model's answer to one wording of one item."""

    item: str
    kind: ItemKind = "question"
    """Kind of the item: the key points of a scenario are things done or said, those of other kinds are reasons."""
    wording: int
    repeat: int = 0
    model: str
    state: Literal["answered", "refused", "failed"]
    stance: Stance | None = None
    """Re-coded to the base wording: on a mirror the model's yes is a no. None unless answered. Of a dilemma, yes is the
    base's option A; of a scenario, yes is doing what the base asks for."""
    key_points: tuple[str, ...] = ()
    text: str = ""
    failure: FailureReason | None = None
    call: str = ""
    """Key of the call in the ledger."""
    question: str = Field("", exclude=True, repr=False)
    """The wording as it was put, for a judge that is not to see its words again. Never stored: the item has it."""


class Evidence(Frozen):
    """Words of one key point that a verdict rests on."""

    dimension: str
    side: Literal["supports", "opposes"]
    point: int
    """Number of the key point, from 1."""
    quote: str


class Vote(Frozen):
    """How one member of a jury read a response."""

    judge: str
    state: Literal["scored", "refused", "unscored"]
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    signed: bool = True
    """False: a member that knows presence only."""
    failure: FailureReason | None = None


class Verdict(Frozen):
    """A judge's reading of one response: an outcome for every dimension, or unscored with the reason."""

    state: Literal["scored", "refused", "unscored"]
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    signed: bool = True
    """False: the judge knows presence only and writes `supports` for present."""
    judge: str = ""
    failure: FailureReason | None = None
    detail: str = ""
    """What was seen, for a person, where `failure` needs it: which words tried to steer the judge."""
    evidence: tuple[Evidence, ...] = ()
    votes: tuple[Vote, ...] = ()
    """One a member where a jury read, dissent included."""


class Reading(Frozen):
    """A response together with its verdict."""

    response: Response
    verdict: Verdict


class Neighbour(Frozen):
    """The nearest item in memory."""

    id: str
    cosine: float


class Provenance(Frozen):
    """Where an item comes from."""

    run: str
    seed: int
    slot: int
    generator: str
    judge: str
    signed: bool = True
    """False: the judge knew presence only, so `supports` means present."""
    judge_digest: str = ""
    """Of the judge's identity (`accuracy.JudgeIdentity`): models and their settings, prompts, definitions. Empty where
    nobody read, and in items made before it was kept."""
    local_reader: str = ""
    """Name of the local reader where it reads, alone or among others."""
    critic: str = ""
    own_family: tuple[str, ...] = ()
    """Judges and generator that share a family with the scoring panel, whether tested for favouring it or let through."""
    prompts: tuple[PromptRef, ...] = ()
    nearest: Neighbour | None = None
    origin: Literal["simulated", "real"] = "real"
    fact: str = ""
    argument: str = ""
    session: str = ""
    """Id of the probing session that made it; empty for what a run wrote."""


class Item(Frozen):
    """The unit of the bank: a proposition with wordings, provenance and measurements."""

    id: str
    kind: ItemKind = "question"
    options: tuple[Option, ...] = ()
    text: str
    wordings: tuple[Wording, ...]
    language: str = "en"
    topic: Topic
    status: Status
    exit: Exit
    reasons: tuple[str, ...] = ()
    value_system: str
    separation: Separation | None = None
    score: Score | None = None
    """Set where the objective is a published score."""
    counts: dict[str, Counts] = Field(default_factory=dict)
    verdicts: dict[str, dict[str, tuple[int, int, int, int]]] = Field(default_factory=dict)
    """model -> dimension -> numbers of (supports, opposes, mixed, absent)."""
    fresh: int = 0
    """How many of the last wordings in the item's own language are kept for confirmation and had no part in choosing it."""
    confirmation: Confirmation | None = None
    by_language: dict[str, LanguageReading] = Field(default_factory=dict)
    """What became of the item in each further language of its run."""
    provenance: Provenance
    replaces: str | None = None

    @classmethod
    def of(
        cls, draft: Draft, *, status: Status, exit: Exit, value_system: str, provenance: Provenance, **measured: Any
    ) -> Item:
        """The item that a draft becomes. `measured`: any other field, such as `fresh` or `separation`."""
        return cls(
            id=draft.id,
            kind=draft.kind,
            options=draft.options,
            text=draft.text,
            wordings=draft.wordings,
            language=draft.language,
            topic=draft.topic,
            status=status,
            exit=exit,
            value_system=value_system,
            provenance=provenance,
            **measured,
        )

    @property
    def own_wordings(self) -> tuple[Wording, ...]:
        """The wordings in the item's own language. Translations stand behind them, language by language."""
        return tuple(wording for wording in self.wordings if not wording.language)

    @property
    def chosen_on(self) -> tuple[Wording, ...]:
        """The wordings that decided about the item."""
        own = self.own_wordings
        return own[: len(own) - self.fresh]

    @property
    def translations(self) -> dict[str, tuple[Wording, ...]]:
        """The wordings in further languages, by language."""
        names = dict.fromkeys(wording.language for wording in self.wordings if wording.language)
        return {name: tuple(w for w in self.wordings if w.language == name) for name in names}

    def choosing(self, readings: Iterable[Reading]) -> tuple[Reading, ...]:
        """Those of an item's readings that decided about it: fresh wordings, and the holdout, only confirm."""
        return tuple(r for r in readings if r.response.wording < len(self.chosen_on))

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """What a notebook shows of an item: a line, not its 200 lines of verdicts."""
        joint = self.separation.joint if self.separation else None
        bits = "not measured" if joint is None else f"{joint.est:.2f} bits ({joint.lo:.2f} to {joint.hi:.2f})"
        yield from (("id", self.id), ("status", self.status.value), ("separation", bits), ("text", self.text))


class Usage(Frozen):
    """Tokens of one call as the endpoint counted them."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


class CallScope(Frozen):
    """What a call is for. Part of its key in the ledger, but for `purpose` and the account of who pays."""

    kind: CallKind
    purpose: Purpose
    repeat: int = 0
    """Logical index of a repeated call, never a counter."""
    run: str = ""
    slot: int = -1
    step: str = ""
    """run, slot and step belong to the key of generative calls only."""


class Answer(Frozen, Generic[T]):
    """What the seam gives back: a value, or a typed failure. `calls` are logical calls (2 after a repair)."""

    value: T | None = None
    text: str = ""
    failure: FailureReason | None = None
    detail: str = ""
    usage: Usage = Usage()
    usd: float = 0.0
    calls: int = 1
    key: str = ""
