"""The one writer of the ledger: a thread that commits whatever arrived within a few milliseconds as one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cruxbank.models.ledger_schema import store_error

R = TypeVar("R")
Work = Callable[[sqlite3.Connection], Any]
LINGER_S = 0.002
"""How long a transaction waits for company. With one fsync a caller waits well under 10 ms."""
MAX_GROUP = 500
OF_ONE_JOB = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
"""Errors of SQLite that come from what was written. All others come from the file or the disk."""


@dataclass
class _Job:
    work: Work
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[Any] | None
    result: Any = None
    error: Exception | None = None


class Writer:
    """Owns the writing connection. `submit` returns after the commit; `post` does not wait."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="cruxbank-ledger", daemon=True)
        self._thread.start()

    async def submit(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """Run `work` inside a group's transaction; its result after the commit.

        Raises:
            StoreError: the transaction could not be committed (nothing of the group was written), or SQLite refused
                this job (nothing of it was written).
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._jobs.put(_Job(work, loop, future))
        return await future

    def post(self, work: Work) -> None:
        """Run `work` in some later group. For callers that are being cancelled and cannot wait."""
        self._jobs.put(_Job(work, None, None))

    async def close(self) -> None:
        """Commit what is queued, then close the file."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        open_ = True
        while open_:
            jobs, open_ = self._gather()
            if jobs:
                self._commit(jobs)
        self._connection.close()

    def _gather(self) -> tuple[list[_Job], bool]:
        job = self._jobs.get()
        if job is None:
            return [], False
        time.sleep(LINGER_S)
        jobs = [job]
        with contextlib.suppress(queue.Empty):
            while len(jobs) < MAX_GROUP:
                job = self._jobs.get_nowait()
                if job is None:
                    return jobs, False
                jobs.append(job)
        return jobs, True

    def _commit(self, jobs: list[_Job]) -> None:
        error: Exception | None = None
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._do(job)
            self._connection.execute("COMMIT")
        except sqlite3.Error as problem:
            error = store_error(self._path, problem)
        except Exception as problem:  # noqa: BLE001 - a dead writer would leave every caller waiting for ever
            error = problem
        if error is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            for job in jobs:
                job.error = error
        self._deliver(jobs)

    def _do(self, job: _Job) -> None:
        """One job in a savepoint of its own: what is wrong with it alone must not undo its neighbours' paid answers."""
        self._connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(self._connection)
        except Exception as problem:
            if isinstance(problem, sqlite3.Error) and not isinstance(problem, OF_ONE_JOB):
                raise  # the disk or the file: it is everybody's
            self._connection.execute("ROLLBACK TO job")
            job.error = store_error(self._path, problem) if isinstance(problem, sqlite3.Error) else problem
        self._connection.execute("RELEASE job")

    @staticmethod
    def _deliver(jobs: list[_Job]) -> None:
        """Wake the callers: one call into the event loop a group, not one a job."""
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = defaultdict(list)
        for job in jobs:
            if job.loop is not None:
                by_loop[job.loop].append(job)
        for loop, group in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(_resolve, group)


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future is None or job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
