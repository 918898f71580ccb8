"""Professed against acted: leanings by hand, and gaps that were planted in answers found again."""

from __future__ import annotations

import numpy as np
import pytest

from cruxbank.agreements import Agreement
from cruxbank.errors import InputError
from cruxbank.items import Exit, Item, ItemKind, Outcome, Provenance, Reading, Response, Status, Topic, Verdict, Wording
from cruxbank.science.leanings import Answers, Fit, tabulate
from cruxbank.science.professed import compare
from cruxbank.science.professed_bank import agreement_of

DIMENSIONS = tuple("abcdefghij")
MODELS = tuple(f"m{k}" for k in range(12))


def answers(truth: np.ndarray, items: int, seed: int, noise: float = 1.0, missing: float = 0.3) -> Answers:
    """Scores of items with levels of their own; models miss items at random."""
    draw = np.random.default_rng(seed)
    level = draw.normal(0, 2, (items, 1, truth.shape[1]))
    scores = level + truth + draw.normal(0, noise, (items, *truth.shape))
    counts = (draw.random((items, len(truth))) > missing).astype(float)
    return Answers(tuple(map(str, range(items))), MODELS, scores * (counts > 0)[..., None], counts)


def centred(theta: np.ndarray) -> np.ndarray:
    beside = theta - theta.mean(axis=0)
    return np.asarray(beside - beside.mean(axis=1, keepdims=True))


def agreement(first: np.ndarray, second: np.ndarray, items: int = 60, seed: int = 0) -> Agreement:
    fits: dict[ItemKind, Fit] = {
        "question": Fit(answers(first, items, seed)),
        "scenario": Fit(answers(second, items, seed + 1)),
    }
    counts: dict[str, tuple[dict[ItemKind, int], dict[ItemKind, int]]] = {model: ({}, {}) for model in MODELS}
    return compare(fits, counts, DIMENSIONS, signed=True, left_out={})


def test_leanings_by_hand() -> None:
    # Item 1: scores (1, 0) and (0, 0); item 2, another level: (0, 1) and (-1, 1). The first model is 1 higher on the first
    # dimension in both: .5 above the mean of the two, and .25 once its mean over the dimensions is taken off.
    scores = np.array([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [-1.0, 1.0]]])
    found = Fit(Answers(("i", "j"), ("x", "y"), scores, np.ones((2, 2)))).leanings()
    assert found == pytest.approx(np.array([[0.25, -0.25], [-0.25, 0.25]]))


def test_an_item_that_one_model_answered_says_nothing() -> None:
    scores = np.array([[[1.0, 0.0], [0.0, 0.0]], [[9.0, 9.0], [0.0, 0.0]]])
    counts = np.array([[1.0, 1.0], [3.0, 0.0]])
    fit = Fit(Answers(("i", "j"), ("x", "y"), scores, counts))
    assert fit.items == 1
    assert fit.leanings() == pytest.approx(np.array([[0.25, -0.25], [-0.25, 0.25]]))


def test_leanings_are_free_of_the_items_that_a_model_met() -> None:
    truth = np.random.default_rng(1).normal(0, 1, (12, 10))
    exact = Fit(answers(truth, 40, 2, noise=0.0, missing=0.5)).leanings()
    assert exact == pytest.approx(centred(truth), abs=1e-9)


def test_one_set_of_values_agrees_once_error_is_taken_off() -> None:
    truth = np.random.default_rng(2).normal(0, 0.25, (12, 10))
    found = agreement(truth, truth)
    assert found.overall.r.est < 0.9
    assert found.overall.corrected == pytest.approx(1.0, abs=0.12)
    assert sum(cell.real for one in found.models for cell in one.cells) <= 3  # of 120, none is true


def test_a_planted_gap_is_found() -> None:
    draw = np.random.default_rng(3)
    theta, own = draw.normal(0, 0.5, (12, 10)), draw.normal(0, 0.5, (12, 10))
    acted = theta.copy()
    acted[:4] = own[:4]  # four models do what they do not say
    found = agreement(theta, acted)
    truth = np.corrcoef(centred(theta).ravel(), centred(acted).ravel())[0, 1]
    assert found.overall.corrected == pytest.approx(truth, abs=0.1)
    assert found.overall.r.lo < truth < found.overall.r.hi + 0.1
    r = [one.correlation.r.est for one in found.models]
    assert max(r[:4]) < min(r[4:])
    gaps = np.abs(centred(acted) - centred(theta))
    real = np.array([[cell.real for cell in one.cells] for one in found.models])
    assert (gaps[real] < 0.2).sum() <= 1  # a false discovery rate of .05
    assert real[gaps > 0.8].mean() > 0.8


