"""The roles of a probing session as Protocols, with what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import Field

from cruxbank.agents.roles import Answered, Written
from cruxbank.frozen import Frozen
from cruxbank.items import FailureReason, Item, ItemKind, PromptRef, Stance
from cruxbank.sessions import Ask
from cruxbank.values.systems import ValueSystem

Sense = Literal["base", "mirror"]
"""Which way round a text asks; the stance towards a mirror is re-coded."""


class ProbeBrief(Frozen):
    """What a prober is told of the session."""

    system: ValueSystem
    seed: int
    run: str
    """The session's id: the texts that a model writes are its own."""
    slot: int = 0
    held: Stance | None = None
    """Position towards the base wording, for a conversation without an answer of its own."""
    avoid: tuple[str, ...] = ()
    """Texts that a new question must not repeat."""
    wordings: int = Field(default=6, ge=2)
    """Of a new question."""


class Exchange(Frozen):
    """One question of a conversation and what was answered, as the target is shown it again."""

    text: str
    answer: str
    kind: ItemKind = "question"
    sense: Sense = "base"
    place: int = 0
    language: str = "en"
    stance: Stance | None = None
    """Towards the base, or of a pair towards its first value; None where there was no answer."""
    key_points: tuple[str, ...] = ()
    pair: tuple[str, str] | None = None


class Composed(Frozen):
    """What is put to the target, or why there is nothing to put.

    An empty `text` is the only sign that nothing can be asked. A failure beside a text says that a model's words were
    refused and the shipped ones stand in their place.
    """

    text: str = ""
    prompt: PromptRef | None = None
    kind: ItemKind = "question"
    sense: Sense = "base"
    place: int = 0
    language: str = "en"
    strength: float | None = None
    """On a rung of the ladder."""
    failure: FailureReason | None = None
    detail: str = ""
    calls: int = 0

    def onto(self, ask: Ask) -> Ask:
        """The ask with its words."""
        shared = ("text", "prompt", "kind", "sense", "place", "language", "strength")
        return ask.model_copy(update={name: getattr(self, name) for name in shared})


class Prober(Protocol):
    """Finds the words of what a session asks."""

    @property
    def name(self) -> str:
        """`local` or the model id."""
        ...

    async def compose(self, ask: Ask, proposition: Item, history: Sequence[Exchange], brief: ProbeBrief) -> Composed:
        """The words of one ask. `history`: the conversation that it continues, oldest first; empty for a new one."""
        ...

    async def question(
        self, proposition: Item, pair: tuple[str, str] | None, brief: ProbeBrief, step: int = 0
    ) -> Written:
        """A new question near a proposition, sharper on two values; reviewed where a model wrote it."""
        ...


class Examinee(Protocol):
    """The target of a session: a model that answers within a conversation."""

    @property
    def model(self) -> str:
        """The model id."""
        ...

    @property
    def family(self) -> str:
        """The model's family."""
        ...

    async def answer(self, ask: Ask, history: Sequence[Exchange]) -> Answered:
        """Stance and key points; an answer that cannot be read is data."""
        ...
