"""The agents that a draft from outside a run meets: who writes the wordings that it lacks, and the critic of crux.yaml."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from cruxbank.agents.critics import ChainedCritic
from cruxbank.agents.llm_critic import LlmCritic
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.roles import Critic
from cruxbank.agents.wording_writer import PROMPT, LlmWordingWriter, WordingWriter
from cruxbank.app.clients import check_keys, check_reach, open_hub
from cruxbank.app.writers import files_of
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.items import Answer, CallScope, PromptRef, RenderedPrompt
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import load

T = TypeVar("T", bound=BaseModel)


class Agents(NamedTuple):
    """Local rules first, then, where crux.yaml names one, a model; and nobody where no model can write wordings."""

    critic: Critic
    writer: WordingWriter | None = None


@asynccontextmanager
async def open_agents(
    settings: Settings,
    ledger: Path,
    session: str,
    pulse: Pulse,
    *,
    recover: bool = True,
    writes: bool = False,
    first: Callable[[], None] = lambda: None,
) -> AsyncIterator[Agents]:
    """The agents over a ledger, within the budget; nothing is opened where all is local.

    session: who pays, as in `open_hub`, and recover too. pulse: counts what was paid. writes: a writer is wanted. first: is
    called before the first call that is paid for.

    Raises:
        KeyMissing, EndpointError: a model cannot be asked.
    """
    critic, writer = settings.agents.critic, writer_of(settings) if writes else ""
    models = [name for name in dict.fromkeys((critic, writer)) if name not in ("", LOCAL)]
    if not models:
        yield Agents(LocalCritic())
        return
    check_keys(settings, os.environ, models)
    await check_reach(settings, models)
    async with open_hub(settings, ledger, session, recover=recover) as (hub, _):
        paid = {name: _Paid(Metered(hub.model(name), pulse), first) for name in models}
        asked = ChainedCritic([LocalCritic(), LlmCritic(paid[critic])]) if critic in paid else LocalCritic()
        yield Agents(asked, LlmWordingWriter(paid[writer]) if writer else None)


def writer_of(settings: Settings) -> str:
    """The model that can write wordings of a question that it did not write; empty where there is none.

    The generator of crux.yaml. Local item models know their own questions only, and so do simulated models.
    """
    name = settings.agents.generator
    return "" if name == LOCAL or settings.model(name).simulated else name


class _Paid:
    """A model client that costs something: what has to be there before that is made when it is first asked."""

    def __init__(self, inner: ModelClient, first: Callable[[], None]) -> None:
        self._inner = inner
        self._first: Callable[[], None] | None = first

    @property
    def id(self) -> str:
        """The model id."""
        return self._inner.id

    @property
    def family(self) -> str:
        """The model's family."""
        return self._inner.family

    async def ask(self, prompt: RenderedPrompt, answer: type[T], scope: CallScope) -> Answer[T]:
        """Ask the inner client."""
        if self._first is not None:
            self._first()
            self._first = None
        return await self._inner.ask(prompt, answer, scope)


def critic_prompts(settings: Settings) -> tuple[PromptRef, ...]:
    """The prompt files that the configured critic reads with; none where it is local."""
    if settings.agents.critic == LOCAL:
        return ()
    return tuple(load(role, name, version=version).ref for role, name, version in files_of("critic", settings))


def writing_prompts() -> tuple[PromptRef, ...]:
    """The prompt file that missing wordings are written with."""
    role, name, version = PROMPT
    return (load(role, name, version=version).ref,)
