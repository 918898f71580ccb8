"""The grow graph over real record, real Chroma and scripted models: every way out of a slot."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from pydantic import BaseModel

from cruxbank.agents.answers import Opinion
from cruxbank.errors import EndpointError, TooMuchUnscored
from cruxbank.graphs.grow import build
from cruxbank.graphs.stages import worst_case
from cruxbank.items import Exit, FailureReason, RenderedPrompt, Status, Topic
from cruxbank.models.fake import Said, ScriptedModel
from tests.graphs.grow_bench import RUN, Script, draft, hopeful, user


async def test_every_draft_leaves_by_the_right_exit(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos", "quiet taxes", "silent topics", "loaded topics"], budget={"calls": 900})
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


async def test_the_admitted_item_carries_its_evidence(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos"], budget={"items": 1})
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


async def test_a_low_pilot_is_rewritten_once_with_the_panels_answers(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["quiet taxes"], budget={"calls": 200})
    hopeful(bench)
    await bench.run()
    asked = [user(prompt) for prompt, _ in bench.writer.asked]
    rewrites = [text for text in asked if "Question: Should quiet taxes be allowed in the country?" in text]
    assert rewrites
    assert "Answer of a model: yes | yes to one | yes to two | yes to three (values: security)" in rewrites[0]
    rewritten = [i for i in bench.record.items(order="seq") if i.replaces]
    assert rewritten[0].text == "Should quiet taxes be allowed as a first step?"


async def test_a_crux_that_memory_knows_is_refused(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos"], grow={"window": 1, "attempts": 1}, budget={"calls": 450})
    await bench.run()
    ends = [d.exit for d in bench.record.decisions(RUN)]
    assert ends[0] is Exit.ADMITTED
    assert set(ends[1:]) == {Exit.DUPLICATE_TEXT}


async def test_a_run_whose_topics_give_nothing_more_ends(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos"], grow={"window": 1, "attempts": 1}, budget={"calls": 100_000})
    state = await bench.run()
    assert state["stop"].startswith("topics exhausted")
    assert len(bench.record.decisions(RUN)) < 10


async def test_two_equal_drafts_of_one_round_enter_once(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos", "zoos "], budget={"items": 1})
    assert len(bench.context.library.topics) == 1, "equal topics are one arm"
    bench = await make_bench(["zoos", "big zoos"], grow={"window": 2, "attempts": 1}, budget={"calls": 400})
    await bench.run()
    ends = sorted(d.exit.value for d in bench.record.decisions(RUN))[:2]
    assert "admitted" in ends


async def test_a_quota_that_does_not_pay_for_the_next_stage_ends_the_slot(
    make_bench: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = await make_bench(["zoos"], grow={"window": 1, "attempts": 1}, budget={"calls": 40})
    monkeypatch.setattr("cruxbank.graphs.round_nodes.worst_case", lambda _: 40)
    await bench.run()
    decision = bench.record.decisions(RUN)[0]
    assert decision.exit is Exit.BUDGET
    assert decision.examinee_calls == 16
    assert decision.judge_calls == 16
    assert decision.agent_calls == 1


async def test_a_round_that_nobody_could_read_is_forgotten(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos", "quiet taxes"])
    broken = ScriptedModel(lambda *_: FailureReason.TIMEOUT, id="judge")
    bench.judge._script = broken._script
    with pytest.raises(TooMuchUnscored, match=r"100% of \d+ responses unscored .* timeout"):
        await bench.run()
    assert bench.record.decisions(RUN) == ()
    assert bench.record.staged(RUN, range(10)) == {}


async def test_a_computed_slot_is_not_computed_again(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos", "quiet taxes"], budget={"calls": 400})
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
    make_bench: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
    bench = await make_bench(["zoos", "quiet taxes"], budget={"items": 1})
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


async def test_progress_hears_of_every_slot_and_round(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos", "quiet taxes"], budget={"items": 1})
    await bench.run()
    names = [name for name, _ in bench.heard.events]
    assert names.count("slot_done") == len(bench.record.decisions(RUN))
    last = [fields for name, fields in bench.heard.events if name == "round_committed"][-1]
    assert last["operational"] == 1
    assert last["calls"] == sum(d.examinee_calls + d.judge_calls + d.agent_calls for d in bench.record.decisions(RUN))
    assert bench.pulse.calls == last["calls"]
    assert bench.pulse.in_flight == 0


async def test_a_rewrite_that_changes_nothing_is_refused(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["quiet taxes"], budget={"calls": 200})
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


async def test_an_error_is_raised_when_all_answers_of_the_draft_are_in(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos"], grow={"window": 1, "attempts": 1})
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


async def test_every_question_has_a_fate(make_bench: Callable[..., Any]) -> None:
    """One model fails on the mirror, one judge reading is refused: all are counted, by reason, and add up to the record."""
    bench = await make_bench(["zoos", "quiet taxes"], budget={"calls": 600})
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
