"""All models of a run behind one door: specs in, clients out."""

from __future__ import annotations

import difflib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from cruxbank.errors import ConfigError, KeyMissing
from cruxbank.frozen import Frozen
from cruxbank.items import CallScope, FailureReason, Message, PromptRef, RenderedPrompt
from cruxbank.models.budget import Budget
from cruxbank.models.client import OpenAIModel
from cruxbank.models.endpoint import Endpoint, HttpClients, Wire
from cruxbank.models.ledger import Ledger
from cruxbank.models.limiter import Limiter
from cruxbank.models.outgoing import Outgoing
from cruxbank.models.retry import Backoff
from cruxbank.models.specs import ModelSpec

if TYPE_CHECKING:
    import httpx2

__all__ = ["CheckResult", "ModelHub", "ModelSpec"]


class CheckResult(Frozen):
    """What one tiny real call found. `structured`: the endpoint gave JSON of the wanted type."""

    id: str
    answered: bool
    structured: bool
    failure: FailureReason | None = None
    detail: str = ""
    latency_ms: int = 0
    usd: float = 0.0


class Ready(BaseModel):
    """The answer that `check` wants."""

    ready: bool


_CHECK = RenderedPrompt(
    messages=(
        Message(role="system", content="You check a connection. Answer in JSON."),
        Message(role="user", content='Answer with {"ready": true}. Are you ready?'),
    ),
    ref=PromptRef(name="check", version=1, sha256=""),
)


class ModelHub:
    """Makes one client a model, when it is first wanted; shares HTTP clients and limiters.

    `transports` maps a URL scheme (`sim`) to an in-process httpx2 transport. `env` holds the keys by variable name.
    `waiting` is told how many requests are still out when the hub has to wait for them before it can close.
    """

    def __init__(
        self,
        specs: Sequence[ModelSpec],
        ledger: Ledger,
        budget: Budget,
        transports: Mapping[str, httpx2.AsyncBaseTransport] | None = None,
        env: Mapping[str, str] | None = None,
        backoff: Backoff | None = None,
        waiting: Callable[[int], None] | None = None,
    ) -> None:
        self._specs = {spec.id: spec for spec in specs}
        if len(self._specs) != len(specs):
            raise ConfigError("models: an id occurs twice", hint="give every model its own id")
        self._ledger = ledger
        self._budget = budget
        self._http = HttpClients(transports or {})
        self._env = env or {}
        self._backoff = backoff or Backoff()
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self._outgoing = Outgoing()
        self._waiting = waiting
        self._models: dict[str, OpenAIModel] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all models, in the order of the configuration."""
        return tuple(self._specs)

    def spec(self, id_: str) -> ModelSpec:
        """The settings of one model.

        Raises:
            ConfigError: no model has this id.
        """
        if id_ not in self._specs:
            near = difflib.get_close_matches(id_, self._specs, n=1, cutoff=0.3)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(self._specs) or 'none'}"
            raise ConfigError(f"models: no model {id_!r}", hint=hint)
        return self._specs[id_]

    def model(self, id_: str) -> OpenAIModel:
        """The client of one model. Call it inside the event loop that will use it.

        Raises:
            ConfigError: no model has this id, or its URL scheme has no transport.
            KeyMissing: the variable that should hold its key is not set.
        """
        if id_ not in self._models:
            spec = self.spec(id_)
            wire = Wire(spec, self._key(spec), self._http.of(spec))
            self._models[id_] = OpenAIModel(
                spec, wire, self._endpoint(spec), self._ledger, self._budget, self._backoff, self._outgoing
            )
        return self._models[id_]

    async def check(self, id_: str) -> CheckResult:
        """One tiny real call, never from the cache, for `crux doctor`.

        Raises:
            ConfigError, KeyMissing: as `model`.
            EndpointError: bad key, unknown model, nobody listens.
        """
        # its own run name, so that it is never an answer from the ledger
        scope = CallScope(kind="generative", purpose="check", run=f"check-{uuid.uuid4()}")
        started = time.perf_counter()
        answer = await self.model(id_).ask(_CHECK, Ready, scope)
        return CheckResult(
            id=id_,
            answered=bool(answer.text),
            structured=answer.value is not None,
            failure=answer.failure,
            detail=answer.detail,
            latency_ms=int(1000 * (time.perf_counter() - started)),
            usd=answer.usd,
        )

    async def aclose(self) -> None:
        """Wait until every request that is out is answered and committed, then close the HTTP clients.

        A request waits at most for its own timeout; cancelling this gives up on those still out. The ledger is closed
        by who opened it, after the hub.
        """
        self._models.clear()
        try:
            await self._outgoing.drain(self._waiting)
        finally:
            self._outgoing = Outgoing()  # models handed out before keep the closed one
            await self._http.aclose()

    def _key(self, spec: ModelSpec) -> str | None:
        if spec.api_key_env is None:
            return None
        key = self._env.get(spec.api_key_env, "").strip()
        if not key:
            message = f"models.{spec.id}.api_key_env: environment variable {spec.api_key_env} is not set"
            raise KeyMissing(message, hint=f"export {spec.api_key_env}=...")
        return key

    def _endpoint(self, spec: ModelSpec) -> Endpoint:
        """One limiter per endpoint and account; its maximum is the smallest that its models ask for."""
        place = (spec.base_url, spec.account)
        if place not in self._endpoints:
            sharing = [s.in_flight for s in self._specs.values() if (s.base_url, s.account) == place]
            limiter = Limiter(min(sharing), clock=self._backoff.clock, sleep=self._backoff.sleep)
            self._endpoints[place] = Endpoint(limiter)
        return self._endpoints[place]
