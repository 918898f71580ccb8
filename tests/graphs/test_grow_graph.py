"""The grow graph over real record, real Chroma and scripted models: every way out of a slot."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from pydantic import BaseModel

from cruxbank.agents.answers import EvidenceReading, Opinion, QuestionDraft
from cruxbank.agents.llm_generator import LlmGenerator
from cruxbank.agents.llm_judge import LlmJudge
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import EndpointError, TooMuchUnscored
from cruxbank.graphs.assembly import to_item
from cruxbank.graphs.context import GrowContext, RunIdentity
from cruxbank.graphs.grow import build
from cruxbank.graphs.library import Library
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.graphs.stages import questions, worst_case
from cruxbank.graphs.state import initial_state
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import (
    Draft,
    Exit,
    FailureReason,
    Outcome,
    Reading,
    RenderedPrompt,
    Response,
    Status,
    Topic,
    Verdict,
    Wording,
)
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.models.fake import Said, ScriptedModel
from cruxbank.science.bandit import policy
from cruxbank.values.systems import load_system
from tests.memory.conftest import BagOfWords

RUN = "0001-0badcafe"
Script = Callable[[RenderedPrompt, type[BaseModel]], Said]


class Heard:
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def emit(self, name: str, **fields: Any) -> None:
        self.events.append((name, fields))


def user(prompt: RenderedPrompt) -> str:
    return prompt.messages[-1].content


def draft(question: str, reverse: str) -> QuestionDraft:
    """One base, three paraphrases, two mirrors of one proposition."""
    stem, against = question.removesuffix("?"), reverse.removesuffix("?")
    more = [f"{stem} {extra}?" for extra in ("from now on", "in the long run", "as a rule")]
    return QuestionDraft(
        fact="A new case came up.",
        argument="It matters.",
        question=question,
        paraphrases=more,
        mirrors=[reverse, f"{against} from now on?"],
    )


def writer(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
    topic = re.search(r"^Topic: (.+)$", user(prompt), flags=re.M)
    assert topic is not None
    subject = topic.group(1)
    if subject == "silent topics":
        return FailureReason.SERVER
    if subject == "loaded topics":
        question = f"Should obviously evil {subject} be allowed in the country?"
        return draft(question, "Should loaded topics be banned in the country?")
    tail = "as a first step" if "Question:" in user(prompt) else "in the country"
    return draft(f"Should {subject} be allowed {tail}?", f"Should {subject} be banned {tail}?")


def panelist(place: int) -> Script:
    """Divided on zoos by the model's place, agreed on everything else; the mirror turns the answer."""

    def answer(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
        question = user(prompt)
        agrees = place % 2 == 0 if "zoos" in question else True
        stance = "yes" if agrees is ("banned" not in question) else "no"
        return Opinion(stance=stance, key_points=[f"{stance} to one", f"{stance} to two", f"{stance} to three"])

    return answer


def judge(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
    nonce = re.search(r"^Nonce: (\w+)$", user(prompt), flags=re.M)
    assert nonce is not None
    first = re.search(r"^1\. (.+)$", user(prompt), flags=re.M)
    assert first is not None
    seen = [{"value": "security", "side": "supports", "quote": first.group(1)}]
    points = [{"point": i, "readings": seen if i == 1 else []} for i in (1, 2, 3)]
    return EvidenceReading.model_validate({"nonce": nonce.group(1), "points": points})


class Bench:
    """A context over temporary stores."""

    def __init__(self, settings: Settings, record: Record, vectors: VectorStore, topics: list[str]) -> None:
        self.record = record
        self.pulse = Pulse()
        self.heard = Heard()
        system = load_system("schwartz-10")
        embeds = BagOfWords()
        listed = [Topic(text=text, domain="animals" if text == "zoos" else "other") for text in topics]
        self.panel = {m: ScriptedModel(panelist(i), id=m) for i, m in enumerate(settings.panels.scoring)}
        self.writer = ScriptedModel(writer, id="writer")
        self.judge = ScriptedModel(judge, id="judge")
        self.context = GrowContext(
            settings=settings,
            run=RunIdentity(id=RUN, seed=3, configured_seed=3, origin="real"),
            system=system,
            generator=LlmGenerator(Metered(self.writer, self.pulse)),
            critic=LocalCritic(),
            judge=LlmJudge(Metered(self.judge, self.pulse), 3),
            panel={m: LlmRespondent(Metered(c, self.pulse)) for m, c in self.panel.items()},
            library=Library(record, vectors, embeds, RUN, listed),
            yardstick=Yardstick(settings, system.ids, 3),
            policy=policy("random"),
            events=self.heard,
        )

    async def run(self, saver: Any = None, thread: str = "t") -> dict[str, Any]:
        await self.context.library.prepare()
        await self.context.library.news()
        config: Any = {"configurable": {"thread_id": thread}, "recursion_limit": 10_000}
        graph = build().compile(checkpointer=saver)
        first = self.record.next_slot(RUN)
        return dict(await graph.ainvoke(initial_state(RUN, first), config, context=self.context))

    def exits(self) -> dict[str, list[Exit]]:
        """Topic -> exits of its drafts, in the order in which they came."""
        found: dict[str, list[Exit]] = {}
        for item in self.record.items(order="seq"):
            found.setdefault(item.topic.text, []).append(item.exit)
        return found


def hopeful(bench: Bench, pairs: int = 6) -> None:
    """Teach the yardstick that rewrites of questions on which the panel agrees divide it."""
    settings, system = bench.context.settings, bench.context.system
    taught = []
    for k in range(pairs):
        topic = Topic(text=f"taught {k}")
        kinds = ("base", "mirror", "paraphrase", "paraphrase", "mirror", "paraphrase")
        old, new = (
            Draft(
                topic=topic,
                wordings=tuple(Wording(kind=kind, text=f"Is {name} {k} {i} right?") for i, kind in enumerate(kinds)),  # type: ignore[arg-type]
                generator="test",
            )
            for name in ("dull", "sharp")
        )
        for draft_, splits in ((old, False), (new, True)):
            readings = tuple(
                Reading(
                    response=Response(
                        item=draft_.id,
                        wording=w,
                        model=m,
                        state="answered",
                        stance="no" if splits and settings.panels.pilot.index(m) % 2 else "yes",
                    ),
                    verdict=Verdict(state="scored", outcomes={system.ids[0]: Outcome.SUPPORTS}),
                )
                for m, w in questions("pilot", settings)
            )
            found = bench.context.yardstick.measure(draft_, readings, k, 0)
            parent = old.id if splits else None
            item = to_item(bench.context, k, draft_, Exit.PILOT_LOW, (), readings, found.separation, replaces=parent)
            taught.append((item, readings))
    bench.context.yardstick.learn(taught)


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    opened: list[Any] = []

    async def begin(topics: list[str], **sections: Any) -> Bench:
        file = tmp_path / "crux.yaml"
        file.write_text(presets()["simulated"], encoding="utf-8")
        agents = {"generator": "sim-quill-1", "judge": "sim-quill-3"}
        base: dict[str, Any] = {"agents": agents, "grow": {"window": 4, "attempts": 2}, "budget": {"calls": 2000}}
        given = {**base, **sections}
        given["grow"] = {"confirm_responses": 0, **given["grow"]}
        settings = load_settings(file, given)
        record = Record.open(str(tmp_path / "record.sqlite"))
        record.begin_run(RUN, "0badcafe")
        vectors = await VectorStore.open(str(tmp_path / "chroma"), encoder_id(BagOfWords()))
        opened.extend([record, vectors])
        return Bench(settings, record, vectors, topics)

    yield begin
    for one in reversed(opened):
        closing = one.close()
        if closing is not None:
            await closing


async def test_every_draft_leaves_by_the_right_exit(make: Callable[..., Any]) -> None:
    bench = await make(["zoos", "quiet taxes", "silent topics", "loaded topics"], budget={"calls": 900})
    state = await bench.run()
    assert state["stop"].startswith("topics exhausted")
    assert state["plan"] == []
    exits = bench.exits()
    assert exits["zoos"][0] is Exit.ADMITTED
    assert exits["loaded topics"][:1] == [Exit.CRITIC]
    assert exits["quiet taxes"][0] is Exit.PILOT_LOW
    assert "silent topics" not in exits
    ends = {d.topic_id: d.exit for d in bench.record.decisions(RUN)}
    assert ends[Topic(text="silent topics").id] is Exit.NOT_WRITTEN


async def test_the_admitted_item_carries_its_evidence(make: Callable[..., Any]) -> None:
    bench = await make(["zoos"], budget={"items": 1})
    await bench.run()
    item = bench.record.items(status=Status.OPERATIONAL)[0]
    readings = bench.record.readings(item.id)
    assert item.separation is not None
    assert item.separation.models == 12
    assert item.separation.stance.est > 0.5
    assert sum(c.asked for c in item.counts.values()) == len(readings) >= 48
    assert item.wordings[1].kind == "mirror"
    by_model = {m: {r.response.stance for r in readings if r.response.model == m} for m in item.counts}
    assert {m: len(stances) for m, stances in by_model.items()} == dict.fromkeys(item.counts, 1), "mirrors not re-coded"


async def test_a_low_pilot_is_rewritten_once_with_the_panels_answers(make: Callable[..., Any]) -> None:
    bench = await make(["quiet taxes"], budget={"calls": 200})
    hopeful(bench)
    await bench.run()
    asked = [user(prompt) for prompt, _ in bench.writer.asked]
    rewrites = [text for text in asked if "Question: Should quiet taxes be allowed in the country?" in text]
    assert rewrites
    assert "Answer of a model: yes | yes to one | yes to two | yes to three (values: security)" in rewrites[0]
    rewritten = [i for i in bench.record.items(order="seq") if i.replaces]
    assert rewritten[0].text == "Should quiet taxes be allowed as a first step?"


async def test_a_crux_that_memory_knows_is_refused(make: Callable[..., Any]) -> None:
    bench = await make(["zoos"], grow={"window": 1, "attempts": 1}, budget={"calls": 450})
    await bench.run()
    ends = [d.exit for d in bench.record.decisions(RUN)]
    assert ends[0] is Exit.ADMITTED
    assert set(ends[1:]) == {Exit.DUPLICATE_TEXT}


async def test_a_run_whose_topics_give_nothing_more_ends(make: Callable[..., Any]) -> None:
    bench = await make(["zoos"], grow={"window": 1, "attempts": 1}, budget={"calls": 100_000})
    state = await bench.run()
    assert state["stop"].startswith("topics exhausted")
    assert len(bench.record.decisions(RUN)) < 10


async def test_two_equal_drafts_of_one_round_enter_once(make: Callable[..., Any]) -> None:
    bench = await make(["zoos", "zoos "], budget={"items": 1})
    assert len(bench.context.library.topics) == 1, "equal topics are one arm"
    bench = await make(["zoos", "big zoos"], grow={"window": 2, "attempts": 1}, budget={"calls": 400})
    await bench.run()
    ends = sorted(d.exit.value for d in bench.record.decisions(RUN))[:2]
    assert "admitted" in ends


async def test_a_quota_that_does_not_pay_for_the_next_stage_ends_the_slot(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = await make(["zoos"], grow={"window": 1, "attempts": 1}, budget={"calls": 40})
    monkeypatch.setattr("cruxbank.graphs.round_nodes.worst_case", lambda _: 40)
    await bench.run()
    decision = bench.record.decisions(RUN)[0]
    assert decision.exit is Exit.BUDGET
    assert decision.examinee_calls == 16
    assert decision.judge_calls == 16
    assert decision.agent_calls == 1


async def test_a_round_that_nobody_could_read_is_forgotten(make: Callable[..., Any]) -> None:
    bench = await make(["zoos", "quiet taxes"])
    broken = ScriptedModel(lambda *_: FailureReason.TIMEOUT, id="judge")
    bench.judge._script = broken._script
    with pytest.raises(TooMuchUnscored, match=r"100% of \d+ responses unscored .* timeout"):
        await bench.run()
    assert bench.record.decisions(RUN) == ()
    assert bench.record.staged(RUN, range(10)) == {}


async def test_a_computed_slot_is_not_computed_again(make: Callable[..., Any]) -> None:
    bench = await make(["zoos", "quiet taxes"], budget={"calls": 400})
    await bench.context.library.prepare()
    commit = bench.context.library.commit
    bench.context.library.commit = _fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="cut off"):
        await bench.run()
    asked = len(bench.writer.asked)
    staged = bench.record.staged(RUN, range(10))
    assert set(staged) == {0, 1}
    bench.context.library.commit = commit
    await bench.run()
    assert {scope.slot for _, scope in bench.writer.asked[asked:]} & {0, 1} == set()
    assert bench.record.next_slot(RUN) >= 2


async def _fail(*_: Any) -> None:
    raise RuntimeError("cut off")


async def test_checkpoints_hold_plain_data_that_comes_back_equal(
    make: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
    bench = await make(["zoos", "quiet taxes"], budget={"items": 1})
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "checkpoints.sqlite")) as saver:
        live = await bench.run(saver)
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "checkpoints.sqlite")) as saver:
        graph = build().compile(checkpointer=saver)
        stored = await graph.aget_state({"configurable": {"thread_id": "t"}})
        plans = [
            s.values["plan"]
            async for s in graph.aget_state_history({"configurable": {"thread_id": "t"}})
            if s.values.get("plan")
        ]
    assert stored.values == live
    assert plans[0][0] == {
        "slot": plans[0][0]["slot"],
        "topic": plans[0][0]["topic"],
        "quota": worst_case(bench.context.settings),
    }
    assert (tmp_path / "checkpoints.sqlite").stat().st_size < 300_000


