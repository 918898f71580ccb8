"""Figures of the report from a bank whose figures are worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import pytest

from cruxbank.errors import InputError
from cruxbank.items import Exit, Outcome, Topic
from cruxbank.report import data
from cruxbank.report.distances import by_family, distances
from cruxbank.report.figures import RunFigures
from cruxbank.report.funnel import STAGES, losses, stages
from cruxbank.report.quotes import show
from cruxbank.report.tiles import tiles
from tests.report_bank import Bank, answers, bank, empty, item, reading

FAMILIES = {"sim-aster-1": "aster", "sim-aster-2": "aster", "sim-birch-1": "birch", "sim-birch-2": "birch"}


@pytest.fixture(scope="module")
def made() -> Iterator[Bank]:
    one = bank()
    yield one
    one.record.close()


@pytest.fixture(scope="module")
def figures(made: Bank) -> RunFigures:
    return data.read(made.record, made.run, made.settings)


def test_every_exit_leaves_at_one_stage() -> None:
    listed = [e for _, exits in STAGES for e in exits]
    assert sorted([*listed, Exit.ADMITTED]) == sorted(Exit)


def test_stages_and_losses() -> None:
    exits = [Exit.ADMITTED, Exit.CRITIC, Exit.PILOT_LOW, Exit.PILOT_LOW, Exit.DUPLICATE_TEXT, Exit.BUDGET, Exit.LFDR]
    assert [s.drafts for s in stages(exits)] == [7, 6, 5, 4, 2, 1]
    assert losses(exits)[0] == (Exit.PILOT_LOW, 2)
    assert [e for e, _ in losses(exits)[1:]] == [Exit.CRITIC, Exit.DUPLICATE_TEXT, Exit.LFDR, Exit.BUDGET]


def test_what_was_grown(figures: RunFigures) -> None:
    assert [s.drafts for s in figures.stages] == [3, 2, 2, 2, 1, 1]
    assert figures.exits == ((Exit.CRITIC, 1), (Exit.PILOT_LOW, 1))
    assert (figures.slots, figures.slots_without_draft) == (3, 1)
    assert [i.text for i in figures.items] == ["Should zoos be closed?"]
    assert (figures.topics, figures.tried) == (3, 2)
    assert figures.simulated
    assert figures.judge_local


def test_cost_by_payer(figures: RunFigures) -> None:
    assert (figures.cost.examinee, figures.cost.judge, figures.cost.agents) == (24, 4, 3)
    assert (figures.cost.calls, figures.cost.tokens, figures.cost.usd) == (31, 2000, 0.75)


def test_spending_by_domain_and_topic(figures: RunFigures) -> None:
    assert [(d.domain, d.topics, d.tried, d.slots, d.calls, d.bits, d.items) for d in figures.domains] == [
        ("cities", 1, 1, 2, 21, 0.0, 0),
        ("animals", 1, 1, 1, 10, 0.8, 1),
    ]
    assert [(t.topic, t.calls) for t in figures.by_topic] == [("zoos", 10), ("rent control", 21)]
    assert [(p.slot, p.admitted) for p in figures.pulls] == [(0, True), (1, False), (2, False)]


def test_coverage_shows_the_gaps_too(figures: RunFigures) -> None:
    c = figures.coverage
    assert c.domains == ("animals", "cities", "education")
    assert c.cells[0][c.dimensions.index("power")] == 1
    assert sum(map(sum, c.cells)) == 1


def test_denominators_by_model(figures: RunFigures) -> None:
    found = {a.model: (a.counts.asked, a.counts.answered, a.counts.refused, a.counts.unscored) for a in figures.asked}
    assert found == {
        "sim-aster-1": (2, 2, 0, 0),
        "sim-aster-2": (2, 2, 0, 0),
        "sim-birch-1": (2, 2, 0, 0),
        "sim-birch-2": (2, 1, 1, 0),
    }


def test_distances_golden(figures: RunFigures) -> None:
    """aster says yes and raises power, birch says no and raises nothing: (1 + 4) / 11 coordinates."""
    d = figures.distances
    assert d.models == ("sim-aster-1", "sim-aster-2", "sim-birch-1", "sim-birch-2")
    assert d.breaks == (2,)
    assert d.cells[0] == (0.0, 0.0, pytest.approx(sqrt(5 / 11), abs=1e-6), None)
    assert d.cells[3] == (None, None, None, None)  # one scored answer: noise and difference cannot be told apart
    assert d.items[0] == (1, 1, 1, 0)


def test_own_noise_is_taken_off() -> None:
    """a: yes and no, mean 0, variance of the mean 1; b: yes twice. 1 - 1 = 0, so no distance is claimed."""
    text = "Q?"
    read = [reading(text, "a", 0, "yes", {}), reading(text, "a", 1, "no", {})]
    read += [reading(text, "b", w, "yes", {}) for w in (0, 1)]
    found = distances([(item(text, Exit.ADMITTED, Topic(text="t")), read)], ("a", "b"), {}, ("power",))
    assert found.cells == ((0.0, 0.0), (0.0, 0.0))
    assert found.families == ("a", "b")


def test_distances_are_averaged_over_items_that_both_answered() -> None:
    topic = Topic(text="t")
    one = [reading("A?", m, w, s, {}) for m, s in (("a", "yes"), ("b", "no")) for w in (0, 1)]
    two = [reading("B?", m, w, "yes", {}) for m in ("a", "b") for w in (0, 1)]
    alone = [reading("C?", "a", w, "no", {}) for w in (0, 1)]
    measured = [(item(t, Exit.ADMITTED, topic), r) for t, r in (("A?", one), ("B?", two), ("C?", alone))]
    found = distances(measured, ("a", "b"), {}, ("power",))
    assert found.cells[0][1] == pytest.approx(sqrt((4 + 0) / 2 / 2), abs=1e-6)
    assert found.items == ((3, 2), (2, 2))


def test_families_stand_together() -> None:
    assert by_family(["b1", "a1", "b2", "x"], {"b1": "b", "b2": "b", "a1": "a"}) == ("b1", "b2", "a1", "x")


def test_quotes_from_both_sides(figures: RunFigures) -> None:
    shown = figures.best[0]
    yes, no = shown.sides
    assert (yes.name, yes.answers, yes.models, yes.model) == ("yes", 4, 2, "sim-aster-1")
    assert (no.name, no.answers, no.models, no.model) == ("no", 3, 2, "sim-birch-1")
    assert yes.quote == "Because says sim-aster-1"
    assert yes.values == ("power",)
    assert shown.answered == 7
    assert [(s.model, s.at, s.hue) for s in shown.stances][::2] == [("sim-aster-1", 1.0, 0), ("sim-birch-1", -1.0, 1)]
    assert [s.at for s in shown.raised] == [1.0, 1.0, 0.0, 0.0]


def test_sides_where_the_stance_does_not_split() -> None:
    text = "Q?"
    one = item(text, Exit.ADMITTED, Topic(text="t"))
    power, against = {"power": Outcome.SUPPORTS}, {"power": Outcome.OPPOSES}
    signed = [reading(text, "a", 0, "yes", power), reading(text, "b", 0, "yes", against)]
    present = [reading(text, "a", 0, "yes", power), reading(text, "b", 0, "yes", {})]
    assert [s.name for s in show(one, signed, "power", {}).sides] == ["supports power", "opposes power"]
    assert [s.name for s in show(one, present, "power", {}).sides] == ["raises power", "does not raise power"]
    assert [s.name for s in show(one, present[:1], "power", {}).sides] == ["all answers"]
    assert show(one, [reading(text, "a", 0, None, {})], "power", {}).sides == ()


def test_a_quote_prefers_a_wording_that_is_no_mirror() -> None:
    text = "Should zoos be closed?"
    read = [r for r in answers(text) if r.response.model == "sim-aster-1"]
    swapped = show(item(text, Exit.ADMITTED, Topic(text="t")), read[::-1], "power", {})
    assert swapped.sides[0].model == "sim-aster-1"
    assert swapped.sides[0].answers == 2


def test_tiles_have_denominators(figures: RunFigures) -> None:
    said = [" ".join(t) for t in tiles(figures)]
    assert said[0] == "1 operational items of 3 drafts (33 %)"
    assert said[1] == "0.80 bits, median over 1 item; best 0.80"
    assert said[2] == "2 topics tried of 3; 1 gave items, in 1 of 3 domains"
    assert said[3] == "31 model calls 31 for each item; 3 slots"
    assert said[5] == "0 % unscored 0 of 8 answers; 1 refused (12 %)"


def test_an_empty_run() -> None:
    made = empty()
    figures = data.read(made.record, made.run, made.settings)
    made.record.close()
    assert (figures.drafts, figures.slots, figures.items, figures.best) == (0, 0, (), ())
    assert [t.figure for t in tiles(figures)] == ["0", "-", "0", "0", "$0.00", "-"]


def test_an_unknown_run(made: Bank) -> None:
    with pytest.raises(InputError, match="0009-bbbbbbbb"):
        data.read(made.record, "0009-bbbbbbbb", made.settings)
