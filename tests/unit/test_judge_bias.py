"""Judges of a panel's family: the test, its record, and who may begin a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from cruxbank.accuracy import Accuracy, Calibration, DimensionAccuracy, JudgeIdentity
from cruxbank.app.judge_identity import identify_writer
from cruxbank.app.own_family import Preference, check_own_family, has_passed, judge_alone, read_tests, record_test
from cruxbank.app.self_preference import _preference, check_models, check_panel, family_rows, judge_preference
from cruxbank.app.small_set import _answers
from cruxbank.app.variants import compared
from cruxbank.app.writer_preference import writer_preference
from cruxbank.config.families import own_family
from cruxbank.config.loading import config_hash, settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import ConfigError, InputError
from cruxbank.items import Exit, Item, Outcome, Response, Topic, Verdict, Wording
from cruxbank.measures import Estimate
from cruxbank.science.proportions import rate_of
from cruxbank.science.self_preference import excess, permutation
from cruxbank.science.value_rates import value_rates
from cruxbank.values.systems import load_system
from tests.report_bank import item

SYSTEM = load_system("schwartz-10")


def configured(tmp_path: Path, **sections: Any) -> Settings:
    data = yaml.safe_load(presets()["simulated"]) | {"bank": str(tmp_path / "bank")}
    return settings_from({**data, **sections})


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_may_begin(name: str) -> None:
    settings = settings_from(yaml.safe_load(presets()[name]))
    check_own_family(settings, SYSTEM)


def test_a_judge_of_the_panel_needs_a_passed_test(tmp_path: Path) -> None:
    settings = configured(tmp_path, agents={"judge": "sim-aster-4", "generator": "sim-birch-4"})
    assert own_family(settings) == {"sim-aster-4": "judge", "sim-birch-4": "generator"}
    with pytest.raises(ConfigError, match="the judge 'sim-aster-4' is of the scoring panel's family 'aster'"):
        check_own_family(settings, SYSTEM)
    own = tuple(m for m in settings.panels.scoring if "aster" in m)
    record_test(settings.bank, preference(settings, own, passed=False))
    assert not has_passed(settings, SYSTEM, "sim-aster-4", "judge")
    record_test(settings.bank, preference(settings, own[:-1]))
    assert not has_passed(settings, SYSTEM, "sim-aster-4", "judge")  # a model that was not tested
    record_test(settings.bank, preference(settings, own))
    assert len(read_tests(settings.bank).tests) == 1
    with pytest.raises(ConfigError, match="the generator 'sim-birch-4'"):
        check_own_family(settings, SYSTEM)
    record_test(settings.bank, preference(settings, (), role="generator", model="sim-birch-4", family="birch"))
    own = tuple(m for m in settings.panels.scoring if "birch" in m)
    record_test(settings.bank, preference(settings, own, role="generator", model="sim-birch-4", family="birch"))
    check_own_family(settings, SYSTEM)
    models = [m.model_copy(update={"model": "sim-elm-1"}) if m.id == "sim-birch-4" else m for m in settings.models]
    repointed = settings.model_copy(update={"models": tuple(models)})
    assert has_passed(settings, SYSTEM, "sim-birch-4", "generator")
    assert not has_passed(repointed, SYSTEM, "sim-birch-4", "generator"), "another model behind the same id"


def test_a_test_of_another_prompt_or_system_does_not_count(tmp_path: Path) -> None:
    settings = configured(tmp_path, agents={"judge": "sim-aster-4"})
    own = tuple(m for m in settings.panels.scoring if "aster" in m)
    record_test(settings.bank, preference(settings, own))
    assert has_passed(settings, SYSTEM, "sim-aster-4", "judge")
    assert not has_passed(settings, load_system("moral-foundations"), "sim-aster-4", "judge")


def test_it_can_be_allowed_openly(tmp_path: Path) -> None:
    settings = configured(tmp_path, agents={"judge": "sim-aster-4"}, judging={"allow_own_family": True})
    check_own_family(settings, SYSTEM)


def test_what_is_only_told_does_not_make_another_run(tmp_path: Path) -> None:
    plain, other = configured(tmp_path), configured(tmp_path, judging={"calibration": "c.json", "min_canaries": 0.9})
    assert config_hash(plain) == config_hash(other)
    assert config_hash(plain) != config_hash(configured(tmp_path, judging={"canaries": 0.1}))


def preference(settings: Settings, own: tuple[str, ...], passed: bool = True, **changes: Any) -> Preference:
    zero = Estimate(est=0.0, lo=-0.01, hi=0.01)
    found = Preference(
        role="judge",
        model="sim-aster-4",
        family="aster",
        own=own,
        others=("sim-birch-1",),
        reference=("sim-elm-1",),
        responses=100,
        items=10,
        overall=zero,
        p=0.5,
        margin=0.05,
        passed=passed,
    )
    if changes.get("role") != "generator":
        changes["judge"] = judge_alone(settings, SYSTEM, "sim-aster-4")
    else:
        changes["writer"] = identify_writer(settings, str(changes["model"]))
    return found.model_copy(update=changes)


def test_references_are_of_other_families(tmp_path: Path) -> None:
    settings = configured(tmp_path)
    check_models(settings, "sim-aster-1", ["sim-elm-1"], labelled=False)
    check_models(settings, "sim-aster-1", [], labelled=True)
    with pytest.raises(ConfigError, match="is of the family 'quill' of 'sim-quill-1'"):
        check_models(settings, "sim-quill-1", ["sim-elm-1"], labelled=False)
    with pytest.raises(ConfigError, match="people's labels are given too"):
        check_models(settings, "sim-aster-1", ["sim-elm-1"], labelled=True)
    for references, message in (
        (["sim-aster-2"], "of the family 'aster' too"),
        ([], "nobody"),
        (["x"], "no model 'x'"),
    ):
        with pytest.raises(ConfigError, match=message):
            check_models(settings, "sim-aster-1", references, labelled=False)


def texts(folder: Path, *rows: str) -> Path:
    file = folder / "labels.csv"
    file.write_text("\n".join(("text,power,model,family,group", *rows)) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "rows,message",
    [
        (["One.,1,,birch,"], "none of 1 answers are of the judge's family 'aster'"),
        (["One.,1,m,aster,", "Two.,1,n,aster,"], "all 2 answers are of the judge's family 'aster'"),
        (["One.,1,,,"], "none of 0 answers"),
        (["One.,1,m,aster,", "Two.,1,m,birch,"], "'m' is of the families 'aster' and 'birch'"),
    ],
)
def test_labels_that_can_compare_nothing_are_refused_before_anything_is_paid(
    tmp_path: Path, rows: list[str], message: str
) -> None:
    settings = configured(tmp_path)
    with pytest.raises(InputError, match=message):
        judge_preference(settings, "sim-aster-1", [], Deaf(), texts(tmp_path, *rows))
    assert not settings.bank.exists()


class Deaf:
    def emit(self, name: str, **fields: Any) -> None:
        """Nothing."""


def test_labels_without_models_are_parted_by_family(tmp_path: Path) -> None:
    file = texts(tmp_path, "One.,1,,aster,", "Two.,0,,birch,", "Three.,0,m,birch,")
    rows = family_rows(file, SYSTEM, "aster")
    assert [row.response().model for row in rows] == ["aster", "birch", "m"]


def test_a_budget_that_does_not_reach_is_refused_with_what_would(tmp_path: Path) -> None:
    small = configured(tmp_path, budget={"calls": 50})
    with pytest.raises(ConfigError, match=r"budget.calls: 50, \d+ questions to 12 models and 2 readings") as caught:
        judge_preference(small, "sim-aster-1", ["sim-elm-1"], Deaf(), questions=8)
    assert "give --budget-calls 288 or more" in caught.value.hint  # 8 questions x 12 models x (1 answer + 2 readings)
    with pytest.raises(ConfigError, match=r"budget\.calls: 50, 8 questions to write") as caught:
        writer_preference(small, "sim-aster-1", Deaf(), 8)
    assert "--budget-calls 200" in caught.value.hint  # 8 to write, 16 questions x 12 models
    assert not [*small.bank.glob("*")]  # no ledger: nobody was called


def test_the_banks_answers_are_to_the_base_where_there_is_one() -> None:
    """And never to a wording in another language, which the judge would read beside the item's own."""
    plain = item("Is it?", Exit.ADMITTED, Topic(text="t", domain="d"))
    german = Wording(kind="base", text="Ist es so?", language="de")
    one = plain.model_copy(update={"wordings": (*plain.wordings, german)})
    given = [
        Response(item=one.id, wording=wording, model=model, state=state)
        for model, wording, state in (
            ("m", 2, "answered"),
            ("m", 1, "answered"),
            ("m", 0, "answered"),
            ("n", 1, "answered"),
            ("n", 0, "failed"),
            ("o", 2, "answered"),
            ("p", 0, "answered"),
        )
    ]
    found = _answers(one, given, ["m", "n", "o"])
    assert [(r.model, r.question) for r in found] == [("m", "Is it?"), ("n", "Not: Is it?")]


