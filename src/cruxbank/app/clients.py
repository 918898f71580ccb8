"""Model clients of a run: settings -> specs -> hub, with the simulator behind `sim://`."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cruxbank.config.settings import LOCAL, ModelSettings, Settings
from cruxbank.errors import EndpointError, KeyMissing
from cruxbank.graphs.stages import confirm_calls
from cruxbank.models.budget import Budget
from cruxbank.models.hub import ModelHub
from cruxbank.models.ledger import Ledger
from cruxbank.models.specs import ModelSpec

SENT_PER_CALL = 1.5
"""Requests that may be sent for each call of `budget.calls`. The budget itself counts logical calls, so that a run ends at
the same place however often it was cut off; a kill repeats what was in flight, and a retry sends again. This cap is the
brake behind it. Tokens and dollars have no such allowance: what was sent may have been billed."""
REACH_S = 5.0
"""Seconds until an endpoint that does not take a connection counts as unreachable."""


def to_spec(model: ModelSettings, settings: Settings) -> ModelSpec:
    """What crux.yaml says about a model, as the seam wants it."""
    return ModelSpec(
        id=model.id,
        base_url=model.base_url,
        model=model.model,
        api_key_env=model.api_key_env,
        params=model.params,
        price_in=model.price.input,
        price_out=model.price.output,
        account=model.account,
        family=model.family,
        structured=model.structured,
        in_flight=settings.limits.in_flight,
        timeout_s=settings.limits.timeout_s,
        retries=settings.limits.retries,
        send_seed=model.send_seed,
    )


def asked_models(settings: Settings) -> tuple[str, ...]:
    """Ids of the models that answer items: the scoring panel, and the holdout where items are confirmed."""
    return (*settings.panels.scoring, *(settings.panels.holdout if confirm_calls(settings) else ()))


def used_models(settings: Settings) -> tuple[str, ...]:
    """Ids of the models that growing may call, in the order of the settings."""
    agents = settings.agents
    writing = (agents.generator, agents.critic, settings.translator or LOCAL)
    used = {*asked_models(settings), *writing, *settings.judges} - {LOCAL}
    return tuple(model.id for model in settings.models if model.id in used)


def check_keys(settings: Settings, env: Mapping[str, str], models: Sequence[str] | None = None) -> None:
    """Every key that the run will need is there. `models`: the only ones that are called, where growing is not meant.

    Raises:
        KeyMissing: names the model, the variable and the way out.
    """
    for model in map(settings.model, used_models(settings) if models is None else models):
        name = model.api_key_env
        if name is not None and not env.get(name, "").strip():
            message = f"models.{model.id}.api_key_env: environment variable {name} is not set"
            raise KeyMissing(message, hint=f"export {name}=...")


async def check_reach(settings: Settings, models: Sequence[str] | None = None) -> None:
    """Every endpoint takes a connection. Nothing is sent; behind a proxy nothing is checked. `models` as in check_keys.

    Raises:
        EndpointError: names the endpoint and a model that uses it.
    """
    if proxied():
        return
    used = used_models(settings) if models is None else models
    places = {settings.model(m).base_url: m for m in reversed(used)}
    web = {url: m for url, m in places.items() if urlsplit(url).scheme in {"http", "https"}}
    await asyncio.gather(*(connect(url, model) for url, model in web.items()))


def proxied() -> bool:
    """Whether an environment variable sends requests through a proxy."""
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy")
    return any(os.environ.get(name) for name in names)


async def connect(url: str, model: str) -> None:
    """An endpoint takes a connection; nothing is sent. `model` is named when it does not.

    Raises:
        EndpointError: nobody listens, or no answer within REACH_S.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(REACH_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
        writer.close()
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "strerror", None) or "no answer"
        message = f"models.{model}.base_url: {url} cannot be reached ({reason})"
        raise EndpointError(message, hint="start the server, or correct base_url", retryable=True) from error


@asynccontextmanager
async def open_hub(
    settings: Settings,
    ledger_file: Path,
    session: str,
    *,
    world: int = 0,
    capped: bool = True,
    recover: bool = True,
    waiting: Callable[[int], None] | None = None,
    first: Callable[[], None] | None = None,
) -> AsyncIterator[tuple[ModelHub, Ledger]]:
    """The hub and its ledger, closed again at the end. `world` is the seed of the simulated world behind sim://.

    `session` names who pays, so that what earlier processes of the same run paid counts towards the hard cap.
    `recover` closes attempts that a killed process left open: off beside a running `grow`. `waiting` is told how many
    requests are out when a stopped run waits for them. `first` is called before the first request that is sent.
    """
    async with Ledger.open(ledger_file, session=session, recover=recover, first=first) as ledger:
        budget = settings.budget
        paid = await ledger.spent()
        calls = None if budget.calls is None else math.ceil(SENT_PER_CALL * budget.calls)
        cap = Budget(calls, budget.tokens, budget.usd, spent=paid) if capped else Budget()
        specs = [to_spec(model, settings) for model in settings.models]
        hub = ModelHub(specs, ledger, cap, transports=_transports(settings, world), env=os.environ, waiting=waiting)
        try:
            yield hub, ledger
        finally:
            await hub.aclose()


def _transports(settings: Settings, world: int) -> dict[str, Any]:
    """The simulator behind `sim://NAME/v1`, NAME being one of its presets."""
    hosts = {urlsplit(m.base_url).hostname or "" for m in settings.models if m.base_url.startswith("sim://")}
    if not hosts:
        return {}
    import httpx2

    from cruxbank.simulator.app import create_app

    return {"sim": httpx2.ASGITransport(create_app(seed=world, preset=hosts.pop()))}
