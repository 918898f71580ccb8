"""Growing a bank: everything is checked first, then opened, then the graph runs until a budget ends."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from cruxbank.app.carryover import carry_over
from cruxbank.app.checks import check_budget, check_judge, check_languages, check_worlds
from cruxbank.app.clients import check_keys, check_reach, open_hub
from cruxbank.app.roles import Cast
from cruxbank.app.runs import UNSCORED, Chosen, choose_run, conclude, describe, now
from cruxbank.config.settings import Settings
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import BudgetExhausted, StoreError, TooMuchUnscored
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.events import EventLog, Events
from cruxbank.graphs.grow import build
from cruxbank.graphs.library import Library
from cruxbank.graphs.meter import Pulse
from cruxbank.graphs.state import initial_state
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import Topic
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.science.bandit import policy
from cruxbank.topics.reader import read_topics, seed_topics
from cruxbank.values.systems import ValueSystem, load_system


def grow_bank(settings: Settings, listener: Events, pulse: Pulse, *, world: int = 0) -> dict[str, Any]:
    """Grow the bank until a budget ends; returns the figures of the run.

    Raises:
        CruxbankError: bad input, an environment that is not ready, or endpoints that refuse.
    """
    return asyncio.run(agrow_bank(settings, listener, pulse, world=world))


async def agrow_bank(settings: Settings, listener: Events, pulse: Pulse, *, world: int = 0) -> dict[str, Any]:
    """The same inside a running event loop (a notebook)."""
    system, topics = await preflight(settings)
    encoder = load_encoder(settings.memory.encoder, threads=os.cpu_count() or 1)
    folder = BankFolder(settings.bank)
    folder.ensure(encoder_id(encoder), system.id)
    try:
        with folder.lock():
            record = Record.open(settings.memory.record_url or str(folder.record))
            try:
                return await _run(settings, system, topics, encoder, folder, record, listener, pulse, world)
            finally:
                record.close()
    finally:
        encoder.close()


async def preflight(settings: Settings) -> tuple[ValueSystem, tuple[Topic, ...]]:
    """Everything that can be known to fail before anything is written or paid.

    Raises:
        CruxbankError: one line that names the thing and the way out.
    """
    system = load_system(settings.values)
    check_languages(settings)
    check_judge(settings, system)
    file = settings.topics.file
    topics = read_topics(file, settings.topics.column, settings.languages[0]) if file else seed_topics()
    check_budget(settings)
    check_worlds(settings)
    check_keys(settings, os.environ)
    await check_reach(settings)
    return system, topics


async def _run(
    settings: Settings,
    system: ValueSystem,
    topics: tuple[Topic, ...],
    encoder: Encoder,
    folder: BankFolder,
    record: Record,
    listener: Events,
    pulse: Pulse,
    world: int,
) -> dict[str, Any]:
    chosen = choose_run(settings, record, topics)
    run = chosen.identity
    run_folder = folder.run_folder(run.id)
    record.begin_run(run.id, chosen.hash, seed=run.configured_seed, started_at=now())
    record.finish_run(run.id, "running")
    async with AsyncExitStack() as stack:
        hub, ledger = await stack.enter_async_context(
            open_hub(
                settings, folder.ledger, run.id, world=world, waiting=lambda n: listener.emit("waiting", requests=n)
            )
        )
        vectors = await VectorStore.open(settings.memory.chroma_url or str(folder.chroma), encoder_id(encoder))
        stack.push_async_callback(vectors.close)
        library = Library(record, vectors, encoder, run.id, topics, duplicates=settings.duplicate_rule)
        await library.prepare()
        cast = Cast(settings, hub, encoder, pulse, run.seed)
        context = GrowContext(
            settings=settings,
            run=run,
            system=system,
            generator=cast.generator(),
            critic=cast.critic(),
            judge=cast.judge(),
            panel=cast.panel(),
            library=library,
            yardstick=Yardstick(settings, system.ids, run.seed),
            policy=policy(settings.topics.policy),
            events=EventLog(run_folder / "events.jsonl", now, (listener,)),
            prompts=cast.prompts(),
            expander=cast.expander(),
        )
        describe(run_folder, settings, context.prompts)
        await asyncio.to_thread(context.yardstick.learn, await library.news())
        await _announce(context, chosen, len(settings.panels.scoring))
        saver = await stack.enter_async_context(_checkpoints(settings, folder))
        reason, code = await _walk(context, record.next_slot(run.id), saver)
        result = {**await library.figures(), "reason": reason, "origin": run.origin, "bank": str(settings.bank)}
        result["report"] = str(run_folder / "report.html")
        result |= {"exit_code": code, "resumed": chosen.resumed, "paid": (await ledger.summary()).model_dump()}
        carry = await asyncio.to_thread(carry_over, record, context.yardstick)
        result["carry_over"] = carry.model_dump()
    record.finish_run(run.id, reason, finished_at=now(), payload=json.dumps({"carry_over": result["carry_over"]}))
    conclude(run_folder, result)
    await asyncio.to_thread(_report, record, run.id, settings, run_folder / "report.html")
    context.events.emit("run_ended", reason=reason, exit_code=code)
    return result


def _report(record: Record, run: str, settings: Settings, out: Path) -> None:
    from cruxbank.report import run_report

    run_report(record, run, settings, out, generated_at=now())


async def _announce(context: GrowContext, chosen: Chosen, panel: int) -> None:
    figures = await context.library.figures()
    context.events.emit("run_started", resumed=chosen.resumed, origin=context.run.origin, panel=panel, **figures)


async def _walk(context: GrowContext, first: int, saver: Any) -> tuple[str, int]:
    """Run the graph to its end; a hard cap that stops it in the middle of a round is an end too."""
    graph = build().compile(checkpointer=saver)
    config: Any = {"configurable": {"thread_id": context.run.id}, "recursion_limit": 1_000_000}
    from langsmith.run_helpers import tracing_context

    try:
        with tracing_context(enabled=False):  # LangGraph would send texts away when LANGSMITH_TRACING is set
            final = await graph.ainvoke(initial_state(context.run.id, first), config, context=context)
    except BudgetExhausted as error:
        return f"budget: {error.message}", 0
    except TooMuchUnscored as error:
        return f"{UNSCORED}{error}", error.exit_code
    return str(final["stop"]), 0


@asynccontextmanager
async def _checkpoints(settings: Settings, folder: BankFolder) -> AsyncIterator[Any]:
    """Where the graph keeps its place; what this database refuses while the graph runs becomes a StoreError.

    Everything else that lies in SQLite translates its own errors, so a raw one can only come from here.
    """
    url = settings.memory.record_url or ""
    if url.startswith("postgresql"):
        async with _postgres_checkpoints(url) as saver:
            yield saver
        return
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    try:
        async with AsyncSqliteSaver.from_conn_string(str(folder.checkpoints)) as saver:
            yield saver
    except sqlite3.Error as error:
        hint = "free space on this disk, or check the permissions; a damaged file can be deleted: it is made again"
        raise StoreError(f"checkpoints {folder.checkpoints}: {error}", hint=hint) from error


@asynccontextmanager
async def _postgres_checkpoints(url: str) -> AsyncIterator[Any]:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg import Error

    try:
        async with AsyncPostgresSaver.from_conn_string(url.replace("postgresql+psycopg://", "postgresql://")) as saver:
            await saver.setup()
            yield saver
    except Error as error:
        hint = "check that the database server runs and memory.record_url"
        raise StoreError(f"checkpoints in memory.record_url: {error}", hint=hint, retryable=True) from error
