"""The one seam to language models: a rendered prompt and a type go in, a typed answer with its usage comes out."""

from __future__ import annotations

from typing import Protocol, TypeVar

from pydantic import BaseModel

from cruxbank.items import Answer, CallScope, RenderedPrompt

T = TypeVar("T", bound=BaseModel)


class ModelClient(Protocol):
    """A language model, whoever serves it. A scripted fake of ten lines satisfies this in tests."""

    @property
    def id(self) -> str:
        """The model's id in crux.yaml."""
        ...

    @property
    def family(self) -> str:
        """Models of one family share training and count as one voice."""
        ...

    async def ask(self, prompt: RenderedPrompt, answer: type[T], scope: CallScope) -> Answer[T]:
        """Ask for an `answer`. A call that failed after its retries comes back as `Answer.failure`.

        Raises:
            EndpointError: every call would fail (bad key, unknown model, nobody listens).
            BudgetExhausted: the hard cap on new money, calls or tokens is reached.
            StoreError: the ledger cannot be written.
        """
        ...