def test_a_panel_of_one_family_can_show_nothing(tmp_path: Path) -> None:
    settings = configured(tmp_path)
    own = tuple(m for m in settings.panels.scoring if settings.model(m).family == "aster")
    panels = settings.panels.model_copy(update={"scoring": own})
    with pytest.raises(ConfigError, match=r"everybody in panels\.scoring is of the family 'aster'"):
        check_panel(settings.model_copy(update={"panels": panels}), "sim-aster-1", "--judge")


def test_a_group_of_labels_moves_together(tmp_path: Path) -> None:
    """Ten copies of a group in other words know no more than one of them: the interval has to stay as wide."""
    settings, generator = configured(tmp_path), np.random.default_rng(0)
    x = np.repeat(generator.normal(size=(12, 10)), 10, axis=0)
    models = ["m" if i % 20 < 10 else "n" for i in range(120)]
    answers = [Response(item=f"it_{i}", wording=0, model=m, state="answered") for i, m in enumerate(models)]
    families = ["aster" if m == "m" else "birch" for m in models]
    groups = [f"g{i // 10}" for i in range(120)]
    wide, narrow = (
        _preference(settings, SYSTEM, "sim-aster-1", [], answers, families, alike, x).overall
        for alike in (groups, [r.item for r in answers])
    )
    assert wide.hi - wide.lo > 2 * (narrow.hi - narrow.lo)


