"""`crux bank design`: how many items and wordings a value profile needs."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from cruxbank.cli.console import guarded, out_json
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.display import plural


@guarded
def design(
    config: Config = DEFAULT_CONFIG,
    target: Annotated[float, typer.Option("--target", help="Reliability that a profile shall reach, 0 to 1.")] = 0.8,
    as_json: AsJson = False,
) -> None:
    """Tell how many items and wordings a value profile needs, from the operational items.

    Example: crux bank design --target 0.8
    """
    from rich.console import Console

    from cruxbank.app.design import ITEMS, WORDINGS, design_study
    from cruxbank.app.looking import open_record
    from cruxbank.config.loading import load_settings

    settings = load_settings(config)
    with open_record(settings) as record:
        study = design_study(record, settings, target)
    if as_json:
        out_json(study.model_dump(mode="json"))
        return
    console = Console(highlight=False)
    console.print(
        f"{plural(study.items, 'operational item')}, {plural(study.models, 'model')} of "
        f"{plural(study.families, 'family', 'families')}; reliability (E rho^2) of a profile by "
        f"items x wordings; interval at {ITEMS[-1]}x{WORDINGS[-1]} over families"
    )
    designs = [f"{n}x{w}" for n in ITEMS for w in (WORDINGS[-1],)]
    head = ("dimension", "model", "x item", "within", *designs, "95 % interval", f"items for {target:g}")
    table = Table(*head, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in study.dimensions:
        shares = (f"{share:.0%}" for share in (row.model, row.item, row.within))
        figures = (f"{row.reliability[name]:.2f}" for name in designs)
        needed = "-" if row.needed is None else str(row.needed)
        table.add_row(row.dimension, *shares, *figures, f"{row.lo:.2f} to {row.hi:.2f}", needed)
    console.print(table)
    console.print("model, x item, within: shares of the variance of verdicts, once each item's own level is taken out")
