"""The record of the bank: the truth about items, measurements, history and decisions, in SQL.

All methods block and are safe to call from several threads; the graph calls them through `asyncio.to_thread`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, insert, select, update

from cruxbank.errors import InputError
from cruxbank.items import Item, Reading, Status, Topic, Verdict
from cruxbank.memory import commits, queries, remeasuring, schema, sessions, tallies
from cruxbank.memory.database import Database
from cruxbank.memory.denominators import Denominators, denominators
from cruxbank.memory.rows import (
    Arm,
    BankStats,
    Change,
    Decision,
    Horizon,
    Measurement,
    Order,
    OutboxRow,
    Run,
    RunKind,
    SlotCommit,
    TextRow,
    TurnCommit,
    TurnRow,
    Update,
    UpdateCommit,
)
from cruxbank.memory.votes import jury_verdicts
from cruxbank.sessions import Session, Turn


class Record:
    """One open record. Every write is one transaction: whole, or nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str) -> Record:
        """Open or create the record at a file path, `sqlite:///...` or `postgresql+psycopg://...`.

        Raises:
            InputError: the URL cannot be read.
            BankMismatch: a newer cruxbank made it.
            StoreError: it cannot be opened.
        """
        return cls(Database.open(url))

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    @property
    def database(self) -> Database:
        """The database itself, for the parts of the record that have modules of their own (`curating`, `backup`)."""
        return self._database

    # Runs

    def begin_run(
        self,
        run_id: str,
        config_hash: str,
        *,
        seed: int = 0,
        started_at: str = "",
        payload: str = "{}",
        kind: RunKind = "grow",
    ) -> Run:
        """Enter a run, or find it again when it is gone on with.

        Raises:
            InputError: the run is there with another configuration.
        """
        with self._database.write() as connection:
            known = {run.id: run for run in queries.runs(connection)}
            if run_id not in known:
                values = {"id": run_id, "seq": len(known) + 1, "config_hash": config_hash, "seed": seed}
                values |= {"state": "running", "started_at": started_at, "finished_at": "", "payload": payload}
                values["kind"] = kind
                connection.execute(insert(schema.runs).values(**values))
                return Run.model_validate(values)
        found = known[run_id]
        if found.config_hash != config_hash:
            message = f"run {run_id}: was begun with configuration {found.config_hash}, now it is {config_hash}"
            raise InputError(message, hint="a changed configuration starts the next run")
        return found

    def finish_run(self, run_id: str, state: str, *, finished_at: str = "", payload: str | None = None) -> None:
        """Say why a run ended. `running` opens it again (a raised budget)."""
        values = {"state": state, "finished_at": finished_at} | ({} if payload is None else {"payload": payload})
        with self._database.write() as connection:
            connection.execute(update(schema.runs).where(schema.runs.c.id == run_id).values(**values))

    def run(self, run_id: str) -> Run | None:
        """One run, or None."""
        return next((run for run in self.runs() if run.id == run_id), None)

    def runs(self) -> tuple[Run, ...]:
        """All runs in order."""
        with self._database.read() as connection:
            return queries.runs(connection)

    # Topics

    def add_topics(self, topics: Iterable[Topic]) -> int:
        """Insert topics that are new; returns how many were. The order given is kept."""
        with self._database.write() as connection:
            return commits.add_topics(connection, topics)

    def topics(self) -> tuple[Topic, ...]:
        """All topics in the order in which they came."""
        with self._database.read() as connection:
            return queries.topics(connection)

    def topics_by_id(self, ids: Sequence[str]) -> dict[str, Topic]:
        """The topics with these ids."""
        with self._database.read() as connection:
            return queries.topics_by_id(connection, ids)

    def arms(self, before: Horizon | None = None) -> dict[str, Arm]:
        """The bandit's arms by topic id, rebuilt from the decisions that a slot may see. Topics never pulled: absent."""
        with self._database.read() as connection:
            return tallies.arms(queries.decisions(connection, None), before)

    # Slots

    def stage(self, run: str, slot: int, payload: str) -> None:
        """Keep the outcome of a computed slot until its turn to be committed. The first one stays."""
        table = schema.staged
        with self._database.write() as connection:
            query = select(table.c.slot).where(table.c.run == run, table.c.slot == slot)
            if connection.execute(query).first() is None:
                connection.execute(insert(table).values(run=run, slot=slot, payload=payload))

    def staged(self, run: str, slots: Iterable[int]) -> dict[int, str]:
        """Payloads of those of the slots that are staged."""
        table = schema.staged
        query = select(table.c.slot, table.c.payload).where(table.c.run == run, table.c.slot.in_(list(slots)))
        with self._database.read() as connection:
            return {row.slot: row.payload for row in connection.execute(query.order_by(table.c.slot))}

    def commit_slot(self, commit: SlotCommit) -> bool:
        """Write a slot whole: items, readings, decision, outbox; its staged row goes. False: it was there already.

        An item that the record knows from another slot is not overwritten, unless it reached a better status now; the
        decision lists such ids in `seen_before`.

        Raises:
            InputError: the run is unknown, or readings lack their item.
            StoreError: the disk is full or the database refuses; nothing of the slot was written.
        """
        with self._database.write() as connection:
            return commits.commit_slot(connection, commit)

    def commit_round(self, slots: Sequence[SlotCommit]) -> int:
        """Write several slots, in their order, in one transaction; returns how many were new.

        Raises:
            InputError, StoreError: as `commit_slot`; nothing of any slot was written.
        """
        with self._database.write() as connection:
            return sum(commits.commit_slot(connection, slot) for slot in slots)

    def unstage(self, run: str, slots: Iterable[int]) -> None:
        """Forget computed slots that shall not be committed."""
        with self._database.write() as connection:
            for slot in slots:
                commits.unstage(connection, run, slot)

    def decisions(self, run: str | None = None) -> tuple[Decision, ...]:
        """Decisions in the order of their commits."""
        with self._database.read() as connection:
            return queries.decisions(connection, run)

    def next_slot(self, run: str) -> int:
        """One more than the last committed slot of a run."""
        table = schema.decisions
        with self._database.read() as connection:
            last = connection.execute(select(func.max(table.c.slot)).where(table.c.run == run)).scalar_one()
        return 0 if last is None else int(last) + 1

    # Items

    def items(
        self,
        status: Status | None = None,
        language: str | None = None,
        domain: str | None = None,
        order: Order = "separation",
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[Item, ...]:
        """Items that match. `separation` puts the largest joint estimate first, unmeasured items last."""
        if (limit is not None and limit < 0) or offset < 0:
            raise InputError(f"limit {limit}, offset {offset}: must not be negative", hint="use 0 or more")
        with self._database.read() as connection:
            return queries.items(
                connection, status=status, language=language, domain=domain, order=order, limit=limit, offset=offset
            )

    def items_of_topic(self, topic: str, horizon: Horizon, limit: int) -> tuple[Item, ...]:
        """A topic's operational items that a slot may see, best first."""
        with self._database.read() as connection:
            return queries.items_of_topic(connection, topic, horizon, limit)

    def operational_bits(self, run: str | None = None) -> list[float]:
        """Joint separation (bits) of all operational items, or of those of one run."""
        with self._database.read() as connection:
            return queries.operational_bits(connection, run)

    def item(self, id_or_prefix: str) -> Item:
        """An item by its id or a prefix that only its id has.

        Raises:
            InputError: no such item, or several.
        """
        with self._database.read() as connection:
            return queries.item(connection, id_or_prefix)

    def items_by_id(self, ids: Sequence[str]) -> dict[str, Item]:
        """The items with these ids."""
        with self._database.read() as connection:
            return queries.items_by_id(connection, ids)

    def readings(self, item_id: str) -> tuple[Reading, ...]:
        """All readings of an item, by model, wording and repeat."""
        with self._database.read() as connection:
            return queries.readings(connection, item_id)

    def history(self, item_id: str) -> tuple[Change, ...]:
        """An item's life, oldest step first."""
        with self._database.read() as connection:
            return queries.history(connection, item_id)

    def set_status(self, item_id: str, to: Status, reason: str) -> bool:
        """Retire or restore an item by id or unique prefix; its vector follows through the outbox.

        Raises:
            InputError: no such item, or no reason given.
        """
        if not reason.strip():
            raise InputError(f"item {item_id}: no reason for the change to {to.value}", hint="say why in a few words")
        with self._database.write() as connection:
            return commits.set_status(connection, queries.item(connection, item_id).id, to, reason)

    # Re-measurement

    def commit_update(self, commit: UpdateCommit) -> bool:
        """Write a batch of re-measurements whole: items, readings, figures, status changes, outbox. False: known already.

        An item whose status changed since it was read (by hand) keeps that status.

        Raises:
            InputError: run or item unknown, or the parts do not belong together.
            StoreError: the disk is full or the database refuses; nothing of the batch was written.
        """
        with self._database.write() as connection:
            return remeasuring.commit_update(connection, commit)

    def updates(self, run: str) -> tuple[Update, ...]:
        """The committed batches of a run."""
        with self._database.read() as connection:
            return remeasuring.updates(connection, run)

    def measurements(self, item_id: str | None = None, run: str | None = None) -> tuple[Measurement, ...]:
        """Re-measurements of an item, of a run or of all, in the order in which they were made."""
        with self._database.read() as connection:
            return remeasuring.measurements(connection, item_id, run)

    def answered(self) -> dict[str, dict[str, tuple[int, ...]]]:
        """item id -> model -> numbers of the wordings with a reading, ascending."""
        with self._database.read() as connection:
            return remeasuring.answered(connection)

    # Probing sessions

    def begin_session(self, session: Session) -> Session:
        """Enter a session, or find it again as it was begun.

        Raises:
            InputError: its run is not in the record.
        """
        with self._database.write() as connection:
            return sessions.begin_session(connection, session)

    def end_session(self, session: Session, drafts: Sequence[Item] = (), costs: str = "") -> None:
        """Keep how a session ended, what it found and the questions that it made; with `ended` empty it goes on.

        A draft whose text the record has already is left out. `costs`: JSON of what the questions cost.
        """
        with self._database.write() as connection:
            sessions.end_session(connection, session, drafts, costs)

    def commit_turn(self, commit: TurnCommit) -> bool:
        """Write a session's next turn. False: it was there already, and stays as it was.

        Raises:
            InputError: the session is unknown or has ended, or turns before this one are missing.
            StoreError: the disk is full or the database refuses; nothing of the turn was written.
        """
        with self._database.write() as connection:
            return sessions.commit_turn(connection, commit)

    def undo_turn(self, session: str) -> Turn | None:
        """Take back a session's last turn (what it cost is not forgotten); None where there is none."""
        with self._database.write() as connection:
            return sessions.undo_turn(connection, session)

    def session(self, id_or_prefix: str) -> Session:
        """A session by its id or a prefix that only its id has.

        Raises:
            InputError: no such session, or several.
        """
        with self._database.read() as connection:
            return sessions.session(connection, id_or_prefix)

    def sessions(self, run: str | None = None, target: str | None = None) -> tuple[Session, ...]:
        """Sessions in the order in which they began, of a run, of a target or all."""
        with self._database.read() as connection:
            return sessions.sessions(connection, run, target)

    def turns(self, session: str) -> tuple[Turn, ...]:
        """A session's turns in their order."""
        return tuple(row.turn for row in self.turn_rows(session))

    def turn_rows(self, session: str) -> tuple[TurnRow, ...]:
        """A session's turns with what they cost."""
        with self._database.read() as connection:
            return sessions.turns(connection, session)

    def turn_costs(self, session: str) -> tuple[str, ...]:
        """What a session cost: its turns, those that were taken back, its new questions; one JSON text each."""
        with self._database.read() as connection:
            taken = sessions.further_costs(connection, session)
            return (*(row.costs for row in sessions.turns(connection, session)), *taken)

    # For the duplicate check and the vectors

    def find_wordings(self, hashes: Sequence[str], horizon: Horizon | None = None) -> tuple[str, ...]:
        """Ids of items that own a wording with one of these hashes (`items.item_id` of the wording)."""
        with self._database.read() as connection:
            return queries.find_wordings(connection, hashes, horizon)

    def texts(self, after_rev: int = 0) -> tuple[TextRow, ...]:
        """Base texts of measured items that changed after a revision."""
        with self._database.read() as connection:
            return queries.texts(connection, after_rev)

    def outbox(self, limit: int = 64) -> tuple[OutboxRow, ...]:
        """The oldest rows of the outbox."""
        with self._database.read() as connection:
            return queries.outbox(connection, limit)

    def clear_outbox(self, seqs: Iterable[int]) -> None:
        """Remove rows whose vectors are written."""
        with self._database.write() as connection:
            connection.execute(delete(schema.outbox).where(schema.outbox.c.seq.in_(list(seqs))))

    # Sums

    def stats(self) -> BankStats:
        """Counts over the whole bank."""
        with self._database.read() as connection:
            return tallies.stats(connection)

    def denominators(self) -> Denominators:
        """What became of every question that was put to a model."""
        with self._database.read() as connection:
            return denominators(connection)

    def jury_verdicts(self, run: str | None = None) -> list[Verdict]:
        """Every verdict that carries votes, or those on one run's items; by item, model, wording and repeat."""
        with self._database.read() as connection:
            return jury_verdicts(connection, run)

    def canonical_dump(self) -> bytes:
        """What must be equal byte for byte between two equal runs: sorted, floats to 6 places, no times, no paths."""
        with self._database.read() as connection:
            return tallies.canonical_dump(connection)
