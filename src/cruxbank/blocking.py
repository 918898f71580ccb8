"""Running a coroutine to its end from ordinary code, also where an event loop already runs (a notebook)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
Handle = tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]


def run_blocking(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of `start()`, awaited in this thread, or in a thread of its own where this one has a running loop.

    An interrupt (Ctrl-C, a notebook's stop button) cancels the coroutine and waits until it has let go of its files.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(start())
    handle: Future[Handle] = Future()
    with ThreadPoolExecutor(1, thread_name_prefix="cruxbank") as pool:
        done = pool.submit(lambda: asyncio.run(_tracked(start, handle)))
        try:
            return done.result()
        except BaseException:
            if not done.done():
                loop, task = handle.result()
                loop.call_soon_threadsafe(task.cancel)
            raise


async def _tracked(start: Callable[[], Coroutine[Any, Any, T]], handle: Future[Handle]) -> T:
    task = asyncio.current_task()
    if task is not None:
        handle.set_result((asyncio.get_running_loop(), task))
    return await start()
