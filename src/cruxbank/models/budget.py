"""The hard cap on new money, calls and tokens. Cache hits cost nothing here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cruxbank.errors import BudgetExhausted, ConfigError
from cruxbank.items import Usage
from cruxbank.models.ledger_queries import Spent

_SLACK = 1e-9
"""USD are sums of floats."""


@dataclass(frozen=True)
class Reservation:
    """The worst that one request can cost."""

    tokens: int
    usd: float


class Budget:
    """Caps on requests, tokens (input and output together) and USD; None is no cap.

    A request reserves the worst it can cost before it is sent and settles at what it did cost. A request that does
    not fit beside those in flight waits for them to settle; one that does not fit beside what is spent is refused.
    `spent` is what an earlier process of the same run paid (`Ledger.spent`).
    """

    def __init__(
        self, calls: int | None = None, tokens: int | None = None, usd: float | None = None, spent: Spent | None = None
    ) -> None:
        for name, cap in (("calls", calls), ("tokens", tokens), ("usd", usd)):
            if cap is not None and cap <= 0:
                raise ConfigError(
                    f"budget.{name}: {cap} is not positive", hint="give a number above 0, or leave it out"
                )
        self._caps = {"calls": calls, "tokens": tokens, "usd": usd}
        start = spent or Spent()
        self._spent: dict[str, float] = {"calls": start.calls, "tokens": start.tokens, "usd": start.usd}
        self._held: dict[str, float] = {"calls": 0, "tokens": 0, "usd": 0.0}
        self._settled = asyncio.Event()

    @property
    def spent(self) -> Spent:
        """What has been paid so far."""
        return Spent(calls=int(self._spent["calls"]), tokens=int(self._spent["tokens"]), usd=self._spent["usd"])

    async def reserve(self, tokens: int, usd: float) -> Reservation:
        """Hold the worst case of one request.

        Raises:
            BudgetExhausted: it does not fit into what is left, even if everything in flight cost nothing.
        """
        want = {"calls": 1.0, "tokens": float(tokens), "usd": usd}
        while True:
            self._refuse_if_over(want)
            if self._over(want, held=True) is None:
                break
            self._settled.clear()
            await self._settled.wait()
        for name, amount in want.items():
            self._held[name] += amount
        return Reservation(tokens, usd)

    def settle(self, reservation: Reservation, usage: Usage, usd: float) -> None:
        """The request was answered and cost this."""
        self._release(reservation)
        self._pay(usage.input_tokens + usage.output_tokens, usd)

    def settle_unknown(self, reservation: Reservation) -> None:
        """The request may have been served: it counts as reserved."""
        self._release(reservation)
        self._pay(reservation.tokens, reservation.usd)

    def cancel(self, reservation: Reservation) -> None:
        """The request was refused by the endpoint, or not sent: it costs nothing."""
        self._release(reservation)

    def _release(self, reservation: Reservation) -> None:
        self._held["calls"] -= 1
        self._held["tokens"] -= reservation.tokens
        self._held["usd"] -= reservation.usd
        self._settled.set()

    def _pay(self, tokens: int, usd: float) -> None:
        self._spent["calls"] += 1
        self._spent["tokens"] += tokens
        self._spent["usd"] += usd

    def _over(self, want: dict[str, float], *, held: bool) -> str | None:
        for name, cap in self._caps.items():
            used = self._spent[name] + (self._held[name] if held else 0)
            if cap is not None and used + want[name] > cap + _SLACK:
                return name
        return None

    def _refuse_if_over(self, want: dict[str, float]) -> None:
        name = self._over(want, held=False)
        if name is not None:
            used, cap = self._spent[name], self._caps[name]
            message = f"budget.{name}: {used:g} of {cap:g} used, the next call needs up to {want[name]:g}"
            raise BudgetExhausted(message, hint="raise the budget; the same command goes on")
