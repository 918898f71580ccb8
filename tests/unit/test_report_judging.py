"""The judging section of a run's report: known answers, calibration, own family, rates with the judge's errors off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cruxbank.accuracy import Accuracy, Calibration, CanaryReading, DimensionAccuracy, JudgeIdentity
from cruxbank.app.judge_identity import configured_calibration, identify_judge
from cruxbank.calibrations import sealed, text_of
from cruxbank.config.settings import Judging
from cruxbank.errors import InputError
from cruxbank.exports.lines import line
from cruxbank.report.data import read
from cruxbank.report.judging import JudgingFigures, judging_figures
from cruxbank.report.page import render
from cruxbank.science.canary_rates import canaries_in, canary_payload
from cruxbank.science.proportions import rate_of
from cruxbank.values.systems import load_system
from tests.report_bank import bank, settings

IDS = load_system("schwartz-10").ids


def calibration(judge: JudgeIdentity, sensitivity: int = 95, specificity: int = 90) -> Calibration:
    accuracy = Accuracy(sensitivity=rate_of(sensitivity, 100), specificity=rate_of(specificity, 100))
    return sealed(
        Calibration(
            judge=judge,
            labels_digest="ab",
            texts=200,
            scored=200,
            refused=0,
            groups=200,
            signed_labels=False,
            dimensions={d: DimensionAccuracy(present=accuracy) for d in IDS if d != "hedonism"},
        )
    )


def page(tmp_path: Path, made: Calibration | None = None) -> tuple[str, JudgingFigures]:
    """The report, and its section's figures: one model raises every value, the other none."""
    found = bank()
    chosen = found.settings
    if made is not None:
        file = tmp_path / "calibration.json"
        file.write_text(text_of(made), encoding="utf-8")
        chosen = chosen.model_copy(update={"judging": Judging(calibration=file)})
    try:
        figures = read(found.record, found.run, found.settings)
    finally:
        found.record.close()
    verdicts = {"sim-aster-1": dict.fromkeys(IDS, (2, 0, 0, 0)), "sim-birch-1": dict.fromkeys(IDS, (0, 0, 0, 2))}
    origin = {"judge_digest": made.judge.digest if made else ""}
    items = [
        item.model_copy(update={"verdicts": verdicts, "provenance": item.provenance.model_copy(update=origin)})
        for item in figures.items
    ]
    section = judging_figures(items, [], IDS, chosen)
    return render(replace(figures, judging=section)), section


def test_without_a_calibration_the_rates_say_so(tmp_path: Path) -> None:
    text, _ = page(tmp_path)
    assert "How often models raise a value" in text
    assert "its errors are in it" in text
    assert "No known answer went before the judge" in text


def test_corrected_rates_stand_before_the_raw_ones(tmp_path: Path) -> None:
    made = calibration(identify_judge(settings(), load_system("schwartz-10")))
    text, section = page(tmp_path, made)
    assert f"calibration <code>{made.digest[:16]}</code>" in text
    assert "200 labelled texts" in text
    assert "not identified" not in text
    assert section.uncorrected == ("hedonism",)  # no labels
    one, none = section.rate("sim-aster-1", "power"), section.rate("sim-birch-1", "power")
    assert one is not None
    assert none is not None
    assert one.corrected is not None
    assert none.corrected is not None
    assert (one.corrected.est, none.corrected.est) == (1.0, 0.0)  # (1 + .9 - 1) / .85 and (0 + .9 - 1) / .85, clipped
    assert "1.00 / 1.00" in text
    assert "0.00 / 0.00" in text


def test_a_judge_that_may_be_a_coin_is_named(tmp_path: Path) -> None:
    text, section = page(tmp_path, calibration(identify_judge(settings(), load_system("schwartz-10")), 55, 50))
    assert "not identified" in text
    assert section.uncorrected == IDS


