"""Single flight: equal calls that are asked for at the same time are made once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class SingleFlight(Generic[R]):
    """One piece of work per key at a time; the others wait and get its result or its error."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Future[R]] = {}

    async def run(self, key: str, work: Callable[[], Awaitable[R]]) -> R:
        """The result of `work`. When the one who flies is cancelled, a waiter takes over."""
        while (flight := self._flights.get(key)) is not None:
            await asyncio.wait([flight])
            if not flight.cancelled():
                return flight.result()
        return await self._fly(key, work)

    async def _fly(self, key: str, work: Callable[[], Awaitable[R]]) -> R:
        flight: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        try:
            result = await work()
        except asyncio.CancelledError:
            flight.cancel()
            raise
        except BaseException as error:
            flight.set_exception(error)
            flight.exception()  # seen: no warning when nobody waited
            raise
        else:
            flight.set_result(result)
            return result
        finally:
            del self._flights[key]
