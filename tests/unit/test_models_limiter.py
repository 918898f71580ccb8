"""The adaptive limiter, on a clock of our own."""

from __future__ import annotations

import asyncio

import pytest

from cruxbank.models.limiter import Limiter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock, maximum: int = 100) -> Limiter:
    return Limiter(maximum, clock=clock, sleep=clock.sleep)


async def full_round(limit: Limiter) -> None:
    """As many calls as the limit allows, all at once, all answered."""

    async def call() -> None:
        async with limit.slot():
            await asyncio.sleep(0)

    width = limit.limit
    await asyncio.gather(*(call() for _ in range(width)))
    for _ in range(width):
        limit.succeeded()


async def test_it_starts_at_twenty_and_doubles_while_nothing_goes_wrong(clock: Clock) -> None:
    limit = limiter(clock)
    seen = [limit.limit]
    for _ in range(4):
        await full_round(limit)
        seen.append(limit.limit)
    assert seen == [20, 40, 80, 100, 100]


async def test_a_small_maximum_is_the_start(clock: Clock) -> None:
    assert limiter(clock, 4).limit == 4


async def test_a_limit_that_was_never_reached_does_not_grow(clock: Clock) -> None:
    limit = limiter(clock)
    for _ in range(100):
        async with limit.slot():
            limit.succeeded()
    assert limit.limit == 20


async def test_an_episode_cuts_once_and_then_it_grows_by_a_twentieth(clock: Clock) -> None:
    limit = limiter(clock)
    await full_round(limit)
    for _ in range(7):
        limit.limited()
    assert limit.limit == 32  # 0.8 * 40, once
    await full_round(limit)
    assert limit.limit == 32  # nothing grows within the 15 s
    clock.now += 14.9
    limit.limited()
    assert limit.limit == 32
    clock.now += 0.2
    await full_round(limit)
    assert limit.limit == 33  # 32 * 1.05 = 33.6: no doubling any more
    limit.limited()
    assert limit.limit == 26  # 33.6 * 0.8 = 26.88: a new episode


async def test_the_limit_never_falls_below_one(clock: Clock) -> None:
    limit = limiter(clock, 2)
    for _ in range(20):
        limit.limited()
        clock.now += 16
    assert limit.limit == 1


async def test_retry_after_holds_back_every_request_and_extends_the_episode(clock: Clock) -> None:
    limit = limiter(clock)
    limit.limited(retry_after=40.0)
    async with limit.slot():
        assert clock.now == 1040.0
    assert clock.slept == [40.0]
    clock.now = 1039.0
    limit.limited()
    assert limit.limit == 16  # still the first episode, 39 s later


async def test_no_more_than_the_limit_are_out_and_order_is_kept(clock: Clock) -> None:
    limit = limiter(clock, 3)
    out, most, order = 0, 0, []

    async def call(i: int) -> None:
        nonlocal out, most
        async with limit.slot():
            order.append(i)
            out += 1
            most = max(most, out)
            await asyncio.sleep(0)
            out -= 1

    await asyncio.gather(*(call(i) for i in range(50)))
    assert most == 3
    assert order == list(range(50))
    assert limit.in_flight == 0


async def test_a_cancelled_waiter_leaves_no_hole(clock: Clock) -> None:
    limit = limiter(clock, 1)

    async def hold() -> None:
        async with limit.slot():
            await asyncio.sleep(3600)

    first = asyncio.create_task(hold())
    waiting = [asyncio.create_task(hold()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.sleep(0)
    first.cancel()  # hands its place to waiting[0] ...
    await asyncio.sleep(0)
    waiting[0].cancel()  # ... which is cancelled with the place in its hands
    await asyncio.gather(first, *waiting[:2], return_exceptions=True)
    await asyncio.sleep(0)
    assert limit.in_flight == 1
    waiting[2].cancel()
    await asyncio.gather(waiting[2], return_exceptions=True)
    assert limit.in_flight == 0