async def test_progress_hears_of_every_slot_and_round(make: Callable[..., Any]) -> None:
    bench = await make(["zoos", "quiet taxes"], budget={"items": 1})
    await bench.run()
    names = [name for name, _ in bench.heard.events]
    assert names.count("slot_done") == len(bench.record.decisions(RUN))
    last = [fields for name, fields in bench.heard.events if name == "round_committed"][-1]
    assert last["operational"] == 1
    assert last["calls"] == sum(d.examinee_calls + d.judge_calls + d.agent_calls for d in bench.record.decisions(RUN))
    assert bench.pulse.calls == last["calls"]
    assert bench.pulse.in_flight == 0


async def test_a_rewrite_that_changes_nothing_is_refused(make: Callable[..., Any]) -> None:
    bench = await make(["quiet taxes"], budget={"calls": 200})
    hopeful(bench)
    same = draft("Should quiet taxes be allowed in the country?", "Should quiet taxes be banned in the country?")
    bench.writer._script = lambda *_: same
    await bench.run()
    first = next(d for d in bench.record.decisions(RUN) if d.slot == 0)
    assert first.exit is Exit.PILOT_LOW
    assert "changed nothing" in json.loads(first.payload)["detail"]
    items = bench.record.items(order="seq")
    assert [item.exit for item in items] == [Exit.PILOT_LOW]
    assert items[0].replaces is None
    texts = {w.text for w in items[0].wordings}
    assert {items[0].wordings[r.response.wording].text for r in bench.record.readings(items[0].id)} <= texts


