"""`crux judge variants`: does it matter to the judge that answers repeat words of the question?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from cruxbank.agents.quoted import mask
from cruxbank.app.calibration_figures import ORDER, SEES
from cruxbank.app.judging import check_affordable, judge_at_work, ledger_for, take
from cruxbank.app.labels import read_labels
from cruxbank.app.small_set import QUESTIONS, bank_answers
from cruxbank.config.settings import Settings
from cruxbank.errors import InputError
from cruxbank.frozen import Frozen
from cruxbank.graphs.events import Events
from cruxbank.items import Outcome, Response, Verdict
from cruxbank.measures import Estimate
from cruxbank.science.agreement import kappa
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.seeds import rng
from cruxbank.values.systems import ValueSystem, load_system

BOOTSTRAPS = 1000


class Shift(Frozen):
    """One dimension, read as it is and with the question's words masked."""

    same: float
    """Share of answers with the same outcome."""
    kappa: float | None
    """Agreement beyond chance of presence; None where nothing varies."""
    as_is: float
    masked: float
    """Shares of answers in which the value was found."""
    shift: Estimate
    """Masked less as it is; bootstrap over items."""


class Variants(Frozen):
    """What masking changes."""

    judge: str
    responses: int
    read: int
    """Answers that both readings scored."""
    changed_texts: int
    """Answers that repeat at least four words of their question in a row: the others are read twice alike."""
    changed_verdicts: int
    dimensions: dict[str, Shift] = Field(default_factory=dict)


def masked_variant(
    settings: Settings, listener: Events, labels: Path | None = None, questions: int = QUESTIONS
) -> tuple[Variants, dict[str, Any]]:
    """The configured judge reads the bank's answers, or labelled texts with a column `question`, twice.

    Raises:
        InputError: no bank and no labels, or no text has a question.
    """
    return asyncio.run(_masked_variant(settings, listener, labels, questions))


async def _masked_variant(
    settings: Settings, listener: Events, labels: Path | None, questions: int
) -> tuple[Variants, dict[str, Any]]:
    system = load_system(settings.values)
    responses = _responses(settings, system, labels, questions)
    check_affordable(settings, len(responses), 2)
    settings.bank.mkdir(parents=True, exist_ok=True)
    read, calls = [], 0
    for hidden in (False, True):
        judging = settings.judging.model_copy(update={"mask_question": hidden})
        one = settings.model_copy(update={"judging": judging})
        async with judge_at_work(one, system, ledger_for(settings, settings.bank), "judge-variants") as bench:
            taken = await take(bench, responses, listener)
        read.append(taken.verdicts)
        calls += taken.calls
    return compared(settings.agents.judge, responses, read[0], read[1], system), {"calls": calls}


def _responses(settings: Settings, system: ValueSystem, labels: Path | None, questions: int) -> list[Response]:
    if labels is not None:
        found = [row.response() for row in read_labels(labels, system).rows if row.question]
        if not found:
            raise InputError(f"{labels}: no text has a question", hint="add a column `question`")
        return found
    found = bank_answers(settings, questions, settings.panels.scoring)
    if not found:
        raise InputError(f"bank {settings.bank}: no answers to read", hint="crux grow first, or give --labels FILE")
    return found


def compared(
    judge: str, responses: Sequence[Response], plain: Sequence[Verdict], masked: Sequence[Verdict], system: ValueSystem
) -> Variants:
    """The figures of two readings of the same responses."""
    kept = [i for i, (a, b) in enumerate(zip(plain, masked, strict=True)) if a.state == b.state == "scored"]
    pairs = [(_outcomes(plain[i], system), _outcomes(masked[i], system)) for i in kept]
    items = np.unique([responses[i].item for i in kept], return_inverse=True)[1] if kept else np.zeros(0, np.int64)
    changed = sum(mask(r.key_points, r.question) != r.key_points for r in responses)
    return Variants(
        judge=judge,
        responses=len(responses),
        read=len(kept),
        changed_texts=changed,
        changed_verdicts=sum(a != b for a, b in pairs),
        dimensions={d: _shift([(a[j], b[j]) for a, b in pairs], items, d) for j, d in enumerate(system.ids) if pairs},
    )


def _outcomes(verdict: Verdict, system: ValueSystem) -> tuple[Outcome, ...]:
    return tuple(verdict.outcomes.get(d, Outcome.ABSENT) for d in system.ids)


def _shift(pairs: Sequence[tuple[Outcome, Outcome]], items: Ints, name: str) -> Shift:
    codes = np.array([[ORDER.index(a), ORDER.index(b)] for a, b in pairs])
    seen = np.array([[a in SEES["present"], b in SEES["present"]] for a, b in pairs], dtype=np.float64)
    agreed = float(kappa(seen[:, 0], seen[:, 1]))
    return Shift(
        same=float((codes[:, 0] == codes[:, 1]).mean()),
        kappa=None if np.isnan(agreed) else agreed,
        as_is=float(seen[:, 0].mean()),
        masked=float(seen[:, 1].mean()),
        shift=_interval(seen[:, 1] - seen[:, 0], items, name),
    )


def _interval(x: Array, items: Ints, name: str) -> Estimate:
    generator, number = rng(0, 0, f"variants {name}"), int(items.max()) + 1
    sums, sizes = np.bincount(items, weights=x, minlength=number), np.bincount(items, minlength=number)
    picks = generator.integers(number, size=(BOOTSTRAPS, number))
    drawn = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(est=float(x.mean()), lo=float(low), hi=float(high))
