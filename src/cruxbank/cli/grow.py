"""`crux grow`: grow the bank."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cruxbank.accuracy import CANARIES_NEEDED
from cruxbank.cli.console import guarded, loading, out, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, BudgetCalls, BudgetUsd, Config, Seed
from cruxbank.display import plural


@guarded
def grow(
    config: Config = DEFAULT_CONFIG,
    topics: Annotated[Path | None, typer.Option("--topics", help="Topics: CSV, JSONL or plain text.")] = None,
    topic_column: Annotated[str | None, typer.Option("--topic-column", help="Column that holds the topic.")] = None,
    seed: Seed = None,
    budget_calls: BudgetCalls = None,
    budget_usd: BudgetUsd = None,
    items: Annotated[int | None, typer.Option("--items", help="Stop at so many operational items.")] = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Print calls and price of the run, then stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Grow the bank until a budget ends. After a stop the same command goes on where it stopped.

    Example: crux grow --budget-calls 3000
    """
    from cruxbank.app.estimate import estimate_run
    from cruxbank.app.grow import grow_bank
    from cruxbank.cli.progress import Progress
    from cruxbank.config.loading import load_settings

    given: dict[str, Any] = {"topics": {"file": topics, "column": topic_column}, "seed": seed}
    given["budget"] = {"calls": budget_calls, "usd": budget_usd, "items": items}
    settings = load_settings(config, _given(given))
    if estimate:
        out_json(estimate_run(settings)) if as_json else out(_estimated(estimate_run(settings)))
        return
    budget = settings.budget.model_dump()
    loading()
    with Progress(settings, live=sys.stderr.isatty() and not as_json) as progress:
        result = grow_bank(settings, progress, progress.pulse)
    if as_json:
        out_json(result)
    else:
        _tell(result, budget)
    if result["exit_code"]:
        raise typer.Exit(result["exit_code"])


def _given(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Only the flags that were given: an absent flag must not overwrite the file."""
    kept: dict[str, Any] = {}
    for key, value in overrides.items():
        inner = _given(value) if isinstance(value, dict) else value
        if inner not in (None, {}):
            kept[key] = inner
    return kept


def _estimated(figures: Mapping[str, Any]) -> str:
    return (
        f"at most {plural(figures['calls'], 'call')}, about {plural(figures['tokens'], 'token')}, about "
        f"${figures['usd']:.2f} "
        f"({figures['assumption']})"
    )


def _tell(result: Mapping[str, Any], budget: Mapping[str, float | None]) -> None:
    say(f"run {result['run']} ended: {result['reason']}{_left_over(result, budget)}")
    out(
        f"{plural(result['operational'], 'operational item')} of {plural(result['drafts'], 'draft')}, "
        f"{plural(result['topics_operational'], 'topic')}, {plural(result['domains'], 'domain')}; "
        f"{plural(result['calls'], 'call')}, ${result['usd']:.2f}; bank {result['bank']}"
    )
    if "kinds" in result:
        out("by kind: " + ", ".join(f"{number} {kind}" for kind, number in result["kinds"].items()))
    if result["origin"] == "simulated":
        say("Simulated models answered: these figures say nothing about any real model.")
    say_canaries(result["canaries"])
    say(f"Look at it: {result['report']}")
    best = result.get("best_item")
    look = f"crux bank show {best} (the best item), crux bank list" if best else "crux bank list --status draft,pilot"
    say(f"Next: crux bank stats, {look}, crux export --to jsonl --out DIR")


def _left_over(result: Mapping[str, Any], budget: Mapping[str, float | None]) -> str:
    """Why a run ends before the last call of its budget: a slot is begun only where the budget pays for it whole.

    >>> spent = {"reason": "budget.calls reached", "calls": 792, "next_slot": {"calls": 128}}
    >>> _left_over(spent, {"calls": 900})
    ' (792 of 900; the next slot could cost 128)'
    """
    name = str(result["reason"]).removeprefix("budget.").removesuffix(" reached")
    limit, most = budget.get(name), result.get("next_slot", {}).get(name)
    if limit is None or most is None or result[name] >= limit:
        return ""
    form = "${:,.2f}" if name == "usd" else "{:,.0f}"
    spent, whole, next_ = (form.format(figure) for figure in (result[name], limit, most))
    return f" ({spent} of {whole}; the next slot could cost {next_})"


def say_canaries(figures: Mapping[str, Any]) -> None:
    """How the judge read texts whose answer is known; loud where it is too little."""
    found, clear = figures["found"], figures["clear"]
    if not figures["asked"]:
        return
    parts = [f"values found in {found['hits']} of {plural(found['n'], 'cue')}"] if found["n"] else []
    parts += [f"{clear['hits']} of {plural(clear['n'], 'dimension')} clear in neutral texts"] if clear["n"] else []
    parts += [f"{figures['unread']} of {figures['asked']} not read"] if figures["unread"] else []
    say(f"Known answers before the judge: {', '.join(parts)}{_verdict(figures)}.")
    blind = figures.get("blind", ())
    if figures["below"]:
        say(
            f"WARNING: the judge reads less than {figures['limit']:.0%} of the known answers right (judging.min_canaries):"
        )
    if blind:
        say(f"WARNING: of the cues it surely finds less than {figures['limit']:.0%} here: {', '.join(blind)}")
    if figures["below"] or blind:
        say("WARNING: do not trust this run's figures before crux judge calibrate has shown what the judge can do.")


def _verdict(figures: Mapping[str, Any]) -> str:
    """Whether that is enough; the mean of the two shares is what counts, and of few texts nothing is concluded."""
    found, clear, limit = figures["found"], figures["clear"], f"{figures['limit']:.0%}"
    if min(found["n"], figures["neutral"]) < CANARIES_NEEDED:
        return f": too few to judge by, {CANARIES_NEEDED} texts of each kind are needed"
    mean = (found["est"] + clear["est"]) / 2
    word = "too little" if figures["below"] else "enough"
    return f": {mean:.0%} right in the mean of the two, {word} (limit {limit}, judging.min_canaries)"
