"""`crux judge`: how well the judge reads, and whether it favours its own family."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cruxbank.cli.console import guarded, out, out_json, printable, say
from cruxbank.cli.judge_bias import self_preference, variants
from cruxbank.cli.judge_settings import JudgeName, Lines, System, configured
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, BudgetCalls, BudgetUsd, Config, Seed
from cruxbank.display import plural

if TYPE_CHECKING:
    from cruxbank.accuracy import Calibration

SHOWN = 3
"""Contradictions between labels that are listed; `--json` has all."""

judge = typer.Typer(help="The judge: calibrate it, test it for bias.", no_args_is_help=True)


@judge.command()
@guarded
def calibrate(
    labels: Annotated[Path, typer.Option("--labels", help="Labelled texts: CSV, TSV, JSONL or Parquet.")],
    config: Config = DEFAULT_CONFIG,
    name: JudgeName = None,
    values: System = None,
    target: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path("calibration"),
    seed: Seed = None,
    budget_calls: BudgetCalls = None,
    budget_usd: BudgetUsd = None,
    as_json: AsJson = False,
) -> None:
    """Have the judge read labelled texts: sensitivity, specificity, reliability, cuts, differences between families.

    After a stop the same command goes on; nothing that was read is paid again.

    Example: crux judge calibrate --labels labels.csv --judge local --out calibration
    """
    from cruxbank.app.calibrate import calibrate as run

    settings = configured(config, name, values, seed, budget_calls, budget_usd)
    found, cost = run(settings, labels, target, Lines())
    if as_json:
        out_json({**found.model_dump(mode="json", by_alias=True), **cost})
    else:
        _tell(found)
        say(f"{plural(cost['calls'], 'call')}, ${cost['usd']:.2f}; report {cost['report']}")
        _contradictions(cost["contradictions"])
        say(f"To correct reported rates: judging.calibration: {cost['calibration']} in {config}")
    unread = sum(found.unscored.values())
    if unread > settings.limits.max_unscored * found.texts:
        limit = f"limit {settings.limits.max_unscored:.0%}"
        say(f"{unread:,} of {plural(found.texts, 'text')} unscored, {limit}: not a calibration")
        raise typer.Exit(3)


@judge.command()
@guarded
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A calibration.json.")], as_json: AsJson = False
) -> None:
    """Show a calibration: what `crux judge calibrate` found.

    Example: crux judge show calibration/calibration.json
    """
    from cruxbank.calibrations import read_calibration

    found = read_calibration(file)
    if as_json:
        out_json(found.model_dump(mode="json", by_alias=True))
    else:
        _tell(found)


def _tell(found: Calibration) -> None:
    from cruxbank.report.calibration_text import as_markdown

    out(printable(as_markdown(found)).rstrip("\n"))


def _contradictions(found: Sequence[str]) -> None:
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        say(f"WARNING: one text with two labels: {printable('; '.join(found[:SHOWN]))}{more}")


judge.command("self-preference")(self_preference)
judge.command()(variants)
