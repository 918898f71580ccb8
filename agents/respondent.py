"""A panel model that answers one wording: its stance, and three key points, in the form that the item's kind has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from cruxbank.agents.answers import Opinion
from cruxbank.agents.kind_answers import Action, Choice
from cruxbank.agents.roles import Answered
from cruxbank.items import Answer, CallScope, FailureReason, ItemKind, Response, Stance, Wording, recode
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load

POINTS = 3
"""Key points that are asked for and read: with one to three, verbosity alone makes .14 bits (SCIENCE 1)."""
KEPT = 4_000
"""Characters of the raw answer kept with the response; the ledger has the whole."""

_CHOSEN: dict[str, Stance] = {"a": "yes", "b": "no", "neither": "neutral"}
_DONE: dict[str, Stance] = {"yes": "yes", "no": "no", "partly": "neutral"}


@dataclass(frozen=True)
class Form:
    """How a kind of item is asked: prompt and its variable, answer type, fields of stance and points."""

    prompt: tuple[str, int]
    variable: str
    answer: type[BaseModel]
    stance: str
    points: str
    words: Mapping[str, Stance]
    """Stance of each word; what is not in it is a refusal."""

    def taken(self, value: Any) -> Stance | Literal["refuse"]:
        """The stance towards the wording."""
        return self.words.get(getattr(value, self.stance), "refuse")


FORMS: Mapping[ItemKind, Form] = {
    "question": Form(
        prompt=("opinion", 1),
        variable="question",
        answer=Opinion,
        stance="stance",
        points="key_points",
        words={"yes": "yes", "no": "no", "neutral": "neutral"},
    ),
    "dilemma": Form(
        prompt=("dilemma", 1), variable="dilemma", answer=Choice, stance="choice", points="key_points", words=_CHOSEN
    ),
    "scenario": Form(
        prompt=("scenario", 1), variable="scenario", answer=Action, stance="does", points="actions", words=_DONE
    ),
}


class LlmRespondent:
    """Satisfies `roles.Respondent` over a model client. `prompts`: prompts of your own by kind."""

    def __init__(self, client: ModelClient, prompts: Mapping[ItemKind, Prompt] | None = None) -> None:
        self._client = client
        self._prompts = dict(prompts or {})

    @property
    def model(self) -> str:
        """The model id."""
        return self._client.id

    @property
    def family(self) -> str:
        """The model's family."""
        return self._client.family

    async def answer(
        self, item: str, wording: Wording, index: int, repeat: int = 0, kind: ItemKind = "question"
    ) -> Answered:
        """The model's response to one wording, its stance re-coded to the base; a failed call is data.

        Fewer than three key points are read as they are (their number is `len(response.key_points)`), of more than
        three the first three.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        form, scope = FORMS[kind], CallScope(kind="measurement", purpose="respond", repeat=repeat)
        prompt = self._prompt(kind).render(**{form.variable: wording.text})
        answer = await self._client.ask(prompt, form.answer, scope)
        blank = Response(
            item=item,
            kind=kind,
            wording=index,
            repeat=repeat,
            model=self.model,
            state="failed",
            call=answer.key,
            question=wording.text,
        )
        return Answered(response=fill(blank, answer, form, wording), calls=answer.calls)

    def _prompt(self, kind: ItemKind) -> Prompt:
        if kind not in self._prompts:
            name, version = FORMS[kind].prompt
            self._prompts[kind] = load("respond", name, version=version)
        return self._prompts[kind]


def fill(blank: Response, answer: Answer[BaseModel], form: Form, wording: Wording) -> Response:
    """A blank response with what a call gave: state, stance re-coded to the base, key points, text."""
    text = answer.text[:KEPT]
    taken = form.taken(answer.value) if answer.value is not None else None
    if answer.failure is FailureReason.REFUSAL or taken == "refuse":
        return blank.model_copy(update={"state": "refused", "text": text})
    if answer.value is None or taken is None:
        return blank.model_copy(update={"failure": answer.failure or FailureReason.EMPTY, "text": text})
    points = tuple(getattr(answer.value, form.points)[:POINTS])
    stance = recode(taken, wording.kind)
    return blank.model_copy(update={"state": "answered", "stance": stance, "key_points": points, "text": text})
