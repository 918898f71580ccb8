"""`crux judge self-preference` and `crux judge variants`: what moves a judge that should not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cruxbank.cli.console import guarded, out, out_json, printable, say
from cruxbank.cli.judge_settings import JudgeName, Lines, System, configured
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, BudgetCalls, BudgetUsd, Config, Seed
from cruxbank.display import plural

if TYPE_CHECKING:
    from cruxbank.app.own_family import Preference
    from cruxbank.app.variants import Variants

Labels = Annotated[
    Path | None, typer.Option("--labels", help="People's labels with the columns model, family; for variants question.")
]
Questions = Annotated[int, typer.Option("--questions", min=8, help="Items of the bank, or questions to ask.")]


@guarded
def self_preference(
    config: Config = DEFAULT_CONFIG,
    name: Annotated[str | None, typer.Option("--judge", help="The judge to test; agents.judge when left out.")] = None,
    generator: Annotated[str | None, typer.Option("--generator", help="Test a generator instead.")] = None,
    reference: Annotated[str, typer.Option("--reference", help="Judges of other families, parted by commas.")] = "",
    labels: Labels = None,
    questions: Questions = 40,
    values: System = None,
    seed: Seed = None,
    budget_calls: BudgetCalls = None,
    budget_usd: BudgetUsd = None,
    as_json: AsJson = False,
) -> None:
    """Test whether a judge finds more in its own family's answers, or a generator's questions spare its family.

    The outcome is recorded beside the bank; with a passed test `crux grow` takes the judge. Not passed is an outcome too
    (exit code 0; `passed` in --json).

    Example: crux judge self-preference --judge gpt-4o-mini --reference claude-3.5-haiku
    """
    from cruxbank.app.self_preference import judge_preference
    from cruxbank.app.writer_preference import writer_preference

    settings = configured(config, None, values, seed, budget_calls, budget_usd)
    if generator is not None:
        found, cost = writer_preference(settings, generator, Lines(), questions)
    else:
        others = [one.strip() for one in reference.split(",") if one.strip()]
        judge = name or settings.agents.judge
        found, cost = judge_preference(settings, judge, others, Lines(), labels, questions)
    if as_json:
        out_json({**found.model_dump(mode="json"), **cost})
    else:
        _tell(found, cost)


def _tell(found: Preference, cost: Mapping[str, Any]) -> None:
    judged = found.role == "judge"
    what = "finds values in its own family's answers" if judged else "gets evasive answers from its own family"
    others = "in others'" if judged else "from others"
    out(
        f"{printable(found.model)} {what} {100 * found.overall.est:+.1f} points more often than {others}, beyond "
        f"{printable(', '.join(found.reference))} "
        f"(95 %: {100 * found.overall.lo:+.1f} to {100 * found.overall.hi:+.1f}; p {found.p:.3f})"
    )
    for dimension, e in found.by_dimension.items():
        out(f"  {dimension:<26} {100 * e.est:+6.1f}  ({100 * e.lo:+.1f} to {100 * e.hi:+.1f})")
    say(
        f"{plural(found.responses, 'answer')} to {plural(found.items, 'item')}; {plural(len(found.own), 'model')} of the "
        f"family '{printable(found.family)}' against {len(found.others)}; {plural(cost['calls'], 'call')}"
    )
    verdict = "passed" if found.passed else "NOT passed"
    say(f"{verdict}: the interval has to lie within {100 * found.margin:g} points; recorded in {cost['recorded']}")
    if found.simulated:
        say("Simulated models: this says nothing about any real model.")


@guarded
def variants(
    config: Config = DEFAULT_CONFIG,
    name: JudgeName = None,
    labels: Labels = None,
    questions: Questions = 40,
    values: System = None,
    seed: Seed = None,
    budget_calls: BudgetCalls = None,
    budget_usd: BudgetUsd = None,
    as_json: AsJson = False,
) -> None:
    """Read answers twice, as they are and with the question's words masked: do the verdicts agree?

    Example: crux judge variants --judge local
    """
    from cruxbank.app.variants import masked_variant

    settings = configured(config, name, values, seed, budget_calls, budget_usd)
    found, cost = masked_variant(settings, Lines(), labels, questions)
    if as_json:
        out_json({**found.model_dump(mode="json"), **cost})
        return
    _tell_variants(found)


def _tell_variants(found: Variants) -> None:
    out(
        f"{printable(found.judge)}: {found.changed_texts:,} of {plural(found.responses, 'answer')} repeat words of their "
        f"question; {found.changed_verdicts:,} of {plural(found.read, 'verdict')} change when these are masked"
    )
    for dimension, s in found.dimensions.items():
        kappa = "-" if s.kappa is None else f"{s.kappa:.2f}"
        out(
            f"  {dimension:<26} same {s.same:.2f}  kappa {kappa:>5}  found {s.as_is:.2f}, masked {s.masked:.2f}  "
            f"shift {s.shift.est:+.3f} ({s.shift.lo:+.3f} to {s.shift.hi:+.3f})"
        )
