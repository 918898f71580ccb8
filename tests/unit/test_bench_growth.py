"""The growth bench: budgets hold, equal seeds give equal runs, the parts that are taken out are out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cruxbank.bench.growth import Cell, cells, key
from cruxbank.bench.growth_gauge import FULL, PILOT, Gauge, join, raw_bits
from cruxbank.bench.growth_outcomes import best
from cruxbank.bench.growth_play import WINDOW, Kept, Play, adaem_score
from cruxbank.bench.growth_strategies import CONTROL, OURS, STRATEGIES
from cruxbank.bench.growth_tables import _ratio
from cruxbank.bench.worlds import NumericWorld


@pytest.fixture(scope="module")
def world() -> NumericWorld:
    return NumericWorld(3, "compass", topics=40)


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s.name in CONTROL], ids=lambda s: s.name)
def test_budgets_hold_and_equal_seeds_give_equal_runs(world: NumericWorld, strategy) -> None:  # type: ignore[no-untyped-def]
    plays = [Play(world, strategy, 1300, 5).run() for _ in range(2)]
    assert plays[0].calls == plays[1].calls > 0
    assert [(k.draft.key, k.strength) for k in plays[0].bank] == [(k.draft.key, k.strength) for k in plays[1].bank]
    assert plays[0].calls <= 1300 + WINDOW * FULL, "one round may end beyond the budget, no second one begins"


def test_what_is_taken_out_is_out(world: NumericWorld) -> None:
    names = {s.name: s for s in STRATEGIES}
    assert names["ours"] == OURS
    everywhere = Play(world, names["without racing"], 700, 1).run()
    assert everywhere.calls % FULL == 0, "without racing every draft is asked to the end"
    plain = Play(world, names["without wordings"], 700, 1).run()
    assert {int(w) for r in plain.gauge.drafts for w in r.wordings} == {0}
    assert Play(world, replace(OURS, rewrites=0), 700, 1).run().gauge.pairs == []


def test_the_best_are_the_admitted_ones_first() -> None:
    drafts = [NumericWorld(1, topics=3).draft(0, np.random.default_rng(k)) for k in range(3)]
    bank = [Kept(10, drafts[0], 0.9, False), Kept(20, drafts[1], 0.2, True), Kept(30, drafts[2], 0.5, True)]
    assert [d.key for d in best(bank, 2, 100)] == [drafts[2].key, drafts[1].key]
    assert [d.key for d in best(bank, 3, 20)] == [drafts[1].key, drafts[0].key], "what came later is not there yet"


def test_the_gauge_counts_a_draft_whole(world: NumericWorld) -> None:
    rng = np.random.default_rng(2)
    draft, panel = world.draft(1, rng), world.panels["scoring"]
    first = world.respond(draft, panel, np.zeros(12, dtype=np.int64), rng)
    then = world.respond(draft, panel, np.ones(12, dtype=np.int64), rng)
    both = join(first, then)
    assert len(both.models) == 24
    assert both.signed
    assert raw_bits(both) > 0
    gauge = Gauge(len(world.models), len(world.dimensions))
    gauge.learn([both], PILOT)
    assert len(gauge.stats) == 1
    assert np.isfinite(adaem_score(draft, world.respond(draft, panel.repeat(3), np.zeros(36, dtype=np.int64), rng)))


def test_a_ratio_to_itself_is_one_and_cells_are_named_once() -> None:
    assert _ratio(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == "1.00 (1.00 to 1.00)"
    names = [key(cell) for cell in cells(2, 1, 0)]
    assert len(names) == len(set(names)) == 2 * 2 * len(STRATEGIES) + 3 * len(CONTROL) + 2
    assert key(Cell("compass", "ours", 4, 0.0)) == "compass|0|ours|4"
