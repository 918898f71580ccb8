"""The simulator as an ASGI app: simulated models behind OpenAI's chat-completions wire."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cruxbank.errors import ConfigError
from cruxbank.simulator import wire
from cruxbank.simulator.asking import Asked, read_request
from cruxbank.simulator.faults import Faults, FaultSource
from cruxbank.simulator.roles import can_play, reply
from cruxbank.simulator.roster import TARGET, mode_of
from cruxbank.simulator.stats import Stats, fingerprint
from cruxbank.simulator.world import World


def create_app(
    *,
    seed: int = 0,
    preset: str = "opinionated",
    delay: tuple[float, float] = (0, 0),
    faults: Faults | None = None,
) -> Starlette:
    """POST /v1/chat/completions, GET /v1/models, GET /stats, POST /stats/reset.

    A reply depends on (seed, preset, model, messages, the request's `seed`) alone: temperature is accepted and changes
    nothing. `delay` is a range of seconds that each answer waits, drawn from the operating system's randomness.

    Raises:
        ConfigError: unknown preset, or a delay that is no range.
    """
    if not 0 <= delay[0] <= delay[1]:
        raise ConfigError(f"simulator delay: {delay}", hint="give seconds as (least, most)")
    server = Server(World(seed, preset), delay, FaultSource(faults))
    routes = [
        Route("/v1/chat/completions", server.complete, methods=["POST"]),
        Route("/v1/models", server.models, methods=["GET"]),
        Route("/stats", server.show_stats, methods=["GET"]),
        Route("/stats/reset", server.reset_stats, methods=["POST"]),
    ]
    app = Starlette(routes=routes)
    app.state.world = server.world
    app.state.stats = server.stats
    return app


class Broken(Response):
    """An answer that announces more bytes than it sends, then fails: the client sees a broken connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Start, send a piece, break."""
        head = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b'{"id": "chatcmpl-', "more_body": True})
        raise ConnectionResetError("connection dropped on purpose")


class Server:
    """The routes and what they share."""

    def __init__(self, world: World, delay: tuple[float, float], faults: FaultSource) -> None:
        self.world = world
        self.stats = Stats()
        self._delay = delay
        self._faults = faults
        self._clock = random.SystemRandom()

    async def complete(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        self.stats.enter()
        status = "cancelled"
        try:
            response = await self._respond(await request.body())
            status = "dropped" if isinstance(response, Broken) else str(response.status_code)
        finally:
            self.stats.leave(status)
        return response

    async def models(self, _: Request) -> Response:
        """GET /v1/models."""
        return JSONResponse(wire.model_list(), headers=wire.HEADERS)

    async def show_stats(self, _: Request) -> Response:
        """GET /stats."""
        return JSONResponse(self.stats.as_json())

    async def reset_stats(self, _: Request) -> Response:
        """POST /stats/reset."""
        self.stats.reset()
        return JSONResponse(self.stats.as_json())

    async def _respond(self, raw: bytes) -> Response:
        try:
            asked = read_request(wire.check(_parse(raw)))
        except wire.BadRequest as bad:
            return _error(str(bad), bad.status, param=bad.param, code=bad.code)
        if not can_play(asked.model, asked.role):
            does = "answers" if mode_of(asked.model) == TARGET else "judges"
            return _error(f"The model `{asked.model}` only {does}.", 400, param="model", code="unsupported_value")
        self.stats.asked(asked)
        if self._delay[1] > 0:
            await asyncio.sleep(self._clock.uniform(*self._delay))
        return await self._answer(asked)

    async def _answer(self, asked: Asked) -> Response:
        fault = self._faults.draw(asked.model, asked.role)
        if fault:
            self.stats.faults[fault] += 1
        if fault == "hang":
            await asyncio.sleep(self._faults.faults.hang_seconds)
        if fault == "drop":
            return Broken()
        if fault == "server_error":
            return _error("The server had an error on purpose.", 500)
        if fault == "rate_limit":
            wait = {"retry-after": f"{self._faults.faults.retry_after:g}"}
            return _error("Rate limit reached on purpose.", 429, code="rate_limit_exceeded", headers=wait)
        content = {"empty": "", "malformed": None}.get(fault, "full")
        return self._completion(asked, content)

    def _completion(self, asked: Asked, content: str | None) -> Response:
        full = reply(self.world, asked)
        said = full if content == "full" else full[: len(full) // 2] if content is None else content
        identity = wire.short_id(fingerprint(asked), self.world.seed)
        return JSONResponse(wire.completion(asked, identity, said), headers=wire.HEADERS)


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as broken:
        raise wire.BadRequest("We could not parse the JSON body of your request.") from broken


def _error(
    message: str,
    status: int,
    *,
    param: str | None = None,
    code: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body = wire.error(message, status, param=param, code=code)
    return JSONResponse(body, status_code=status, headers=wire.HEADERS | (headers or {}))
