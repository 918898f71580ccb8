"""A chat-completions endpoint of our own, in-process or on a loopback port, and a hub that asks it."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cruxbank.items import CallScope, Message, PromptRef, RenderedPrompt
from cruxbank.models.budget import Budget
from cruxbank.models.hub import ModelHub, ModelSpec
from cruxbank.models.ledger import Ledger
from cruxbank.models.retry import Backoff

SCOPE = CallScope(kind="measurement", purpose="respond")
FAST = Backoff(first_s=0.01, longest_s=0.02)


class Opinion(BaseModel):
    stance: str
    key_points: list[str]


GOOD = json.dumps({"stance": "yes", "key_points": ["a", "b", "c"]})

USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 40},
}


def completion(text: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": USAGE}


def error(status: int, code: str = "", **headers: str) -> Response:
    return JSONResponse({"error": {"message": f"said {code or status}", "code": code}}, status, headers)


class Server:
    """A chat-completions endpoint that behaves as the question's first word says. Counts what it gets."""

    def __init__(self) -> None:
        self.requests = 0
        self.counted = asyncio.Condition()
        self.by_question: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.app = Starlette(routes=[Route("/v1/chat/completions", self.chat, methods=["POST"])])

    async def reached(self, requests: int) -> None:
        async with self.counted:
            await self.counted.wait_for(lambda: self.requests >= requests)

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        async with self.counted:
            self.requests += 1
            self.counted.notify_all()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        question = body["messages"][-1]["content"].split("\n")[0]
        self.by_question[question] += 1
        return await self.answer(
            question.split()[0], self.by_question[question], repaired="could not be used" in str(body)
        )

    async def answer(self, mode: str, time: int, *, repaired: bool) -> Response:
        once: dict[str, Response] = {
            "busy": error(429, **{"Retry-After": "0.2"}),
            "broken": error(503),
            "html": PlainTextResponse("<html>gateway</html>"),
            "nothing": JSONResponse({"object": "error", "choices": None}),
        }
        always = {
            "key": error(401), "unknown": error(404), "bad": error(400), "filter": error(400, "content_filter"),
            "down": error(500), "length": JSONResponse(completion(GOOD[:20], "length")),
            "refusal": JSONResponse(completion(None, refusal="I will not.")),
            "plain": JSONResponse(completion("I'm sorry, I can't help with that.")),
            "filtered": JSONResponse(completion("", "content_filter")),
            "long": JSONResponse(completion("x" * 1_000_000)), "hopeless": JSONResponse(completion("no idea")),
            "uncounted": JSONResponse({**completion(GOOD), "usage": None}),
            "absurd": JSONResponse({**completion(GOOD), "usage": {**USAGE, "prompt_tokens": 10**20}}),
            "surrogate": Response(json.dumps(completion(GOOD + " \ud800")), media_type="application/json"),
        }  # fmt: skip
        if mode == "hang":
            await asyncio.sleep(30)
        if mode == "echo":
            return JSONResponse(completion(f"You sent {self.headers[-1]}"))
        if mode == "filterecho":
            return error(400, f"content_filter {self.headers[-1]['authorization']}")
        if mode == "bug":
            raise ZeroDivisionError
        if mode == "worse" and repaired:
            return error(422)
        if mode in {"mended", "worse"} and not repaired:
            return JSONResponse(completion("Yes, I think so."))
        if mode in once and time == 1:
            return once[mode]
        return always.get(mode) or JSONResponse(completion(GOOD))


def prompt(question: str) -> RenderedPrompt:
    messages = (Message(role="system", content="You answer in JSON."), Message(role="user", content=question))
    return RenderedPrompt(messages=messages, ref=PromptRef(name="t", version=1, sha256=""))


def spec(**changes: Any) -> ModelSpec:
    base = {"id": "m1", "base_url": "sim://panel/v1", "model": "m", "params": {"temperature": 1.0, "max_tokens": 200},
            "price_in": 1.0, "price_out": 10.0, "retries": 3, "timeout_s": 20.0}  # fmt: skip
    return ModelSpec(**(base | changes))


@asynccontextmanager
async def hub_of(
    server: Server | None,
    path: Path,
    *specs: ModelSpec,
    budget: Budget | None = None,
    env: dict[str, str] | None = None,
    backoff: Backoff = FAST,
) -> AsyncIterator[tuple[ModelHub, Ledger]]:
    transports = {"sim": httpx2.ASGITransport(server.app)} if server else {}
    async with Ledger.open(path / "ledger.sqlite") as ledger:
        hub = ModelHub(specs or (spec(),), ledger, budget or Budget(), transports, env, backoff)
        try:
            yield hub, ledger
        finally:
            await hub.aclose()


@asynccontextmanager
async def on_a_port(server: Server) -> AsyncIterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(server.app, log_level="error", lifespan="off"))
    task = asyncio.create_task(running.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        running.should_exit = True
        running.force_exit = True
        await task


def outcomes(folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as file:
        return Counter(row[0] for row in file.execute("SELECT outcome FROM attempts"))
