"""Growing a bank: everything is checked first, then opened, then the graph runs until a budget ends."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from cruxbank.app.carryover import carry_over
from cruxbank.app.checks import check_budget, check_kinds, check_languages, check_worlds
from cruxbank.app.clients import check_keys, check_reach, open_hub
from cruxbank.app.judge_identity import configured_calibration, identify_judge, local_reader
from cruxbank.app.languages import language_report
from cruxbank.app.one_judge import check_one_judge
from cruxbank.app.own_family import check_own_family
from cruxbank.app.roles import Cast
from cruxbank.app.runs import UNSCORED, Chosen, begin, choose_run, conclude, describe, now
from cruxbank.app.watching import canary_figures, watched
from cruxbank.config.settings import Settings
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import BudgetExhausted, StoreError, TooMuchUnscored
from cruxbank.graphs.context import GrowContext, RunIdentity
from cruxbank.graphs.events import EventLog, Events
from cruxbank.graphs.grow import build
from cruxbank.graphs.library import Library
from cruxbank.graphs.meter import Pulse
from cruxbank.graphs.stages import dearest_slot
from cruxbank.graphs.state import initial_state
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import Status, Topic
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.science.bandit import policy
from cruxbank.topics.reader import read_topics, seed_topics
from cruxbank.values.systems import ValueSystem, digest, load_system


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
    folder.ensure(encoder_id(encoder), system.id, digest(system))
    try:
        with folder.lock():
            record = Record.open(settings.memory.record_url or str(folder.record))
            try:
                check_one_judge(settings, system, record)
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
    check_kinds(settings)
    check_languages(settings)
    configured_calibration(settings, system)
    check_own_family(settings, system)
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
    run_folder = begin(folder, record, chosen, "grow")
    async with AsyncExitStack() as stack:
        hub, ledger = await stack.enter_async_context(
            open_hub(
                settings, folder.ledger, run.id, world=world, waiting=lambda n: listener.emit("waiting", requests=n)
            )
        )
        vectors = await VectorStore.open(settings.memory.chroma_url or str(folder.chroma), encoder_id(encoder))
        stack.push_async_callback(vectors.close)
        library = Library(
            record,
            vectors,
            encoder,
            run.id,
            topics,
            duplicates=settings.duplicate_rule,
            languages=settings.languages,
        )
        await library.prepare()
        cast = Cast(settings, hub, encoder, pulse, run.seed)
        events = EventLog(run_folder / "events.jsonl", now, (listener,))
        context = _context(settings, run, system, cast, library, events)
        describe(run_folder, settings, context.prompts)
        await asyncio.to_thread(context.yardstick.learn, await library.news())
        await _announce(context, chosen, len(settings.panels.scoring))
        saver = await stack.enter_async_context(_checkpoints(settings, folder))
        reason, code = await _walk(context, record.next_slot(run.id), saver)
        result = {**await _figures(context, record), "exit_code": code, "reason": reason, "resumed": chosen.resumed}
        result |= {"report": str(run_folder / "report.html"), "paid": (await ledger.summary()).model_dump()}
    record.finish_run(run.id, reason, finished_at=now(), payload=json.dumps(_kept(result)))
    conclude(run_folder, result)
    await asyncio.to_thread(_report, record, run.id, settings, run_folder / "report.html")
    context.events.emit("canaries", **result["canaries"])
    context.events.emit("run_ended", reason=reason, exit_code=code)
    return result


def _context(
    settings: Settings, run: RunIdentity, system: ValueSystem, cast: Cast, library: Library, events: Events
) -> GrowContext:
    return GrowContext(
        settings=settings,
        run=run,
        system=system,
        generator=cast.generator(),
        critic=cast.critic(),
        judge=watched(cast.judge(), settings, system, run.seed),
        judge_digest=identify_judge(settings, system).digest,
        local_reader=local_reader(settings, system),
        panel=cast.panel(),
        library=library,
        yardstick=Yardstick(settings, system.ids, run.seed),
        policy=policy(settings.topics.policy),
        events=events,
        prompts=cast.prompts(),
        expander=cast.expander(),
        translator=cast.translator(),
    )


async def _figures(context: GrowContext, record: Record) -> dict[str, Any]:
    """What the bank and the run came to."""
    settings, run = context.settings, context.run
    best = await asyncio.to_thread(record.items, Status.OPERATIONAL, limit=1)
    spoken = await asyncio.to_thread(language_report, record, context.yardstick, settings, context.system.ids)
    return {
        **await context.library.figures(),
        "origin": run.origin,
        "bank": str(settings.bank),
        "best_item": best[0].id if best else None,
        "next_slot": dearest_slot(settings),
        "carry_over": (await asyncio.to_thread(carry_over, record, context.yardstick)).model_dump(),
        "languages": spoken.model_dump() if spoken else None,
        "canaries": canary_figures(record, run.id, settings),
    }


def _kept(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's figures over the whole bank were when it ended."""
    return {name: result[name] for name in ("carry_over", "languages")}


def _report(record: Record, run: str, settings: Settings, out: Path) -> None:
    from cruxbank.report.page import run_report

    run_report(record, run, settings, out, generated_at=now())


async def _announce(context: GrowContext, chosen: Chosen, panel: int) -> None:
    figures = await context.library.figures()
    unread = list(context.library.unread)
    said = {"resumed": chosen.resumed, "after": chosen.after, "changed": chosen.changed, "unread": unread}
    context.events.emit("run_started", **said, origin=context.run.origin, panel=panel, **figures)


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
