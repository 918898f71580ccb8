"""A judge at work outside of a run: the configured chain over the ledger, batch after batch, within the budget."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cruxbank.agents.cascade import Weigher
from cruxbank.agents.roles import Judge, Read
from cruxbank.app.checks import check_worlds
from cruxbank.app.clients import check_keys, check_reach, open_hub
from cruxbank.app.roles import Cast
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.encoder import load_encoder
from cruxbank.errors import ConfigError
from cruxbank.graphs.events import Events
from cruxbank.graphs.meter import Pulse
from cruxbank.items import Outcome, Response, Verdict
from cruxbank.memory.bank import BankFolder
from cruxbank.science.arrays import Array
from cruxbank.values.systems import ValueSystem

BATCH = 64
"""Responses between two lines of progress."""


@dataclass(frozen=True)
class Bench:
    """A judge, ready to read; `paid` counts what its calls cost."""

    judge: Judge
    system: ValueSystem
    paid: Pulse


@dataclass(frozen=True)
class Taken:
    """Verdicts in the order of the responses; scores (n, D) with NaN where there are none, None from judges without."""

    verdicts: tuple[Verdict, ...]
    scores: Array | None
    calls: int


@asynccontextmanager
async def judge_at_work(settings: Settings, system: ValueSystem, ledger: Path, session: str) -> AsyncIterator[Bench]:
    """The configured judge over `ledger`.

    Raises:
        CruxbankError: a key or an endpoint is missing.
    """
    async with cast_at_work(settings, ledger, session, settings.judges) as (cast, pulse):
        yield Bench(cast.judge(), system, pulse)


@asynccontextmanager
async def cast_at_work(
    settings: Settings, ledger: Path, session: str, models: Sequence[str]
) -> AsyncIterator[tuple[Cast, Pulse]]:
    """Roles over `ledger`, and what their calls cost; `models` are those that will be called. Nothing is recovered
    there: a `grow` may be running beside us.

    Raises:
        CruxbankError: a key or an endpoint is missing.
    """
    called = [model for model in models if model != LOCAL]
    check_worlds(settings)
    check_keys(settings, os.environ, called)
    await check_reach(settings, called)
    encoder = load_encoder(settings.memory.encoder, threads=os.cpu_count() or 1)
    try:
        async with open_hub(settings, ledger, session, recover=False) as (hub, _):
            pulse = Pulse()
            yield Cast(settings, hub, encoder, pulse, settings.seed), pulse
    finally:
        encoder.close()


def ledger_for(settings: Settings, out: Path) -> Path:
    """The bank's ledger where there is a bank, so that no answer is paid twice; else one in the output folder."""
    folder = BankFolder(settings.bank)
    return folder.ledger if folder.exists else out / "ledger.sqlite"


def check_affordable(settings: Settings, texts: int, readings: int = 1) -> int:
    """The calls that reading so many texts so often needs.

    Raises:
        ConfigError: budget.calls is below that: half a calibration is none.
    """
    calls = texts * readings * len(settings.first_judges)
    check_calls(settings, calls, f"reading {texts} texts with {settings.agents.judge}", "fewer texts")
    return calls


def check_calls(settings: Settings, calls: int, work: str, less: str) -> None:
    """`work` needs so many calls; `less` is the other way out.

    Raises:
        ConfigError: budget.calls is below that.
    """
    have = settings.budget.calls
    if have is not None and have < calls:
        message = f"budget.calls: {have}, {work} needs {calls}"
        raise ConfigError(message, hint=f"give --budget-calls {calls} or more, or {less}")


async def take(bench: Bench, responses: Sequence[Response], listener: Events) -> Taken:
    """Every response read, in batches; the listener hears `texts_read` after each.

    Raises:
        EndpointError, BudgetExhausted, StoreError: from the seam; what was paid is in the ledger, the same command
            goes on with it.
    """
    verdicts: list[Verdict] = []
    scores: list[Array] = []
    calls = 0
    for start in range(0, len(responses), BATCH):
        part = responses[start : start + BATCH]
        read, found = await _batch(bench, part)
        verdicts += read.verdicts
        calls += read.calls
        scores.append(found)
        unscored = sum(v.state == "unscored" for v in verdicts)
        listener.emit(
            "texts_read", done=len(verdicts), of=len(responses), unscored=unscored, calls=calls, usd=bench.paid.usd
        )
    whole = np.concatenate(scores) if scores else np.zeros((0, len(bench.system.ids)))
    return Taken(tuple(verdicts), None if np.isnan(whole).all() else whole, calls)


async def _batch(bench: Bench, part: Sequence[Response]) -> tuple[Read, Array]:
    judge, system = bench.judge, bench.system
    if isinstance(judge, Weigher):
        weights = await judge.weigh(part, system)
        verdicts = tuple(judge.verdict(r, w, system) for r, w in zip(part, weights, strict=True))
        blank = np.full(len(system.ids), np.nan)
        rows = [blank if w is None else np.asarray(w, dtype=np.float64) for w in weights]
        return Read(verdicts=verdicts), np.array(rows).reshape(len(part), -1)
    read = await judge.read(part, system)
    return read, np.array([_shares(v, system) for v in read.verdicts]).reshape(len(part), -1)


def _shares(verdict: Verdict, system: ValueSystem) -> list[float]:
    """Of a jury: the share of the members with a reading that see the value; NaN from a single judge."""
    votes = [vote for vote in verdict.votes if vote.state == "scored"]
    if not votes or verdict.state != "scored":
        return [float("nan")] * len(system.ids)
    seen = [[vote.outcomes.get(d, Outcome.ABSENT) is not Outcome.ABSENT for vote in votes] for d in system.ids]
    return [sum(row) / len(votes) for row in seen]
