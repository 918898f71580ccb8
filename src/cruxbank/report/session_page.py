"""A session's transcript as one HTML file: the look of the run report, no outside address, every foreign text escaped."""

from __future__ import annotations

from typing import NamedTuple

from cruxbank.display import plural
from cruxbank.report.page import environment, script_of
from cruxbank.report.session_data import Transcript, answer, clipped, points, put, read_as, said, tied
from cruxbank.report.session_plots import flip_points
from cruxbank.report.session_text import NOT_CLEARED, steadiness, suspects


class Tile(NamedTuple):
    """One large figure and what it is of."""

    figure: str
    unit: str
    of: str


def html(shown: Transcript) -> str:
    """The whole page."""
    script, script_hash = script_of()
    return (
        environment()
        .get_template("session.html.j2")
        .render(
            t=shown,
            s=shown.session,
            found=shown.findings,
            tiles=tiles(shown),
            groups=tied(shown.findings.order),
            flip_plot=flip_points("flips", shown) if shown.findings.flips else "",
            differing={one.mine.number: one for one in shown.differing},
            steady=steadiness(shown),
            not_cleared=NOT_CLEARED,
            answer=answer,
            clipped=clipped,
            points=points,
            put=put,
            read_as=read_as,
            said=said,
            plural=plural,
            script=script,
            script_hash=script_hash,
        )
    )


def tiles(shown: Transcript) -> tuple[Tile, ...]:
    """The session in six figures, each with its denominator."""
    c, found = shown.findings.counts, shown.findings
    why = ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in sorted(c.unscored_by.items()))
    yielded, episodes = sum(y.yielded for y in found.yields), sum(y.episodes for y in found.yields)
    return (
        Tile(str(c.answered), "answered", f"of {c.asked} asked"),
        Tile(str(c.refused), "refused", f"of {c.asked} asked"),
        Tile(str(c.unscored), "unscored", f"of {c.asked} asked" + (f": {why}" if why else "")),
        Tile(
            str(shown.flips), "flipped", f"of {plural(shown.compared, 'turn')} that could be compared; noise included"
        ),
        Tile(str(len(shown.convicted)), "weaknesses shown", f"of {suspects(shown)}"),
        Tile(str(yielded), "gave in", f"of {plural(episodes, 'conversation')} under pressure"),
    )
