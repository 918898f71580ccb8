"""Where a slot goes next."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import assume, given, strategies as st
from langgraph.graph import END

from cruxbank.config.loading import load_settings, settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs import routes
from cruxbank.graphs.stages import half, missing, next_stage, questions, worst_case
from cruxbank.items import Exit, Reading, Response, Verdict
from cruxbank.science.racing import Decision


@pytest.fixture
def settings(tmp_path) -> Settings:  # type: ignore[no-untyped-def]
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"])
    return load_settings(file)


DRAFT = object()
PRESET = yaml.safe_load(presets()["simulated"])


@pytest.mark.parametrize(
    ("route", "state", "goes"),
    [
        (routes.after_open, {"race": "staged"}, "leave"),
        (routes.after_open, {"race": "open"}, "write"),
        (routes.after_write, {"draft": DRAFT, "attempts_left": 0}, "critique"),
        (routes.after_write, {"draft": None, "attempts_left": 2}, "write"),
        (routes.after_write, {"draft": None, "attempts_left": 0}, "leave"),
        (routes.after_critique, {"draft": DRAFT, "attempts_left": 0}, "recall"),
        (routes.after_critique, {"draft": None, "attempts_left": 1}, "write"),
        (routes.after_recall, {"draft": DRAFT, "attempts_left": 0}, "ask"),
        (routes.after_recall, {"draft": None, "attempts_left": 0}, "leave"),
        (routes.after_ask, {"exit": None}, "read"),
        (routes.after_ask, {"exit": Exit.BUDGET}, "leave"),
        (routes.after_weigh, {"race": "open"}, "ask"),
        (routes.after_weigh, {"race": "settled"}, "decide"),
        (routes.after_weigh, {"race": "piloted"}, "reflect"),
        (routes.after_weigh, {"race": "stopped"}, "reflect"),
        (routes.after_reflect, {"race": "rewrite"}, "write"),
        (routes.after_reflect, {"race": "open"}, "ask"),
        (routes.after_reflect, {"race": "low"}, "leave"),
        (routes.after_recall, {"draft": None, "versions": (DRAFT,), "attempts_left": 0}, "reflect"),
        (routes.after_write, {"draft": None, "versions": (DRAFT,), "exit": Exit.BUDGET, "attempts_left": 1}, "leave"),
    ],
)
def test_the_routes_of_a_slot(route: Any, state: dict[str, Any], goes: str) -> None:
    assert route(state) == goes


def test_a_round_fans_out_over_its_plan() -> None:
    plan = [{"slot": 3, "topic": "tp_1", "quota": 9}, {"slot": 4, "topic": "tp_2", "quota": 9}]
    sends = routes.fan_out({"run": "r", "next_slot": 3, "plan": plan, "done": [], "stop": ""})  # type: ignore[typeddict-item]
    assert [(s.node, s.arg["slot"]) for s in sends] == [("slot", 3), ("slot", 4)]  # type: ignore[union-attr]
    assert routes.fan_out({"run": "r", "next_slot": 3, "plan": [], "done": [], "stop": "x"}) == END


def test_the_race_has_three_stages(settings: Settings) -> None:
    assert half(settings) == 4
    assert [len(questions(s, settings)) for s in ("pilot", "scoring", "full")] == [16, 48, 72]  # type: ignore[arg-type]
    assert next_stage("pilot", Decision.STOP) is None
    assert next_stage("pilot", Decision.CONTINUE) == "scoring"
    assert next_stage("pilot", Decision.PASS) == "scoring"
    assert next_stage("scoring", Decision.CONTINUE) == "full"
    assert next_stage("scoring", Decision.PASS) is None
    assert next_stage("full", Decision.CONTINUE) is None


def test_a_stage_asks_only_what_is_missing(settings: Settings) -> None:
    had = [
        Reading(
            response=Response(item="it_1", wording=w, model=m, state="answered", stance="yes"),
            verdict=Verdict(state="scored"),
        )
        for m, w in questions("pilot", settings)
    ]
    left = missing("scoring", settings, had)
    assert len(left) == 32
    assert not set(left) & set(questions("pilot", settings))


@given(
    pilot=st.integers(2, 4),
    scoring=st.integers(2, 8),
    rewrites=st.integers(0, 3),
    attempts=st.integers(1, 4),
    judge=st.sampled_from(["local", "sim-quill-3"]),
)
def test_no_path_through_a_slot_costs_more_than_its_worst_case(
    pilot: int, scoring: int, rewrites: int, attempts: int, judge: str
) -> None:
    assume(pilot <= scoring)
    grow = {"wordings": max(scoring, 2), "pilot_responses": pilot, "scoring_responses": scoring}
    grow |= {"max_rewrites": rewrites, "attempts": attempts}
    found = settings_from(PRESET, {"grow": grow, "agents": {"judge": judge}})
    each = 1 if judge == "local" else 2
    pilots = min(rewrites, attempts - 1) * len(questions("pilot", found))
    asked = {*questions("pilot", found), *questions("scoring", found), *questions("full", found)}
    assert worst_case(found) >= each * (pilots + len(asked))


def test_the_worst_slot_is_piloted_for_every_rewrite_and_asked_to_the_end(settings: Settings) -> None:
    confirmed = 2 * 20
    assert worst_case(settings) == 16 + 72 + confirmed
    canaries = 3 + 6  # .02 of 128 answers rounded up, and one for each of six batches
    agents = settings.agents.model_copy(update={"judge": "sim-quill-1", "generator": "sim-quill-1"})
    assert worst_case(settings.model_copy(update={"agents": agents})) == 2 * (88 + confirmed) + 4 + canaries
