"""Requests that are out: each is finished and written down, whatever happens to the one who asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cruxbank.models.calls import Reply


class Outgoing:
    """The tasks that send and commit, by the key of their call. A hub has one; it lives as long as its HTTP clients.

    A request that was sent is paid. When a sibling fails, or the run is stopped, the caller is cancelled, but the
    answer still comes: it is committed by the task here, and the next run has it for nothing.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Reply]] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether nothing more may be sent."""
        return self._closed

    async def finish(self, key: str, work: Coroutine[Any, Any, Reply]) -> Reply:
        """The result of `work`, which goes on when the caller is cancelled. One piece of work per key at a time."""
        task = asyncio.create_task(work)
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def settled(self, key: str) -> None:
        """Wait until no request with this key is out: its caller may be gone and its answer on the way."""
        while (task := self._tasks.get(key)) is not None:
            await asyncio.wait([task])
            await asyncio.sleep(0)  # `_forget` runs after the waiters when it was added after them

    async def drain(self, waiting: Callable[[int], None] | None = None) -> None:
        """Let nothing more out, and wait for what is out; each request has its own timeout.

        A cancellation while it waits (a second Ctrl-C) gives up: what is out is cancelled and billed as reserved.
        `waiting` is told once how many are out, so that somebody can say why nothing happens.
        """
        self._closed = True
        if self._tasks and waiting is not None:
            waiting(len(self._tasks))
        try:
            while self._tasks:
                await asyncio.wait(list(self._tasks.values()))
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            left = list(self._tasks.values())
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            raise

    def _forget(self, key: str, task: asyncio.Task[Reply]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled():
            task.exception()  # seen: no warning when the caller is gone
