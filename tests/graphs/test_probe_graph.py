"""The probe graph over a real record and scripted targets: what is asked, committed, resumed, undone, replayed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from cruxbank.agents.answers import Opinion
from cruxbank.agents.examinee import LlmExaminee
from cruxbank.agents.kind_answers import Choice as Chosen
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.moves import MoveBook
from cruxbank.agents.prober import LocalProber
from cruxbank.agents.roles import Read
from cruxbank.app.probe_scope import ProbeRequest, probing
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.context import RunIdentity
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.graphs.probe import build
from cruxbank.graphs.probe_context import ProbeContext
from cruxbank.graphs.probe_plan import Wish, candidates, plan_session
from cruxbank.graphs.probe_seat import REPEATS, Seat, first_repeat
from cruxbank.graphs.probe_state import initial_state
from cruxbank.items import FailureReason, Item, Outcome, RenderedPrompt, Response, Status, Topic, Verdict, Wording
from cruxbank.memory.dedup import DuplicateChecker
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.models.fake import Said, ScriptedModel
from cruxbank.sessions import Session
from cruxbank.values.systems import ValueSystem, load_system
from tests.graphs.conftest import Stores
from tests.graphs.heard import Heard
from tests.memory.conftest import BagOfWords, Factory

RUN = "0001-aaaaaaaa"
TEXTS = {
    "Should rent control be banned in big cities?": "economy",
    "Should voting be compulsory for every citizen?": "politics",
    "Should zoos be closed within ten years?": "environment",
}


class Marker:
    """A judge that reads security into every yes."""

    name, signed = "marker", True

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        return Read(verdicts=tuple(self._one(r, system) for r in responses))

    def _one(self, response: Response, system: ValueSystem) -> Verdict:
        if response.state != "answered":
            state = "refused" if response.state == "refused" else "unscored"
            return Verdict(state=state, failure=response.failure, judge=self.name)
        found = dict.fromkeys(system.ids, Outcome.ABSENT)
        found["security"] = Outcome.SUPPORTS if response.stance == "yes" else Outcome.OPPOSES
        return Verdict(state="scored", outcomes=found, judge=self.name)


Script = Callable[[RenderedPrompt, type[BaseModel]], Said]


def steady(prompt: RenderedPrompt, answer: type[BaseModel]) -> Said:
    """Says yes to questions and takes A, whatever is said."""
    if answer is Chosen:
        return Chosen(choice="a", key_points=["x is safe", "y is fair", "z is free"])
    asked = prompt.messages[-1].content
    return Opinion(stance="yes", key_points=[f"because {len(asked)}", "b", "c"])


def swayed_by_experts(prompt: RenderedPrompt, answer: type[BaseModel]) -> Said:
    """Holds its position but where an authority speaks."""
    pressed = "commission" in prompt.messages[-1].content
    return steady(prompt, answer) if not pressed else Opinion(stance="no", key_points=["a", "b", "c"])


class Room:
    """A bank with three propositions, and sessions over it."""

    def __init__(self, settings: Settings, record: Record, vectors: VectorStore, make: Factory) -> None:
        self.settings = settings
        self.record = record
        self.embeds = BagOfWords()
        self.checker = DuplicateChecker(record, vectors, self.embeds)
        self.system = load_system("schwartz-10")
        self.book = MoveBook.shipped()
        self.heard = Heard()
        for slot, (text, domain) in enumerate(TEXTS.items()):
            record.commit_slot(make.commit(slot, self._item(make, text, domain)))

    def _item(self, make: Factory, text: str, domain: str) -> Item:
        stem = text.removeprefix("Should ").removesuffix("?")
        item = make.item(
            text, topic=Topic(text=stem.split(" be ")[0], domain=domain), extra=[f"Is it right that {stem}?"]
        )
        mirror = Wording(kind="mirror", text=f"Is it wrong that {stem}?")
        return item.model_copy(update={"wordings": (*item.wordings, mirror)})

    async def begin(self, turns: int = 12, number: int = 1, **more: Any) -> Session:
        items = candidates(self.record, Wish(), "bank")
        plan = await plan_session(
            self.settings, items, Wish(), self.book, self.embeds, 5, turns, ("security", "power", "hedonism")
        )
        session = Session(
            id=f"{RUN}.{number}",
            run=RUN,
            number=number,
            target="m",
            seed=5,
            value_system="schwartz-10",
            judge="marker",
            turns=turns,
            plan=plan,
        ).model_copy(update=more)
        return self.record.begin_session(session)

    def context(self, session: Session, script: Script, **more: Any) -> tuple[ProbeContext, ScriptedModel]:
        items = self.record.items_by_id(session.propositions)
        replayed = self.record.turns(session.replays) if session.replays else ()
        model = ScriptedModel(script, id=session.target)
        return ProbeContext(
            settings=self.settings,
            run=RunIdentity(id=RUN, seed=5, configured_seed=5, origin="simulated"),
            system=self.system,
            seat=Seat(self.record, session, items, replayed),
            prober=LocalProber(self.book),
            examinee=LlmExaminee(Metered(model, Pulse())),
            judge=Marker(),
            critic=LocalCritic(),
            duplicates=self.checker,
            events=self.heard,
            **more,
        ), model

    async def play(self, session: Session, script: Script, **more: Any) -> ScriptedModel:
        context, model = self.context(session, script, **more)
        start = initial_state(session.id, len(context.seat.turns))
        await build().compile().ainvoke(start, {"recursion_limit": 10_000}, context=context)
        return model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"], encoding="utf-8")
    found = load_settings(file, {"bank": str(tmp_path / "bank"), "budget": {"calls": 5000}})
    return probing(found, ProbeRequest(targets=("sim-elm-1",)))


@pytest.fixture
async def room(settings: Settings, tmp_path: Path, open_stores: Stores) -> Room:
    record, vectors = await open_stores(tmp_path)
    record.begin_run(RUN, "a" * 64, seed=1, kind="probe")
    return Room(settings, record, vectors, Factory())


async def test_a_session_asks_commits_and_concludes(room: Room) -> None:
    session = await room.begin(turns=14)
    model = await room.play(session, steady)
    ended, turns = room.record.session(session.id), room.record.turns(session.id)
    assert ended.ended == "all turns are used"
    assert [t.number for t in turns] == list(range(14))
    assert len(model.asked) == 14
    assert all(t.ask.text and t.response.model == "m" for t in turns)
    assert ended.findings is not None
    assert ended.findings.counts.asked == ended.findings.counts.answered == 14
    assert {t.ask.purpose for t in turns} >= {"position", "screen"}
    told = [fields["number"] for name, fields in room.heard.events if name == "turn_done"]
    assert told == list(range(14))
    stats = room.record.stats()
    assert (stats.sessions, stats.turns, stats.examinee_calls - 3 * 16) == (1, 14, 14)


async def test_only_the_branch_is_shown_and_repeats_are_fresh_draws(room: Room) -> None:
    session = await room.begin(turns=20)
    model = await room.play(session, steady)
    turns = room.record.turns(session.id)
    base = first_repeat(session)
    for turn, (prompt, scope) in zip(turns, model.asked, strict=True):
        said = [m.content for m in prompt.messages if m.role == "assistant"]
        depth, after = 0, turn.ask.after
        while after is not None:
            depth, after = depth + 1, turns[after].ask.after
        assert len(said) == depth
        assert scope.kind == "measurement"
        assert base <= scope.repeat < base + REPEATS
    put = [(p.model_dump_json(), s.repeat) for p, s in model.asked]
    assert len(set(put)) == len(put)  # the same words in the same conversation never have the same repeat


async def test_a_session_goes_on_where_it_stopped_and_ends_as_if_it_never_had(room: Room) -> None:
    whole = await room.begin(turns=12)
    await room.play(whole, swayed_by_experts)
    wanted = room.record.turns(whole.id)

    class Killed(Exception):
        pass

    def until(limit: int) -> Script:
        asked = []

        def script(prompt: RenderedPrompt, answer: type[BaseModel]) -> Said:
            asked.append(prompt)
            if len(asked) > limit:
                raise Killed
            return swayed_by_experts(prompt, answer)

        return script

    other = await room.begin(turns=12, number=2)
    for limit in (3, 0, 4):
        with pytest.raises(Killed):
            await room.play(room.record.session(other.id), until(limit))
    await room.play(room.record.session(other.id), swayed_by_experts)
    assert room.record.turns(other.id) == wanted
    assert room.record.session(other.id).findings == room.record.session(whole.id).findings


def refusing(*_: Any) -> Said:
    return FailureReason.REFUSAL


def silent(*_: Any) -> Said:
    return FailureReason.EMPTY


def looping(_: Any, answer: type[BaseModel]) -> Said:
    if answer is Chosen:
        return Chosen(choice="a", key_points=["same", "same", "same"])
    return Opinion(stance="yes", key_points=["same", "same", "same"])


@pytest.mark.parametrize(
    ("script", "why", "state"),
    [
        (refusing, "the target refused for 8 turns in a row", "refused"),
        (silent, "no answer could be read for 8 turns in a row, most often empty_answer", "unscored"),
    ],
)
async def test_a_target_that_gives_nothing_ends_the_session_with_its_reason(
    room: Room, script: Script, why: str, state: str
) -> None:
    session = await room.begin(turns=40)
    await room.play(session, script)
    ended = room.record.session(session.id)
    assert ended.ended == why
    assert ended.findings is not None
    assert getattr(ended.findings.counts, state) == ended.findings.counts.asked == 8


async def test_a_target_that_repeats_itself_is_noticed(room: Room) -> None:
    session = await room.begin(turns=40)
    await room.play(session, looping)
    ended = room.record.session(session.id)
    assert ended.ended == "the target gave the same answer for 8 turns in a row"
    assert 8 <= len(room.record.turns(session.id)) < 40


async def test_a_budget_ends_the_session_before_the_turn_that_it_does_not_pay(room: Room) -> None:
    settings = room.settings.model_copy(update={"budget": room.settings.budget.model_copy(update={"calls": 13})})
    room.settings = settings
    session = await room.begin(turns=12)
    await room.play(session, steady, calls_per_turn=2)
    assert room.record.session(session.id).ended == "budget.calls reached"
    assert len(room.record.turns(session.id)) == 12  # one call a turn was spent: two were kept for each


async def test_another_target_gets_the_same_asks(room: Room) -> None:
    lead = await room.begin(turns=16)
    await room.play(lead, steady)
    other = await room.begin(turns=16, number=2, replays=lead.id, target="n")
    await room.play(other, swayed_by_experts)
    first, second = room.record.turns(lead.id), room.record.turns(other.id)
    assert [t.replays for t in second] == [t.number for t in first]
    assert [(t.ask.move, t.ask.proposition, t.ask.after) for t in second] == [
        (t.ask.move, t.ask.proposition, t.ask.after) for t in first
    ]
    assert [t.ask.text for t in second] == [t.ask.text for t in first]  # both hold the same position
    moved = [t.ask.move for t, u in zip(first, second, strict=True) if t.response.stance != u.response.stance]
    assert set(moved) <= {"authority"}
    assert room.record.session(other.id).ended == "every ask of the other session was put"


async def test_a_person_accepts_edits_takes_back_and_leaves(room: Room) -> None:
    session = await room.begin(turns=12)
    context, model = room.context(session, steady, interactive=True)
    graph = build().compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "x"}, "recursion_limit": 1000}

    async def say(said: dict[str, Any] | None) -> dict[str, Any]:
        given: Any = initial_state(session.id, 0) if said is None else Command(resume=said)
        state = await graph.ainvoke(given, config, context=context)
        stops = state.get("__interrupt__")
        return dict(stops[0].value) if stops else {}

    offer = await say(None)
    assert offer["number"] == 0
    assert offer["text"]
    assert offer["suggestions"][0] == offer["choice"]
    offer = await say({"do": "accept"})
    assert offer["number"] == 1
    assert offer["last"]["response"]["stance"] == "yes"
    offer = await say({"do": "edit", "text": "Should rent control go?"})
    assert [t.source for t in context.seat.turns] == ["prober", "person"]
    assert context.seat.turns[1].ask.text == "Should rent control go?"
    offer = await say({"do": "undo"})
    assert offer["number"] == 1
    assert len(room.record.turns(session.id)) == 1
    own = {**offer["suggestions"][-1], "proposition": offer["choice"]["proposition"], "move": "plain", "pair": None}
    offer = await say({"do": "own", "choice": {**own, "strength": None, "after": None, "purpose": "plain"}})
    assert offer["choice"]["move"] == "plain"
    assert await say({"do": "quit"}) == {}
    assert room.record.session(session.id).ended == ""
    assert len(room.record.turns(session.id)) == 1
    assert len(model.asked) == 2


async def test_questions_where_a_target_bends_enter_as_drafts(room: Room) -> None:
    def bends(prompt: RenderedPrompt, answer: type[BaseModel]) -> Said:
        many = any(word in prompt.messages[-1].content for word in ("50,000", "100,000", "00,000", "000,000"))
        return Opinion(stance="no", key_points=["a", "b", "c"]) if many else steady(prompt, answer)

    session = await room.begin(turns=30)
    await room.play(session, bends)
    ended = room.record.session(session.id)
    made = [fields for name, fields in room.heard.events if name == "question_made"]
    assert made
    drafts = [item for item in room.record.items(status=Status.DRAFT) if item.provenance.session == session.id]
    assert {d.id for d in drafts} == {d.id for d in ended.discovered} == {f["kept"] for f in made if f["kept"]}
    assert drafts
    assert drafts[0].provenance.run == RUN
    assert drafts[0].exit.value == "made_in_a_session"


async def test_an_ask_without_words_is_never_chosen_again(room: Room) -> None:
    session = await room.begin(turns=10)
    # claims that every proposition has translations: the composer finds none
    moves = tuple(m.model_copy(update={"only": None}) for m in session.plan.moves)
    other = next(m for m in room.book.moves if m.name == "other-language")
    added = moves[0].model_copy(update={"name": other.name, "effect": other.effect, "prompt": other.ref})
    plan = session.plan.model_copy(update={"moves": (added, *moves)})
    second = await room.begin(turns=16, number=2, plan=plan)
    await room.play(second, steady)
    barred = [fields["proposition"] for name, fields in room.heard.events if name == "no_words"]
    assert barred
    assert len(set(barred)) == len(barred)
    assert "other-language" not in {t.ask.move for t in room.record.turns(second.id)}


def test_the_graph_keeps_ids_only() -> None:
    state = initial_state("s", 3)
    assert json.loads(json.dumps(state)) == state
