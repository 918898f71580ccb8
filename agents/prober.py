"""The prober that needs no model: the item's own wordings, moves, ladders and voices. It makes no call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cruxbank.agents.filling import values
from cruxbank.agents.ladders import STEPS, rung
from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.local_kind_generator import LocalKindGenerator
from cruxbank.agents.moves import MoveBook
from cruxbank.agents.probing import Composed, Exchange, ProbeBrief
from cruxbank.agents.roles import Brief, Feedback, Generator, Reaction, Written
from cruxbank.agents.scene import Missing, Scene
from cruxbank.agents.voices import shipped_voices
from cruxbank.errors import PromptError
from cruxbank.items import Draft, FailureReason, Item, ItemKind
from cruxbank.sessions import Ask


class LocalProber:
    """Satisfies `probing.Prober`. The same ask in the same conversation always has the same words."""

    def __init__(self, book: MoveBook | None = None) -> None:
        self._book = book or MoveBook.shipped()
        self._writers: Mapping[ItemKind, Generator] = {
            "question": LocalGenerator(),
            "dilemma": LocalKindGenerator("dilemma"),
        }

    @property
    def name(self) -> str:
        """`local`."""
        return "local"

    async def compose(self, ask: Ask, proposition: Item, history: Sequence[Exchange], brief: ProbeBrief) -> Composed:
        """The words of one ask, or why there are none.

        Raises:
            PromptError: the ask names a move that the book does not have.
        """
        return composed(self.scene(ask, proposition, history, brief))

    def scene(self, ask: Ask, proposition: Item, history: Sequence[Exchange], brief: ProbeBrief) -> Scene:
        """The ask with all that its words depend on.

        Raises:
            PromptError: no such move.
        """
        return Scene(ask, self._book[ask.move], proposition, tuple(history), brief, shipped_voices())

    async def question(
        self, proposition: Item, pair: tuple[str, str] | None, brief: ProbeBrief, step: int = 0
    ) -> Written:
        """Another item model of the same topic and kind, pulled towards the pair. English only, as item models are."""
        if proposition.kind not in self._writers:
            return Written(failure=FailureReason.REJECTED, detail=f"no item models for a {proposition.kind}")
        task = brief_for(proposition, brief, step)
        return await self._writers[proposition.kind].rewrite(_draft(proposition), _divided(pair), task)


def composed(scene: Scene) -> Composed:
    """The words of a scene, or why there are none: data, never an error."""
    try:
        if reason := _unfit(scene):
            return Composed(failure=FailureReason.REJECTED, detail=reason)
        standing = scene.standing
        own = scene.move.effect == "pair" and standing.text
        text = " ".join(standing.text.split()) if own else scene.move.text(values(scene))
        graded = scene.ask.strength is not None and scene.move.effect == "graded"
        return Composed(
            text=text,
            prompt=scene.move.ref,
            kind=standing.kind,
            sense=standing.sense,
            place=standing.place,
            language=standing.language,
            strength=rung(scene.ask.strength or 0.0) / STEPS if graded else scene.ask.strength,
        )
    except (Missing, PromptError, ValueError) as error:
        return Composed(failure=FailureReason.REJECTED, detail=f"{scene.move.name}: {error}")


def brief_for(item: Item, brief: ProbeBrief, step: int) -> Brief:
    """What a generator is told for a new question near an item."""
    return Brief(
        topic=item.topic,
        system=brief.system,
        language=item.language,
        avoid=(item.text, *brief.avoid),
        wordings=brief.wordings,
        kind=item.kind,
        seed=brief.seed,
        run=brief.run,
        slot=brief.slot,
        step=step,
    )


def _unfit(scene: Scene) -> str:
    """Why the move cannot be put here at all; empty where it can."""
    move = scene.move
    if move.follows and not scene.history:
        return f"{move.name}: presses on an answer, and the conversation has none"
    standing = scene.standing
    if not move.fits(standing.kind, standing.language):
        return f"{move.name}: has no words for a {standing.kind} in {standing.language}"
    return ""


def _draft(item: Item) -> Draft:
    return Draft(
        topic=item.topic,
        wordings=item.own_wordings,
        kind=item.kind,
        options=item.options,
        language=item.language,
        tension=tuple(option.value for option in item.options),
        generator=item.provenance.generator,
    )


def _divided(pair: tuple[str, str] | None) -> Feedback:
    """A panel of two that is divided over the pair: what pulls the item models towards it."""
    values_of = pair or ()
    yes = Reaction(model="first", stance="yes", key_points=(), values=values_of)
    no = Reaction(model="second", stance="no", key_points=(), values=())
    return Feedback(separation=0.0, reactions=(yes, no))
