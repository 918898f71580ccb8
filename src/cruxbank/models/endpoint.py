"""The wire: HTTP clients from one factory, and one ChatOpenAI a model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cruxbank.errors import ConfigError
from cruxbank.items import Message, Usage
from cruxbank.models.calls import Reply, Request, cut_text, safe_text
from cruxbank.models.limiter import Limiter
from cruxbank.models.prices import countable, usage_of, worst_tokens
from cruxbank.models.specs import ModelSpec

if TYPE_CHECKING:
    import httpx2
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

NO_KEY = "none"
"""Sent where no key is configured, so that the client never picks up OPENAI_API_KEY for another endpoint."""
_GRACE_S = 5.0
"""Our own timeout comes first; the client's is a backstop."""


@dataclass
class Endpoint:
    """What the models of one account at one endpoint share. `reached`: it has answered before.

    `shut_until`: it asked for a longer wait than a run is worth; until then (on the backoff's clock) nothing is sent.
    """

    limiter: Limiter
    reached: bool = False
    shut_until: float = float("-inf")


class HttpClients:
    """At most two clients: aiohttp for http(s), and one with the in-process transports mounted by scheme."""

    def __init__(self, transports: Mapping[str, httpx2.AsyncBaseTransport]) -> None:
        self._transports = transports
        self._wire: httpx2.AsyncClient | None = None
        self._inner: httpx2.AsyncClient | None = None

    def of(self, spec: ModelSpec) -> httpx2.AsyncClient:
        """The client for a model's scheme, made when first needed (it belongs to the running event loop).

        Raises:
            ConfigError: nobody handed in a transport for the scheme.
        """
        if not spec.in_process:
            self._wire = self._wire or _wire_client()
            return self._wire
        if spec.scheme not in self._transports:
            known = ", ".join(["https://", "http://", *(f"{name}://" for name in sorted(self._transports))])
            raise ConfigError(f"models.{spec.id}.base_url: {spec.base_url} has no transport", hint=f"use {known}")
        self._inner = self._inner or _inner_client(self._transports)
        return self._inner

    async def aclose(self) -> None:
        """Close what was opened."""
        for client in (self._wire, self._inner):
            if client is not None:
                await client.aclose()
        self._wire = self._inner = None


def _wire_client() -> httpx2.AsyncClient:
    import openai

    return openai.DefaultAioHttpClient()


def _inner_client(transports: Mapping[str, httpx2.AsyncBaseTransport]) -> httpx2.AsyncClient:
    import httpx2

    mounts = {f"{scheme}://": transport for scheme, transport in transports.items()}
    return httpx2.AsyncClient(mounts=mounts, trust_env=False)


class Wire:
    """One model's ChatOpenAI: sends one request, gives back one reply. No retries, no cache."""

    def __init__(self, spec: ModelSpec, key: str | None, http: httpx2.AsyncClient) -> None:
        self._spec = spec
        self._key = key
        self._chat = _chat(spec, key or NO_KEY, http)

    async def send(self, request: Request) -> Reply:
        """Send a request as it stands in the ledger. Errors of openai and langchain-openai come through."""
        from langsmith.run_helpers import tracing_context

        started = time.perf_counter()
        with tracing_context(enabled=False):  # LANGSMITH_TRACING would send prompts to a third party
            message = await self._chat.ainvoke(_messages(request.messages), extra_body=request.params)
        reply = _reply(message, request, self._spec, int(1000 * (time.perf_counter() - started)))
        return replace(reply, text=self.redacted(reply.text), refusal=self.redacted(reply.refusal))

    def redacted(self, text: str) -> str:
        """Text without the key: some gateways echo it, and what they say is stored and shown."""
        return text.replace(self._key, "***") if self._key else text


def _chat(spec: ModelSpec, key: str, http: httpx2.AsyncClient) -> ChatOpenAI:
    from langchain_openai import ChatOpenAI

    async def secret() -> str:  # as a function the key is in no repr, and no second, synchronous client is made
        return key

    return ChatOpenAI(
        model=spec.model,
        base_url=spec.base_url,
        api_key=secret,
        max_retries=0,
        timeout=spec.timeout_s + _GRACE_S,
        http_async_client=http,
        use_responses_api=False,
        openai_proxy="",
        cache=False,
    )


def _messages(messages: tuple[Message, ...]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[m.role](content=safe_text(m.content)) for m in messages]


def _reply(message: Any, request: Request, spec: ModelSpec, latency_ms: int) -> Reply:
    finish = str(message.response_metadata.get("finish_reason") or "stop")
    text, finish = cut_text(safe_text(str(message.text)), finish)
    refusal = safe_text(str(message.additional_kwargs.get("refusal") or ""))
    usage = _usage(message, request, text)
    return Reply(text, finish, refusal, usage, spec.price.of(usage), latency_ms)


def _usage(message: Any, request: Request, text: str) -> Usage:
    """As the endpoint counted; estimated from the lengths where it did not (or absurdly): no call looks free."""
    counted = message.usage_metadata
    if not counted or not (countable(counted["input_tokens"]) and countable(counted["output_tokens"])):
        asked = worst_tokens(m.content for m in request.messages)
        return Usage(input_tokens=asked, output_tokens=worst_tokens([text]))
    cached = (counted.get("input_token_details") or {}).get("cache_read") or 0
    cached = cached if countable(cached) else 0  # it only makes a call cheaper
    return usage_of(counted["input_tokens"], counted["output_tokens"], cached)
