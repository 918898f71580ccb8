"""Measuring a bank again: everything is checked first, then opened, then batch after batch until a budget ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from cruxbank.app.checks import check_languages, check_worlds
from cruxbank.app.clients import check_keys, check_reach, open_hub
from cruxbank.app.judge_identity import identify_judge, local_reader
from cruxbank.app.looking import open_record
from cruxbank.app.remeasure_plan import check_readers, check_work, choose_update, price
from cruxbank.app.remeasure_scope import Request, asking, check_request, completed, counting, scope_of
from cruxbank.app.roles import Cast
from cruxbank.app.runs import UNSCORED, Chosen, begin, conclude, describe, now
from cruxbank.app.watching import canary_figures, watched
from cruxbank.config.settings import Settings
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import BudgetExhausted, TooMuchUnscored
from cruxbank.graphs.events import EventLog, Events
from cruxbank.graphs.meter import Pulse
from cruxbank.graphs.remeasure import build
from cruxbank.graphs.remeasure_context import RemeasureContext
from cruxbank.graphs.remeasure_state import initial_state
from cruxbank.graphs.remeasure_stock import Stock
from cruxbank.graphs.remeasure_summary import summary
from cruxbank.graphs.remeasure_work import Scope
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import Status
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Measurement
from cruxbank.memory.vectors import VectorStore
from cruxbank.models.hub import ModelHub
from cruxbank.models.ledger import Ledger
from cruxbank.values.systems import ValueSystem, digest, load_system


def remeasure_bank(
    settings: Settings, request: Request, listener: Events, pulse: Pulse, *, world: int = 0
) -> dict[str, Any]:
    """Measure the bank again until a budget ends or nothing is left; returns the figures of the run.

    Raises:
        CruxbankError: bad input, an environment that is not ready, or endpoints that refuse.
    """
    return asyncio.run(aremeasure_bank(settings, request, listener, pulse, world=world))


async def aremeasure_bank(
    settings: Settings, request: Request, listener: Events, pulse: Pulse, *, world: int = 0
) -> dict[str, Any]:
    """The same inside a running event loop (a notebook)."""
    request = completed(settings, request)
    system = await preflight(settings, request)
    folder = BankFolder(settings.bank)
    encoder = load_encoder(settings.memory.encoder, threads=os.cpu_count() or 1)
    try:
        folder.ensure(encoder_id(encoder), system.id, digest(system))
        with folder.lock():
            record = Record.open(settings.memory.record_url or str(folder.record))
            try:
                return await Run(settings, request, system, folder, record, encoder).go(listener, pulse, world)
            finally:
                record.close()
    finally:
        encoder.close()


async def preflight(settings: Settings, request: Request) -> ValueSystem:
    """Everything that can be known to fail before anything is written or paid.

    Raises:
        CruxbankError: one line that names the thing and the way out.
    """
    check_request(settings, request)
    system = load_system(settings.values)
    check_languages(settings)
    check_worlds(settings)
    with open_record(settings) as record:
        check_readers(settings, request, system, record)
    if request.models:
        check_keys(asking(settings, request.models), os.environ)
        await check_reach(asking(settings, request.models))
    return system


class Run:
    """One re-measurement over an open record, with the bank's lock held."""

    def __init__(
        self,
        settings: Settings,
        request: Request,
        system: ValueSystem,
        folder: BankFolder,
        record: Record,
        encoder: Encoder,
    ) -> None:
        self._settings = settings
        self._system = system
        self._folder = folder
        self._record = record
        self._encoder = encoder
        self._scope: Scope = scope_of(settings, request, record)
        self._counted = counting(settings, self._scope)
        self._chosen: Chosen = choose_update(settings, self._scope, record)

    async def go(self, listener: Events, pulse: Pulse, world: int) -> dict[str, Any]:
        """From the first batch to the last."""
        run = self._chosen.identity
        async with AsyncExitStack() as stack:
            vectors = await VectorStore.open(
                self._settings.memory.chroma_url or str(self._folder.chroma), encoder_id(self._encoder)
            )
            stack.push_async_callback(vectors.close)
            stock = Stock(self._record, vectors, self._encoder, self._counted, self._scope, run.id, run.seed)
            check_work(self._settings, self._scope, stock.work, self._chosen.resumed)
            begun = begin(self._folder, self._record, self._chosen, "remeasure")
            events = EventLog(begun / "events.jsonl", now, (listener,))
            hub, ledger = await stack.enter_async_context(self._hub(listener, world))
            cast = Cast(asking(self._settings, self._scope.asked), hub, self._encoder, pulse, run.seed)
            describe(self._folder.run_folder(run.id), self._settings, cast.prompts())
            context = self._context(cast, stock, events)
            self._announce(context)
            await stock.prepare(context.yardstick)
            reason, code = await _walk(context)
            result = {**await self._result(context), "reason": reason, "exit_code": code}
            result["paid"] = (await ledger.summary()).model_dump()
            result["canaries"] = canary_figures(self._record, run.id, self._settings)
        self._record.finish_run(run.id, reason, finished_at=now())
        conclude(self._folder.run_folder(run.id), result)
        events.emit("run_ended", reason=reason, exit_code=code)
        return result

    def _hub(self, listener: Events, world: int) -> AbstractAsyncContextManager[tuple[ModelHub, Ledger]]:
        def waiting(requests: int) -> None:
            listener.emit("waiting", requests=requests)

        return open_hub(self._settings, self._folder.ledger, self._chosen.identity.id, world=world, waiting=waiting)

    def _context(self, cast: Cast, stock: Stock, events: Events) -> RemeasureContext:
        return RemeasureContext(
            settings=self._counted,
            run=self._chosen.identity,
            system=self._system,
            judge=watched(cast.judge(), self._settings, self._system, self._chosen.identity.seed),
            panel=cast.panel(),
            stock=stock,
            yardstick=Yardstick(self._counted, self._system.ids, self._chosen.identity.seed),
            events=events,
            price=price(self._settings, self._scope),
            judge_digest=identify_judge(self._settings, self._system).digest,
            local_reader=local_reader(self._settings, self._system),
        )

    def _announce(self, context: RemeasureContext) -> None:
        context.events.emit(
            "remeasure_started",
            run=context.run.id,
            resumed=self._chosen.resumed,
            origin=context.run.origin,
            items=len(context.stock.work),
            **self._scope.model_dump(mode="json"),
        )

    async def _result(self, context: RemeasureContext) -> dict[str, Any]:
        spent = await context.stock.spent()
        by_status = (await asyncio.to_thread(self._record.stats)).by_status
        measurements = await context.stock.measurements()
        return {
            "run": context.run.id,
            "resumed": self._chosen.resumed,
            "origin": context.run.origin,
            "bank": str(self._settings.bank),
            "models": self._scope.model_dump(mode="json", include={"asked", "gone", "current"}),
            "left": len(context.stock.work),
            **summary(measurements),
            "first": self._first(measurements),
            "bank_operational": by_status.get(Status.OPERATIONAL.value, 0),
            "bank_retired": by_status.get(Status.RETIRED.value, 0),
            "calls": spent.calls,
            "tokens": spent.tokens,
            "usd": round(spent.usd, 6),
        }

    def _first(self, measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
        """Items that this run measured for the first time, as they stand now, and why."""
        items = self._record.items_by_id([m.item_id for m in measurements if m.published is None])
        return [
            {
                "id": one.id,
                "text": one.text,
                "status": one.status.value,
                "exit": one.exit.value,
                "bits": one.separation.joint.model_dump() if one.separation else None,
                "reasons": list(one.reasons),
            }
            for one in (items[m.item_id] for m in measurements if m.item_id in items)
        ]


async def _walk(context: RemeasureContext) -> tuple[str, int]:
    """Run the graph to its end; a hard cap that stops it in the middle of a batch is an end too."""
    from langsmith.run_helpers import tracing_context

    graph = build().compile()
    config: Any = {"recursion_limit": 1_000_000}
    try:
        with tracing_context(enabled=False):  # LangGraph would send texts away when LANGSMITH_TRACING is set
            final = await graph.ainvoke(initial_state(await context.stock.next_batch()), config, context=context)
    except BudgetExhausted as error:
        return f"budget: {error.message}", 0
    except TooMuchUnscored as error:
        return f"{UNSCORED}{error}", error.exit_code
    return str(final["stop"]), 0
