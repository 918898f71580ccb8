"""Confirmation: an admitted item is asked again, on wordings and by models that had no part in choosing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from cruxbank.agents.answers import QuestionDraft
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.config.settings import Settings
from cruxbank.graphs.meter import Metered
from cruxbank.graphs.stages import confirm_questions, worst_case
from cruxbank.items import RenderedPrompt, Status
from cruxbank.models.fake import Said, ScriptedModel
from tests.graphs.grow_bench import Bench, panelist

TAILS = ("from now on", "in the long run", "as a rule", "for good", "everywhere")


def nine(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
    """Base, five paraphrases and three mirrors about zoos."""
    base, reverse = "Should zoos be allowed in the country", "Should zoos be banned in the country"
    return QuestionDraft(
        fact="A new case came up.",
        argument="It matters.",
        question=f"{base}?",
        paraphrases=[f"{base} {tail}?" for tail in TAILS],
        mirrors=[f"{reverse}?", f"{reverse} from now on?", f"{reverse} in the long run?"],
    )


def with_holdout(bench: Bench) -> Bench:
    """The holdout answers all alike: what separates the panel does not carry over to it."""
    bench.writer._script = nine
    for model in bench.context.settings.panels.holdout:
        scripted = ScriptedModel(panelist(0), id=model)
        bench.panel[model] = scripted
        bench.context.panel[model] = LlmRespondent(Metered(scripted, bench.pulse))  # type: ignore[index]
    return bench


async def test_fresh_wordings_go_to_both_panels_and_choose_nothing(make_bench: Callable[..., Any]) -> None:
    grow = {"window": 1, "attempts": 1, "confirm_responses": 2, "confirm_share": 1.0}
    bench = with_holdout(await make_bench(["zoos"], grow=grow, budget={"items": 1}))
    await bench.run()
    item = bench.record.items(status=Status.OPERATIONAL)[0]
    assert (len(item.wordings), item.fresh, len(item.chosen_on)) == (9, 3, 6)
    found = item.confirmation
    assert found is not None
    assert found.holdout is not None
    panels = bench.context.settings.panels
    assert set(found.counts) == {*panels.scoring, *panels.holdout}
    assert {c.asked for c in found.counts.values()} == {2}
    assert set(item.counts) == set(panels.scoring), "the holdout has no part in the item's own counts"
    assert found.scoring.q > 0.5, "the panel is as divided as before"
    assert found.holdout.q == pytest.approx(0.0, abs=1e-9), "the holdout is not"
    readings = bench.record.readings(item.id)
    chose = item.choosing(readings)
    assert {r.response.model for r in chose} == set(panels.scoring)
    assert {r.response.wording for r in readings if r.response.model in panels.holdout} == {6, 7, 8}
    assert sum(len(draft.models) for draft in bench.context.yardstick.drafts) == len(chose), "they taught it nothing"


def without_canaries(settings: Settings) -> Settings:
    return settings.model_copy(update={"judging": settings.judging.model_copy(update={"canaries": 0.0})})


async def test_the_share_decides_and_every_call_is_counted(make_bench: Callable[..., Any]) -> None:
    grow = {"window": 1, "attempts": 1, "confirm_responses": 2, "confirm_share": 0.0}
    bench = with_holdout(await make_bench(["zoos"], grow=grow, budget={"items": 1}))
    await bench.run()
    item = bench.record.items(status=Status.OPERATIONAL)[0]
    assert item.confirmation is None
    assert item.separation is not None
    assert item.separation.carried is not None, "what the panel itself says of new families costs nothing"
    settings = without_canaries(bench.context.settings)
    sure = settings.model_copy(update={"grow": settings.grow.model_copy(update={"confirm_share": 1.0})})
    extra = worst_case(sure) - worst_case(settings)
    assert extra == 2 * len(confirm_questions(sure)) == 2 * 2 * (12 + 8), "an answer and its reading, for each"


async def test_fresh_wordings_alternate_so_that_a_habit_of_saying_yes_cancels(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(["zoos"], grow={"confirm_responses": 2})
    asked = confirm_questions(bench.context.settings)
    first, second = bench.context.settings.panels.scoring[:2]
    assert [w for m, w in asked if m == first] == [6, 7]
    assert [w for m, w in asked if m == second] == [6, 8]
