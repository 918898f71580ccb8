"""How many requests may be out at one endpoint at once: found by trying, cut when the endpoint says so."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

START = 20
MAXIMUM = 100
CUT = 0.8
GROWTH = 1.05
COOL_DOWN_S = 15.0


class Limiter:
    """Adaptive limit for one endpoint and account.

    Slow start: after each clean round (as many successes as the limit, the limit in use) the limit doubles, until
    the first rate limit; from then on it grows by 5 % a round. A rate limit cuts it to 80 %, once an episode; an
    episode lasts 15 s, or the Retry-After if that is longer, and nothing grows meanwhile. Retry-After also holds
    back every new request until it is over. All requests wait in order of arrival.
    """

    def __init__(
        self,
        maximum: int = MAXIMUM,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._maximum = max(1, maximum)
        self._clock = clock
        self._sleep = sleep
        self._limit = float(min(START, self._maximum))
        self._slow_start = True
        self._episode_until = float("-inf")
        self._pause_until = float("-inf")
        self._round = 0
        self._full = False
        self._in_flight = 0
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """Requests that may be out now, 1 to the maximum."""
        return int(self._limit)

    @property
    def in_flight(self) -> int:
        """Requests that are out now."""
        return self._in_flight

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a place, hold it, give it back."""
        await self._acquire()
        try:
            await self._wait_out_pause()
            yield
        finally:
            self._in_flight -= 1
            self._wake()

    def succeeded(self) -> None:
        """An answer came. A round is over after as many answers as the limit allows at once."""
        if self._clock() < self._episode_until:
            return
        self._round += 1
        if self._round < self.limit:
            return
        if self._full:  # a limit that was never reached was never tried
            factor = 2.0 if self._slow_start else GROWTH
            self._limit = min(float(self._maximum), self._limit * factor)
        self._round, self._full = 0, False
        self._wake()

    def limited(self, retry_after: float | None = None) -> None:
        """The endpoint said 429 (or asked for a pause). Several within one episode cut once."""
        now = self._clock()
        if now >= self._episode_until:
            self._limit = max(1.0, self._limit * CUT)
            self._episode_until = now + COOL_DOWN_S
        if retry_after:
            self._pause_until = max(self._pause_until, now + retry_after)
            self._episode_until = max(self._episode_until, self._pause_until)
        self._slow_start, self._round, self._full = False, 0, False

    async def _wait_out_pause(self) -> None:
        while (left := self._pause_until - self._clock()) > 0:
            await self._sleep(left)

    async def _acquire(self) -> None:
        if not self._waiters and self._in_flight < self.limit:
            self._take()
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # a place was handed over just before
                self._in_flight -= 1
                self._wake()
            else:
                with suppress(ValueError):
                    self._waiters.remove(waiter)
            raise

    def _take(self) -> None:
        self._in_flight += 1
        if self._in_flight >= self.limit:
            self._full = True

    def _wake(self) -> None:
        while self._waiters and self._in_flight < self.limit:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._take()
                waiter.set_result(None)
