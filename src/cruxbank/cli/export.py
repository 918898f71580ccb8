"""`crux export`: curated items for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cruxbank.cli.collector import rare_collections
from cruxbank.cli.console import guarded, out, out_json, say
from cruxbank.cli.export_told import as_mapping, summary
from cruxbank.cli.lists import comma, quotas, share, statuses
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config, Seed
from cruxbank.cli.stopping import stoppable

if TYPE_CHECKING:
    from cruxbank.exports.bank_export import Exported

STOPPED = "interrupted; an export does not go on where it stopped: run the same command again"
SHOWN = 8
"""Files that are printed one by one; of more their folder is."""

N = Annotated[int | None, typer.Option("--n", min=1, help="At most so many, chosen by --select.")]
Select = Annotated[
    str,
    typer.Option(
        help="How --n items are chosen: top (best separating), balanced (dimensions and domains covered), weighted "
        "(sampled by separation, weights undo it), random (reference bank), design (few items that place new models)."
    ),
]
StatusList = Annotated[
    str, typer.Option("--status", help="Items of these statuses: draft, pilot, operational, retired; commas between.")
]
Values = Annotated[str, typer.Option("--values", help="Items about these values of the bank's system; commas between.")]
Languages = Annotated[str, typer.Option("--languages", help="Items written in these languages: en,de.")]
Domains = Annotated[str, typer.Option("--domains", help="Items of these topic domains; commas between.")]
Kinds = Annotated[
    str, typer.Option("--kinds", help="Items of these kinds: question, dilemma, scenario; commas between.")
]
Least = Annotated[
    float | None, typer.Option("--min-separation", min=0.0, help="Bits that the lower bound of the separation reaches.")
]
Quotas = Annotated[
    list[str] | None,
    typer.Option(
        "--quota",
        metavar="GROUP=N",
        help="At most N items of one domain, topic, region, language, kind or value; can be given again.",
    ),
]
Similar = Annotated[
    float | None,
    typer.Option("--max-similarity", help="No two items nearer than this cosine, 0.8 say; the better one stays."),
]
Public = Annotated[bool, typer.Option("--public", help="These items count as published from now on.")]
Unexposed = Annotated[bool, typer.Option("--unexposed", help="Leave out what an earlier export published.")]
Holdback = Annotated[
    str,
    typer.Option(
        "--holdback", metavar="SHARE", help="Keep this share unpublished for good: 20%. The rest is --public."
    ),
]
Private = Annotated[
    Path | None, typer.Option("--private", help="Write what is held back into this folder; it is in no other file.")
]


@guarded
def export(
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="Format; docs/export.md lists them.")],
    target: Annotated[Path, typer.Option("--out", help="Folder to write into.")],
    config: Config = DEFAULT_CONFIG,
    n: N = None,
    select: Select = "top",
    status: StatusList = "operational",
    values: Values = "",
    languages: Languages = "",
    domains: Domains = "",
    kinds: Kinds = "",
    min_separation: Least = None,
    quota: Quotas = None,
    max_similarity: Similar = None,
    public: Public = False,
    unexposed: Unexposed = False,
    holdback: Holdback = "0",
    private: Private = None,
    seed: Seed = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an earlier export.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write items of the bank in a format that other tools read.

    Example: crux export --to jsonl --out exported --n 50 --select design
    """
    from cruxbank.app.looking import open_record
    from cruxbank.app.wishes import Wish
    from cruxbank.config.loading import load_settings
    from cruxbank.exports import registry
    from cruxbank.exports.bank_export import export_bank

    form = registry.load(to)
    settings = load_settings(config)
    wish = Wish(
        rule=select,
        n=n,
        seed=settings.seed if seed is None else seed,
        statuses=statuses(status),
        values=comma(values),
        languages=comma(languages),
        domains=comma(domains),
        kinds=comma(kinds),
        min_separation=min_separation,
        quotas=quotas(quota or ()),
        max_similarity=max_similarity,
        public=public,
        unexposed=unexposed,
        holdback=share("--holdback", holdback),
    )
    with stoppable(STOPPED), rare_collections(), open_record(settings) as record:
        done = export_bank(record, settings, wish, form, target, private=private, force=force)
    _tell(done, target, to, as_json)


def _tell(done: Exported, target: Path, form: str, as_json: bool) -> None:
    if as_json:
        out_json(as_mapping(done, form))
        return
    data = [file for file in done.files if file.name != "README.md"]
    for path in data if len(data) <= SHOWN else [target]:
        out(str(path))
    for line in summary(done):
        say(line)
