"""Figures -> one HTML file without a single outside address, written whole or not at all."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cruxbank.config.settings import Settings
from cruxbank.display import (
    CARRY_OVER,
    LANGUAGES,
    PROFESSED,
    carry_over_rows,
    flag_line,
    language_rows,
    plural,
    professed_rows,
    spoken_correlation,
)
from cruxbank.errors import StoreError
from cruxbank.memory.record import Record
from cruxbank.report import data, plots
from cruxbank.report.figures import RunFigures
from cruxbank.report.strips import HUES
from cruxbank.report.tiles import tiles
from cruxbank.report.wording import WHY, bits, percent, said, shorten, thousands, visible
from cruxbank.whole import write_whole

TOPICS_LISTED = 200
"""Rows of the table of topics, and of items: more would make the file large and nobody reads on."""


def run_report(record: Record, run_id: str, settings: Settings, out: Path, *, generated_at: str = "") -> Path:
    """Write the report of one run to `out`; returns `out`. Reads the record, changes nothing in it.

    `generated_at` is a line for people; without it two equal records give the same bytes.

    Raises:
        InputError: the record has no such run.
        StoreError: the file cannot be written; an older one stays as it was.
    """
    page = render(data.read(record, run_id, settings), generated_at)
    write_page(out, page)
    return out


def render(figures: RunFigures, generated_at: str = "") -> str:
    """The page as text. Every text of a model, a topic or a file is escaped; only our own drawings are markup."""
    script, script_hash = script_of()
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            f=figures,
            m=figures.maker,
            tiles=tiles(figures),
            plot=plots.draw(figures),
            stands=plots.stands,
            why=WHY,
            plural=plural,
            carry_over_rows=carry_over_rows,
            carry_over_head=CARRY_OVER,
            professed_rows=professed_rows,
            professed_head=PROFESSED,
            spoken=spoken_correlation,
            language_rows=language_rows,
            language_head=LANGUAGES,
            flag_line=flag_line,
            hues=HUES,
            listed=TOPICS_LISTED,
            generated_at=generated_at,
            script=script,
            script_hash=script_hash,
        )
    )


def environment() -> Environment:
    """Where our pages are rendered: everything is escaped, an unknown name is an error."""
    found = Environment(
        loader=PackageLoader("cruxbank.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    found.filters.update({"bits": bits, "percent": percent, "shorten": shorten, "thousands": thousands, "said": said})
    return found


def script_of() -> tuple[Markup, str]:
    """The one script of our pages, and its hash for the page's content policy."""
    script = Markup(files("cruxbank.report").joinpath("theme.js.j2").read_text(encoding="utf-8"))  # noqa: S704
    return script, base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _finalize(value: object) -> object:
    """What a template prints: text with its control characters made visible, our own markup as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def write_page(out: Path, text: str) -> None:
    """A text, whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    write_file(out, text.encode("utf-8"))


def write_file(out: Path, content: bytes) -> None:
    """Whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        write_whole(out, content)
    except OSError as error:
        hint = "check space and permissions of the run's folder"
        raise StoreError(f"{out}: cannot be written ({error.strerror})", hint=hint) from error
