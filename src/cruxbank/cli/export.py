"""`crux export`: curated items for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cruxbank.cli.console import guarded, out, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.items import Status


@guarded
def export(
    to: Annotated[str, typer.Option("--to", help="Format: jsonl.")],
    target: Annotated[Path, typer.Option("--out", help="Folder to write into.")],
    config: Config = DEFAULT_CONFIG,
    n: Annotated[int | None, typer.Option("--n", min=1, help="At most so many, chosen by --select.")] = None,
    select: Annotated[
        str,
        typer.Option(
            help="How --n items are chosen: top (best separating), balanced (dimensions and domains covered), weighted "
            "(sampled by separation, weights undo it), random (reference bank), design (few items that place new models)."
        ),
    ] = "top",
    status: Annotated[Status, typer.Option("--status", help="Items of this status.")] = Status.OPERATIONAL,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an earlier export.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write items of the bank in a format that other tools read.

    Example: crux export --to jsonl --out exported --n 50 --select design
    """
    from cruxbank.app import bank_languages, open_record
    from cruxbank.app.choosing import choose
    from cruxbank.app.judge_identity import configured_calibration
    from cruxbank.config.loading import load_settings
    from cruxbank.exports import registry
    from cruxbank.exports.deliver import Given, deliver, plain_card
    from cruxbank.exports.format import Bundle
    from cruxbank.exports.lines import line
    from cruxbank.science.value_rates import covered
    from cruxbank.values.systems import load_system

    form = registry.load(to)
    settings = load_settings(config)
    calibration = configured_calibration(settings)
    with open_record(settings) as record:
        chosen = choose(record, load_system(settings.values), select, n, status, settings.seed)
        spoken = bank_languages(record)
    flags = spoken.flags if spoken else ()
    lines = [line(item, chosen.weights.get(item.id, 1.0), calibration, flags) for item in chosen.items]
    path = deliver(form, Bundle(Given(lines), plain_card("bank", lines)), target, force=force)[0]
    simulated = any(item.provenance.origin == "simulated" for item in chosen.items)
    lost = sum(not covered(calibration, item) for item in chosen.items) if calibration else 0
    told = {
        "written": str(path),
        "items": len(chosen.items),
        "pool": chosen.pool,
        "select": select,
        "uncalibrated": lost,
    }
    if as_json:
        out_json({**told, "effective": round(chosen.effective, 6), "format": to, "simulated": simulated})
        return
    out(str(path))
    weighed = f"{select}; effective sample size {chosen.effective:.1f}"
    say(f"{len(chosen.items)} of {chosen.pool} items ({weighed}){_label(simulated, lost)}")


def _label(simulated: bool, uncalibrated: int) -> str:
    """What a figure of these items has to say beside it."""
    return (", grown on simulated models" if simulated else "") + (
        f"; not calibrated: {uncalibrated}" if uncalibrated else ""
    )
