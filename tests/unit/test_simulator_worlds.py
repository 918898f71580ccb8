"""Worlds without text: the same process, the sizes that were measured, control worlds that do what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cruxbank.bench.simulator_ratings import POLITICAL_COMPASS, VALUE_PORTRAIT, simulate
from cruxbank.bench.simulator_recorded import political_compass, value_portrait
from cruxbank.bench.simulator_stats import Ratings, bits, half_half, order_effect, shares, signs, transfer
from cruxbank.bench.worlds import CRUXES, NUMBERS, PATTERN, NumericWorld, contents_of
from cruxbank.science.quadratic import q_item
from cruxbank.simulator.presets import preset
from cruxbank.simulator.response import plan, random_noise


@pytest.fixture(scope="module")
def world() -> NumericWorld:
    return NumericWorld(3, "compass", topics=120)


def kept(name: str, figure: str = "stance") -> float:
    """Gain of the top eighth on the scoring panel that is left on unseen families, two worlds of 40 drafts."""
    mine, theirs = 0.0, 0.0
    for seed in range(2):
        world = NumericWorld(seed, name, topics=40, wordings=6)
        drafts = [world.draft(topic, np.random.default_rng(topic)) for topic in range(40)]
        one, two = (
            np.array([getattr(world.truth(draft, world.panels[panel], draws=6), figure) for draft in drafts])
            for panel in ("scoring", "unseen")
        )
        top = np.argsort(-one)[:5]
        mine, theirs = mine + one[top].mean() - one.mean(), theirs + two[top].mean() - two.mean()
    return theirs / mine


def test_topics_are_as_alike_as_minilms_and_near_ones_share_content() -> None:
    world = NumericWorld(0, topics=455)
    alike = world.vectors @ world.vectors.T
    assert np.allclose(np.diag(alike), 1)
    pairs = alike[np.triu_indices(455, 1)]
    assert abs(pairs.mean() - 0.07) < 0.03
    assert abs(np.quantile(pairs, 0.99) - 0.355) < 0.06
    np.fill_diagonal(alike, -1)
    assert 0.38 < alike.max(axis=1).mean() < 0.55
    assert len(world.domains) == world.topics == 455


def test_near_topics_separate_alike_and_with_near_0_they_do_not() -> None:
    agreement = {}
    for near in (0.0, 0.6):
        world = NumericWorld(1, topics=300, near=near, wordings=2)
        content = world.map.content[:, 1]
        pairs = np.triu_indices(300, 1)
        close = (world.vectors @ world.vectors.T)[pairs] > 0.42
        agreement[near] = float(np.mean((content[pairs[0]] * content[pairs[1]])[close]))
    assert abs(agreement[0.0]) < 0.12
    assert agreement[0.6] > 0.3


def test_panels_share_no_family_with_those_that_judge(world: NumericWorld) -> None:
    sizes = {name: len(panel) for name, panel in world.panels.items()}
    assert sizes == {"scoring": 12, "pilot": 8, "holdout": 8, "unseen": 16}
    families = {name: set(world.families[panel].tolist()) for name, panel in world.panels.items()}
    assert families["pilot"] == families["scoring"]
    assert set(world.panels["pilot"].tolist()) <= set(world.panels["scoring"].tolist())
    assert not families["scoring"] & families["holdout"]
    assert not (families["scoring"] | families["holdout"]) & families["unseen"]


def test_models_of_the_roster_are_those_of_the_text_world() -> None:
    from cruxbank.simulator.world import World

    numeric, text = NumericWorld(5, "compass", topics=5), World(5, "compass")
    assert np.array_equal(numeric.profiles[: len(text.traits.theta)], text.traits.theta)


def test_drafts_rewrites_and_responses_follow_from_their_seeds(world: NumericWorld) -> None:
    one, two = (world.draft(7, np.random.default_rng(1)) for _ in range(2))
    assert one.key == two.key
    assert np.array_equal(one.latent.stance, two.latent.stance)
    models, wordings = world.panels["pilot"].repeat(2), np.tile([0, 1], 8)
    first, again = (world.respond(one, models, wordings, np.random.default_rng(2)) for _ in range(2))
    assert np.array_equal(first.values, again.values)
    assert world.truth(one, world.panels["unseen"], draws=5) == world.truth(two, world.panels["unseen"], draws=5)


def test_a_topic_runs_out_of_drafts(world: NumericWorld) -> None:
    rng = np.random.default_rng(0)
    assert len({world.draft(0, rng).key for _ in range(12 * CRUXES)}) == CRUXES


def test_a_rewrite_moves_and_keeps_a_part(world: NumericWorld) -> None:
    rng = np.random.default_rng(0)
    pairs = [(draft, world.rewrite(draft, rng)) for draft in (world.draft(t, rng) for t in range(60))]
    assert all(one.topic == two.topic and one.key != two.key for one, two in pairs)
    r = np.corrcoef([one.own[1] for one, _ in pairs], [two.own[1] for _, two in pairs])[0, 1]
    assert 0.45 < r < 0.85
    assert np.array_equal(world.rewrite(pairs[0][0], rng, kept=1.0).own, pairs[0][0].own)


def test_responses_are_readings_that_the_estimators_take(world: NumericWorld) -> None:
    draft = world.draft(3, np.random.default_rng(3))
    models, wordings = world.panels["scoring"].repeat(6), np.tile(np.arange(6), 12)
    read = world.respond(draft, models, wordings, np.random.default_rng(4))
    assert read.values.shape == (72, 10)
    assert not read.values[read.refused].any()
    assert not read.stance[read.refused].any()
    assert read.mirror[:6].tolist() == list(PATTERN)
    found = q_item(read, np.eye(21))  # signs, presences and the stance
    assert np.isfinite(found.se).all()


def test_a_judge_errs_as_often_as_it_is_said_to(world: NumericWorld) -> None:
    rng = np.random.default_rng(0)
    values = rng.choice([-1.0, 0.0, 1.0], size=(40_000, 10), p=[0.1, 0.6, 0.3])
    families = rng.integers(len(world.signed.false_positives), size=40_000)
    read = world.signed.read(values, families, rng)
    there = values != 0
    assert np.allclose(((read != 0) & there).sum(axis=0) / there.sum(axis=0), world.signed.sensitivity, atol=0.02)
    for family in (0, 3):
        rows = families == family
        invented = ((read != 0) & (values == 0))[rows].sum(axis=0) / (values == 0)[rows].sum(axis=0)
        assert np.allclose(invented, world.signed.false_positives[family], atol=0.03)
    seen = (read != 0) & (values != 0)
    assert abs((read != values)[seen].mean() - world.signed.sign_error) < 0.01
    presence = world.presence.read(values, families, rng)
    assert set(np.unique(presence)) == {0.0, 1.0}
    assert np.array_equal(world.perfect.read(values, families, rng), values)


def test_false_positives_differ_between_families_by_about_5_points() -> None:
    judges = [NumericWorld(seed, topics=2).signed for seed in range(10)]
    assert 0.03 < np.mean([judge.false_positives.std(axis=0, ddof=1).mean() for judge in judges]) < 0.06
    assert 0.80 < np.mean([judge.sensitivity.mean() for judge in judges]) < 0.90


def test_options_in_another_order_pull_the_answer(world: NumericWorld) -> None:
    draft = world.draft(9, np.random.default_rng(9))
    models = np.arange(len(world.models)).repeat(40)
    base = np.zeros_like(models)
    up, down = (
        world.respond(draft, models, base, np.random.default_rng(1), world.perfect, np.full(len(models), side))
        for side in (1.0, -1.0)
    )
    pull = np.bincount(models, up.stance - down.stance)
    assert np.corrcoef(pull, world.traits.order)[0, 1] > 0.4


def test_truth_grows_with_the_models_differences(world: NumericWorld) -> None:
    draft = world.draft(11, np.random.default_rng(1))
    twins = world.truth(draft, [4, 4], draws=200)
    panel = world.truth(draft, world.panels["unseen"])
    assert twins.mean < 0.003
    assert twins.pairwise < 0.003
    assert panel.mean > 5 * twins.mean
    assert 0 < panel.pairwise < panel.mean < 1
    assert panel.joint <= np.log2(16)


def test_loaded_drafts_push_only_where_asked_for() -> None:
    plain, loaded = (NumericWorld(0, "compass", topics=30, leading=share) for share in (0.0, 1.0))
    for topic in range(5):
        one, two = (w.draft(topic, np.random.default_rng(topic)).latent.stance for w in (plain, loaded))
        gap = (two - one).mean(axis=1)
        assert (gap[~plain.mirror] > 0.5).all()
        assert np.allclose(gap[plain.mirror], 0)


def test_gains_carry_over_unless_nothing_is_shared() -> None:
    assert kept("compass") > 0.4
    assert abs(kept("no-transfer")) < 0.3
    assert abs(kept("no-transfer", "mean")) < 0.3


@pytest.mark.parametrize(("name", "low", "high"), [("compass", 0.6, 1.0), ("no-values", -0.2, 0.2)])
def test_profiles_show_in_verdicts_unless_values_explain_nothing(name: str, low: float, high: float) -> None:
    found = []
    for seed in range(2):
        world = NumericWorld(seed, name, topics=40, wordings=4)
        models = np.arange(len(world.models)).repeat(4)
        wordings = np.tile(np.arange(4), len(world.models))
        rng = np.random.default_rng(seed)
        reads = [world.respond(world.draft(t, rng), models, wordings, rng, world.perfect) for t in range(40)]
        means = np.mean([read.values.reshape(len(world.models), 4, 10).mean(axis=1) for read in reads], axis=0)
        found.append(np.mean([np.corrcoef(means[:, d], world.profiles[:, d])[0, 1] for d in range(10)]))
    assert low < np.mean(found) < high


def test_adaems_world_has_no_wording_noise_and_presence_only() -> None:
    world = NumericWorld(0, "adaem", topics=5)
    draft = world.draft(1, np.random.default_rng(0))
    alike = draft.latent.stance[~world.mirror]
    assert np.allclose(alike, alike[0])
    plans = plan(world.preset, draft.latent, random_noise(np.random.default_rng(0), draft.latent.stance.shape))
    assert (plans.values >= 0).all()


def test_contents_have_the_sizes_of_real_drafts() -> None:
    z = np.random.default_rng(0).standard_normal((3000, NUMBERS))
    x = contents_of(z, np.zeros(3000, dtype=np.bool_), np.zeros(3000))
    assert abs(x.relevance.mean() - 0.58) < 0.03
    assert abs(np.abs(x.polarity).mean() - 0.41) < 0.04
    assert abs(x.divisive.mean() - 0.35) < 0.05
    theta = NumericWorld(0, topics=2).profiles
    assert 0.5 < (x.loading @ theta.T).var(axis=1).mean() < 2.0


def test_ratings_have_the_statistics_of_valueportrait_and_of_the_political_compass() -> None:
    """Loose: two worlds. `python -m cruxbank.bench.simulator` has the intervals."""
    rng = np.random.default_rng(0)
    rated = [simulate(seed, preset("opinionated"), VALUE_PORTRAIT) for seed in (0, 1)]
    parts = [shares(r) for r in rated]
    for name, recorded in (("model", 0.175), ("item", 0.359), ("model x item", 0.286), ("wording and order", 0.852)):
        assert recorded / 1.8 < np.mean([part[name] for part in parts]) < recorded * 1.8
    assert 1.6 < np.mean([bits(r, rng)["ratio"] for r in rated]) < 3.0
    assert 0.3 < np.mean([transfer(r, 20, rng) for r in rated]) < 0.77
    assert 0.45 < np.mean([half_half(r, 5, rng) for r in rated]) < 0.8
    assert 0.05 < np.mean([order_effect(r)["order flips, median model"] for r in rated]) < 0.25
    asked = [bits(simulate(seed, preset("compass"), POLITICAL_COMPASS), rng) for seed in range(4)]
    assert abs(np.mean([found["one"] for found in asked]) - 0.577) < 0.1
    assert abs(np.mean([found["many"] for found in asked]) - 0.370) < 0.1


def test_recorded_ratings_have_the_figures_that_science_prints(shared: Path) -> None:
    """SCIENCE 1 and 4: one wording .60 bits and ten .37, claimed .97 and kept .57; ValuePortrait's variance shares."""
    asked = bits(political_compass(shared / "data"), np.random.default_rng(0))
    assert asked["many"] == pytest.approx(0.37, abs=0.005)
    assert asked["one"] == pytest.approx(0.60, abs=0.03)
    assert (asked["claim"], asked["keep"]) == (pytest.approx(0.97, abs=0.01), pytest.approx(0.57, abs=0.005))
    rated = value_portrait(shared / "data")
    found = shares(rated)
    for name, printed in (("model", 0.18), ("item", 0.37), ("model x item", 0.29), ("wording and order", 0.86)):
        assert found[name] == pytest.approx(printed, abs=0.015)
    assert bits(rated, np.random.default_rng(0))["many"] == pytest.approx(0.48, abs=0.01)


def test_shares_of_a_table_worked_by_hand() -> None:
    """Two models that differ by 2 everywhere, two items that differ by 1, two wordings that differ by 0."""
    values = np.array([[[1.0, 1.0], [2.0, 2.0]], [[3.0, 3.0], [4.0, 4.0]]])
    found = shares(Ratings(values, (2.5,), 2.5))
    assert found["model"] == pytest.approx(2.0)
    assert found["item"] == pytest.approx(0.5)
    assert found["model x item"] == pytest.approx(0.0)
    assert found["wording and order"] == 0.0
    assert np.array_equal(signs(Ratings(np.repeat(values, 2, axis=2), (2.5,), 2.5)).values[0], [[-1.0] * 4] * 2)


def test_bits_of_a_table_worked_by_hand() -> None:
    """Four models, two say 1 and two say 3 in every wording: one bit by one wording and by many, less the bias."""
    values = np.array([1.0, 1.0, 3.0, 3.0])[:, None, None] * np.ones((4, 20, 6))
    found = bits(Ratings(values, (2.0,), 2.0), np.random.default_rng(0))
    assert found["one"] == pytest.approx(1.0)
    assert found["keep"] == pytest.approx(1.0)
    assert 0.9 < found["many"] <= 1.0
