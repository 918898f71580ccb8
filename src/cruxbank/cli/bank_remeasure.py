"""`crux bank remeasure`: new answers for items that new models have not met, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any

import typer

from cruxbank.cli.console import guarded, loading, out, out_json, printable, say
from cruxbank.cli.item_lines import item_lines
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, BudgetCalls, BudgetUsd, Config
from cruxbank.display import plural, waiting_line
from cruxbank.measures import Estimate
from cruxbank.memory.rows import Measurement

_PARTS: Mapping[str, str] = MappingProxyType(
    {"informative": "asked for what they may tell", "random": "drawn at random"}
)

NAMED = 8
"""Items whose ids are printed where many changed."""


@guarded
def remeasure(
    config: Config = DEFAULT_CONFIG,
    models: Annotated[str, typer.Option("--models", help="Models of crux.yaml that answer, with commas between.")] = "",
    without: Annotated[str, typer.Option("--without", help="Models that are gone: their answers stop counting.")] = "",
    budget_calls: BudgetCalls = None,
    budget_usd: BudgetUsd = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, help="Ask at most so many items, a quarter of them drawn.")
    ] = None,
    retire: Annotated[bool, typer.Option("--retire/--no-retire", help="Retire items that separate no longer.")] = True,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Measure drafts that were imported, edited or discovered, and only these.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked and what it costs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask new models the bank's items, update what the items separate, retire and promote.

    Example: crux bank remeasure --models sim-quill-1,sim-quill-2 --budget-calls 500 --dry-run

    Example: crux bank remeasure --drafts
    """
    from cruxbank.app.remeasure import remeasure_bank
    from cruxbank.app.remeasure_plan import plan_update
    from cruxbank.app.remeasure_scope import Request
    from cruxbank.config.loading import load_settings
    from cruxbank.graphs.meter import Pulse

    budget = {name: value for name, value in (("calls", budget_calls), ("usd", budget_usd)) if value is not None}
    settings = load_settings(config, {"budget": budget} if budget else {})
    request = Request(models=_names(models), without=_names(without), retire=retire, sample=sample, drafts=drafts)
    if dry_run:
        plan = plan_update(settings, request)
        out_json(plan) if as_json else _planned(plan)
        return
    loading()
    result = remeasure_bank(settings, request, Lines(), Pulse())
    out_json(result) if as_json else _tell(result)
    if result["exit_code"]:
        raise typer.Exit(result["exit_code"])


def _names(given: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))


class Lines:
    """Progress in plain lines on stderr: one a batch."""

    def emit(self, name: str, **fields: Any) -> None:
        """Take one event of the run."""
        if name == "remeasure_started":
            word = "goes on" if fields["resumed"] else "starts"
            say(f"run {fields['run']} {word}: {plural(fields['items'], 'item')} to measure on {_list(fields['asked'])}")
        elif name == "batch_committed":
            say(
                f"batch {fields['batch']}: {plural(fields['items'], 'item')} measured, {len(fields['promoted'])} promoted, "
                f"{len(fields['retired'])} retired, {plural(fields['calls'], 'call')}, ${fields['usd']:.2f}"
            )
        elif name == "waiting":
            say(waiting_line(fields["requests"]))


def _list(models: Sequence[str]) -> str:
    return ", ".join(models) or "the models that are left"


def _planned(plan: Mapping[str, Any]) -> None:
    out(
        f"{plan['items']:,} of {plural(plan['measured'], 'item')} to ask, {plan['random']} of them drawn at random; "
        f"{plan['recounts']} to count again without a call"
    )
    out(
        f"{plural(plan['calls'], 'call')} ({plan['judge_calls']:,} of them the judge's), about "
        f"{plural(plan['tokens'], 'token')}, about ${plan['usd']:.2f}; all {plural(plan['open'], 'open item')}: "
        f"{plural(plan['for_all'], 'call')}"
    )
    for model, calls in plan["calls_by_model"].items():
        out(f"  {model}: {plural(calls, 'call')}")
    if plan["unpriced"]:
        say(f"Without a price, counted as free: {', '.join(plan['unpriced'])}")
    say("Nothing was asked. The same command without --dry-run asks.")


def _tell(result: Mapping[str, Any]) -> None:
    say(f"run {result['run']} ended: {result['reason']}")
    out(
        f"{plural(result['items'], 'item')} measured, {len(result['promoted'])} promoted, {len(result['retired'])} retired, "
        f"{len(result['held'])} held back; {plural(result['calls'], 'call')}, ${result['usd']:.2f}; "
        f"bank: {result['bank_operational']} operational, {result['bank_retired']} retired"
    )
    for part, words in _PARTS.items():
        if (figures := result["operational"][part])["items"]:
            out(
                f"{plural(figures['items'], 'operational item')} {words}: {figures['old']:.2f} bits on the models before, "
                f"{figures['new']:.2f} on the new ones alone, {figures['all']:.2f} on all"
            )
    _changed(result)
    if result["origin"] == "simulated":
        say("Simulated models answered: these figures say nothing about any real model.")
    told = [*result["promoted"], *result["retired"], *(one["id"] for one in result["first"])]
    say(f"Next: crux bank stats, crux bank {f'show {told[0]}' if told else 'list'}")


def _changed(result: Mapping[str, Any]) -> None:
    """Which items: those that were measured for the first time with what they came to, else those that changed status."""
    if first := result["first"]:
        rows = [((one["id"], *_joint(one["bits"]), one["status"], _why(one)), one["text"]) for one in first]
        item_lines(("id", "bits", "95 % interval", "now", "because"), rows)
    known = {one["id"] for one in first}
    for word in ("promoted", "retired", "held"):
        ids = [name for name in result[word] if name not in known]
        more = f" and {len(ids) - NAMED} more (--json has all)" if len(ids) > NAMED else ""
        if ids:
            out(f"{'held back' if word == 'held' else word}: {', '.join(ids[:NAMED])}{more}")


def _joint(figure: Mapping[str, float] | None) -> tuple[str, str]:
    return ("-", "-") if figure is None else (f"{figure['est']:.2f}", f"{figure['lo']:.2f} to {figure['hi']:.2f}")


def _why(one: Mapping[str, Any]) -> str:
    from cruxbank.cli.progress import WORDS
    from cruxbank.items import Exit

    return "passes every rule" if one["exit"] == Exit.ADMITTED.value else WORDS.get(one["exit"], one["exit"])


def measured(measurements: Sequence[Measurement]) -> None:
    """An item's re-measurements, for `crux bank show`."""
    for one in measurements:
        asked = f", new: {', '.join(one.asked)}" if one.asked else ""
        gone = f", without: {', '.join(one.gone)}" if one.gone else ""
        figures = f"{_bits(one.old)} bits without the new, {_bits(one.new)} on the new alone, {_bits(one.all)} on all"
        if not one.asked:
            figures = f"{_bits(one.published)} bits before, {_bits(one.all)} now"
        out(
            printable(
                f"run {one.run}, batch {one.batch} ({one.part}): {plural(one.counted, 'model')}{asked}{gone}: {figures}"
            )
        )


def _bits(figure: Estimate | None) -> str:
    return "-" if figure is None else f"{figure.est:.2f} ({figure.lo:.2f} to {figure.hi:.2f})"