def test_no_values_at_all_are_not_corrected() -> None:
    nothing = np.zeros((12, 10))
    found = agreement(nothing, nothing)
    assert found.overall.corrected is None
    assert abs(found.overall.r.est) < 0.35


def reading(item: str, model: str, *supported: str, state: str = "scored", kind: ItemKind = "question") -> Reading:
    response = Response(item=item, kind=kind, wording=0, model=model, state="answered", stance="yes", key_points=("x",))
    outcomes = {d: Outcome.SUPPORTS if d in supported else Outcome.ABSENT for d in "ab"} | {"c": Outcome.OPPOSES}
    verdict = {"state": state, "outcomes": outcomes if state == "scored" else {}}
    return Reading(response=response, verdict=Verdict.model_validate(verdict))


def test_scores_of_readings() -> None:
    found = tabulate(
        [("i", [reading("i", "x", "a"), reading("i", "x"), reading("i", "y", state="refused")])], "xy", "abc", True
    )
    assert found.scores[0, 0] == pytest.approx([0.5, 0.0, -1.0])
    assert list(found.responses[0]) == [2, 0]
    present = tabulate([("i", [reading("i", "x", "a")])], "xy", "abc", False)
    assert present.scores[0, 0] == pytest.approx([1.0, 0.0, 1.0])


def item(number: int, kind: ItemKind) -> Item:
    provenance = Provenance(run="r", seed=0, slot=number, generator="g", judge="j")
    given = {"id": f"it_{kind}{number}", "kind": kind, "text": "x", "topic": Topic(text="t"), "value_system": "v"}
    wordings = (Wording(kind="base", text="x"),)
    more = {"status": Status.PILOT, "exit": Exit.PILOT_LOW, "provenance": provenance, "wordings": wordings}
    return Item.model_validate(given | more)


def bank(kinds: dict[ItemKind, int], models: str = "xyz") -> list[tuple[Item, tuple[Reading, ...]]]:
    draw = np.random.default_rng(0)
    found = []
    for kind, number in kinds.items():
        for n in range(number):
            one = item(n, kind)
            said = tuple(reading(one.id, m, *(d for d in "ab" if draw.random() < 0.5), kind=kind) for m in models)
            found.append((one, said))
    return found


def test_a_bank_is_compared_with_its_denominators() -> None:
    given = bank({"question": 8, "scenario": 6, "dilemma": 2})
    few = [(one, (*said, reading(one.id, "w", "a", kind=one.kind))) for one, said in given[:4]]
    found = agreement_of([*few, *given[4:]])
    assert found.items == {"question": 8, "scenario": 6}
    assert [one.model for one in found.models] == ["x", "y", "z"]
    assert found.models[0].items == {"question": 8, "dilemma": 2, "scenario": 6}
    assert found.models[0].responses == {"question": 8, "dilemma": 2, "scenario": 6}
    assert found.left_out == {"w": "4 questions and 0 scenarios of 5 needed"}
    assert found.pairs == {}  # two dilemmas are too few for a column
    assert found.models[0].cells[0].chosen is None
    with_dilemmas = agreement_of(bank({"question": 8, "scenario": 6, "dilemma": 5}))
    assert set(with_dilemmas.pairs) == {"question and dilemma", "dilemma and scenario"}
    assert agreement_of(reversed(given)) == agreement_of(given)


@pytest.mark.parametrize(
    "kinds, models, said",
    [
        ({"question": 8}, "xyz", "0 measured items of kind 'scenario'"),
        ({"question": 2, "scenario": 8}, "xyz", "2 measured items of kind 'question'"),
        ({"question": 8, "scenario": 8}, "x", "1 models answered"),
    ],
)
def test_too_little_is_an_error_with_a_way_out(kinds: dict[ItemKind, int], models: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        agreement_of(bank(kinds, models))
    assert error.value.hint
