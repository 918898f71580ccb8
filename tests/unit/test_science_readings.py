from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cruxbank.items import FailureReason, Outcome, Reading, Response, Stance, Verdict, Wording
from cruxbank.science.quadratic import q_item
from cruxbank.science.readings import ItemReadings, collect

WORDINGS = (Wording(kind="base", text="A?"), Wording(kind="mirror", text="Not A?"))
DIMENSIONS = ("power", "security")


def scored(model: str, wording: int, stance: Stance, **outcomes: Outcome) -> Reading:
    response = Response(item="it", wording=wording, model=model, state="answered", stance=stance)
    return Reading(response=response, verdict=Verdict(state="scored", outcomes=outcomes))


def refused(model: str, wording: int) -> Reading:
    response = Response(item="it", wording=wording, model=model, state="refused")
    return Reading(response=response, verdict=Verdict(state="refused"))


def failed(model: str, wording: int) -> Reading:
    response = Response(item="it", wording=wording, model=model, state="failed", failure=FailureReason.TIMEOUT)
    return Reading(response=response, verdict=Verdict(state="unscored", failure=FailureReason.TIMEOUT))


def example() -> ItemReadings:
    readings = [
        scored("a", 0, "yes", power=Outcome.SUPPORTS),
        scored("a", 1, "yes", power=Outcome.MIXED, security=Outcome.OPPOSES),
        scored("b", 0, "no"),
        refused("b", 1),
        failed("c", 0),
        scored("c", 1, "neutral"),
        refused("d", 0),
        refused("d", 1),
    ]
    return collect(readings, WORDINGS, ("a", "b", "c", "d"), DIMENSIONS, {"a": "x", "b": "y", "c": "x", "d": "z"})


def test_collect_turns_outcomes_into_signs_and_keeps_refusals_out_of_values():
    readings = example()
    assert readings.values.tolist()[:3] == [[1.0, 0.0], [0.0, -1.0], [0.0, 0.0]]
    assert readings.stance.tolist()[:3] == [1.0, 1.0, -1.0]
    assert readings.mixed is not None
    assert readings.mixed[1].tolist() == [True, False]
    assert readings.scored.tolist() == [True, True, True, False, False, True, False, False]
    assert readings.mirror.tolist() == [False, True]
    assert readings.families is not None
    assert readings.families.tolist() == [0, 1, 0, 2]


def test_a_model_counts_in_k_with_two_scored_responses_only():
    readings = example()
    assert readings.eligible().tolist() == [0]
    assert readings.judged().tolist() == [0, 1, 3]
    assert readings.counts() == {0: (2, 2, 0, 0), 1: (2, 1, 1, 0), 2: (2, 1, 0, 1), 3: (2, 0, 2, 0)}


def test_tables_hold_each_outcome_apart():
    readings = example()
    assert readings.value_tables().tolist() == [[[1, 0, 1, 0]], [[0, 1, 0, 1]]]
    assert readings.stance_table().tolist() == [[2, 0, 0]]
    assert readings.refusal_table().tolist() == [[2, 0], [1, 1], [0, 2]]


def test_collect_refuses_a_reading_that_was_not_asked_for():
    with pytest.raises(ValueError, match="stranger"):
        collect([scored("stranger", 0, "yes")], WORDINGS, ("a",), DIMENSIONS)
    with pytest.raises(ValueError, match="wording 2"):
        collect([scored("a", 2, "yes")], WORDINGS, ("a",), DIMENSIONS)


def test_arrays_of_different_lengths_are_refused():
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.bool_)
    with pytest.raises(ValueError, match="one row a response"):
        ItemReadings(one, one, two, np.zeros((1, 3)), np.zeros(1), two, two)


def test_no_readings_is_an_item_without_models():
    readings = collect([], WORDINGS, ("a",), DIMENSIONS)
    assert readings.eligible().tolist() == []
    assert readings.value_tables().shape == (2, 0, 4)


def test_the_share_of_answers_counts_a_family_once():
    # a answered 2 of 2, b 1 of 2, d 0 of 2; c is left out, for only one of its responses was read
    assert example().answered() == pytest.approx((1.0 + 0.5 + 0.0) / 3)
    pair = replace(example(), families=np.array([0, 0, 1, 1]))
    assert pair.answered() == pytest.approx(((1.0 + 0.5) / 2 + 0.0) / 2)


def test_presence_is_a_coordinate_where_the_judge_is_signed() -> None:
    """One model argues for a value as often as against it, the others never raise it: signs alone see no difference."""
    values = np.zeros((12, 1))
    values[:4, 0] = [1.0, -1.0, 1.0, -1.0]
    one = ItemReadings(
        models=np.repeat(np.arange(3), 4),
        wordings=np.tile(np.arange(4), 3),
        mirror=np.zeros(4, dtype=bool),
        values=values,
        stance=np.zeros(12),
        refused=np.zeros(12, dtype=bool),
        unscored=np.zeros(12, dtype=bool),
    )
    signed = replace(one, signed=True)
    assert (one.coordinates, signed.coordinates) == (2, 3)
    assert float(q_item(one, np.eye(2)).q[0]) < 0.0
    # presence: model 0 is 1 in every wording, the others 0. Mean of U_ii = 1/3, of U_ij = 0, less what the signs lose
    expected = float(q_item(one, np.eye(2)).q[0]) + 1 / 3
    assert float(q_item(signed, np.eye(3)).q[0]) == pytest.approx(expected)
    both = replace(signed, values=np.zeros((12, 1)), mixed=values != 0)
    assert both.points()[:4, 1].tolist() == [1.0] * 4, "a value both supported and opposed is raised"
