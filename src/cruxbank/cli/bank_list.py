"""`crux bank list`: the items, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cruxbank.cli.console import guarded, out_json, say
from cruxbank.cli.item_lines import bits, item_lines
from cruxbank.cli.lists import statuses
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config, Kind
from cruxbank.display import plural

if TYPE_CHECKING:
    from cruxbank.app.looking import Listed


@guarded
def list_items(
    config: Config = DEFAULT_CONFIG,
    status: Annotated[
        str, typer.Option("--status", help="Of these statuses: draft, pilot, operational, retired; commas between.")
    ] = "operational",
    domain: Annotated[str | None, typer.Option("--domain", help="Only items of this domain of topics.")] = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help="Only items of this kind.")] = None,
    n: Annotated[int, typer.Option("--n", min=1, max=100_000, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the items, those that separate best first, with what they separate and their ids.

    Example: crux bank list --n 5
    """
    from cruxbank.app.looking import list_items as find
    from cruxbank.config.loading import load_settings

    found = find(load_settings(config), statuses(status), n, domain=domain, kind=kind.value if kind else None)
    if as_json:
        out_json({"items": [item.model_dump(mode="json") for item in found.items], "matching": found.matching})
        return
    _tell(found)


def _tell(found: Listed) -> None:
    from cruxbank.memory.tallies import best_dimension

    if not found.items:
        held = ", ".join(f"{number} {status}" for status, number in found.by_status.items() if number) or "no items"
        say(f"No such item. The bank holds {held}; --status draft,pilot lists what is not operational")
        return
    rows = [
        ((item.id, *bits(item), best_dimension(item.separation) or "-", item.status.value), item.text)
        for item in found.items
    ]
    item_lines(("id", "bits", "95 % interval", "separates most on", "status"), rows)
    more = f"; --n {found.matching} lists all" if found.matching > len(found.items) else ""
    say(f"{len(found.items):,} of {plural(found.matching, 'item')}{more}. Next: crux bank show {found.items[0].id}")
