"""Probing targets: everything is checked first, then opened, then session after session until they or a budget end."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from cruxbank.agents.examinee import LlmExaminee
from cruxbank.agents.move_critic import LlmMoveCritic, LocalMoveCritic, MoveCritic
from cruxbank.agents.moves import MoveBook
from cruxbank.agents.prober import LocalProber
from cruxbank.agents.probing import Prober
from cruxbank.app.checks import check_worlds
from cruxbank.app.clients import check_keys, check_reach, open_hub, used_models
from cruxbank.app.judge_identity import configured_calibration
from cruxbank.app.own_family import check_own_family
from cruxbank.app.probe_result import result_of, write_findings
from cruxbank.app.probe_scope import (
    DONE,
    LEFT,
    ProbeRequest,
    calls_per_turn,
    check_pays,
    check_values,
    choose_probe,
    left,
    probe_hash,
    probing,
    spent_by,
    with_targets,
)
from cruxbank.app.probe_transcript import leave_transcript, left_transcript, transcripts
from cruxbank.app.roles import Cast
from cruxbank.app.runs import Chosen, begin, conclude, describe, now
from cruxbank.app.watching import watched
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.encoder import load_encoder
from cruxbank.errors import BudgetExhausted
from cruxbank.graphs.events import EventLog, Events
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.graphs.probe import build
from cruxbank.graphs.probe_context import ProbeContext
from cruxbank.graphs.probe_plan import candidates, plan_session
from cruxbank.graphs.probe_seat import Seat
from cruxbank.graphs.probe_state import initial_state
from cruxbank.graphs.stages import dearest_call
from cruxbank.items import PromptRef
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.dedup import DuplicateChecker
from cruxbank.memory.embeds import Embeds, encoder_id
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.models.hub import ModelHub
from cruxbank.sessions import Session, SessionPlan
from cruxbank.values.systems import ValueSystem, digest, load_system

Person = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""A person in the prober's seat: sees an offer (`probe_nodes.offer`), says what to do with it."""


def probe_bank(
    settings: Settings,
    request: ProbeRequest,
    listener: Events,
    pulse: Pulse,
    *,
    person: Person | None = None,
    world: int = 0,
) -> dict[str, Any]:
    """Probe the targets until their sessions or a budget end; returns the figures of the run.

    Raises:
        CruxbankError: bad input, an environment that is not ready, or endpoints that refuse.
    """
    return asyncio.run(aprobe_bank(settings, request, listener, pulse, person=person, world=world))


async def aprobe_bank(
    settings: Settings,
    request: ProbeRequest,
    listener: Events,
    pulse: Pulse,
    *,
    person: Person | None = None,
    world: int = 0,
) -> dict[str, Any]:
    """The same inside a running event loop (a notebook)."""
    request = request.model_copy(update={"interactive": person is not None})
    whole = with_targets(settings, request)
    settings = probing(whole, request)
    whole = whole.model_copy(update={"probe": settings.probe})
    system, book = await preflight(settings, request)
    folder = BankFolder(settings.bank)
    encoder = load_encoder(settings.memory.encoder, threads=os.cpu_count() or 1)
    try:
        folder.ensure(encoder_id(encoder), system.id, digest(system))
        with folder.lock():
            record = Record.open(settings.memory.record_url or str(folder.record))
            try:
                run = Run(settings, request, system, book, folder, record, encoder, person)
                return await run.go(listener, pulse, world, whole)
            finally:
                record.close()
    finally:
        encoder.close()


async def preflight(settings: Settings, request: ProbeRequest) -> tuple[ValueSystem, MoveBook]:
    """Everything that can be known to fail before anything is written or paid.

    Raises:
        CruxbankError: one line that names the thing and the way out.
    """
    system = load_system(settings.values)
    check_values(request, system)
    book = MoveBook.with_folder(settings.probe.moves) if settings.probe.moves else MoveBook.shipped()
    check_worlds(settings)
    configured_calibration(settings, system)
    agents = settings.agents.model_copy(update={"generator": LOCAL})  # a prober asks; it does not choose what is asked
    check_own_family(settings.model_copy(update={"agents": agents}), system)
    BankFolder(settings.bank).read()
    models = used_models(settings)
    check_keys(settings, os.environ, models)
    await check_reach(settings, models)
    return system, book


