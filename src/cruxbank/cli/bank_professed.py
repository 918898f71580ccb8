"""`crux bank professed`: what models profess beside what they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cruxbank.agreements import Agreement, Correlation, ModelAgreement
from cruxbank.cli.console import guarded, out_json, printable
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, Config
from cruxbank.display import PROFESSED, plural, professed_rows, spoken_correlation
from cruxbank.errors import InputError
from cruxbank.measures import Estimate

Least = Annotated[int, typer.Option("--least", min=2, help="Items of each kind that a model must have answered.")]
Model = Annotated[str | None, typer.Option("--model", help="Show one model, dimension by dimension.")]


@guarded
def professed(config: Config = DEFAULT_CONFIG, model: Model = None, least: Least = 5, as_json: AsJson = False) -> None:
    """Tell how far what models profess (questions) agrees with what they do (scenarios).

    Example: crux bank professed --model sim-aster-1
    """
    from cruxbank.app.looking import open_record
    from cruxbank.app.professed import professed_and_acted
    from cruxbank.config.loading import load_settings

    with open_record(load_settings(config)) as record:
        found = professed_and_acted(record, least=least)
    chosen = _chosen(found, model)
    if as_json:
        out_json(chosen.model_dump(mode="json") if chosen else found.model_dump(mode="json"))
        return
    console = Console(highlight=False)
    if chosen:
        _model(console, chosen, found.signed)
    else:
        _all(console, found)


def _chosen(found: Agreement, model: str | None) -> ModelAgreement | None:
    if model is None:
        return None
    for one in found.models:
        if one.model == model:
            return one
    known = ", ".join(one.model for one in found.models)
    raise InputError(f"--model: '{model}' is not compared", hint=found.left_out.get(model, f"compared are {known}"))


def _all(console: Console, found: Agreement) -> None:
    items = ", ".join(plural(number, kind) for kind, number in found.items.items())
    size = f"{plural(len(found.models), 'model')} x {plural(len(found.dimensions), 'value')}"
    console.print(f"{items} that two models or more answered; {size}")
    console.print(f"questions and scenarios over all of them: {spoken_correlation(found.overall)}")
    for name, pair in found.pairs.items():
        console.print(f"{name}: {spoken_correlation(pair)}")
    _table(console, PROFESSED, professed_rows(found))
    console.print()
    by_dimension = [(one.dimension, *_figures(one.correlation)) for one in found.by_dimension]
    _table(console, ("value, over models", "r", "95 % interval", "corrected"), by_dimension)
    for name, why in found.left_out.items():
        console.print(f"left out: {escape(printable(name))} ({why})")
    console.print(
        "r: over the values of a model, each beside the mean of the models; corrected: freed of measurement error, - where "
        "that is too large to say; a real gap is told from chance at a false discovery rate of .05"
    )
    if not found.signed:
        console.print("The judge knew presence only: leanings say what a model brings up, not which side it takes.")


def _model(console: Console, one: ModelAgreement, signed: bool) -> None:
    said = ", ".join(
        f"{plural(one.items[kind], kind)} ({plural(one.responses[kind], 'response')})" for kind in one.items
    )
    console.print(f"{escape(printable(one.model))}: {said}; r over the values {spoken_correlation(one.correlation)}")
    head = ("value", "professed", "in dilemmas", "acted", "acted - professed", "95 % interval", "real")
    rows = [
        (
            cell.dimension,
            f"{cell.professed.est:+.3f}",
            f"{cell.chosen.est:+.3f}" if cell.chosen else "-",
            f"{cell.acted.est:+.3f}",
            f"{cell.difference.est:+.3f}",
            _interval(cell.difference, "+.3f"),
            "yes" if cell.real else "",
        )
        for cell in one.cells
    ]
    _table(console, head, rows)
    unit = "supported less opposed" if signed else "raised"
    console.print(f"share of responses in which a value is {unit}, beside the mean of the models and of the values")


def _table(console: Console, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*head, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))
    console.print(table)


def _figures(found: Correlation) -> tuple[str, str, str]:
    corrected = "-" if found.corrected is None else f"{found.corrected:.2f}"
    return f"{found.r.est:.2f}", _interval(found.r, ".2f"), corrected


def _interval(one: Estimate, form: str) -> str:
    return f"{one.lo:{form}} to {one.hi:{form}}"
