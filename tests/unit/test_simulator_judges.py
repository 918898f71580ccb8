"""Simulated judges: quotes, planted errors that can be had back, other value systems, judges with a fault of their own."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import numpy as np
import pytest

from cruxbank.agents.fence import fence
from cruxbank.prompts.loader import load
from cruxbank.simulator import tables
from cruxbank.simulator.app import create_app
from cruxbank.simulator.asking import read_request
from cruxbank.simulator.faults import Faults, FaultSource
from cruxbank.simulator.faulty import SHARE, WAYS, way_of
from cruxbank.simulator.reader import exact_reading
from cruxbank.simulator.roles import reply
from cruxbank.simulator.roster import DIMENSIONS, FAMILIES, JUDGES, known, mode_of
from cruxbank.simulator.sights import judge_errors
from cruxbank.simulator.truth import system_presence, system_profile, system_weights
from cruxbank.simulator.world import World
from cruxbank.values.systems import load_system, shipped

NONCE = "0011aa22bb33cc44"
POINTS = (
    "It keeps the streets safe from violence, and people can sleep.",
    "Tradition is no reason to go on with it.",
    "The figures for a whole decade are missing.",
)


@pytest.fixture(scope="module")
def world() -> World:
    return World(0, "compass-style")


def judged(world: World, points: tuple[str, ...], model: str, dimensions: list[dict[str, str]]) -> str:
    """The raw answer of a judge to the shipped prompt with quotes."""
    text = fence("\n".join(f"{k}. {point}" for k, point in enumerate(points, 1)), NONCE)
    prompt = load("judge", "values", version=2).render(
        dimensions=dimensions, nonce=NONCE, fenced=text, count=len(points)
    )
    wanted = {"type": "json_schema", "json_schema": {"name": "EvidenceReading", "schema": {}}}
    messages = [message.model_dump() for message in prompt.messages]
    return reply(world, read_request({"model": model, "messages": messages, "response_format": wanted}))


def reading(
    world: World, points: tuple[str, ...], model: str = "sim-quill-1", system: str = "schwartz-10"
) -> dict[str, Any]:
    listed = [{"id": d.id, "definition": d.definition} for d in load_system(system).dimensions]
    return dict(json.loads(judged(world, points, model, listed)))


def supported() -> list[str]:
    """Every supporting phrase with plain slots."""
    slots = {"topic": "rents", "people": "tenants", "course": "this step", "Course": "This step", "People": "Tenants"}
    return [tables_text(text, slots) for table in tables.phrases() for text in table.supports]


def tables_text(text: str, slots: dict[str, str]) -> str:
    return text.replace("[", "").replace("]", "").replace("|", " ").format(**slots)


def test_a_judge_quotes_the_words_that_it_read(world: World) -> None:
    answer = reading(world, POINTS, "sim-elm-1")
    assert answer["nonce"] == NONCE
    assert [entry["point"] for entry in answer["points"]] == [1, 2, 3]
    found = {(r["value"], r["side"]) for entry in answer["points"] for r in entry["readings"]}
    assert {("security", "supports"), ("tradition", "opposes")} <= found
    for entry in answer["points"]:
        assert all(r["quote"] in POINTS[entry["point"] - 1] for r in entry["readings"])
    assert any("Tradition" in r["quote"] for r in answer["points"][1]["readings"])


def test_the_order_of_the_dimensions_changes_nothing(world: World) -> None:
    listed = [{"id": d.id, "definition": d.definition} for d in load_system("schwartz-10").dimensions]
    for points in (tuple(supported()[k : k + 3]) for k in range(0, 60, 3)):
        one, two = (json.loads(judged(world, points, "sim-elm-1", order)) for order in (listed, listed[::-1]))
        for first, second in zip(one["points"], two["points"], strict=True):
            assert sorted(first["readings"], key=str) == sorted(second["readings"], key=str)


def test_planted_errors_come_back_from_readings(world: World) -> None:
    said = tuple(f"{text}, to put it {way}" for text in supported() for way in ("so", "thus"))
    planted = judge_errors("sim-fern-1", DIMENSIONS, world.seed)
    seen = {
        entry["point"]: {r["value"] for r in entry["readings"]}
        for entry in reading(world, said, "sim-fern-1")["points"]
    }
    missed, invented = [], []
    for k, text in enumerate(said, 1):
        exact = exact_reading([text], DIMENSIONS)
        for name in DIMENSIONS:
            (missed if exact[name] != "absent" else invented).append((name in seen[k]) == (exact[name] == "absent"))
    assert np.mean(missed) == pytest.approx(np.mean([e.miss for e in planted.values()]), abs=0.025)
    assert np.mean(invented) == pytest.approx(np.mean([e.slip for e in planted.values()]), abs=0.005)


def test_families_err_apart_and_models_of_one_family_alike(world: World) -> None:
    said = tuple(supported()[::2])
    first, twin, other = (reading(world, said, model) for model in ("sim-aster-1", "sim-aster-3", "sim-birch-1"))
    assert first["points"] == twin["points"]
    assert first["points"] != other["points"]
    rates = [tuple(e.slip for e in judge_errors(f"sim-{f}-1", DIMENSIONS).values()) for f in FAMILIES]
    assert len(set(rates)) == len(FAMILIES) >= 3


@pytest.mark.parametrize("name", [name for name in shipped() if name != "schwartz-10"])
def test_every_shipped_system_is_read_by_words_of_its_own(name: str) -> None:
    ids = load_system(name).ids
    assert set(ids) <= set(tables.system_words())
    said = [exact_reading([text], ids) for text in supported()]
    found = {d: [row[d] != "absent" for row in said] for d in ids}
    sourced = [d for d, row in zip(ids, system_weights(ids), strict=True) if row.max() >= 0.2]
    assert len(sourced) >= 5
    for d in sourced:
        value = int(np.argmax(system_weights([d])[0]))
        starts = np.cumsum([0, *(len(table.supports) for table in tables.phrases())])
        here = np.mean(found[d][starts[value] : starts[value + 1]])
        assert here > 2 * np.mean(found[d]), d
        assert here == pytest.approx(system_weights([d])[0, value], abs=0.3), d


def test_a_negated_harm_is_support_for_what_guards_against_it() -> None:
    ids = load_system("safety").ids
    assert exact_reading(["Nobody should ever hack a computer."], ids)["cyber-security"] == "supports"
    assert exact_reading(["The talk of hackers is exaggerated."], ids)["cyber-security"] == "opposes"
    assert exact_reading(["Tradition is not a reason."], DIMENSIONS)["tradition"] == "opposes"


def test_truth_of_another_system_follows_from_the_ten_values(world: World) -> None:
    ids = load_system("moral-foundations").ids
    profile = system_profile("sim-aster-1", ids, world=world)
    theta = world.traits.theta[0]
    care = 0.65 * theta[8] + 0.10 * theta[5] + 0.10 * theta[9]
    assert profile[ids.index("care")] == pytest.approx(care / 0.85)
    raised = np.zeros((2, 10))
    raised[1, [8, 5]] = (1, -1)
    shows = system_presence(raised, ids)[:, ids.index("care")]
    assert shows.tolist() == pytest.approx([0.0, 1 - 0.35 * 0.9])
    assert np.isnan(system_profile("sim-aster-1", ["factual-accuracy"], world=world)).all()


@pytest.mark.parametrize(
    ("name", "definition", "said"),
    [
        ("thrift", "Spending carefully and wasting nothing.", "Careful spending is a virtue of its own."),
        ("community", "Living together with neighbours and friends.", "Good neighbours look after a street."),
        ("innovation", "Experimenting with bold ideas.", "A daring experiment beats routine."),
    ],
)
def test_a_system_of_ones_own_is_read_by_its_definitions(world: World, name: str, definition: str, said: str) -> None:
    listed = [{"id": name, "definition": definition}, {"id": "zymurgy", "definition": "Fermented lanterns."}]
    answer = json.loads(judged(world, (said, "Rain is likely."), "sim-dahlia-2", listed))
    assert [[r["value"] for r in entry["readings"]] for entry in answer["points"]] == [[name], []]


def test_a_judge_that_misquotes_does_so_in_one_reading_of_ten(world: World) -> None:
    said = tuple(supported())
    bad = [
        r["quote"] not in said[entry["point"] - 1]
        for entry in reading(world, said, "sim-judge-misquote-elm")["points"]
        for r in entry["readings"]
    ]
    assert 0.05 < np.mean(bad) < 0.16


def test_a_judge_that_fails_does_so_for_a_quarter_of_the_texts_and_the_same_ones_again(world: World) -> None:
    ways = [way_of(text, 0, "elm") for text in supported()]
    assert np.mean([way != "" for way in ways]) == pytest.approx(SHARE, abs=0.08)
    assert set(ways) == {"", *WAYS}
    listed = [{"id": d.id, "definition": d.definition} for d in load_system("schwartz-10").dimensions]
    broken = 0
    for text in supported()[:40]:
        answer = judged(world, (text,), "sim-judge-failing-elm", listed)
        assert answer == judged(world, (text,), "sim-judge-failing-elm", listed)
        broken += answer != judged(world, (text,), "sim-elm-1", listed)
    assert 3 < broken < 20


def test_a_judge_that_prefers_its_family_sees_more_in_its_style(world: World) -> None:
    own, strange = (tuple(mark + text for text in supported()) for mark in ("All told, ", "Frankly put, "))
    counts = []
    for said in (own, strange):
        counts.append(sum(len(e["readings"]) for e in reading(world, said, "sim-judge-own-birch")["points"]))
    extra = (counts[0] - counts[1]) / (10 * len(own))
    planted = judge_errors("sim-judge-own-birch", DIMENSIONS, own_style=True)
    assert extra == pytest.approx(0.1, abs=0.035)
    assert all(entry.miss == 0 and entry.slip >= 0.1 for entry in planted.values())


def test_families_have_a_style_only_where_the_world_says_so() -> None:
    body = {"model": "sim-birch-1", "messages": [{"role": "user", "content": "Should cities cap rents?"}]}
    plain, styled = (reply(World(0, name), read_request(body)) for name in ("compass", "compass-style"))
    marks = tables.styles()["birch"]
    assert any(mark in styled for mark in marks)
    assert not any(mark in plain for mark in marks)


async def test_judges_judge_and_nothing_else() -> None:
    assert {mode_of(judge.id) for judge in JUDGES} == {"own", "naive", "halfnaive", "misquote", "failing"}
    assert known("sim-judge-own-elm")
    assert not known("sim-judge-own-oak")
    transport = httpx2.ASGITransport(create_app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://sim") as client:
        body = {"model": "sim-judge-own-elm", "messages": [{"role": "user", "content": "Should cities cap rents?"}]}
        assert (await client.post("/v1/chat/completions", json=body)).status_code == 400
        assert len((await client.get("/v1/models")).json()["data"]) == 28


def test_faults_can_be_planted_on_judges_alone() -> None:
    source = FaultSource(Faults(empty=1.0, roles=("judge",), models=("sim-elm-1",)))
    assert source.draw("sim-elm-1", "judge") == "empty"
    assert source.draw("sim-elm-1", "respondent") == ""
    assert source.draw("sim-elm-2", "judge") == ""