class Run:
    """One probing run over an open record, with the bank's lock held."""

    def __init__(
        self,
        settings: Settings,
        request: ProbeRequest,
        system: ValueSystem,
        book: MoveBook,
        folder: BankFolder,
        record: Record,
        encoder: Embeds,
        person: Person | None,
    ) -> None:
        self._settings = settings
        self._request = request
        self._system = system
        self._book = book
        self._folder = folder
        self._record = record
        self._encoder = encoder
        self._person = person
        self._items = candidates(record, request.wish, str(settings.bank))
        self._chosen: Chosen = choose_probe(settings, probe_hash(settings, request, book), record)
        check_pays(settings, self._chosen.resumed)

    async def go(self, listener: Events, pulse: Pulse, world: int, whole: Settings) -> dict[str, Any]:
        """From the first session to the last. `whole`: the settings with their own panels, for the run folder."""
        run = self._chosen.identity
        async with AsyncExitStack() as stack:
            begun = begin(self._folder, self._record, self._chosen, "probe")
            events = EventLog(begun / "events.jsonl", now, (listener,))
            waiting = _Waiting(listener)
            hub, ledger = await stack.enter_async_context(
                open_hub(self._settings, self._folder.ledger, run.id, world=world, waiting=waiting)
            )
            vectors = await VectorStore.open(
                self._settings.memory.chroma_url or str(self._folder.chroma), encoder_id(self._encoder)
            )
            stack.push_async_callback(vectors.close)
            await drain(self._record, vectors, self._encoder)
            roles = Roles(self._settings, self._book, hub, self._encoder, pulse, run.seed)
            describe(self._folder.run_folder(run.id), whole, roles.prompts())
            self._announce(events)
            reason = await self._sessions(roles, DuplicateChecker(self._record, vectors, self._encoder), events)
            result = {**result_of(self._record, self._settings, self._chosen, reason)}
            result["paid"] = (await ledger.summary()).model_dump()
            result["transcripts"] = transcripts(self._record, self._folder.run_folder(run.id), run.id)
        self._record.finish_run(run.id, reason, finished_at=now())
        write_findings(self._folder.run_folder(run.id), result)
        conclude(self._folder.run_folder(run.id), {k: v for k, v in result.items() if k != "sessions"})
        events.emit("run_ended", reason=reason, exit_code=result["exit_code"])
        return result

    def _announce(self, events: Events) -> None:
        run = self._chosen.identity
        events.emit(
            "probe_started",
            run=run.id,
            resumed=self._chosen.resumed,
            origin=run.origin,
            targets=list(self._request.targets),
            sessions=self._settings.probe.sessions,
            turns=self._settings.probe.turns,
            items=len(self._items),
            moves=[move.name for move in self._book.moves],
        )

    async def _sessions(self, roles: Roles, duplicates: DuplicateChecker, events: Events) -> str:
        """One session after another; the reason why the run ends."""
        targets, folder = self._request.targets, self._folder.run_folder(self._chosen.identity.id)
        leave = partial(leave_transcript, self._record, self._folder.ledger, folder)
        for k in range(self._settings.probe.sessions):
            for place, target in enumerate(targets):
                if min(self._left().values(), default=1) < 1:
                    return self._budget_reached()
                session = await self._session(k, place, target)
                if session.ended and not self._short(session):
                    if not left_transcript(self._record, folder, session):
                        await asyncio.to_thread(leave, session.id)
                    continue
                ended = await self._one(session, roles, duplicates, events)
                await asyncio.to_thread(leave, session.id)
                if ended == LEFT or ended.startswith("budget"):
                    return ended
        return DONE

    def _left(self) -> dict[str, int]:
        spent = spent_by(self._record, self._chosen.identity.id)
        return left(self._settings, spent, calls_per_turn(self._settings))

    def _budget_reached(self) -> str:
        found = self._left()
        return f"budget.{min(found, key=lambda name: found[name])} reached"

    def _short(self, session: Session) -> bool:
        """Whether only a budget ended it, which pays again."""
        return session.ended.startswith("budget")

    async def _session(self, k: int, place: int, target: str) -> Session:
        """The k-th session with a target, as it was begun, or begun now."""
        run, number = self._chosen.identity, k * len(self._request.targets) + place + 1
        known = {session.number: session for session in self._record.sessions(run.id)}
        if number in known:
            return known[number]
        lead = known.get(number - place) if self._request.compare and place else None
        seed = session_seed(run.seed, k)
        session = Session(
            id=f"{run.id}.{number}",
            run=run.id,
            number=number,
            target=target,
            seed=seed,
            value_system=self._system.id,
            judge=self._settings.agents.judge,
            signed=self._settings.signed,
            turns=self._settings.probe.turns,
            plan=lead.plan if lead else await self._plan(seed, known.values()),
            origin=run.origin,
            interactive=self._person is not None,
            replays=lead.id if lead else "",
        )
        return await asyncio.to_thread(self._record.begin_session, session)

    async def _plan(self, seed: int, earlier: Any) -> SessionPlan:
        used = {item for session in earlier for item in session.propositions}
        return await plan_session(
            self._settings,
            self._items,
            self._request.wish,
            self._book,
            self._encoder,
            seed,
            self._settings.probe.turns,
            self._system.ids,
            used,
        )

    async def _one(self, session: Session, roles: Roles, duplicates: DuplicateChecker, events: Events) -> str:
        """One session from where it stands to its end; why it ended."""
        if session.ended:  # a budget had ended it
            session = session.model_copy(update={"ended": "", "findings": None})
            await asyncio.to_thread(self._record.end_session, session)
        script = self._record.turns(session.replays) if session.replays else ()
        items = self._record.items_by_id(session.propositions)
        seat = Seat(self._record, session, items, script)
        context = ProbeContext(
            settings=self._settings,
            run=self._chosen.identity,
            system=self._system,
            seat=seat,
            prober=roles.prober(),
            examinee=roles.examinee(session.target),
            judge=watched(roles.cast.judge(), self._settings, self._system, session.seed),
            critic=roles.cast.critic(),
            duplicates=duplicates,
            events=events,
            earlier=spent_by(self._record, session.run, but=session.id),
            calls_per_turn=calls_per_turn(self._settings),
            price=dearest_call(self._settings),
            interactive=self._person is not None,
        )
        events.emit(
            "session_started",
            session=session.id,
            target=session.target,
            propositions=list(session.propositions),
            done=len(seat.turns),
            turns=session.turns,
        )
        return await self._walk(context)

    async def _walk(self, context: ProbeContext) -> str:
        """The graph from its start to the session's end; a hard cap in the middle of a turn is an end too."""
        from langgraph.types import Command
        from langsmith.run_helpers import tracing_context

        seat, saver = context.seat, _saver(self._person)
        graph = build().compile(checkpointer=saver)
        config: Any = {"configurable": {"thread_id": seat.session.id}, "recursion_limit": 1_000_000}
        given: Any = initial_state(seat.session.id, len(seat.turns))
        try:
            with tracing_context(enabled=False):  # LangGraph would send texts away when LANGSMITH_TRACING is set
                while True:
                    final = await graph.ainvoke(given, config, context=context)
                    stops = final.get("__interrupt__")
                    if not stops or self._person is None:
                        break
                    given = Command(resume=dict(await self._person(stops[0].value)))
        except BudgetExhausted as error:
            reason = f"budget: {error.message}"
            ended = seat.session.model_copy(update={"ended": reason, "findings": seat.findings()})
            await seat.end(ended)
            return reason
        return seat.session.ended or LEFT


