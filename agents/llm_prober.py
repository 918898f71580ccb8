"""A prober over a language model: it writes considerations, counter-arguments and new questions on the topic at hand.

Wordings, quantities and the frame around a text stay those of the files: only what is set against an answer is the
model's, so that strengths keep their order and a move stays the same move. What fails or is refused is replaced by the
shipped words, and the turn says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from cruxbank.agents.answers import AnswerModel, QuestionDraft, Words
from cruxbank.agents.ladders import Ladder
from cruxbank.agents.llm_generator import arranged
from cruxbank.agents.move_critic import PEOPLE, LocalMoveCritic, MoveCritic, uncounted
from cruxbank.agents.moves import MoveBook
from cruxbank.agents.prober import LocalProber, brief_for, composed
from cruxbank.agents.prober_material import clauses, consequence, matter, near, objection, scope
from cruxbank.agents.probing import Composed, Exchange, ProbeBrief
from cruxbank.agents.roles import Brief, Critic, Written
from cruxbank.agents.scene import Scene, Texts
from cruxbank.items import Answer, Draft, FailureReason, Item, PromptRef, normalise
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import load
from cruxbank.sessions import Ask

T = TypeVar("T")


class Consideration(AnswerModel):
    """A consequence that counts against an answer, with PEOPLE where their number stands."""

    cost: Words


class Argument(AnswerModel):
    """A counter-argument in one clause."""

    argument: Words


class LlmProber:
    """Satisfies `probing.Prober` over a model client. `critic` reviews new questions, `signs` what is set against
    answers."""

    def __init__(
        self, client: ModelClient, critic: Critic, book: MoveBook | None = None, signs: MoveCritic | None = None
    ) -> None:
        self._client = client
        self._critic = critic
        self._signs = signs or LocalMoveCritic()
        self._local = LocalProber(book)
        self._prompts = {name: load("probe", name, version=1) for name in ("consideration", "argument", "question")}

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    @property
    def prompts(self) -> tuple[PromptRef, ...]:
        """The prompts that it asks the model with, and those of the critic of what is set against answers."""
        return (*(prompt.ref for prompt in self._prompts.values()), *self._signs.prompts)

    async def compose(self, ask: Ask, proposition: Item, history: Sequence[Exchange], brief: ProbeBrief) -> Composed:
        """The words of one ask: a model's consideration or argument in them where the move has one.

        Raises:
            PromptError: no such move.
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        scene = self._local.scene(ask, proposition, history, brief)
        shipped = composed(scene)
        if not shipped.text:
            return shipped  # nothing to write for: no position held, no such wording, no words in this language
        if "cost" in scene.move.inputs and not scene.move.header.ladder:
            return await self._consider(scene, shipped)
        if "argument" in scene.move.inputs:
            return await self._argue(scene, shipped)
        return shipped

    async def question(
        self, proposition: Item, pair: tuple[str, str] | None, brief: ProbeBrief, step: int = 0
    ) -> Written:
        """A sharper question on the topic, reviewed by the critic; of another kind than a question, the item models'.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        if proposition.kind != "question":
            return await self._local.question(proposition, pair, brief, step)
        task, prompt = brief_for(proposition, brief, step), self._prompts["question"]
        place = scope(brief, f"question-{proposition.id}-{step}")
        answer = await self._client.ask(prompt.render(**near(proposition, pair, task)), QuestionDraft, place)
        blank = Draft(
            topic=proposition.topic,
            wordings=proposition.own_wordings,
            language=task.language,
            tension=pair or (),
            generator=self.name,
            prompt=prompt.ref,
        )
        return await self._reviewed(_written(answer, task, blank), task)

    async def _reviewed(self, written: Written, task: Brief) -> Written:
        if written.draft is None:
            return written
        reviewed = await self._critic.review(written.draft, task)
        calls = written.calls + reviewed.calls
        if reviewed.review.ok:
            return written.model_copy(update={"calls": calls})
        return Written(failure=FailureReason.REJECTED, detail=", ".join(reviewed.review.reasons), calls=calls)

    async def _consider(self, scene: Scene, shipped: Composed) -> Composed:
        """One consideration for all strengths and wordings: the same call, so paid once, and the same scale."""
        prompt = self._prompts["consideration"].render(**consequence(scene))
        answer = await self._client.ask(prompt, Consideration, scope(scene.brief, f"consider-{scene.item.id}"))
        if answer.value is None:
            return _instead(shipped, answer)
        cost = answer.value.cost.rstrip(".")
        own = Ladder(id="own", scale="tens", cost={scene.language: cost.replace(PEOPLE, "{people}")})
        put = replace(scene, written=Texts(cost=own))
        return await self._put(put, shipped, cost, uncounted(cost), answer.calls)

    async def _argue(self, scene: Scene, shipped: Composed) -> Composed:
        prompt = self._prompts["argument"].render(**objection(scene))
        answer = await self._client.ask(prompt, Argument, scope(scene.brief, f"argue-{scene.item.id}-{scene.pressed}"))
        if answer.value is None:
            return _instead(shipped, answer)
        text = answer.value.argument.rstrip(".")
        used = normalise(text) in {normalise(earlier) for one in scene.history for earlier in clauses(one.text)}
        put = replace(scene, written=Texts(argument=text))
        return await self._put(put, shipped, text, "it was already used" if used else "", answer.calls)

    async def _put(self, scene: Scene, shipped: Composed, text: str, why: str, calls: int) -> Composed:
        """The move with the model's text, where rules and critic let it pass; else with the shipped one."""
        if not why:
            reviewed = await self._signs.review(text, matter(scene))
            why, calls = ", ".join(reviewed.review.reasons), calls + reviewed.calls
        if why:
            return shipped.model_copy(update={"failure": FailureReason.REJECTED, "detail": why, "calls": calls})
        return composed(scene).model_copy(update={"calls": calls})


def _instead(shipped: Composed, answer: Answer[T]) -> Composed:
    failure = answer.failure or FailureReason.EMPTY
    return shipped.model_copy(update={"failure": failure, "detail": answer.detail, "calls": answer.calls})


def _written(answer: Answer[QuestionDraft], task: Brief, draft: Draft) -> Written:
    """The draft with the model's wordings, or why there is none. `draft` has everything but them."""
    if answer.value is None:
        return Written(failure=answer.failure or FailureReason.EMPTY, detail=answer.detail, calls=answer.calls)
    value = answer.value
    wordings, detail = arranged(value.question, value.paraphrases, value.mirrors, task.wordings)
    if detail:
        return Written(failure=FailureReason.WRONG_TYPE, detail=detail, calls=answer.calls)
    if normalise(value.question) in {normalise(text) for text in task.avoid}:
        return Written(failure=FailureReason.REJECTED, detail="it repeats a known question", calls=answer.calls)
    made = draft.model_copy(update={"wordings": wordings, "fact": value.fact, "argument": value.argument})
    return Written(draft=made, calls=answer.calls)
