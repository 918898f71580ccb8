"""Generators of dilemmas and scenarios over a language model; questions have their own (`llm_generator`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from cruxbank.agents.dilemmas import Telling, lay_out, options
from cruxbank.agents.fence import clean
from cruxbank.agents.kind_answers import DilemmaDraft, ScenarioDraft
from cruxbank.agents.llm_generator import arranged, material, shown, wording_kinds
from cruxbank.agents.roles import Brief, Feedback, Written
from cruxbank.items import CallScope, Draft, FailureReason, ItemKind, Option, Wording, normalise
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, Value, load
from cruxbank.values.rules import spelling, spellings
from cruxbank.values.systems import ValueSystem

T = TypeVar("T", bound=BaseModel)
NOTHING = Feedback(separation=0.0)


class Assembled(NamedTuple):
    """What an answer gives for a draft; `problem` says why it gives none."""

    wordings: tuple[Wording, ...] = ()
    options: tuple[Option, ...] = ()
    problem: str = ""


class _LlmWriter(ABC, Generic[T]):
    """What the two have in common: one prompt that writes and, shown an earlier draft, rewrites."""

    _kind: ItemKind
    _answer: type[T]

    def __init__(self, client: ModelClient, prompt: Prompt | None = None) -> None:
        self._client = client
        self._prompt = prompt or load("generate", self._kind, version=1)

    @property
    def name(self) -> str:
        """The model id."""
        return self._client.id

    async def write(self, brief: Brief) -> Written:
        """A new draft on the brief's topic, or why there is none.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        return await self._ask(brief, "write", None, NOTHING)

    async def rewrite(self, draft: Draft, feedback: Feedback, brief: Brief) -> Written:
        """The same crux put more sharply; fact and argument stay.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        return await self._ask(brief, "rewrite", draft, feedback)

    async def _ask(self, brief: Brief, role: str, old: Draft | None, feedback: Feedback) -> Written:
        values = _shared(brief, old, feedback) | self._counts(brief)
        prompt = self._prompt.render(**values, **{self._kind: clean(old.text, limit=2_000) if old else ""})
        scope = CallScope(
            kind="generative", purpose="generate", run=brief.run, slot=brief.slot, step=f"{role}-{brief.step}"
        )
        answer = await self._client.ask(prompt, self._answer, scope)
        if answer.value is None:
            return Written(failure=answer.failure or FailureReason.EMPTY, detail=answer.detail, calls=answer.calls)
        found = self._assembled(answer.value, brief)
        if found.problem:
            return Written(failure=FailureReason.WRONG_TYPE, detail=found.problem, calls=answer.calls)
        return Written(draft=self._draft(answer.value, found, brief, old), calls=answer.calls)

    def _draft(self, value: Any, found: Assembled, brief: Brief, old: Draft | None) -> Draft:
        fact, argument = (old.fact, old.argument) if old else (value.fact, value.argument)
        return Draft(
            topic=brief.topic,
            wordings=found.wordings,
            kind=self._kind,
            options=found.options,
            language=brief.language,
            fact=fact,
            argument=argument,
            tension=tuple(option.value for option in found.options),
            generator=self.name,
            prompt=self._prompt.ref,
        )

    @abstractmethod
    def _counts(self, brief: Brief) -> dict[str, Value]:
        """How many texts of each sort are asked for."""

    @abstractmethod
    def _assembled(self, value: T, brief: Brief) -> Assembled:
        """The wordings in the bank's order, and the options."""


class LlmDilemmaGenerator(_LlmWriter[DilemmaDraft]):
    """Satisfies `roles.Generator` for dilemmas. The writer gives rewordings; which of them are mirrors is ours."""

    _kind = "dilemma"
    _answer = DilemmaDraft

    def _counts(self, brief: Brief) -> dict[str, Value]:
        return {"rewordings": brief.wordings - 1}

    def _assembled(self, value: DilemmaDraft, brief: Brief) -> Assembled:
        said = (value.first.value, value.second.value)
        values = tuple(_known(one, brief.system) for one in said)
        if "" in values:
            return Assembled(problem=f"an option serves '{said[values.index('')]}', no dimension of {brief.system.id}")
        if values[0] == values[1]:
            return Assembled(problem=f"both options serve '{values[0]}'")
        base = Telling(situation=value.situation, first=value.first.text, second=value.second.text)
        tellings = [base, *(Telling(**one.model_dump()) for one in value.rewordings)]
        different = list({_key(one): one for one in reversed(tellings) if _complete(one)}.values())[::-1]
        if len(different) < brief.wordings:
            return Assembled(problem=f"{len(different) - 1} different rewordings of {brief.wordings - 1}")
        kinds = wording_kinds(brief.wordings)
        wordings = lay_out(different[: brief.wordings], kinds, value.closing)
        return Assembled(wordings=wordings, options=options(base, (values[0], values[1])))


class LlmScenarioGenerator(_LlmWriter[ScenarioDraft]):
    """Satisfies `roles.Generator` for scenarios."""

    _kind = "scenario"
    _answer = ScenarioDraft

    def _counts(self, brief: Brief) -> dict[str, Value]:
        kinds = wording_kinds(brief.wordings)
        return {"paraphrases": kinds.count("paraphrase"), "mirrors": kinds.count("mirror")}

    def _assembled(self, value: ScenarioDraft, brief: Brief) -> Assembled:
        wordings, problem = arranged(value.scenario, value.paraphrases, value.mirrors, brief.wordings)
        return Assembled(wordings=wordings, problem=problem)


def _shared(brief: Brief, old: Draft | None, feedback: Feedback) -> dict[str, Value]:
    found = {name: value for name, value in material(brief).items() if name not in ("paraphrases", "mirrors")}
    found["refused"] = [clean(text, limit=2_000) for text in brief.avoid if old is None or text != old.text]
    reactions: list[Value] = [shown(reaction) for reaction in feedback.reactions]
    return found | {"separation": feedback.separation, "reactions": reactions}


def _known(value: str, system: ValueSystem) -> str:
    """Id of a dimension by its id or name; empty where there is none of it."""
    return spellings(system).get(spelling(value), "")


def _key(telling: Telling) -> str:
    return normalise(f"{telling.situation} {telling.first} {telling.second}")


def _complete(telling: Telling) -> bool:
    return all((telling.situation, telling.first, telling.second))
