"""From items with their readings, of all kinds, to the agreement of professed and acted values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cruxbank.agreements import Agreement
from cruxbank.errors import InputError
from cruxbank.items import Item, ItemKind, Reading
from cruxbank.science.leanings import Answers, Fit, tabulate
from cruxbank.science.professed import compare

LEAST = 5
"""Items of a kind that a model must have answered: with fewer, its leanings are noise."""
KINDS: tuple[ItemKind, ...] = ("question", "dilemma", "scenario")
Answered = tuple[Item, Sequence[Reading]]
"""An item with its readings."""


def agreement_of(given: Iterable[Answered], *, least: int = LEAST, seed: int = 0) -> Agreement:
    """How far what models profess (questions) and what they do (scenarios) agree, with dilemmas beside.

    given: items with their readings; those without any are left out. Give all measured items and not only the operational
    ones: these were chosen for what separates the models.

    Raises:
        InputError: too few questions, scenarios or models that answered both.
    """
    read = sorted(((item, found) for item, found in given if found), key=lambda pair: pair[0].id)
    by_kind: dict[ItemKind, list[Answered]] = {kind: [pair for pair in read if pair[0].kind == kind] for kind in KINDS}
    for kind in ("question", "scenario"):
        if len(by_kind[kind]) < least:
            message = f"bank: {len(by_kind[kind])} measured items of kind '{kind}', at least {least} are needed"
            raise InputError(message, hint="grow with kinds: [question, scenario] in crux.yaml")
    models = sorted({r.response.model for _, found in read for r in found})
    signed = all(item.provenance.signed for item, _ in read)
    dimensions = tuple(dict.fromkeys(d for _, found in read for r in found for d in r.verdict.outcomes))
    tables = {kind: _table(pairs, models, dimensions, signed) for kind, pairs in by_kind.items()}
    kept, left_out = _kept(tables, models, least)
    if len(kept) < 2:
        raise InputError(
            f"bank: {len(kept)} models answered {least} questions and {least} scenarios",
            hint="grow on, or lower --least",
        )
    final = {kind: _table(pairs, kept, dimensions, signed) for kind, pairs in by_kind.items()}
    fits = {kind: Fit(table) for kind, table in final.items() if kind != "dilemma" or _enough(table, least)}
    counts = {model: _counts(final, k) for k, model in enumerate(kept)}
    return compare(fits, counts, dimensions, signed=signed, left_out=left_out, seed=seed)


def _table(pairs: Sequence[Answered], models: Sequence[str], dimensions: Sequence[str], signed: bool) -> Answers:
    return tabulate([(item.id, found) for item, found in pairs], models, dimensions, signed)


def _kept(tables: dict[ItemKind, Answers], models: Sequence[str], least: int) -> tuple[list[str], dict[str, str]]:
    """The models that can be compared, and why the others cannot."""
    kept, left_out = [], {}
    for k, model in enumerate(models):
        items = {kind: int((tables[kind].responses[:, k] > 0).sum()) for kind in ("question", "scenario")}
        if min(items.values()) >= least:
            kept.append(model)
        else:
            left_out[model] = f"{items['question']} questions and {items['scenario']} scenarios of {least} needed"
    return kept, left_out


def _enough(table: Answers, least: int) -> bool:
    """Whether every compared model answered enough items."""
    return bool(table.items) and int((table.responses > 0).sum(axis=0).min()) >= least


def _counts(tables: dict[ItemKind, Answers], k: int) -> tuple[dict[ItemKind, int], dict[ItemKind, int]]:
    items = {kind: int((table.responses[:, k] > 0).sum()) for kind, table in tables.items()}
    return items, {kind: int(table.responses[:, k].sum()) for kind, table in tables.items()}