def world(planted: float, seed: int, held: float = 0.0, everywhere: float = 0.0) -> tuple[Any, ...]:
    """12 models, three of the family, 60 items; the judge finds `planted` more in the family's, everybody `held` more."""
    generator = np.random.default_rng(seed)
    models, items = np.tile(np.arange(12), 60), np.repeat(np.arange(60), 12)
    own = np.arange(12) < 3
    truth = generator.random((720, 4)) < 0.3 + held * own[models][:, None]
    judge = np.where(generator.random((720, 4)) < 0.1, ~truth, truth) | (
        generator.random((720, 4)) < planted * own[models][:, None] + everywhere
    )
    reference = np.where(generator.random((720, 4)) < 0.1, ~truth, truth)
    return judge.astype(float) - reference, models, own, items, generator


def test_a_fair_judge_passes_also_where_the_family_holds_the_value_more() -> None:
    found = excess(*world(0.0, 1, held=0.25))
    assert found.passed
    assert found.overall.lo <= 0 <= found.overall.hi
    assert found.p > 0.05


def test_a_judge_that_finds_more_everywhere_is_no_favourer() -> None:
    x, *rest = world(0.0, 5, everywhere=0.2)
    assert x.mean() > 0.1
    found = excess(x, *rest)
    assert abs(found.overall.est) < 0.05
    assert found.overall.lo <= 0 <= found.overall.hi


def test_a_judge_that_favours_its_family_fails() -> None:
    found = excess(*world(0.2, 2))
    assert not found.passed
    assert found.overall.lo > 0.05
    assert found.p == pytest.approx(1 / 220)  # the family's three are the highest of all choices of three of twelve


def test_too_few_answers_show_nothing() -> None:
    x, models, own, items, generator = world(0.0, 3)
    few = items < 4
    assert not excess(x[few], models[few], own, items[few], generator).passed


def test_unread_answers_are_left_out_and_both_sides_are_needed() -> None:
    x, models, own, items, generator = world(0.2, 4)
    x[::5] = np.nan
    assert excess(x, models, own, items, generator).overall.lo > 0.05
    x[own[models]] = np.nan
    with pytest.raises(ValueError, match="of the family"):
        excess(x, models, own, items, generator)


def test_permutation_by_hand() -> None:
    """Two of four models: of six choices {0, 1} and {2, 3} lie furthest from zero."""
    means = np.array([[1.0], [0.9], [0.1], [0.0]])
    assert permutation(means, np.array([True, True, False, False]), np.random.default_rng(0)) == pytest.approx(2 / 6)