async def test_an_error_is_raised_when_all_answers_of_the_draft_are_in(make: Callable[..., Any]) -> None:
    bench = await make(["zoos"], grow={"window": 1, "attempts": 1})
    started, finished = [], []

    async def slow(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
        started.append(prompt)
        await asyncio.sleep(0.05)
        finished.append(prompt)
        return Opinion(stance="yes", key_points=["a b", "c d", "e f"])

    def broke(*_: Any) -> Said:
        raise EndpointError("models.x: the account has no credit left (HTTP 402)", hint="top it up")

    first, *others = bench.panel.values()
    first._script = broke
    for model in others:
        model._script = slow
    with pytest.raises(EndpointError, match="402"):
        await bench.run()
    assert len(finished) == len(started) > 0


async def test_every_question_has_a_fate(make: Callable[..., Any]) -> None:
    """One model fails on the mirror, one judge reading is refused: all are counted, by reason, and add up to the record."""
    bench = await make(["zoos", "quiet taxes"], budget={"calls": 600})
    first, second = bench.context.settings.panels.scoring[:2]
    for model, reason in ((first, FailureReason.TIMEOUT), (second, FailureReason.TRUNCATED)):
        say = bench.panel[model]._script
        bench.panel[model]._script = _failing(say, reason)
    await bench.run()
    found = bench.record.denominators()
    stored = [r for item in bench.record.items() for r in bench.record.readings(item.id)]
    assert found.total.asked == len(stored) > 0
    assert found.total.asked == found.total.answered + found.total.refused + found.total.unscored
    assert found.total.unscored_by == Counter(str(r.verdict.failure) for r in stored if r.verdict.state == "unscored")
    assert set(found.by_model[first].unscored_by) == {"timeout"}
    assert found.by_model[second].unscored_by["truncated"] > 0
    stopped = [i for i in bench.record.items(status=Status.PILOT) if i.exit is Exit.PILOT_LOW]
    asked_all = len(bench.context.settings.panels.scoring) * 6
    for item in stopped:
        assert sum(c.asked + c.never_called for c in item.counts.values()) == asked_all
        assert sum(c.never_called for c in item.counts.values()) > 0
    assert found.by_kind["question"] == found.by_language["en"] == found.total


def _failing(say: Script, reason: FailureReason) -> Script:
    def answer(prompt: RenderedPrompt, kind: type[BaseModel]) -> Said:
        return reason if "banned" in user(prompt) else say(prompt, kind)

    return answer
