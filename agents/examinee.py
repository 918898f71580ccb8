"""The target of a session: asked like a model of the panel, but within a conversation that it remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cruxbank.agents.history import messages
from cruxbank.agents.probing import Exchange
from cruxbank.agents.respondent import FORMS, fill
from cruxbank.agents.roles import Answered
from cruxbank.items import CallScope, ItemKind, RenderedPrompt, Response, Wording
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load
from cruxbank.sessions import Ask

LONGEST = 6_000
"""Characters of a text that is put; the longest shipped one has 1,400, a person's may have more."""


class LlmExaminee:
    """Satisfies `probing.Examinee` over a model client. `prompts`: prompts of your own by kind."""

    def __init__(self, client: ModelClient, prompts: Mapping[ItemKind, Prompt] | None = None) -> None:
        self._client = client
        names = {kind: form.prompt for kind, form in FORMS.items()}
        shipped = {kind: load("respond", name, version=version) for kind, (name, version) in names.items()}
        self._prompts: dict[ItemKind, Prompt] = {**shipped, **(prompts or {})}

    @property
    def model(self) -> str:
        """The model id."""
        return self._client.id

    @property
    def family(self) -> str:
        """The model's family."""
        return self._client.family

    async def answer(self, ask: Ask, history: Sequence[Exchange]) -> Answered:
        """The response, its stance re-coded to the base, or for a pair to its first value; a failed call is data.

        The call is keyed by the whole conversation and `ask.repeat`: the same words in the same conversation are another
        draw only with another repeat. Every turn asks for stance and key points again, as the first one does.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        form = FORMS[ask.kind]
        scope = CallScope(kind="measurement", purpose="respond", repeat=ask.repeat)
        answer = await self._client.ask(self._prompt(ask, history), form.answer, scope)
        blank = Response(
            item=ask.proposition,
            kind=ask.kind,
            wording=ask.place,
            repeat=ask.repeat,
            model=self.model,
            state="failed",
            call=answer.key,
            question=ask.text,
        )
        return Answered(response=fill(blank, answer, form, Wording(kind=ask.sense, text=ask.text)), calls=answer.calls)

    def _prompt(self, ask: Ask, history: Sequence[Exchange]) -> RenderedPrompt:
        own = self._prompts[ask.kind].render(**{FORMS[ask.kind].variable: ask.text[:LONGEST]})
        *before, last = own.messages
        return own.model_copy(update={"messages": (*before, *messages(history, self._prompts), last)})
