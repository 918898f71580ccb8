"""The one retry layer."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cruxbank.models.faults import Fault

if TYPE_CHECKING:
    from tenacity import RetryCallState

R = TypeVar("R")


@dataclass(frozen=True)
class Backoff:
    """Waits between attempts: full jitter on an exponential, never shorter than Retry-After.

    An endpoint that asks for more than `patience_s` is given up: a run that sleeps for an hour looks hung.
    """

    first_s: float = 0.5
    longest_s: float = 60.0
    patience_s: float = 300.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic

    def wait_s(self, state: RetryCallState) -> float:
        """Seconds before the next attempt."""
        error = state.outcome.exception() if state.outcome else None
        ceiling = min(self.longest_s, self.first_s * 2 ** (state.attempt_number - 1))
        asked = error.retry_after if isinstance(error, Fault) else None
        return (asked or 0.0) + random.uniform(ceiling / 2, ceiling)

    def worth(self, error: BaseException) -> bool:
        """Whether another attempt may succeed."""
        return isinstance(error, Fault) and error.retryable and (error.retry_after or 0.0) <= self.patience_s


async def with_retries(work: Callable[[], Awaitable[R]], retries: int, backoff: Backoff) -> R:
    """The result of `work`, tried at most 1 + `retries` times; the last error when none succeeded."""
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

    retrying = AsyncRetrying(
        stop=stop_after_attempt(1 + retries),
        retry=retry_if_exception(backoff.worth),
        wait=backoff.wait_s,
        sleep=backoff.sleep,
        reraise=True,
    )

    async def once() -> R:  # tenacity awaits coroutine functions only, not what returns a coroutine
        return await work()

    return await retrying(once)
