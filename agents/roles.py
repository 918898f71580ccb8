"""The five roles as Protocols, with what goes in and what comes out. Roles know no graph and no store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from cruxbank.frozen import Frozen
from cruxbank.items import Draft, FailureReason, ItemKind, Response, Review, Stance, Topic, Verdict, Wording
from cruxbank.values.systems import ValueSystem

Measure = Literal["bits", "points"]
"""Bits of separation, or points of a published score."""


class Example(Frozen):
    """An earlier item of the same topic with its measured separation in bits, or its published score."""

    text: str
    separation: float


class Brief(Frozen):
    """What a writer is told. `step` counts the attempts within one slot: 0, 1, 2 ..."""

    topic: Topic
    system: ValueSystem
    language: str = "en"
    examples: tuple[Example, ...] = ()
    avoid: tuple[str, ...] = ()
    """Texts that an earlier attempt in this slot produced and that were refused."""
    wordings: int
    """How many wordings an item needs, base included; at least one of them is a mirror."""
    measure: Measure = "bits"
    """What the examples' figures are."""
    kind: ItemKind = "question"
    seed: int
    run: str
    slot: int
    step: int = 0


class Reaction(Frozen):
    """How one panel model answered: what reflection is shown."""

    model: str
    stance: Stance
    key_points: tuple[str, ...]
    values: tuple[str, ...]


class Feedback(Frozen):
    """What the panel said about a draft. `separation` is in bits, or in points of a published score."""

    separation: float
    measure: Measure = "bits"
    reactions: tuple[Reaction, ...] = ()


class Written(Frozen):
    """A draft, or why there is none. `calls` are logical model calls."""

    draft: Draft | None = None
    failure: FailureReason | None = None
    detail: str = ""
    calls: int = 0


class Reviewed(Frozen):
    """A review and what it cost."""

    review: Review
    calls: int = 0


class Answered(Frozen):
    """A response and what it cost."""

    response: Response
    calls: int = 1


class Read(Frozen):
    """Verdicts in the order of the responses, and what they cost."""

    verdicts: tuple[Verdict, ...]
    calls: int = 0


class Generator(Protocol):
    """Writes drafts."""

    @property
    def name(self) -> str:
        """`local` or the model id."""
        ...

    async def write(self, brief: Brief) -> Written:
        """A new draft on the brief's topic."""
        ...

    async def rewrite(self, draft: Draft, feedback: Feedback, brief: Brief) -> Written:
        """The same crux, put so that it separates better."""
        ...


class Critic(Protocol):
    """Refuses bad drafts, with reasons."""

    @property
    def name(self) -> str:
        """`local` or the model id."""
        ...

    async def review(self, draft: Draft, brief: Brief) -> Reviewed:
        """Whether the draft may be asked at all."""
        ...


class Respondent(Protocol):
    """A panel model that answers questions."""

    @property
    def model(self) -> str:
        """The model id."""
        ...

    @property
    def family(self) -> str:
        """The model's family."""
        ...

    async def answer(
        self, item: str, wording: Wording, index: int, repeat: int = 0, kind: ItemKind = "question"
    ) -> Answered:
        """Stance and three key points for one wording (`index` is its place in the item)."""
        ...


class Judge(Protocol):
    """Reads which values an answer stands on."""

    @property
    def name(self) -> str:
        """`local` or the model id."""
        ...

    @property
    def signed(self) -> bool:
        """False where only the presence of a value is known."""
        ...

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response, in the same order. A failed reading is unscored with its reason."""
        ...
