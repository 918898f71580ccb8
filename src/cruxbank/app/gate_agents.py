"""The agents that a draft from outside a run meets: who writes the wordings that it lacks, and the critic of crux.yaml."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
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
from cruxbank.models.flight import SingleFlight
from cruxbank.models.hub import ModelHub
from cruxbank.models.ledger import Ledger
from cruxbank.models.ledger_queries import Spent
from cruxbank.models.seam import ModelClient
from cruxbank.prompts.loader import load

T = TypeVar("T", bound=BaseModel)
OpenHub = Callable[[], AbstractAsyncContextManager[tuple[ModelHub, Ledger]]]


async def _nothing() -> Spent:
    return Spent()


class Agents(NamedTuple):
    """Local rules first, then, where crux.yaml names one, a model; and nobody where no model can write wordings."""

    critic: Critic
    writer: WordingWriter | None = None
    spent: Callable[[], Awaitable[Spent]] = _nothing
    """What their session has paid so far; an answer that the ledger had already is not paid."""


@asynccontextmanager
async def open_agents(
    settings: Settings,
    ledger: Path,
    session: str,
    pulse: Pulse,
    *,
    recover: bool = True,
    writes: bool = False,
    first: Callable[[], None] | None = None,
) -> AsyncIterator[Agents]:
    """The agents over a ledger, within the budget. A model's key and endpoint are looked for when it is first asked: who
    asks none needs none, and the model raises KeyMissing or EndpointError from its `ask`.

    session: who pays, as in `open_hub`, and recover too. pulse: counts what was asked. writes: a writer is wanted. first: is
    called before the first request that is sent.
    """
    critic, writer = settings.agents.critic, writer_of(settings) if writes else ""
    async with AsyncExitStack() as stack:
        opening = partial(open_hub, settings, ledger, session, recover=recover, first=first)
        door = _Door(settings, opening, stack)
        paid = {
            name: Metered(_Late(settings, name, door), pulse) for name in (critic, writer) if name not in ("", LOCAL)
        }
        asked = ChainedCritic([LocalCritic(), LlmCritic(paid[critic])]) if critic in paid else LocalCritic()
        yield Agents(asked, LlmWordingWriter(paid[writer]) if writer else None, door.spent)


class _Door:
    """The hub, opened when a model is first asked, and each model behind it."""

    def __init__(self, settings: Settings, opening: OpenHub, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._opening = opening
        self._stack = stack
        self._opened: tuple[ModelHub, Ledger] | None = None
        self._models: dict[str, ModelClient] = {}
        self._flight: SingleFlight[ModelClient] = SingleFlight()
        self._lock = asyncio.Lock()

    async def model(self, name: str) -> ModelClient:
        """A model that can be asked. Who asks at the same time gets the same error; who asks later tries again.

        Raises:
            KeyMissing, EndpointError: it cannot be asked.
        """
        if name not in self._models:
            self._models[name] = await self._flight.run(name, partial(self._reach, name))
        return self._models[name]

    async def spent(self) -> Spent:
        """What the session has paid so far."""
        return await self._opened[1].spent() if self._opened else Spent()

    async def _reach(self, name: str) -> ModelClient:
        check_keys(self._settings, os.environ, [name])
        await check_reach(self._settings, [name])
        async with self._lock:  # critic and writer may be asked at once
            if self._opened is None:
                self._opened = await self._stack.enter_async_context(self._opening())
        return self._opened[0].model(name)


class _Late:
    """A model client that is made when it is first asked."""

    def __init__(self, settings: Settings, name: str, door: _Door) -> None:
        self._model = settings.model(name)
        self._door = door

    @property
    def id(self) -> str:
        """The model id."""
        return self._model.id

    @property
    def family(self) -> str:
        """The model's family."""
        return self._model.family

    async def ask(self, prompt: RenderedPrompt, answer: type[T], scope: CallScope) -> Answer[T]:
        """Ask the model behind the door."""
        return await (await self._door.model(self.id)).ask(prompt, answer, scope)


def writer_of(settings: Settings) -> str:
    """The model that can write wordings of a question that it did not write; empty where there is none.

    The generator of crux.yaml. Local item models know their own questions only, and so do simulated models.
    """
    name = settings.agents.generator
    return "" if name == LOCAL or settings.model(name).simulated else name


def critic_prompts(settings: Settings) -> tuple[PromptRef, ...]:
    """The prompt files that the configured critic reads with; none where it is local."""
    if settings.agents.critic == LOCAL:
        return ()
    return tuple(load(role, name, version=version).ref for role, name, version in files_of("critic", settings))


def writing_prompts() -> tuple[PromptRef, ...]:
    """The prompt file that missing wordings are written with."""
    role, name, version = PROMPT
    return (load(role, name, version=version).ref,)
