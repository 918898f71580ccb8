"""The table of admission, walked rule by rule."""

from __future__ import annotations

import pytest

from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.admission import MIN_MODELS, RULES, SCORE_RULES, Measured, admit
from cruxbank.items import Exit
from cruxbank.measures import Estimate, Framing, Score, Separation


@pytest.fixture
def settings(tmp_path) -> Settings:  # type: ignore[no-untyped-def]
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"])
    return load_settings(file)


def separation(lo: float = 0.2, lfdr: float = 0.01, models: int = MIN_MODELS) -> Separation:
    none = Estimate(est=0.0, lo=0.0, hi=0.0)
    return Separation(
        joint=Estimate(est=lo + 0.1, lo=lo, hi=lo + 0.3),
        lfdr=lfdr,
        q=0.5,
        q_se=0.1,
        stance=none,
        refusal=none,
        models=models,
        responses=48,
        framing=Framing(leaning=0.1, differential=0.0),
    )


GOOD = Measured(separation(), 0.0, False)


def test_a_good_draft_is_admitted(settings: Settings) -> None:
    assert admit(GOOD, settings) == (Exit.ADMITTED, ())


@pytest.mark.parametrize(
    ("measured", "exit_", "says"),
    [
        (GOOD._replace(unscored_share=0.31), Exit.UNSCORED, "31% of the responses unscored, limit 30%"),
        (GOOD._replace(separation=separation(models=7)), Exit.TOO_FEW_MODELS, "7 models"),
        (GOOD._replace(pushes=True), Exit.FRAMING, "leaning 0.10, differential leaning 0.00"),
        (GOOD._replace(separation=separation(lfdr=0.051)), Exit.LFDR, "0.051, limit 0.05"),
        (GOOD._replace(separation=separation(lo=0.0499)), Exit.LOW, "lower bound 0.050 bits"),
    ],
)
def test_each_rule_has_its_exit(settings: Settings, measured: Measured, exit_: Exit, says: str) -> None:
    found, reasons = admit(measured, settings)
    assert found is exit_
    assert says in reasons[0]


@pytest.mark.parametrize(
    "measured",
    [
        GOOD._replace(unscored_share=0.3),
        GOOD._replace(separation=separation(lfdr=0.05)),
        GOOD._replace(separation=separation(lo=0.05)),
    ],
)
def test_the_limits_themselves_pass(settings: Settings, measured: Measured) -> None:
    assert admit(measured, settings)[0] is Exit.ADMITTED


def test_a_published_score_is_decided_by_its_place_alone(settings: Settings) -> None:
    adaem = settings.model_copy(update={"objective": "adaem"})
    scored = GOOD._replace(
        separation=separation(lfdr=1.0), pushes=True, score=Score(total=4.0, panel="scoring", models=12)
    )
    assert admit(scored._replace(among_best=True), adaem) == (Exit.ADMITTED, ())
    assert admit(scored, adaem) == (Exit.SCORE, ("score 4.000 is not among the best so far",))
    assert admit(GOOD, adaem) == (Exit.SCORE, ("no score",))
    assert admit(scored._replace(among_best=True, unscored_share=0.31), adaem)[0] is Exit.UNSCORED
    assert [rule.exit for rule in SCORE_RULES] == [Exit.UNSCORED, Exit.SCORE]


def test_every_rule_is_walked_by_the_tests_above() -> None:
    assert [rule.exit for rule in RULES] == [
        Exit.UNSCORED,
        Exit.TOO_FEW_MODELS,
        Exit.LFDR,
        Exit.LOW,
        Exit.FRAMING,
    ]
