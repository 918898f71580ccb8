"""What a model does whatever is asked is no push of a wording; and the IssueBench bench's own parts."""

from __future__ import annotations

import numpy as np
import pytest

from cruxbank.bench.framing import Issue, ask, measure, signed, summary, wordings
from cruxbank.science.framing import Habits, assess
from cruxbank.science.readings import ItemReadings
from cruxbank.science.seeds import rng
from cruxbank.simulator.world import World

MIRROR = np.array([False, True, False, True])


def item(stance: np.ndarray, models: np.ndarray | None = None) -> ItemReadings:
    """stance: (K, 4) towards the base proposition, two wordings and two mirrors."""
    k, n = stance.shape
    return ItemReadings(
        models=np.repeat(np.arange(k) if models is None else models, n),
        wordings=np.tile(np.arange(n), k),
        mirror=MIRROR,
        values=np.zeros((k * n, 1)),
        stance=stance.reshape(-1),
        refused=np.zeros(k * n, dtype=bool),
        unscored=np.zeros(k * n, dtype=bool),
    )


YES = np.array([1.0, -1.0, 1.0, -1.0])
"""A model that says yes to everything: on the mirrors that is a no."""


def test_habits_are_mean_gaps_drawn_to_the_panel_worked_by_hand() -> None:
    one = Habits.of(item(np.array([YES, np.ones(4)])), models=3)
    assert one.items.tolist() == [1.0, 1.0, 0.0]
    assert one.total[:, 1].tolist() == [2.0, 0.0, 0.0]
    six = one + one + one + one + one + one
    # 12 / (6 + 6) = 1 and 0 about their mean of .5; the model that was never seen has no habit
    assert six.deviations()[:, 1].tolist() == [0.5, -0.5, 0.0]
    assert Habits.empty(3, 2).deviations().tolist() == np.zeros((3, 2)).tolist()


def test_a_panel_with_habits_is_no_reason_to_reject_an_even_question() -> None:
    draw = np.random.default_rng(0)
    gladly = np.where(np.arange(12) % 2 == 0, 0.9, 0.1)[:, None]

    def asked() -> ItemReadings:
        says_yes = draw.random((12, 4)) < gladly
        return item(np.where(says_yes, 1.0, -1.0) * np.where(MIRROR, -1.0, 1.0))

    habit = sum((Habits.of(asked(), 12) for _ in range(60)), Habits.empty(12, 2)).deviations()
    items = [asked() for _ in range(40)]
    plain = [c.rejects() for c in map(assess, items) if c]
    known = [c.rejects() for c in (assess(i, habit=habit) for i in items) if c]
    assert np.mean(plain) > 0.5
    assert np.mean(known) < 0.1


def test_a_push_in_the_wording_is_still_found_beside_habits() -> None:
    habit = np.zeros((12, 2))
    check = assess(item(np.tile(YES, (12, 1))), habit=habit)
    assert check is not None
    assert check.rejects()
    assert signed(check) == 1.0


def test_models_that_never_met_a_mirror_add_no_habit() -> None:
    readings = item(np.ones((2, 4)))
    readings = ItemReadings(**{**vars(readings), "mirror": np.zeros(4, dtype=bool)})
    assert Habits.of(readings, 2).items.tolist() == [0.0, 0.0]


def test_the_bench_asks_every_wording_with_its_mirror() -> None:
    texts, mirror = wordings("zoos", 4)
    assert texts[:2] == ["Should people agree with zoos?", "Should people disagree with zoos?"]
    assert mirror.tolist() == [False, True, False, True]
    readings = ask(World(0, "compass"), texts, mirror, rng(0, 0, "test"))
    assert len(readings.models) == 4 * 12


def test_the_bench_feels_a_loaded_word_and_its_side() -> None:
    world, habit = World(0, "compass"), np.zeros((12, 11))
    forms = [Issue(f"{noun}", f"vital {noun}", f"reckless {noun}") for noun in ("zoos", "taxes", "schools", "ports")]
    draw = rng(0, 0, "test")
    found = {f: [[measure(world, getattr(i, f), 6, habit, draw) for i in forms]] for f in ("even", "pro", "con")}
    row = summary(found, rng(0, 0, "auc"))
    assert row["felt"] == 1.0
    assert row["auc"] > 0.7
    assert row["sign"] == pytest.approx(1.0, abs=0.13)
