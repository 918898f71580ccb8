"""`crux judge self-preference`: does a judge, or a writer, favour the models of its own family?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cruxbank.app.calibration_figures import SEES
from cruxbank.app.judging import cast_at_work, check_affordable, check_calls, judge_at_work, ledger_for, take
from cruxbank.app.labels import Label, read_labels
from cruxbank.app.own_family import Preference, judge_alone, record_test
from cruxbank.app.small_set import QUESTIONS, asked_answers, bank_answers, local_questions
from cruxbank.config.settings import Settings
from cruxbank.errors import ConfigError, InputError
from cruxbank.graphs.events import Events
from cruxbank.items import Outcome, Response, Verdict
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.seeds import rng
from cruxbank.science.self_preference import MARGIN, Excess, excess
from cruxbank.values.systems import ValueSystem, load_system

LABELS = "labels"
FEWER = "fewer --questions"
"""The other way out of a budget that is too small."""


def judge_preference(
    settings: Settings,
    judge: str,
    references: Sequence[str],
    listener: Events,
    labels: Path | None = None,
    questions: int = QUESTIONS,
) -> tuple[Preference, dict[str, Any]]:
    """Have `judge` and judges of other families (or people's labels) read the same answers; the result is recorded.

    Raises:
        ConfigError: the judge has no family in the panel, or there is nobody to compare it with.
        InputError: the labels name no models of the family, or none beside it.
    """
    return asyncio.run(_judge_preference(settings, judge, references, listener, labels, questions))


async def _judge_preference(
    settings: Settings, judge: str, references: Sequence[str], listener: Events, labels: Path | None, questions: int
) -> tuple[Preference, dict[str, Any]]:
    system = load_system(settings.values)
    check_models(settings, judge, references, labels is not None)
    rows = family_rows(labels, system, settings.model(judge).family) if labels else []
    out = settings.bank
    out.mkdir(parents=True, exist_ok=True)
    ledger = ledger_for(settings, out)
    alone = [only(settings, model) for model in (judge, *references)]
    if rows:
        responses = [label.response() for label in rows]
        check_affordable(alone[0], len(responses))
    else:
        responses = await _responses(settings, system, ledger, questions, listener, len(alone))
    families = [row.family for row in rows] or [settings.model(r.model).family for r in responses]
    check_both(families, settings.model(judge).family)
    taken = []
    for one in alone:
        async with judge_at_work(one, system, ledger, f"self-preference-{one.agents.judge}") as bench:
            taken.append(await take(bench, responses, listener))
    read = [t.verdicts for t in taken]
    x = _against_labels(read[0], rows, system) if rows else _against_judges(read, system)
    alike = [row.group for row in rows] or [r.item for r in responses]
    found = _preference(settings, system, judge, references, responses, families, alike, x)
    file = record_test(settings.bank, found)
    return found, {"calls": sum(t.calls for t in taken), "recorded": str(file)}


def check_models(settings: Settings, judge: str, references: Sequence[str], labelled: bool) -> None:
    """The judge has a family in the panel, the references are known and of other families.

    Raises:
        ConfigError: names the flag and the way out.
    """
    known = {model.id for model in settings.models}
    for flag, name in (("--judge", judge), *(("--reference", r) for r in references)):
        if name not in known:
            raise ConfigError(f"{flag}: no model '{name}'", hint=f"one of {', '.join(sorted(known)[:8])}")
    if not labelled:
        check_panel(settings, judge, "--judge")
    family = settings.model(judge).family
    for name in references:
        if settings.model(name).family == family:
            message = f"--reference: '{name}' is of the family '{family}' too"
            raise ConfigError(message, hint="name judges of other families")
    if references and labelled:
        message = "--reference: people's labels are given too"
        raise ConfigError(message, hint="the judge is compared with one of the two: leave out --reference or --labels")
    if not references and not labelled:
        raise ConfigError(
            "self-preference: nobody to compare the judge with",
            hint="--reference ID,ID (judges of other families), or --labels FILE",
        )


def only(settings: Settings, judge: str) -> Settings:
    """The settings with one model as the only judge."""
    agents = settings.agents.model_copy(update={"judge": judge})
    judging = settings.judging.model_copy(update={"retry": None})
    return settings.model_copy(update={"agents": agents, "judging": judging})


def check_panel(settings: Settings, model: str, flag: str) -> None:
    """The panel has models of this model's family, and others.

    Raises:
        ConfigError: there is nothing to favour, or nothing to compare with.
    """
    family = settings.model(model).family
    families = {settings.model(m).family for m in settings.panels.scoring}
    if families == {family}:
        message = f"{flag}: everybody in panels.scoring is of the family '{family}' of '{model}'"
        raise ConfigError(message, hint="add models of other families, or set judging.allow_own_family: true")
    if family not in families:
        message = f"{flag}: nobody in panels.scoring is of the family '{family}' of '{model}'"
        raise ConfigError(message, hint="it has no family to favour, so `crux grow` takes it without a test")


def family_rows(file: Path, system: ValueSystem, family: str) -> list[Label]:
    """The labelled texts whose writer's family is known.

    Raises:
        InputError: one writer has two families, or nobody of the judge's family, or nobody else, is among them.
    """
    rows = [row for row in read_labels(file, system).rows if row.family]
    of: dict[str, str] = {}
    for row in rows:
        if of.setdefault(row.author, row.family) != row.family:
            both = f"'{of[row.author]}' and '{row.family}'"
            raise InputError(f"{file}: '{row.author}' is of the families {both}", hint="give every model one family")
    check_both([row.family for row in rows], family)
    return rows


def check_both(families: Sequence[str], family: str) -> None:
    """Answers of the judge's family are there, and answers of others.

    Raises:
        InputError: nothing can be compared.
    """
    own = sum(one == family for one in families)
    if own and own < len(families):
        return
    what = f"all {own}" if own else f"none of {len(families)}"
    hint = "answers of its family and of others are needed: in labels the columns model and family, else panels.scoring"
    raise InputError(f"self-preference: {what} answers are of the judge's family '{family}'", hint=hint)


async def _responses(
    settings: Settings, system: ValueSystem, ledger: Path, questions: int, listener: Events, readings: int
) -> list[Response]:
    """The bank's answers, else those to a few questions; each will be read by so many judges.

    Raises:
        ConfigError: budget.calls does not reach for all of it. Nothing is asked then.
    """
    models = settings.panels.scoring
    if found := bank_answers(settings, questions, models):
        check_calls(settings, len(found) * readings, f"{readings} readings of {len(found)} answers", FEWER)
        return found
    drafts = await local_questions(settings, system, questions)
    work = f"{len(drafts)} questions to {len(models)} models and {readings} readings of every answer"
    check_calls(settings, len(drafts) * len(models) * (1 + readings), work, FEWER)
    async with cast_at_work(settings, ledger, "self-preference-questions", models) as (cast, _):
        return await asked_answers(cast, drafts, models, listener)


def _present(verdict: Verdict, system: ValueSystem) -> list[float]:
    if verdict.state != "scored":
        return [float("nan")] * len(system.ids)
    return [float(verdict.outcomes.get(d, Outcome.ABSENT) in SEES["present"]) for d in system.ids]


def _against_judges(verdicts: Sequence[Sequence[Verdict]], system: ValueSystem) -> Array:
    """(n, D): presence by the first judge less the mean of the others; NaN where one of the two is missing."""
    read = np.array([[_present(v, system) for v in one] for one in verdicts])
    known = ~np.isnan(read[1:])
    sums, sizes = np.nansum(read[1:], axis=0), known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(read[0] - np.where(sizes > 0, sums / sizes, np.nan))


def _against_labels(verdicts: Sequence[Verdict], rows: Sequence[Label], system: ValueSystem) -> Array:
    nan = float("nan")
    truth = [
        [nan if d not in row.marks else float(row.marks[d] in SEES["present"]) for d in system.ids] for row in rows
    ]
    found: Array = np.array([_present(v, system) for v in verdicts]) - np.array(truth)
    return found


def _preference(
    settings: Settings,
    system: ValueSystem,
    judge: str,
    references: Sequence[str],
    responses: Sequence[Response],
    families: Sequence[str],
    alike: Sequence[str],
    x: Array,
) -> Preference:
    """`alike`: of each response the item, or the labels' group, that the bootstrap takes whole."""
    family = settings.model(judge).family
    of = {r.model: f for r, f in zip(responses, families, strict=True)}
    items = np.unique(alike, return_inverse=True)[1]
    found = tested(x, [r.model for r in responses], of, family, items, settings.seed, MARGIN)
    return Preference(
        role="judge",
        model=judge,
        family=family,
        own=tuple(sorted(m for m, f in of.items() if f == family)),
        others=tuple(sorted(m for m, f in of.items() if f != family)),
        reference=tuple(references) or (LABELS,),
        judge=judge_alone(settings, system, judge),
        responses=len(responses),
        items=len(set(items.tolist())),
        overall=found.overall,
        by_dimension=dict(zip(system.ids, found.by_dimension, strict=True)),
        p=found.p,
        margin=MARGIN,
        passed=found.passed,
        simulated=any(settings.model(m).simulated for m in (judge, *references)),
    )


def tested(
    x: Array, models: Sequence[str], of: dict[str, str], family: str, items: Ints, seed: int, margin: float
) -> Excess:
    """The excess of a family's models: `of` is the family of every model, `models` who gave each row of x.

    Raises:
        InputError: nobody of the family, or nobody else, is among them.
    """
    names = sorted(of)
    own = np.array([of[name] == family for name in names])
    codes = np.array([names.index(m) for m in models], dtype=np.int64)
    try:
        return excess(x, codes, own, items, rng(seed, 0, f"self-preference {family}"), margin)
    except ValueError as error:
        hint = "answers of the judge's family and of others have to be among them (columns model and family)"
        raise InputError(str(error), hint=hint) from error
