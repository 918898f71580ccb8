"""`crux bank review`: a person goes through the items, keyboard only; how far two reviewers agree."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Annotated, Any

import typer

from cruxbank.cli.console import guarded, loading, out, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.display import plural
from cruxbank.items import Status


class Which(Enum):
    """What `--status` takes: a status, or all of them."""

    DRAFT = "draft"
    PILOT = "pilot"
    OPERATIONAL = "operational"
    RETIRED = "retired"
    ANY = "any"


@guarded
def review(
    item: Annotated[str, typer.Argument(metavar="[ID]", help="Only this item: its id, or the beginning of one.")] = "",
    config: Config = DEFAULT_CONFIG,
    reviewer: Annotated[
        str, typer.Option("--reviewer", help="Who decides. Kept in the bank, left out of exports.")
    ] = "",
    status: Annotated[Which, typer.Option("--status", help="Items of this status, or any.")] = Which.OPERATIONAL,
    n: Annotated[int | None, typer.Option("--n", min=1, help="At most so many in this session.")] = None,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only items that a reviewer flagged.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Those too that this reviewer has decided before.")] = False,
    agreement: Annotated[bool, typer.Option("--agreement", help="Say how far the reviewers agree, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Go through items in the terminal: accept, edit, reject with a reason, flag. Leave at any time, go on later.

    Example: crux bank review --reviewer ada --n 20

    Example: crux bank review --agreement
    """
    from cruxbank.app.review_agreement import review_agreement
    from cruxbank.config.loading import load_settings

    settings = load_settings(config)
    if agreement:
        found = review_agreement(settings)
        if as_json:
            out_json(found.model_dump(mode="json"))
        else:
            from cruxbank.cli.review_tables import agreement as show

            show(found)
        return
    from cruxbank.app.reviewing import Wanted

    kept = None if status is Which.ANY else Status(status.value)
    wanted = Wanted(item=item, status=kept, n=n, flagged=flagged, again=again)
    loading()
    told = asyncio.run(_session(settings, reviewer, wanted))
    out_json(told) if as_json else _tell(told)


async def _session(settings: Any, reviewer: str, wanted: Any) -> dict[str, Any]:
    from cruxbank.app.reviewing import open_desk
    from cruxbank.cli.review_person import Session

    async with open_desk(settings, reviewer) as desk:
        told = await Session(desk, wanted).run()
        if not await desk.settle():
            say("a run holds the bank: it brings the vectors up to these decisions")
    return told


def _tell(told: dict[str, Any]) -> None:
    from cruxbank.cli.review_screen import CAST

    counts = ", ".join(f"{number} {CAST[choice]}" for choice, number in told["decided"].items() if number)
    if not told["queue"]:
        say("nothing to review: every such item is decided (--again goes through them once more)")
        return
    left = f"{told['left']} of {told['queue']} left"
    out(f"{told['reviewer']}: {counts or 'nothing decided'}; {told['skipped']} skipped, {left}")
    if told["calls"]:
        say(f"the critic: {plural(told['calls'], 'call')}, ${told['usd']:.2f}")
    if told["left"]:
        say("the same command goes on with what is left")
