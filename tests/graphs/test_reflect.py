"""The reflection loop in a slot, and a bank that is grown by AdAEM's published score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from cruxbank.agents.answers import Opinion
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.outcome import Tried
from cruxbank.graphs.reflect import feedback
from cruxbank.graphs.stages import OPINIONS, missing, price_of_rewrite, questions, worst_case
from cruxbank.graphs.versions import Version, best_of, in_order
from cruxbank.items import Draft, Exit, Item, RenderedPrompt, Status, Topic, Wording
from cruxbank.measures import Score
from cruxbank.memory.dedup import DuplicateChecker
from cruxbank.models.fake import Said
from cruxbank.science.adaem import score
from tests.graphs.grow_bench import RUN, Bench, draft, hopeful, user

TAILS = ["in the country", "as a first step", "by a new law", "over ten years"]
"""One version after another."""


def next_version(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
    shown = user(prompt)
    told = next((line for line in shown.splitlines() if line.startswith("Question: ")), "")
    tried = [tail for tail in TAILS if tail in shown.replace(told, "")] + [tail for tail in TAILS if tail in told]
    tail = TAILS[min(max((TAILS.index(t) for t in tried), default=-1) + 1, len(TAILS) - 1)]
    return draft(f"Should quiet taxes be allowed {tail}?", f"Should quiet taxes be banned {tail}?")


def divided_on(tails: list[str], place: int) -> Callable[[RenderedPrompt, type[BaseModel]], Said]:
    def answer(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
        question = user(prompt)
        agrees = place % 2 == 0 if any(tail in question for tail in tails) else True
        stance = "yes" if agrees is ("banned" not in question) else "no"
        return Opinion(stance=stance, key_points=[f"{stance} {k}" for k in range(3)])

    return answer


def scripted(bench: Bench, tails: list[str]) -> Bench:
    bench.writer._script = next_version
    for place, model in enumerate(bench.panel.values()):
        model._script = divided_on(tails, place)
    return bench


def first_slot(bench: Bench) -> list[Item]:
    return [item for item in bench.record.items(order="seq") if item.provenance.slot == 0]


async def test_the_best_of_the_versions_goes_on(make_bench: Callable[..., Any]) -> None:
    grow = {"window": 1, "attempts": 4, "max_rewrites": 2}
    bench = scripted(await make_bench(["quiet taxes"], grow=grow, budget={"calls": 330}), ["as a first step"])
    hopeful(bench, pairs=40)
    await bench.run()
    dull, sharp = first_slot(bench)[:2]
    assert dull.exit is Exit.PILOT_LOW
    assert sharp.exit is Exit.ADMITTED
    assert sharp.replaces == dull.id
    assert sum(c.asked for c in sharp.counts.values()) >= 48
    assert sum(c.asked for c in dull.counts.values()) == 16


async def test_it_goes_on_while_nothing_separates_and_no_longer_than_is_allowed(make_bench: Callable[..., Any]) -> None:
    grow = {"window": 1, "attempts": 4, "max_rewrites": 3}
    bench = scripted(await make_bench(["quiet taxes"], grow=grow, budget={"calls": 400}), [])
    hopeful(bench, pairs=40)
    await bench.run()
    items = first_slot(bench)
    assert [item.exit for item in items] == [Exit.PILOT_LOW] * 4
    assert [TAILS[k] in item.text for k, item in enumerate(items)] == [True] * 4
    assert items[0].replaces is None
    assert {item.replaces for item in items[1:]} <= {item.id for item in items}
    decision = bench.record.decisions(RUN)[0]
    assert decision.examinee_calls == 64
    assert decision.exit is Exit.PILOT_LOW


async def test_without_a_reason_to_hope_nothing_is_rewritten(make_bench: Callable[..., Any]) -> None:
    grow = {"window": 1, "attempts": 4, "max_rewrites": 3}
    bench = scripted(await make_bench(["quiet taxes"], grow=grow, budget={"calls": 330}), [])
    await bench.run()
    assert len(first_slot(bench)) == 1


def adaem_settings(**grow: Any) -> dict[str, Any]:
    return {"objective": "adaem", "grow": {"window": 1, "attempts": 4, **grow}}


async def test_a_slot_grown_by_the_published_score(make_bench: Callable[..., Any]) -> None:
    bench = scripted(await make_bench(["quiet taxes"], **adaem_settings(), budget={"items": 1}), ["in the country"])
    await bench.run()
    rewrite, original = first_slot(bench)  # what goes on is filed last
    assert original.status is Status.OPERATIONAL
    assert rewrite.exit is Exit.OUTDONE
    assert rewrite.replaces == original.id
    assert original.score is not None
    assert original.score.panel == "scoring"
    assert original.separation is not None, "separation is measured beside it"
    readings = bench.record.readings(original.id)
    asked = {(r.response.model, r.response.wording, r.response.repeat) for r in readings}
    assert asked == {(m, 0, k) for m in bench.context.settings.panels.scoring for k in range(OPINIONS)}
    assert bench.record.decisions(RUN)[0].reward == pytest.approx(original.score.total, abs=1e-6)


async def test_the_score_is_that_of_the_labels_read(make_bench: Callable[..., Any]) -> None:
    bench = scripted(await make_bench(["quiet taxes"], **adaem_settings(max_rewrites=0), budget={"items": 1}), [])
    await bench.run()
    found = first_slot(bench)[0].score
    assert found is not None
    # Everyone shows security in each of three opinions, and so does the question; the texts of all are the same.
    labels = np.zeros((12, 3, 10), dtype=bool)
    labels[:, :, 5] = True
    expected = score(labels, np.ones((12, 12)), labels[0, 0])
    assert found.total == pytest.approx(float(expected.total), abs=1e-4)
    assert found.parts == pytest.approx({"R_VD": 1.0, "R_OD": 0.0, "R_VC": 1.0, "R_Dis": 0.0}, abs=1e-4)


async def test_the_writer_is_shown_points_and_no_bits(make_bench: Callable[..., Any]) -> None:
    bench = scripted(await make_bench(["quiet taxes"], **adaem_settings(), budget={"calls": 400}), [])
    await bench.run()
    asked = [user(prompt) for prompt, _ in bench.writer.asked]
    rewrites = [text for text in asked if "Question: " in text]
    assert "points\nAnswer of a model: yes" in rewrites[0]
    assert rewrites[0].count("Answer of a model:") == 24
    assert any(" points): Should quiet taxes" in text for text in asked)
    assert not any(" bits" in text for text in asked)


async def test_no_slot_costs_more_than_was_set_aside(make_bench: Callable[..., Any]) -> None:
    bench = scripted(
        await make_bench(["quiet taxes", "zoos"], **adaem_settings(max_rewrites=3), budget={"calls": 1200}), []
    )
    await bench.run()
    worst = worst_case(bench.context.settings)
    for decision in bench.record.decisions(RUN):
        assert decision.examinee_calls + decision.judge_calls + decision.agent_calls <= worst


async def test_a_published_score_among_the_best_third_is_admitted(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos"])
    yardstick = bench.context.yardstick
    assert yardstick.among_best(0.1)
    assert not yardstick.among_best(None)
    yardstick._scores.extend([1.0, 2.0, 3.0, 4.0, 5.0])
    assert yardstick.among_best(4.5)
    assert not yardstick.among_best(3.5)


@pytest.fixture
def preset(tmp_path) -> Settings:  # type: ignore[no-untyped-def]
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"])
    return load_settings(file, {"grow": {"confirm_responses": 0, "max_rewrites": 2}})


def test_opinions_are_repeats_of_the_base_wording(preset: Settings) -> None:
    adaem = preset.model_copy(update={"objective": "adaem"})
    assert [len(questions(s, adaem)) for s in ("pilot", "scoring", "full")] == [24, 36, 36]  # type: ignore[arg-type]
    assert len(missing("pilot", adaem, [])) == 24
    assert worst_case(adaem) == 2 * 24 + 36
    judging = adaem.judging.model_copy(update={"canaries": 0.0})
    judged = {"agents": adaem.agents.model_copy(update={"judge": "sim-quill-1"}), "judging": judging}
    assert worst_case(adaem.model_copy(update=judged)) == 2 * (2 * 24 + 36) + preset.grow.attempts


def test_a_rewrite_is_priced_with_its_pilot(preset: Settings) -> None:
    assert tuple(vars(price_of_rewrite(preset, 0.01)).values()) == (16, 32, 0.01)
    agents = preset.agents.model_copy(update={"judge": "sim-quill-1", "generator": "sim-quill-1"})
    assert price_of_rewrite(preset.model_copy(update={"agents": agents}), 0.01).rewrite == 33


def test_the_objective_brings_its_duplicate_rule_and_memory_can_choose_another(preset: Settings) -> None:
    assert preset.duplicate_rule == "crux"
    adaem = preset.model_copy(update={"objective": "adaem"})
    assert adaem.duplicate_rule == "adaem"
    own = preset.memory.model_copy(update={"duplicate_rule": "crux"})
    assert adaem.model_copy(update={"memory": own}).duplicate_rule == "crux"


async def test_the_rule_reaches_the_check(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos"])
    checker = bench.context.library._checker
    assert isinstance(checker, DuplicateChecker)
    assert checker._rule == "crux"


def version(text: str, total: float, viable: bool = True, place: int = 0) -> Version:
    made = Draft(topic=Topic(text="t"), wordings=(Wording(kind="base", text=text),), generator="x")
    points = Score(total=total, panel="pilot", models=8)
    return Version(made, None, (), None, points, None, False, viable, place)


def test_the_strongest_that_may_go_on_is_the_best() -> None:
    weak, strong, barred = version("a", 1.0), version("b", 2.0), version("c", 3.0, viable=False)
    assert best_of([weak, strong, barred]) is strong
    assert best_of([weak, version("d", 1.0)]) is weak
    assert best_of([barred]) is barred
    assert feedback(strong).measure == "points"
    assert feedback(strong).separation == 2.0


def test_versions_are_filed_before_what_was_tried_after_them() -> None:
    one, two, three = (Tried.model_construct(item=name, readings=()) for name in "abc")  # type: ignore[arg-type]
    assert [t.item for t in in_order((two,), [(0, one), (1, three)])] == ["a", "b", "c"]
