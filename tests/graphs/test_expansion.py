"""Topics that pay give new ones: with the round that earned them, once, and again after a stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cruxbank.agents.expander import Expanded, Seedling, child
from cruxbank.config.loading import load_settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.arms import tabulate
from cruxbank.graphs.expansion import Branch, expand
from cruxbank.graphs.library import Library
from cruxbank.graphs.outcome import SlotOutcome, Spent, Tried
from cruxbank.items import Exit, Status, Topic
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from tests.graphs.conftest import Stores
from tests.memory.conftest import BagOfWords, Factory

RUN = "0001-0badcafe"
ZOOS = Topic(text="zoos", domain="animals")
RENT = Topic(text="rent control", domain="economy")
PROPOSED = ("zoos in towns", "zoos in towns!", "rent control", "petting farms", "circus shows")


class Scripted:
    """An expander with fixed proposals; keeps what it was told."""

    def __init__(self, texts: tuple[str, ...] = PROPOSED, calls: int = 2) -> None:
        self.name = "scripted"
        self.calls = calls
        self.told: list[Seedling] = []
        self._texts = texts

    async def expand(self, seedling: Seedling) -> Expanded:
        self.told.append(seedling)
        made = [child(seedling.topic, text, self.name) for text in self._texts]
        return Expanded(topics=tuple(t for t in made if t), calls=1)


class Bench:
    """A library over temporary stores with what `expand` needs around it."""

    def __init__(self, record: Record, vectors: VectorStore, settings: Any, factory: Factory) -> None:
        self.record = record
        self.factory = factory
        self.expander = Scripted()
        self.library = Library(record, vectors, BagOfWords(), RUN, [ZOOS, RENT])
        run = SimpleNamespace(id=RUN, seed=3)
        self.context: Any = SimpleNamespace(library=self.library, settings=settings, run=run, expander=self.expander)

    def outcome(self, slot: int, topic: Topic = ZOOS, won: bool = True) -> SlotOutcome:
        exit_ = Exit.ADMITTED if won else Exit.LFDR
        status = Status.OPERATIONAL if won else Status.PILOT
        item = self.factory.item(f"Question {slot}?", slot=slot, status=status, joint=0.4)
        tried = Tried(item=item.model_copy(update={"topic": topic, "exit": exit_}))
        spent = Spent(examinee=50)
        return SlotOutcome(run=RUN, slot=slot, topic=topic.id, tried=(tried,), exit=exit_, spent=spent)

    async def round(self, *outcomes: SlotOutcome) -> dict[int, Branch]:
        branches = await expand(self.context, outcomes)
        await self.library.commit(outcomes, "separation", branches)
        return branches


@pytest.fixture
def make(tmp_path: Path, open_stores: Stores) -> Callable[..., Any]:
    async def begin(**sections: Any) -> Bench:
        file = tmp_path / "crux.yaml"
        file.write_text(presets()["simulated"], encoding="utf-8")
        settings = load_settings(file, {"topics": {"policy": "kernel", "expand": 2}, **sections})
        record, vectors = await open_stores(tmp_path)
        record.begin_run(RUN, "0badcafe")
        bench = Bench(record, vectors, settings, Factory())
        await bench.library.prepare()
        return bench

    return begin


async def test_a_topic_is_expanded_when_its_second_item_enters_and_never_again(make: Callable[..., Any]) -> None:
    bench = await make()
    assert await bench.round(bench.outcome(0), bench.outcome(1, RENT, won=False)) == {}
    branches = await bench.round(bench.outcome(2), bench.outcome(3, RENT))
    assert list(branches) == [2]
    assert [t.text for t in branches[2].children] == ["zoos in towns", "petting farms"], "the gate refused two"
    assert {t.parent for t in branches[2].children} == {ZOOS.id}
    assert await bench.round(bench.outcome(4)) == {}
    assert len(bench.expander.told) == 1
    assert len(bench.library.topics) == 4
    assert bench.library.topic(bench.library.topics[2]).text == "zoos in towns"


async def test_the_expander_is_told_the_best_questions_and_the_neighbours(make: Callable[..., Any]) -> None:
    bench = await make()
    await bench.round(bench.outcome(0))
    bench.library.look_from(2)
    await bench.round(bench.outcome(2))
    told = bench.expander.told[0]
    assert told.questions == ("Question 2?", "Question 0?")
    assert told.near == ("rent control",)
    assert (told.run, told.slot, told.count) == (RUN, 2, 2)


async def test_a_round_that_was_cut_off_before_its_commit_leaves_nothing(make: Callable[..., Any]) -> None:
    bench = await make()
    await bench.round(bench.outcome(0))
    first = await expand(bench.context, [bench.outcome(1)])
    assert len(bench.record.topics()) == 2
    assert await bench.round(bench.outcome(1)) == first
    assert [t.text for t in bench.record.topics()] == ["zoos", "rent control", "zoos in towns", "petting farms"]


async def test_another_process_finds_the_same_arms_in_the_record(make: Callable[..., Any]) -> None:
    bench = await make()
    await bench.round(bench.outcome(0), bench.outcome(1))
    grown = bench.library.topics[2]
    await bench.round(bench.outcome(2, bench.library.topic(grown), won=False))
    again = Library(bench.record, bench.library._vectors, BagOfWords(), RUN, [ZOOS, RENT])
    await again.prepare()
    assert again.topics == bench.library.topics
    mine, theirs = await bench.library.arms(), await again.arms()
    assert mine.count.tolist() == [2, 0, 1, 0]
    assert np.array_equal(mine.pulls.reward, theirs.pulls.reward)
    assert np.array_equal(mine.vectors, theirs.vectors)
    other = Library(bench.record, bench.library._vectors, BagOfWords(), RUN, [RENT])
    await other.prepare()
    assert other.topics == (RENT.id,), "children of topics that are not the run's are not its arms"


async def test_what_an_expansion_cost_is_booked_on_its_slot(make: Callable[..., Any]) -> None:
    bench = await make()
    paid = {1: ((Topic(text="petting farms", parent=ZOOS.id),), Spent(agents=2, tokens=900))}
    await bench.library.commit([bench.outcome(0), bench.outcome(1)], "separation", paid)
    decision = bench.record.decisions(RUN)[1]
    assert (decision.examinee_calls, decision.agent_calls) == (50, 2)
    assert (await bench.library.spent()).calls == 102
    assert "expanded" in decision.payload


@pytest.mark.parametrize(
    "sections",
    [
        {"topics": {"policy": "kernel", "expand": 0}},
        {"topics": {"policy": "adaem", "expand": 2}},
        {"budget": {"calls": 101}},
    ],
)
async def test_no_expansion_where_it_is_off_for_a_baseline_or_beyond_the_budget(
    make: Callable[..., Any], sections: dict[str, Any]
) -> None:
    bench = await make(**sections)
    await bench.round(bench.outcome(0), bench.outcome(1))
    assert bench.expander.told == []
    assert len(bench.library.topics) == 2


async def test_rewards_made_for_another_objective_do_not_count(make: Callable[..., Any]) -> None:
    bench = await make()
    await bench.library.commit([bench.outcome(0)], "adaem")
    await bench.library.commit([bench.outcome(1, RENT)])
    assert (await bench.library.arms()).count.tolist() == [0, 1]
    assert (await bench.library.arms("adaem")).pulls.reward.tolist() == [0.4], "a score is not divided by calls"


async def test_arms_know_rest_domains_and_leading_dimensions(make: Callable[..., Any]) -> None:
    bench = await make()
    await bench.round(bench.outcome(0), *(bench.outcome(k, RENT, won=False) for k in range(1, 4)))
    arms = await bench.library.arms()
    assert arms.dry.tolist() == [0, 3]
    assert arms.rested.tolist() == [False, True]
    assert arms.admitted[arms.domain].tolist() == [1, 0]
    assert arms.leads.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert arms.held.sum() == 1
    empty = tabulate((), [ZOOS, RENT], arms.vectors, bench.record.stats().model_copy(update={"operational": 0}))
    assert len(empty.pulls) == 0
