"""A panel model that answers one wording: its stance, and three key points."""

from __future__ import annotations

from cruxbank.agents.answers import Opinion
from cruxbank.agents.roles import Answered
from cruxbank.items import Answer, CallScope, FailureReason, ItemKind, Response, Wording, recode
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import Prompt, load

POINTS = 3
"""Key points that are asked for and read: with one to three, verbosity alone makes .14 bits (SCIENCE 1)."""
KEPT = 4_000
"""Characters of the raw answer kept with the response; the ledger has the whole."""


class LlmRespondent:
    """Satisfies `roles.Respondent` over a model client."""

    def __init__(self, client: ModelClient, prompt: Prompt | None = None) -> None:
        self._client = client
        self._prompt = prompt or load("respond", "opinion", version=1)

    @property
    def model(self) -> str:
        """The model id."""
        return self._client.id

    @property
    def family(self) -> str:
        """The model's family."""
        return self._client.family

    async def answer(
        self,
        item: str,
        wording: Wording,
        index: int,
        repeat: int = 0,
        kind: ItemKind = "question",  # noqa: ARG002
    ) -> Answered:
        """The model's response to one wording, its stance re-coded to the base; a failed call is data.

        Fewer than three key points are read as they are (their number is `len(response.key_points)`), of more than
        three the first three.

        Raises:
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        scope = CallScope(kind="measurement", purpose="respond", repeat=repeat)
        answer = await self._client.ask(self._prompt.render(question=wording.text), Opinion, scope)
        response = Response(item=item, wording=index, repeat=repeat, model=self.model, state="failed", call=answer.key)
        return Answered(response=_fill(response, answer, wording), calls=answer.calls)


def _fill(blank: Response, answer: Answer[Opinion], wording: Wording) -> Response:
    text = answer.text[:KEPT]
    if answer.failure is FailureReason.REFUSAL or (answer.value is not None and answer.value.stance == "refuse"):
        return blank.model_copy(update={"state": "refused", "text": text})
    if answer.value is None or answer.value.stance == "refuse":
        return blank.model_copy(update={"failure": answer.failure or FailureReason.EMPTY, "text": text})
    stance = recode(answer.value.stance, wording.kind)
    points = tuple(answer.value.key_points[:POINTS])
    return blank.model_copy(update={"state": "answered", "stance": stance, "key_points": points, "text": text})
