"""Counts what a slot spends: every answer that passes the seam is booked on the slot that asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from pydantic import BaseModel

from cruxbank.accuracy import CanaryReading
from cruxbank.graphs.outcome import Spent
from cruxbank.items import Answer, CallScope, RenderedPrompt
from cruxbank.models.seam import ModelClient

T = TypeVar("T", bound=BaseModel)


class Meter:
    """The running account of one slot."""

    def __init__(self) -> None:
        self.spent = Spent()
        self._canaries: list[CanaryReading] = []

    @property
    def canaries(self) -> tuple[CanaryReading, ...]:
        """Known answers that the judge met, in an order that does not depend on which reading came first."""
        return tuple(sorted(self._canaries, key=lambda reading: reading.model_dump_json()))

    def note(self, reading: CanaryReading) -> None:
        """Add one known answer."""
        self._canaries.append(reading)

    def book(self, scope: CallScope, answer: Answer[T]) -> None:
        """Add one answer."""
        calls = {"respond": "examinee", "judge": "judge"}.get(scope.purpose, "agents")
        tokens = answer.usage.input_tokens + answer.usage.output_tokens
        self.spent = self.spent.plus(Spent(**{calls: answer.calls}, tokens=tokens, usd=answer.usd))


_current: ContextVar[Meter | None] = ContextVar("slot_meter", default=None)


@contextmanager
def metering(meter: Meter) -> Iterator[Meter]:
    """Book every answer inside this block, and in the tasks it starts, on `meter`."""
    token = _current.set(meter)
    try:
        yield meter
    finally:
        _current.reset(token)


def note_canary(reading: CanaryReading) -> None:
    """Put a known answer on the account of the slot or batch that met it."""
    meter = _current.get()
    if meter is not None:
        meter.note(reading)


class Pulse:
    """How a run is doing right now, for whoever looks on: answers so far, calls in flight, money."""

    def __init__(self) -> None:
        self.calls = 0
        self.in_flight = 0
        self.usd = 0.0


class Metered:
    """A ModelClient that books its answers on the current slot's meter and on the run's pulse."""

    def __init__(self, inner: ModelClient, pulse: Pulse) -> None:
        self._inner = inner
        self._pulse = pulse

    @property
    def id(self) -> str:
        """The model id."""
        return self._inner.id

    @property
    def family(self) -> str:
        """The model's family."""
        return self._inner.family

    async def ask(self, prompt: RenderedPrompt, answer: type[T], scope: CallScope) -> Answer[T]:
        """Ask the inner client and book what it cost."""
        self._pulse.in_flight += 1
        try:
            given = await self._inner.ask(prompt, answer, scope)
        finally:
            self._pulse.in_flight -= 1
        self._pulse.calls += given.calls
        self._pulse.usd += given.usd
        meter = _current.get()
        if meter is not None:
            meter.book(scope, given)
        return given