def test_masked_variants_by_hand() -> None:
    def verdict(present: bool) -> Verdict:
        return Verdict(state="scored", outcomes={"power": Outcome.SUPPORTS if present else Outcome.ABSENT})

    question = "Should the city own the harbour and its cranes?"
    quoting = Response(
        item="a",
        wording=0,
        model="m",
        state="answered",
        key_points=("The city own the harbour now.",),
        question=question,
    )
    plain = Response(item="b", wording=0, model="m", state="answered", key_points=("Yes, why not.",), question=question)
    lost = verdict(True), Verdict(state="unscored")
    found = compared(
        "j",
        [quoting, plain, plain],
        [verdict(True), verdict(False), lost[0]],
        [verdict(False), verdict(False), lost[1]],
        SYSTEM,
    )
    assert (found.responses, found.read, found.changed_texts, found.changed_verdicts) == (3, 2, 1, 1)
    power = found.dimensions["power"]
    assert (power.same, power.as_is, power.masked, power.shift.est) == (0.5, 0.5, 0.0, -0.5)


def calibration(sensitivity: int, specificity: int) -> Calibration:
    accuracy = Accuracy(sensitivity=rate_of(sensitivity, 100), specificity=rate_of(specificity, 100))
    return Calibration(
        judge=JudgeIdentity(judge="j", value_system="schwartz-10", system_digest=""),
        labels_digest="",
        texts=200,
        scored=200,
        refused=0,
        groups=200,
        signed_labels=False,
        dimensions={"power": DimensionAccuracy(present=accuracy)},
    )


def rated(number: int, **changes: Any) -> Item:
    """An operational item that model m answered six times, raising power three times; read by the calibrated judge."""
    base = item("One?", Exit.ADMITTED, Topic(text="rent control"))
    origin = {"signed": False, "judge_digest": calibration(90, 80).judge.digest}
    origin |= {name: changes.pop(name) for name in ("signed", "judge_digest") if name in changes}
    told = {"id": f"it_{number}", "verdicts": {"m": {"power": (3, 0, 0, 3)}}, **changes}
    return base.model_copy(update={**told, "provenance": base.provenance.model_copy(update=origin)})


def test_rates_are_corrected_where_the_judge_is_known() -> None:
    items = [rated(i) for i in range(30)]
    rows = value_rates(items, ["power", "security"], calibration(90, 80))
    power, security = rows
    assert (power.raw.est, power.raw.n, power.uncalibrated) == (0.5, 180, 0)
    assert power.corrected is not None
    assert power.corrected.est == pytest.approx((0.5 + 0.8 - 1) / 0.7)
    assert power.corrected.lo < power.corrected.est < power.corrected.hi
    assert power.corrected.hi - power.corrected.lo > power.raw.hi - power.raw.lo
    assert (security.raw.n, security.corrected, security.identified) == (0, None, None)
    coin = value_rates(items, ["power"], calibration(52, 50))[0]
    assert (coin.corrected, coin.identified) == (None, False)
    assert value_rates(items, ["power"])[0].uncalibrated == 0


@pytest.mark.parametrize(
    "other", [{"judge_digest": "ff"}, {"judge_digest": ""}, {"kind": "scenario"}, {"language": "de"}]
)
def test_a_calibration_corrects_only_what_it_was_made_on(other: dict[str, str]) -> None:
    """The others raise power always: raw rates move, the corrected one does not."""
    made, mine = calibration(90, 80), [rated(i) for i in range(30)]
    always = {"verdicts": {"m": {"power": (6, 0, 0, 0)}}}
    items = [*mine, *(rated(30 + i, **other, **always) for i in range(10))]
    alone, mixed = value_rates(mine, ["power"], made)[0], value_rates(items, ["power"], made)[0]
    assert mixed.corrected == alone.corrected
    assert (mixed.raw.est, mixed.raw.n, mixed.uncalibrated) == (0.625, 240, 60)
    nothing = value_rates(items[30:], ["power"], made)[0]
    assert (nothing.corrected, nothing.identified, nothing.uncalibrated) == (None, None, 60)


def test_sides_are_told_over_answers_whose_judge_knew_them() -> None:
    """Of 25 answers that are read for presence and 5 for sides, all against: opposes is 5 of 5, not 5 of 30."""
    presence = rated(1, verdicts={"m": {"power": (25, 0, 0, 0)}})
    sides = rated(2, verdicts={"m": {"power": (0, 5, 0, 0)}}, signed=True)
    rows = {rate.side: (rate.raw.hits, rate.raw.n) for rate in value_rates([presence, sides], ["power"])}
    assert rows == {"present": (30, 30), "supports": (0, 5), "opposes": (5, 5)}
    assert [rate.side for rate in value_rates([presence], ["power"])] == ["present"]
