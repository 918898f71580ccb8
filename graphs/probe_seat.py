"""The prober's seat: one session with its turns, as the record has them, and what follows from them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cruxbank.agents.probing import Composed
from cruxbank.graphs import probe_fold
from cruxbank.graphs.meter import Meter
from cruxbank.graphs.outcome import Spent, spent_in
from cruxbank.items import Item, Response, Stance, Verdict
from cruxbank.memory.record import Record
from cruxbank.memory.rows import TurnCommit
from cruxbank.science.canary_rates import canary_payload
from cruxbank.science.probing import Belief, Choice
from cruxbank.sessions import Ask, Findings, PlannedMove, PlannedPair, PlannedSubject, Session, Source, Turn

REPEATS = 1_000
"""Repeat indices that one session may use; the next session's begin behind them, so that its answers are fresh draws."""


@dataclass
class Desk:
    """What lies on the desk while one turn is made."""

    ask: Ask | None = None
    source: Source = "prober"
    replays: int | None = None
    response: Response | None = None
    verdict: Verdict | None = None
    meter: Meter = field(default_factory=Meter)


class Seat:
    """A session under way. The record is written turn by turn; everything else here can be made again from it."""

    def __init__(
        self, record: Record, session: Session, items: Mapping[str, Item], script: Sequence[Turn] = ()
    ) -> None:
        self._record = record
        self.session = session
        self.items = dict(items)
        self.script = tuple(script)
        """Turns of another session whose asks this one repeats."""
        self.turns = record.turns(session.id)
        self.desk = Desk()
        self._barred: set[tuple[str, str]] = set()
        self._skipped: set[int] = set()

    @property
    def belief(self) -> Belief:
        """What the turns say, under a plan without the asks that have no words."""
        return probe_fold.belief_of(self.planned, self.turns)

    @property
    def planned(self) -> Session:
        """The session with a plan that leaves out what turned out to have no words."""
        if not self._barred:
            return self.session
        plan = self.session.plan
        kept = plan.model_copy(
            update={
                "subjects": tuple(map(self._without_search, filter(self._puts, plan.subjects))),
                "moves": tuple(self._narrowed(move) for move in plan.moves),
                "pairs": tuple(p for p in plan.pairs if not self._is_barred(p)),
            }
        )
        return self.session.model_copy(update={"plan": kept})

    def _puts(self, subject: PlannedSubject) -> bool:
        return (subject.item, "plain") not in self._barred

    def _without_search(self, subject: PlannedSubject) -> PlannedSubject:
        graded = {m.name for m in self.session.plan.moves if m.effect == "graded"}
        lost = any((subject.item, name) in self._barred for name in graded)
        return subject.model_copy(update={"flip": False}) if lost else subject

    def _narrowed(self, move: PlannedMove) -> PlannedMove:
        everywhere = self.session.propositions if move.only is None else move.only
        only = tuple(item for item in everywhere if (item, move.name) not in self._barred)
        return move if only == everywhere else move.model_copy(update={"only": only})

    def _is_barred(self, pair: PlannedPair) -> bool:
        return (pair.proposition, pair.move) in self._barred

    def bar(self, choice: Choice, replays: int | None) -> None:
        """Never choose this move on this proposition again: it has no words. Of a script, only this one ask is left out."""
        if replays is None:
            self._barred.add((choice.proposition, choice.move))
        else:
            self._skipped.add(replays)

    def next_of_script(self) -> Turn | None:
        """The next turn of the other session that is still to be repeated; None at its end."""
        done = {turn.replays for turn in self.turns} | self._skipped
        return next((turn for turn in self.script if turn.number not in done), None)

    def own_number(self, other: int | None) -> int | None:
        """Number that a turn of the other session has in this one; None where it was not repeated."""
        return next((turn.number for turn in self.turns if turn.replays == other), None)

    def held(self, proposition: str) -> Stance | None:
        """The position that the answers so far show."""
        return {1: "yes", -1: "no"}.get(self.belief.tally.held.get(proposition, 0))  # type: ignore[return-value]

    def on_wire(self, ask: Ask) -> Ask:
        """The ask as it is sent: its repeat index lies in the session's own range."""
        return ask.model_copy(update={"repeat": first_repeat(self.session) + ask.repeat})

    async def spent(self) -> Spent:
        """What this session has spent, turns that were taken back and new questions included."""
        return spent_in(await asyncio.to_thread(self._record.turn_costs, self.session.id))

    def lay(self, ask: Ask, source: Source = "prober", replays: int | None = None) -> None:
        """Begin a turn."""
        self.desk = Desk(ask=ask, source=source, replays=replays)

    def word(self, composed: Composed) -> None:
        """Put the words on the desk."""
        if self.desk.ask is not None:
            self.desk.ask = composed.onto(self.desk.ask)

    async def commit(self, turn: Turn) -> None:
        """Write the turn that lies on the desk."""
        meter = self.desk.meter
        spent, canaries = meter.spent, meter.canaries
        costs = {"spent": spent.model_dump(), **canary_payload(canaries)}
        commit = TurnCommit(
            session=self.session.id,
            turn=turn,
            examinee_calls=spent.examinee,
            judge_calls=spent.judge,
            agent_calls=spent.agents,
            costs=json.dumps(costs, sort_keys=True),
        )
        await asyncio.to_thread(self._record.commit_turn, commit)
        self.turns = (*self.turns, Turn.model_validate_json(turn.model_dump_json()))  # as the record gives it back
        self.desk = Desk()

    async def undo(self) -> Turn | None:
        """Take the last turn back; what it cost stays."""
        taken = await asyncio.to_thread(self._record.undo_turn, self.session.id)
        self.turns = await asyncio.to_thread(self._record.turns, self.session.id)
        self.desk = Desk()
        return taken

    async def end(self, ended: Session, drafts: Sequence[Item] = (), spent: Spent | None = None) -> None:
        """Write how the session ended, and the drafts that it made with what they cost, in one transaction."""
        costs = json.dumps({"spent": spent.model_dump()}, sort_keys=True) if spent else ""
        await asyncio.to_thread(self._record.end_session, ended, drafts, costs)
        self.session = ended

    def findings(self) -> Findings:
        """What the session yields so far."""
        return probe_fold.findings_of(self.planned, self.turns)


def first_repeat(session: Session) -> int:
    """Where a session's repeat indices begin: its own place by its seed. Sessions with several targets that share a seed
    share it, since their calls differ by the model."""
    return REPEATS * (1 + session.seed % 1_000_000)
