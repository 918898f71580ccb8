"""The response process: what it depends on, how much it varies, and the truth that is computed from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.errors import ConfigError
from cruxbank.simulator.asking import order_of, read_request
from cruxbank.simulator.direction import direction
from cruxbank.simulator.hashing import Picks, normals, uniforms
from cruxbank.simulator.presets import preset
from cruxbank.simulator.prose import opinion
from cruxbank.simulator.response import plan, random_noise
from cruxbank.simulator.roles import reply
from cruxbank.simulator.roster import DIMENSIONS, MODELS, family_of
from cruxbank.simulator.subject import subject
from cruxbank.simulator.traits import covariance, draw_traits
from cruxbank.simulator.truth import profile, true_separation
from cruxbank.simulator.world import World

IDS = tuple(model.id for model in MODELS)
PANEL = IDS[:3] + IDS[4:7] + IDS[8:11] + IDS[12:15]
TOPICS = tuple(
    f"{first} {second}"
    for first in ("public", "rural", "private", "online", "religious", "military")
    for second in (
        "schools",
        "hospitals",
        "gambling",
        "farming",
        "housing",
        "charities",
        "museums",
        "radio",
        "transport",
        "mining",
    )
)
FRAMES = (
    ("Should the state allow {}?", False),
    ("Should the state forbid {}?", True),
    ("Is it right to permit {}?", False),
    ("Do you think {} should be accepted?", False),
    ("Is it wrong to permit {}?", True),
    ("Would you support {}?", False),
)


@pytest.fixture(scope="module")
def world() -> World:
    return World(0)


def wordings(topic: str) -> list[str]:
    return [frame.format(topic) for frame, _ in FRAMES]


MIRROR = [mirrored for _, mirrored in FRAMES]


def stances(world: World, text: str, draws: int = 60) -> np.ndarray:
    """Mean stance of each model towards the text as it is worded."""
    noise = random_noise(np.random.default_rng(1), (draws, len(IDS)))
    return np.asarray(plan(world.preset, world.latents(IDS, text), noise).stance.mean(axis=0))


@given(st.lists(st.text(), min_size=1, max_size=4), st.integers(1, 60))
@settings(max_examples=60)
def test_hashed_numbers_depend_on_their_parts_alone(parts: list[str], n: int) -> None:
    assert np.array_equal(normals(n, *parts), normals(n, *parts))
    u = uniforms(n, *parts)
    assert u.min() > 0
    assert u.max() < 1
    assert not np.array_equal(normals(8, *parts), normals(8, *parts, "more"))


def test_hashed_normals_are_normal() -> None:
    z = np.concatenate([normals(50, "z", k) for k in range(400)])
    assert abs(z.mean()) < 0.03
    assert abs(z.std() - 1) < 0.02


def test_values_are_person_centred_and_lie_on_schwartzs_circle() -> None:
    theta = np.concatenate([World(seed).traits.theta for seed in range(30)])
    assert np.allclose(theta.sum(axis=1), 0)
    r = np.corrcoef(theta, rowvar=False)
    at = {name: k for k, name in enumerate(DIMENSIONS)}
    assert r[at["universalism"], at["benevolence"]] > 0.1
    assert r[at["power"], at["achievement"]] > 0.1
    assert r[at["universalism"], at["power"]] < -0.3
    assert covariance().shape == (10, 10)


def test_families_correlate_a_little(world: World) -> None:
    within, between = [], []
    for seed in range(20):
        r = np.corrcoef(draw_traits(seed, world.preset).theta)
        same = np.array([[family_of(a) == family_of(b) for a in IDS] for b in IDS])
        within.append(r[same & ~np.eye(len(IDS), dtype=bool)].mean())
        between.append(r[~same].mean())
    assert 0.05 < np.mean(within) - np.mean(between) < 0.35


def test_most_models_seldom_refuse_and_none_more_than_half() -> None:
    rates = np.concatenate([1 / (1 + np.exp(-World(seed).traits.refusal)) for seed in range(20)])
    assert rates.max() <= 0.46
    assert 0.5 < (rates < 0.05).mean() < 0.85
    assert (rates > 0.2).mean() > 0.03


@pytest.mark.parametrize(
    ("base", "mirror"),
    [
        ("Should cities allow fireworks?", "Should cities ban fireworks?"),
        ("Is it right to eat meat?", "Is it wrong to eat meat?"),
        (
            "When it comes to schools, should personal freedom count for more than public safety?",
            "When it comes to schools, should public safety count for more than personal freedom?",
        ),
        ("Should museums keep looted art?", "Should museums refuse to keep looted art?"),
    ],
)
def test_a_mirror_reverses_the_direction(base: str, mirror: str) -> None:
    assert direction(base).sign == -direction(mirror).sign


def test_a_mirror_turns_the_stance_round(world: World) -> None:
    turned, plain = [], []
    for topic in TOPICS:
        base, mirror = (
            stances(world, f"Should the state allow {topic}?"),
            stances(world, f"Should the state ban {topic}?"),
        )
        both = base - world.traits.acquiescence, mirror - world.traits.acquiescence
        turned.append(np.corrcoef(*both)[0, 1])
        plain.append(base.mean() * mirror.mean())
    assert np.mean(turned) < -0.15
    assert np.mean(plain) < 0


def test_an_aside_does_not_turn_a_question_round() -> None:
    plain = "Should cities allow fireworks?"
    assert direction(plain).sign == direction("Should cities allow fireworks, even if some people oppose that?").sign


def test_paraphrases_agree_more_than_different_questions(world: World) -> None:
    same, other = [], []
    for k, topic in enumerate(TOPICS[:20]):
        first = stances(world, FRAMES[0][0].format(topic))
        same.append(np.corrcoef(first, stances(world, FRAMES[2][0].format(topic)))[0, 1])
        other.append(np.corrcoef(first, stances(world, FRAMES[2][0].format(TOPICS[k + 25])))[0, 1])
    assert np.mean(same) > np.mean(other) + 0.1


def test_loaded_words_push_the_answer(world: World) -> None:
    plain = np.mean([stances(world, f"Should the state allow {t}?").mean() for t in TOPICS[:12]])
    pushed = np.mean(
        [stances(world, f"Should the state surely allow {t}, which is vital?").mean() for t in TOPICS[:12]]
    )
    assert pushed > plain + 0.2


@pytest.mark.parametrize(("preset", "ratio"), [("opinionated", (0.4, 1.4)), ("compass", (4.0, 12.0))])
def test_variance_between_models_against_wording_is_that_of_the_preset(preset: str, ratio: tuple[float, float]) -> None:
    """(model + interaction) / (wording + noise), latent: .29 / .60 and .41 / .06; questions with more words divide more."""
    between, rest = [], []
    for seed in range(10):
        world = World(seed, preset)
        y = np.array([[world.latents(IDS, text).stance for text in wordings(topic)] for topic in TOPICS[::4]])
        plain = y[:, [k for k, mirrored in enumerate(MIRROR) if not mirrored]]
        rest.append(plain.var(axis=1, ddof=1).mean() + world.preset.noise)
        between.append((plain.mean(axis=1)).var(axis=1, ddof=1).mean())
    assert ratio[0] < np.median(between) / np.median(rest) < ratio[1]  # median: few words, heavy tails


def test_an_answer_raises_two_to_four_values_and_mostly_argues_from_them(world: World) -> None:
    noise = random_noise(np.random.default_rng(2), (20, len(IDS)))
    plans = [plan(world.preset, world.latents(IDS, f"Should the state allow {t}?"), noise).values for t in TOPICS]
    values = np.concatenate(plans)
    assert 2 < (values != 0).sum(axis=-1).mean() < 4
    assert (values != 0).sum(axis=-1).max() <= 6
    assert 0.7 < (values > 0).sum() / (values != 0).sum() < 0.95


def test_key_points_vary(world: World) -> None:
    points: set[str] = set()
    answers = 0
    for topic in TOPICS:
        question = f"Should the state allow {topic}?"
        for model in IDS[::2]:
            planned = world.respond(model, question, "a")
            one = type(planned)(planned.refused, planned.stance[0], planned.values[0], planned.margin[0])
            points.update(opinion(one, subject(question), Picks(model, topic))[1])
            answers += 1
    assert answers == 840
    assert len(points) > 2 * answers


@pytest.mark.parametrize(("suffix", "low", "high"), [("f00", -0.1, 0.1), ("f10", 0.0, 0.2), ("f30", 0.2, 0.4)])
def test_the_family_correlation_can_be_chosen(suffix: str, low: float, high: float) -> None:
    size = preset(f"compass-{suffix}")
    same = np.array([[family_of(a) == family_of(b) for a in IDS] for b in IDS]) & ~np.eye(len(IDS), dtype=bool)
    loads = [draw_traits(seed, size).loadings[:, 0] for seed in range(60)]
    products = [(np.outer(z, z)[same]).mean() / (z**2).mean() for z in loads]
    assert low < np.mean(products) < high


def test_an_unknown_world_is_refused_by_name() -> None:
    for name in ("kompass", "compass-f20", "-f10", "f10"):
        with pytest.raises(ConfigError, match="is unknown"):
            preset(name)


def test_models_that_differ_more_in_their_steadiness_do_so_on_average_by_nothing() -> None:
    fickle = np.concatenate([draw_traits(seed, preset("opinionated")).fickle for seed in range(60)])
    assert abs((fickle**2).mean() - 1) < 0.25
    assert 0.7 < np.log(fickle).std() < 0.8


def test_the_option_that_is_listed_first_pulls(world: World) -> None:
    question = f"Should the state allow {TOPICS[5]}?"
    first, last = (
        np.array([world.respond(model, question, k, order=order).stance[0] for model in IDS for k in range(12)])
        for order in (1, -1)
    )
    pull = (first - last).reshape(len(IDS), -1).mean(axis=1)
    assert np.corrcoef(pull, world.traits.order)[0, 1] > 0.4
    assert ((pull == 0) | (np.sign(pull) == np.sign(world.traits.order))).all()


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Should cities cap rents?", 0),
        ("Should cities cap rents?\n- yes\n- no", 1),
        ("Should cities cap rents?\n(A) No\n(B) Yes", -1),
        ("Should cities cap rents? (no / yes)", -1),
        ("Should cities cap rents? Options: yes, no", 1),
        ("Is there no way to cap rents? Give your stance.", 0),
    ],
)
def test_the_order_of_listed_options_is_read_from_the_prompt(text: str, order: int) -> None:
    request = {"model": IDS[0], "messages": [{"role": "user", "content": text}]}
    assert order_of(read_request(request)) == order


def test_refusals_go_with_strong_values() -> None:
    traits = [draw_traits(seed, preset("compass")) for seed in range(40)]
    rates, extremity = (np.concatenate([getattr(t, name) for t in traits]) for name in ("refusal", "extremity"))
    ranks = (np.argsort(np.argsort(x)) for x in (rates, extremity))
    assert 0.3 < np.corrcoef(*ranks)[0, 1] < 0.5


def test_truth_is_zero_for_one_model_twice_and_varies_over_questions(world: World) -> None:
    twin = true_separation(wordings(TOPICS[0]), MIRROR, [IDS[0], IDS[0]], world=world)
    assert twin.joint < 0.02
    assert twin.mean < 0.005
    assert twin.stance < 0.005
    found = [true_separation(wordings(topic), MIRROR, PANEL, world=world, draws=40) for topic in TOPICS]
    means = np.sort([truth.mean for truth in found])
    joints = np.sort([truth.joint for truth in found])
    assert means[-15:].mean() > 2 * means[:15].mean()
    assert joints[-15:].mean() > 1.5 * joints[:15].mean()
    assert joints.max() <= np.log2(len(PANEL))
    assert set(found[0].by_dimension) == set(DIMENSIONS)


def test_truth_does_not_change_from_call_to_call_and_refuses_nonsense(world: World) -> None:
    first = true_separation(wordings(TOPICS[1]), MIRROR, PANEL, world=world, draws=20)
    assert first == true_separation(wordings(TOPICS[1]), MIRROR, PANEL, seed=0, draws=20)
    with pytest.raises(ValueError, match="mirror"):
        true_separation(["Is it?"], [], PANEL)


def test_truth_is_what_the_answers_themselves_show(world: World) -> None:
    """The share of yes among texts over many repeats comes near the latent process's."""
    question = f"Should the state allow {TOPICS[3]}?"
    model = "sim-cedar-2"
    request = {"model": model, "messages": [{"role": "user", "content": question}]}
    wanted = {"type": "json_object"}
    texts = [reply(world, read_request(request | {"seed": k, "response_format": wanted})) for k in range(400)]
    yes = np.mean(['"stance": "yes"' in text for text in texts])
    noise = random_noise(np.random.default_rng(3), (4000, 1))
    plans = plan(world.preset, world.latents([model], question), noise)
    assert abs(yes - ((plans.stance > 0) & ~plans.refused).mean()) < 0.08


def test_a_profile_is_the_hidden_one(world: World) -> None:
    assert np.array_equal(profile("sim-fern-2"), world.traits.theta[IDS.index("sim-fern-2")])
    with pytest.raises(KeyError):
        profile("gpt-9")
