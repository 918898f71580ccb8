"""`crux judge calibrate`: labelled texts in, calibration.json and a report out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cruxbank.accuracy import Calibration
from cruxbank.app.calibration_figures import Readings, calibrated
from cruxbank.app.judge_identity import identify_judge
from cruxbank.app.judging import check_affordable, judge_at_work, ledger_for, take
from cruxbank.app.labels import Labels, read_labels
from cruxbank.calibrations import FILE, text_of
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.errors import ConfigError, StoreError
from cruxbank.graphs.events import Events
from cruxbank.report.calibration_page import calibration_report
from cruxbank.report.calibration_text import as_markdown
from cruxbank.values.systems import ValueSystem, load_system

REPORT, MARKDOWN = "calibration.html", "calibration.md"


def calibrate(settings: Settings, labels: Path, out: Path, listener: Events) -> tuple[Calibration, dict[str, Any]]:
    """Have the configured judge read labelled texts; writes calibration.json, calibration.html and calibration.md.

    Returns the calibration and what it cost. After a stop the same command goes on: read answers are in the ledger.

    Raises:
        InputError: the labels cannot be used.
        CruxbankError: the judge is not ready, or a budget ended.
    """
    return asyncio.run(acalibrate(settings, labels, out, listener))


async def acalibrate(settings: Settings, file: Path, out: Path, listener: Events) -> tuple[Calibration, dict[str, Any]]:
    """The same inside a running event loop (a notebook)."""
    system = load_system(settings.values)
    labels = read_labels(file, system)
    check_affordable(settings, len(labels.rows))
    check_languages_read(settings, labels)
    check_out(out)
    session = f"calibrate-{labels.digest[:16]}"
    async with judge_at_work(settings, system, ledger_for(settings, out), session) as bench:
        taken = await take(bench, [label.response() for label in labels.rows], listener)
        usd = bench.paid.usd
    found = calibration_of(settings, system, labels, Readings(taken.verdicts, taken.scores, taken.calls))
    write_calibration(found, out)
    told = {"calls": taken.calls, "usd": round(usd, 6), "contradictions": list(labels.contradictions)}
    return found, {**told, **_files(out)}


def calibration_of(settings: Settings, system: ValueSystem, labels: Labels, readings: Readings) -> Calibration:
    """The calibration of the configured judge from what it read."""
    simulated = any(settings.model(m).simulated for m in settings.judges)
    return calibrated(labels, readings, identify_judge(settings, system), system.ids, simulated)


def check_languages_read(settings: Settings, labels: Labels) -> None:
    """The local judge reads English.

    Raises:
        ConfigError: a label says that its text is in another language.
    """
    other = next((r.language for r in labels.rows if r.language and r.language.split("-")[0] != "en"), None)
    if other is not None and settings.agents.judge == LOCAL:
        raise ConfigError(
            f"labels: a text in '{other}', but the local judge reads English", hint="name another --judge"
        )


def check_out(out: Path) -> None:
    """The folder for the results is there.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"--out {out}: {error.strerror}", hint="name a folder that can be written") from error


def write_calibration(found: Calibration, out: Path) -> None:
    """calibration.json and its two reports.

    Raises:
        StoreError: one of them cannot be written.
    """
    calibration_report(found, out / REPORT)
    for name, text in ((MARKDOWN, as_markdown(found)), (FILE, text_of(found))):
        try:
            (out / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{out / name}: {error.strerror}", hint="check space and permissions") from error


def _files(out: Path) -> Mapping[str, str]:
    return {"calibration": str(out / FILE), "report": str(out / REPORT), "markdown": str(out / MARKDOWN)}