def test_another_judges_calibration_is_refused_before_a_run(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    judge = identify_judge(settings(), load_system("schwartz-10"))
    file.write_text(text_of(calibration(judge)), encoding="utf-8")
    named = settings(judging={"calibration": file})
    assert configured_calibration(named) is not None
    assert configured_calibration(settings()) is None
    for other in ({"agents": {"judge": "sim-quill-3"}}, {"values": "moral-foundations"}):
        with pytest.raises(InputError, match="made for another"):
            configured_calibration(settings(judging={"calibration": file}, **other))


def test_known_answers_and_a_loud_warning() -> None:
    cues = [CanaryReading(kind="held", dimension="power", right=int(i < 2)) for i in range(10)]
    neutral = [CanaryReading(kind="neutral", right=5, of=10) for _ in range(10)]
    unread = CanaryReading(kind="held", dimension="power", read=False)
    payload = canary_payload([*cues, *neutral, unread])
    found = bank()
    figures = read(found.record, found.run, found.settings)
    judging = judging_figures(figures.items, [json.dumps(payload), "{}"], IDS, found.settings)
    found.record.close()
    assert (judging.canaries.asked, judging.canaries.unread) == (21, 1)
    assert judging.below
    text = render(replace(figures, judging=judging))
    assert "The judge misses known answers." in text
    assert "2 of 11 cues" in text
    assert "50 of 100 dimensions" in text
    assert "The judge is blind in places." in text
    assert "Of the cues of power, question it surely finds" in text
    assert "blind in places" not in render(figures)


def test_canaries_come_back_from_payloads() -> None:
    reading = CanaryReading(kind="neutral", right=9, of=10)
    assert canaries_in([json.dumps(canary_payload([reading]) | {"spent": {}}), "{}"]) == (reading,)
    assert canary_payload([]) == {}


def test_an_export_names_the_calibration_of_the_judge_that_read() -> None:
    found = bank()
    item = found.record.items()[0]
    found.record.close()
    made = calibration(identify_judge(settings(), load_system("schwartz-10")))
    origin = item.provenance.model_copy(update={"judge_digest": made.judge.digest})
    mine = item.model_copy(update={"provenance": origin})
    assert line(mine, 1.0, made)["provenance"]["calibration"] == made.digest
    for other in (mine.model_copy(update={"language": "zh"}), mine.model_copy(update={"kind": "scenario"}), item):
        assert "calibration" not in line(other, 1.0, made)["provenance"]
    assert "calibration" not in line(mine, 1.0)["provenance"]
    assert line(mine, 1.0)["provenance"]["own_family"] == []


def test_answers_that_another_judge_read_are_counted_as_not_calibrated(tmp_path: Path) -> None:
    found = bank()
    figures = read(found.record, found.run, found.settings)
    found.record.close()
    made = calibration(identify_judge(settings(), load_system("schwartz-10")))
    file = tmp_path / "calibration.json"
    file.write_text(text_of(made), encoding="utf-8")
    verdicts = {"sim-aster-1": dict.fromkeys(IDS, (2, 0, 0, 0))}
    items = [item.model_copy(update={"verdicts": verdicts}) for item in figures.items]
    section = judging_figures(items, [], IDS, settings(judging=Judging(calibration=file)))
    answers = 2 * len(items)
    assert section.uncalibrated == (answers, answers)
    assert f"{answers} of {answers} answers, read by another judge" in render(replace(figures, judging=section))


def test_a_judge_with_a_local_part_is_named_as_one() -> None:
    found = bank()
    figures = read(found.record, found.run, found.settings)
    found.record.close()
    assert figures.judge_note.startswith("read by the local judge: presence")
    maker = replace(figures.maker, judge="cascade(local, sim-quill-3)", local_reader="local")
    composed = replace(figures, maker=maker)
    assert composed.judge_note.startswith("read in part by the local judge, which knows presence of a value only")
    assert "read in part by the local judge" in render(composed)
    assert replace(figures, maker=replace(maker, judge="sim-quill-3", local_reader="")).judge_note == ""
