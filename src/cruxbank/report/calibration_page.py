"""A calibration as one HTML page: the table with its intervals, reliability curves, families. No outside address."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from cruxbank.accuracy import Calibration, DimensionAccuracy
from cruxbank.report import calibration_plots as plots, calibration_text as words
from cruxbank.report.page import environment, script_of, write_page


def calibration_report(found: Calibration, out: Path) -> Path:
    """Write the page to `out`; returns `out`. Equal calibrations give equal bytes.

    Raises:
        StoreError: the file cannot be written; an older one stays as it was.
    """
    write_page(out, render(found))
    return out


def render(found: Calibration) -> str:
    """The page as text; every text of a file is escaped."""
    script, digest = script_of()
    return (
        environment()
        .get_template("calibration.html.j2")
        .render(
            c=found,
            rows=words.accuracy_rows(found),
            head_row=words.HEAD,
            rate=words.rate,
            sure=words.SURE,
            accuracy_plot=plots.accuracies(found),
            curves=_curves(found),
            script=script,
            script_hash=digest,
        )
    )


def _curves(found: Calibration) -> list[tuple[str, DimensionAccuracy, Markup]]:
    return [
        (name, d, plots.reliability(f"curve-{i}", name, d.reliability))
        for i, (name, d) in enumerate(found.dimensions.items())
        if d.reliability is not None
    ]
