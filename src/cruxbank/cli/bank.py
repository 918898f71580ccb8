"""`crux bank`: look into the bank."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cruxbank.cli import jury_tables, language_tables, rate_tables, stats_tables, tables
from cruxbank.cli.bank_backup import backup, restore
from cruxbank.cli.bank_design import design
from cruxbank.cli.bank_import import import_items
from cruxbank.cli.bank_list import list_items
from cruxbank.cli.bank_professed import professed
from cruxbank.cli.bank_remeasure import measured, remeasure
from cruxbank.cli.bank_review import review
from cruxbank.cli.bank_verify import verify
from cruxbank.cli.console import guarded, loading, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config, Kind
from cruxbank.items import Status

bank = typer.Typer(help="Look into the bank, measure it again, review, import, back up, verify.", no_args_is_help=True)
bank.command("list")(list_items)
bank.command()(remeasure)
bank.command()(review)
bank.command("import")(import_items)
bank.command()(design)
bank.command()(professed)
bank.command()(verify)
bank.command()(backup)
bank.command()(restore)


@bank.command()
@guarded
def stats(
    config: Config = DEFAULT_CONFIG,
    rates: Annotated[
        bool, typer.Option("--rates", help="How often models raise each value, corrected by judging.calibration.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Count what the bank holds: by status, exit, domain, dimension, model.

    Example: crux bank stats --json
    """
    from cruxbank.app.carryover import bank_carry_over
    from cruxbank.app.juries import bank_jury
    from cruxbank.app.languages import bank_languages
    from cruxbank.app.looking import open_record
    from cruxbank.app.rates import bank_rates
    from cruxbank.config.loading import load_settings
    from cruxbank.memory.reviews import Reviews

    settings = load_settings(config)
    with open_record(settings) as record:
        raised = bank_rates(record, settings) if rates else ()
        figures, carried, asked = record.stats(), bank_carry_over(record), record.denominators()
        voted, spoken = bank_jury(record, settings), bank_languages(record)
        reviewed = stats_tables.decided([one.choice for one in Reviews(record.database).all()])
    if as_json:
        extra: dict[str, Any] = {"reviews": reviewed}
        extra |= {"carry_over": carried.model_dump(mode="json"), "denominators": asked.model_dump(mode="json")}
        extra |= {"jury": voted.model_dump(mode="json")} if voted else {}
        extra |= {"languages": spoken.model_dump(mode="json")} if spoken else {}
        shown = {"rates": [r.model_dump(mode="json") for r in raised]} if rates else {}
        out_json({**figures.model_dump(mode="json"), **extra, **shown})
    else:
        stats_tables.stats(figures, carried, asked, reviewed)
        if voted:
            jury_tables.jury(voted)
        if spoken:
            language_tables.report(spoken)
        if rates:
            rate_tables.rates(raised)


@bank.command()
@guarded
def search(
    text: Annotated[str, typer.Argument(help="What to look for: a question, a topic, a few words.")],
    config: Config = DEFAULT_CONFIG,
    n: Annotated[int, typer.Option("--n", min=1, max=1000, help="How many.")] = 10,
    status: Annotated[Status | None, typer.Option("--status", help="Only items of this status.")] = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help="Only items of this kind.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find the items nearest in meaning, and see how well they separate.

    Example: crux bank search "surveillance in public places" --n 5
    """
    from cruxbank.app.looking import search_items
    from cruxbank.config.loading import load_settings

    loading()
    found = search_items(load_settings(config), text, n, status, kind=kind.value if kind else None)
    if as_json:
        out_json({"query": text, "items": [{"cosine": c, **item.model_dump(mode="json")} for c, item in found]})
    else:
        tables.found(found)
        say(f"Next: crux bank show {found[0][1].id}" if found else "No such item.")


@bank.command()
@guarded
def show(
    item_id: Annotated[str, typer.Argument(metavar="ID", help="An item's id, or the beginning of one.")],
    config: Config = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show one item: wordings, separation with intervals, answers from both sides, history.

    Example: crux bank show it_3f2a
    """
    from cruxbank.app.languages import bank_languages
    from cruxbank.app.looking import open_record
    from cruxbank.cli.review_tables import reviews as reviewed
    from cruxbank.config.loading import load_settings
    from cruxbank.memory.reviews import Reviews

    with open_record(load_settings(config)) as record:
        item = record.item(item_id)
        spoken = bank_languages(record) if item.by_language else None
        readings, history = record.readings(item.id), record.history(item.id)
        again = record.measurements(item.id)
        decided = Reviews(record.database).all(item.id)
    if as_json:
        changes = [c.model_dump(mode="json") for c in history]
        later = [m.model_dump(mode="json") for m in again]
        shown = item.model_dump(mode="json")
        flags = [f.model_dump(mode="json") for f in spoken.flags if f.item == item.id] if spoken else []
        reviews = [one.model_dump(mode="json") for one in decided]
        told = {
            "reviews": reviews,
            "history": changes,
            "measurements": later,
            "responses": len(readings),
            "language_flags": flags,
        }
        out_json({**shown, **told})
    else:
        tables.item(item, readings, history)
        language_tables.item(item, spoken)
        measured(again)
        reviewed(decided)
