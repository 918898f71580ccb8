"""The ledger: every model call ever paid for. Cache, bill, provenance and resume point at once (CONTRACTS 6)."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from cruxbank.items import FailureReason
from cruxbank.models import ledger_queries as queries
from cruxbank.models.calls import Reply, Request
from cruxbank.models.flight import SingleFlight
from cruxbank.models.ledger_queries import LedgerSummary, Spent
from cruxbank.models.ledger_schema import connect, store_error
from cruxbank.models.ledger_writer import Writer

R = TypeVar("R")


class Ledger:
    """SQLite behind one writing and one reading thread, so that the event loop never waits for a disk.

    Order of one call: `attempt` (committed before the request is sent), then `commit` or `fail`.
    `flight` keeps equal calls of one process together.
    """

    def __init__(
        self,
        path: Path,
        session: str,
        *,
        recover: bool,
        clock: Callable[[], float],
        first: Callable[[], None] | None = None,
    ) -> None:
        self._path = path
        self._session = session
        self._first = first
        self._clock = clock
        self._writer = Writer(connect(path, recover=recover), path)
        self._reading = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="cruxbank-ledger-read")
        self.flight: SingleFlight[Reply] = SingleFlight()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        session: str = "",
        recover: bool = True,
        clock: Callable[[], float] = time.time,
        first: Callable[[], None] | None = None,
    ) -> AsyncIterator[Ledger]:
        """Open the ledger, made when absent. `session` names who pays (a run's folder): see `spent`.

        With `recover` attempts that a killed process left open become `unknown`; turn it off beside a running `grow`.
        `first` is called before the first request of this process is written down; never where the ledger has all answers.

        Raises:
            StoreError: the file cannot be opened or written, or is no ledger of this version.
        """
        ledger = await asyncio.to_thread(cls, path, session, recover=recover, clock=clock, first=first)
        try:
            yield ledger
        finally:
            await ledger.close()

    async def close(self) -> None:
        """Commit what is queued and close the file."""
        await self._writer.close()
        self._reader.shutdown(wait=True)
        self._reading.close()

    async def lookup(self, key: str) -> Reply | None:
        """The committed answer with this key, or None."""
        return await self._read(lambda c: queries.lookup(c, key))

    async def attempt(self, request: Request, key: str, *, tokens: int, usd: float) -> int:
        """Record a request before it is sent, with the worst it can cost. Returns the attempt's number."""
        if self._first is not None:
            self._first()
            self._first = None
        at = self._clock()
        try:
            return await self._writer.submit(
                lambda c: queries.write_attempt(c, request, key, self._session, at, tokens, usd)
            )
        except asyncio.CancelledError:
            self._writer.post(lambda c: queries.write_not_sent(c, key))
            raise

    async def commit(self, key: str, number: int, reply: Reply) -> None:
        """Record an answer; on return it is on the disk and will never be requested again."""
        at = self._clock()
        await self._writer.submit(lambda c: queries.write_answer(c, key, number, reply, at))

    async def fail(self, key: str, number: int, error: str, *, billed: bool) -> None:
        """Record that an attempt gave nothing. `billed`: it may have been served (timeout, reset)."""
        await self._writer.submit(lambda c: queries.write_failure(c, key, number, error, billed=billed))

    async def give_up(self, key: str, reason: FailureReason) -> None:
        """Record that a call failed after its retries; a later run asks again."""
        await self._writer.submit(lambda c: queries.write_given_up(c, key, reason))

    def abandon(self, key: str, number: int) -> None:
        """Record, without waiting, that the caller was cancelled while the request was out."""
        self._writer.post(lambda c: queries.write_failure(c, key, number, "cancelled", billed=True))

    async def summary(self) -> LedgerSummary:
        """The bill over all sessions."""
        return await self._read(queries.summary)

    async def spent(self) -> Spent:
        """What this session cost so far, over all its processes: where a budget of new money goes on."""
        return await self._read(lambda c: queries.spent(c, self._session))

    async def _read(self, query: Callable[[sqlite3.Connection], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, query, self._reading)
        except sqlite3.Error as error:
            raise store_error(self._path, error) from error
