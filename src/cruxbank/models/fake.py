"""`ScriptedModel`: a model without an endpoint, for tests and for trying things out."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel

from cruxbank.items import Answer, CallScope, FailureReason, RenderedPrompt
from cruxbank.models.structured import parse

T = TypeVar("T", bound=BaseModel)
Said = BaseModel | FailureReason | str
Script = Callable[[RenderedPrompt, type[BaseModel]], Said | Awaitable[Said]]


class ScriptedModel:
    """Answers with what `script(prompt, type)` returns: a value, the text of an answer, or a failure.

    Text goes through the same tolerant parsing as a real answer. `asked` lists the prompts in order.
    """

    def __init__(self, script: Script, id: str = "scripted", family: str = "") -> None:
        self._script = script
        self._id = id
        self._family = family or id
        self.asked: list[tuple[RenderedPrompt, CallScope]] = []

    @property
    def id(self) -> str:
        """The model's id."""
        return self._id

    @property
    def family(self) -> str:
        """The model's family."""
        return self._family

    async def ask(self, prompt: RenderedPrompt, answer: type[T], scope: CallScope) -> Answer[T]:
        """See `seam.ModelClient.ask`. Costs nothing."""
        self.asked.append((prompt, scope))
        said = self._script(prompt, answer)
        if inspect.isawaitable(said):
            said = await said
        key = hashlib.sha256(f"{self._id}\0{prompt.model_dump_json()}\0{scope.model_dump_json()}".encode()).hexdigest()
        if isinstance(said, FailureReason):
            return Answer(failure=said, detail="scripted", key=key)
        if isinstance(said, str):
            parsed = parse(said, answer)
            return Answer(value=parsed.value, text=said, failure=parsed.failure, detail=parsed.detail, key=key)
        if not isinstance(said, answer):
            raise TypeError(f"the script gave a {type(said).__name__} where {answer.__name__} was asked for")
        return Answer(value=said, text=said.model_dump_json(), key=key)
