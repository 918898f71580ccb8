"""Generators and critics that each know one kind of item, as one that knows several."""

from __future__ import annotations

from collections.abc import Mapping

from cruxbank.agents.roles import Brief, Critic, Feedback, Generator, Reviewed, Written
from cruxbank.items import Draft, ItemKind


class GeneratorByKind:
    """Satisfies `roles.Generator`: hands a brief to the writer of its kind."""

    def __init__(self, generators: Mapping[ItemKind, Generator]) -> None:
        self._generators = dict(generators)

    @property
    def name(self) -> str:
        """The name that all of them share."""
        return next(iter(self._generators.values())).name

    async def write(self, brief: Brief) -> Written:
        """A new draft of the brief's kind."""
        return await self._generators[brief.kind].write(brief)

    async def rewrite(self, draft: Draft, feedback: Feedback, brief: Brief) -> Written:
        """The same crux, by the writer of the draft's kind."""
        return await self._generators[draft.kind].rewrite(draft, feedback, brief)


class CriticByKind:
    """Satisfies `roles.Critic`: hands a draft to the critic of its kind."""

    def __init__(self, critics: Mapping[ItemKind, Critic]) -> None:
        self._critics = dict(critics)

    @property
    def name(self) -> str:
        """The name that all of them share."""
        return next(iter(self._critics.values())).name

    async def review(self, draft: Draft, brief: Brief) -> Reviewed:
        """Whether the draft may be asked, by the rules of its kind."""
        return await self._critics[draft.kind].review(draft, brief)
