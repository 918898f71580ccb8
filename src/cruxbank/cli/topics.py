"""`crux topics`: see the topics, add one, harvest them from documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cruxbank.cli.console import guarded, out, out_json, printable, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.display import plural

if TYPE_CHECKING:
    from cruxbank.app.topics import Gated, HarvestResult, ListedTopic

topics = typer.Typer(help="The topics of the search: list, add, harvest.", no_args_is_help=True)

SHOWN = 8
"""Refused proposals that are printed; --json has all."""


@topics.command("list")
@guarded
def list_(
    config: Config = DEFAULT_CONFIG,
    domain: Annotated[str | None, typer.Option("--domain", help="Only topics of this domain.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="Only topics of this country or region.")] = None,
    year_from: Annotated[int | None, typer.Option("--year-from", help="Only topics raised since this year.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the topics that `crux grow` uses, with pulls and admitted items where a bank exists.

    Example: crux topics list --domain health --year-from 2023
    """
    from cruxbank.app.topics import list_topics
    from cruxbank.config.loading import load_settings

    found = list_topics(load_settings(config), domain=domain, region=region, year_from=year_from)
    if as_json:
        out_json({"topics": [topic.model_dump(mode="json") for topic in found], "count": len(found)})
        return
    for topic in found:
        out(_line(topic))
    say(plural(len(found), "topic"))


@topics.command()
@guarded
def add(
    text: Annotated[str, typer.Argument(help="The topic, a noun phrase.")],
    config: Config = DEFAULT_CONFIG,
    domain: Annotated[str | None, typer.Option("--domain", help="Its domain; guessed when left out.")] = None,
    region: Annotated[str, typer.Option("--region", help="Country or region in view.")] = "global",
    year: Annotated[int | None, typer.Option("--year", min=0, max=2100, help="Year in which it came up.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="JSONL file; topics.file when left out.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Add it although another topic is near.")] = False,
    as_json: AsJson = False,
) -> None:
    """Append a topic to a topics file, unless one that is there already is too near.

    Example: crux topics add "night flights over villages" --region Switzerland --file topics.jsonl
    """
    from cruxbank.app.topics import add_topic
    from cruxbank.config.loading import load_settings

    settings = load_settings(config)
    added, target = add_topic(settings, text, domain=domain, region=region, year=year, file=file, force=force)
    if as_json:
        out_json({"file": str(target), **_gated(added)})
        return
    out(f"{printable(added.topic.text)}  ({added.topic.domain}, {printable(added.topic.region)})")
    say(_nearest(added))
    if settings.topics.file is None or settings.topics.file.resolve() != target.resolve():
        say(f"crux grow uses it with --topics {target}, or with topics.file in {config}")


@topics.command()
@guarded
def harvest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Text, Markdown, HTML or JSONL documents.")],
    config: Config = DEFAULT_CONFIG,
    target: Annotated[Path | None, typer.Option("--out", help="JSONL file that the topics are appended to.")] = None,
    n: Annotated[int, typer.Option("--n", min=1, max=500, help="At most so many topics.")] = 20,
    model: Annotated[
        str | None, typer.Option("--model", help="`local`, or a model's id; agents.generator when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose topics from documents, by a model or locally by key phrases, through the duplicate gate.

    Example: crux topics harvest news.md --out topics.jsonl --n 10 --model local
    """
    from cruxbank.app.topics import harvest_topics
    from cruxbank.config.loading import load_settings

    found = harvest_topics(load_settings(config), files, n=n, model=model, out=target)
    if as_json:
        out_json(_harvest_json(found, target))
    else:
        _tell(found, target)


def _harvest_json(found: HarvestResult, target: Path | None) -> dict[str, Any]:
    plain = found.model_dump(
        mode="json", include={"harvester", "documents", "calls", "usd", "failures", "unread", "simulated"}
    )
    lists = {"topics": [_gated(g) for g in found.passed], "refused": [_gated(g) for g in found.refused]}
    return {**plain, **lists, "written": str(target) if target and found.passed else None}


def _tell(found: HarvestResult, target: Path | None) -> None:
    for one in found.passed:
        year = f", {one.topic.year}" if one.topic.year else ""
        about = f"{one.topic.domain}, {printable(one.topic.region)}{year}; {printable(one.topic.source or '')}"
        out(f"{printable(one.topic.text)}  ({about})")
    for one in found.refused[:SHOWN]:
        say(f"refused: {printable(one.topic.text)}: {_nearest(one)}")
    if len(found.refused) > SHOWN:
        say(f"... and {len(found.refused) - SHOWN} more were too near (--json lists them)")
    for failure in sorted(set(found.failures)):
        say(f"{plural(found.failures.count(failure), 'call')} gave nothing: {failure.value}")
    if found.unread:
        say(f"{plural(found.unread, 'character was', 'characters were')} not read: split long documents")
    paid = f"; {plural(found.calls, 'call')}, ${found.usd:.4f}" if found.calls else ""
    say(f"{plural(len(found.passed), 'topic')} from {plural(found.documents, 'document')} by {found.harvester}{paid}")
    if found.simulated:
        say("Simulated models read no documents: use --model local, or the id of a real model.")
    if found.harvester == "local":
        say("Key phrases are rough: read them before use, or let a model harvest with --model ID.")
    if target and found.passed:
        say(f"added to {target}; crux grow uses it with --topics {target}")


def _line(topic: ListedTopic) -> str:
    year = str(topic.year) if topic.year else ""
    counts = "" if topic.pulls is None else f"  {topic.pulls} pulls, {topic.admitted} admitted"
    return (
        f"{printable(topic.text):<55}  {printable(topic.domain):<11}  {printable(topic.region):<20}  {year:<4}{counts}"
    )


def _gated(one: Gated) -> dict[str, Any]:
    return {
        "topic": one.topic.model_dump(mode="json"),
        "id": one.topic.id,
        "nearest": one.nearest.model_dump(mode="json") if one.nearest else None,
    }


def _nearest(one: Gated) -> str:
    return (
        f"nearest: {printable(one.nearest.text)} (cosine {one.nearest.cosine:.2f})" if one.nearest else "no topic near"
    )
