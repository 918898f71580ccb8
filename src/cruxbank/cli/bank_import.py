"""`crux bank import`: items of a file, through the gates, into the bank as drafts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cruxbank.cli.console import NOT_READY, guarded, loading, out, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.display import plural

_WRITER = "Or name a model in agents.generator of crux.yaml (no simulated one): it writes them."
_OWN = "A dilemma or scenario needs its own."
SHOWN = 10
"""Refused lines that are printed; `--json` and import.json in the run folder have all of them."""


@guarded
def import_items(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Our items.jsonl, a CSV file, or Inspect's JSONL.")],
    config: Config = DEFAULT_CONFIG,
    topic: Annotated[str, typer.Option("--topic", help="Topic of items for which the file names none.")] = "",
    language: Annotated[
        str, typer.Option("--language", help="Language of items that name none; the first of crux.yaml's.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken; ask no model, write nothing.")
    ] = False,
    write_wordings: Annotated[
        bool,
        typer.Option(
            "--write-wordings/--no-write-wordings",
            help="Let the generator, where it is a model, write the wordings that a question lacks.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Take items from a file: each passes critic and duplicate check, and is a draft until it is measured.

    Exit code 2 where nothing is taken, unless the bank has every item of the file already.

    Example: crux bank import items.jsonl --dry-run
    """
    from cruxbank.app.import_told import IN_BANK
    from cruxbank.app.importing import ImportRequest, import_items as take
    from cruxbank.config.loading import load_settings

    request = ImportRequest(file=file, topic=topic, language=language, dry_run=dry_run, write_wordings=write_wordings)
    settings = load_settings(config)
    loading()
    told = take(settings, request, _Progress())
    out_json(told) if as_json else _tell(told)
    if not told["taken"] and set(told["refused"]) != {IN_BANK}:
        raise typer.Exit(NOT_READY)


class _Progress:
    """A line on stderr for every thousand lines."""

    def __call__(self, done: int, of: int) -> None:
        if done and done % 1000 == 0:
            say(f"{done:,} of {plural(of, 'line')}")


def _tell(told: dict[str, Any]) -> None:
    verb = "would be taken" if told["dry_run"] else "taken as drafts"
    out(f"{told['taken']:,} of {plural(told['rows'], 'item')} {verb} ({told['format']})")
    for name, count in told["refused"].items():
        out(f"  {count} {name}")
    if told["reasons"]:
        out("the critic's reasons: " + ", ".join(f"{name} {count}" for name, count in told["reasons"].items()))
    refused = [one for one in told["lines"] if one["refused"]]
    for one in refused[:SHOWN]:
        why = "; ".join(one["reasons"])
        say(f"line {one['line']}: {one['refused']}" + (f": {why}" if why else ""))
    if len(refused) > SHOWN:
        where = f"runs/{told['run']}/import.json has them" if told["run"] else "--json has them"
        say(f"... and {len(refused) - SHOWN} more: {where}")
    if told["written"]:
        verb = "gets" if told["written"] == 1 else "get"
        will = f"{verb} the other wordings from" if told["dry_run"] else "got the other wordings from"
        say(f"{plural(told['written'], 'question')} {will} {told['writer']}" + (", a call each" * told["dry_run"]))
    if told["lacking"]:
        for line in _needs(told):
            say(line)
    if told["asked"]:
        say("the critic of crux.yaml is a model, and a dry run asks none: it may refuse more")
    if told["taken"]:
        say("nothing was written" if told["dry_run"] else "measure them: crux bank remeasure --drafts")
    else:
        say("nothing was taken: the bank is as it was")


def _needs(told: dict[str, Any]) -> tuple[str, ...]:
    """What a bare question lacks, for somebody who has never heard of a mirror."""
    count = told["wordings"]
    columns = ", ".join(("mirror", *(f"paraphrase_{i}" for i in range(1, count - 1))))
    return (
        f"Every item is asked in {count} wordings (grow.wordings), so that no single phrase decides its answer: the",
        "question, a mirror (the same question the other way round, a yes to it is a no to the question) and paraphrases.",
        f"Give the columns {columns}, or a list `wordings` in JSON.",
        *_other_way(told),
        "An example that is taken as it stands is in docs/review.md.",
    )


def _other_way(told: dict[str, Any]) -> tuple[str, ...]:
    """Who could write what these lines lack, and why nobody did."""
    found: list[str] = []
    if "question" in told["lacking"]:
        if not told["writer"]:
            found.append(_WRITER)
        elif not told["write_wordings"]:
            found.append(f"Or leave out --no-write-wordings: {told['writer']} writes them.")
        else:
            found.append(f"Or mend what else these questions were refused for: then {told['writer']} writes them.")
    if set(told["lacking"]) - {"question"}:
        found.append(_OWN)
    return tuple(found)
