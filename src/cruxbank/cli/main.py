"""The table of commands."""

from __future__ import annotations

import typer

from cruxbank.cli.bank import bank
from cruxbank.cli.doctor import doctor
from cruxbank.cli.export import export
from cruxbank.cli.grow import grow
from cruxbank.cli.init import init
from cruxbank.cli.judge import judge
from cruxbank.cli.probe import probe
from cruxbank.cli.simulate import simulate
from cruxbank.cli.topics import topics
from cruxbank.cli.values import values
from cruxbank.cli.watch import watch

app = typer.Typer(
    name="crux",
    help="Grow, search and export questions that tell language models' values apart.",
    epilog="First steps: crux init --preset simulated, then crux grow, then crux bank stats.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (init, doctor, grow, watch, probe, export, simulate):
    app.command()(command)
app.add_typer(bank, name="bank")
app.add_typer(topics, name="topics")
app.add_typer(judge, name="judge")
app.add_typer(values, name="values")


def main() -> None:
    """Entry point of the `crux` script."""
    app()