class Roles:
    """Who words, answers, reads and refuses in a probing run."""

    def __init__(
        self, settings: Settings, book: MoveBook, hub: ModelHub, encoder: Any, pulse: Pulse, seed: int
    ) -> None:
        self._settings = settings
        self._book = book
        self._hub = hub
        self._pulse = pulse
        self._encoder = encoder
        self.cast = Cast(settings, hub, encoder, pulse, seed)

    def prober(self) -> Prober:
        """`local`, or a model that words considerations and questions."""
        name = self._settings.probe.prober
        if name == LOCAL:
            return LocalProber(self._book)
        from cruxbank.agents.llm_prober import LlmProber

        return LlmProber(self._client(name), critic=self.cast.critic(), book=self._book, signs=self._signs())

    def _client(self, model: str) -> Metered:
        return Metered(self._hub.model(model), self._pulse)

    def _signs(self) -> MoveCritic:
        """Who reads what a model sets against an answer: the rules, and the model that reviews drafts where one does."""
        name = self._settings.agents.critic
        return LocalMoveCritic() if name == LOCAL else LlmMoveCritic(self._client(name))

    def examinee(self, target: str) -> LlmExaminee:
        """The target."""
        return LlmExaminee(self._client(target))

    def prompts(self) -> tuple[PromptRef, ...]:
        """The prompt files and moves that the run uses."""
        plain = self._settings.model_copy(
            update={"agents": self._settings.agents.model_copy(update={"generator": LOCAL})}
        )
        cast = Cast(plain, self._hub, self._encoder, self._pulse, 0).prompts()
        own = getattr(self.prober(), "prompts", ())
        return tuple(dict.fromkeys([*cast, *(move.ref for move in self._book.moves), *own]))


class _Waiting:
    """Tells how many requests a stopped run waits for."""

    def __init__(self, listener: Events) -> None:
        self._listener = listener

    def __call__(self, requests: int) -> None:
        self._listener.emit("waiting", requests=requests)


def session_seed(run_seed: int, k: int) -> int:
    """Seed of a run's k-th session; sessions with several targets at one place share it."""
    drawn = hashlib.sha256(f"session {run_seed} {k}".encode()).digest()
    return int.from_bytes(drawn[:6], "big")


def _saver(person: Person | None) -> Any:
    """An interrupted graph needs a place to stand; the record is what a later process goes on from."""
    if person is None:
        return None
    from langgraph.checkpoint.memory import InMemorySaver

    return InMemorySaver()
