"""`objective: adaem`: several opinions of each model on the base wording, and the published score made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.state import Stage
from cruxbank.items import Draft, Outcome, Reading, Response
from cruxbank.measures import Score
from cruxbank.science.adaem import opinion_similarity, score
from cruxbank.science.arrays import Bools

AUTHOR = "question"
"""Stands for a model where the judge reads the question's own text."""


async def own_values(context: GrowContext, draft: Draft) -> tuple[str, ...] | None:
    """The values that the judge reads in the question itself, one judge call; None where it gives no reading."""
    text = Response(
        item=draft.id, wording=0, model=AUTHOR, state="answered", stance="neutral", key_points=(draft.text,)
    )
    verdict = (await context.judge.read([text], context.system)).verdicts[0]
    return present(verdict.outcomes) if verdict.state == "scored" else None


def present(outcomes: dict[str, Outcome]) -> tuple[str, ...]:
    """Values that show at all: AdAEM's labels know presence only, whichever side an answer takes."""
    return tuple(d for d, outcome in outcomes.items() if outcome is not Outcome.ABSENT)


async def published(
    context: GrowContext, stage: Stage, readings: Sequence[Reading], question: tuple[str, ...] | None
) -> Score | None:
    """S of a draft from the opinions so far; None while fewer than two models have one that was read."""
    panel = context.settings.panels.pilot if stage == "pilot" else context.settings.panels.scoring
    dimensions = context.system.ids
    mine = [r for r in readings if r.response.model in panel and r.verdict.state == "scored"]
    if len({r.response.model for r in mine}) < 2:
        return None
    labels, read = tabulated(mine, panel, dimensions)
    own = None if question is None else np.array([d in question for d in dimensions], dtype=np.bool_)
    found = score(labels, await _similarity(context, mine, panel), own, read)
    return Score(
        total=float(found.total),
        parts={name: float(part) for name, part in found.parts.items()},
        panel="pilot" if stage == "pilot" else "scoring",
        models=int(read.any(axis=1).sum()),
    )


def tabulated(readings: Sequence[Reading], panel: Sequence[str], dimensions: Sequence[str]) -> tuple[Bools, Bools]:
    """labels (K, L, D) and read (K, L): repeats of the base wording by model, in the panel's order."""
    depth = max(r.response.repeat for r in readings) + 1
    labels = np.zeros((len(panel), depth, len(dimensions)), dtype=np.bool_)
    read = np.zeros((len(panel), depth), dtype=np.bool_)
    for reading in readings:
        place = (panel.index(reading.response.model), reading.response.repeat)
        shown = present(reading.verdict.outcomes)
        labels[place] = [d in shown for d in dimensions]
        read[place] = True
    return labels, read


async def _similarity(context: GrowContext, readings: Sequence[Reading], panel: Sequence[str]) -> np.ndarray:
    """(K, K) mean cosine of the models' opinions; 0 beside a model without one, which `read` leaves out."""
    texts = [" ".join((f"{r.response.stance}.", *r.response.key_points)) for r in readings]
    unique = sorted(set(texts))
    vectors = (await context.library.embed(unique))[np.searchsorted(unique, texts)]
    names, found = opinion_similarity(vectors, [r.response.model for r in readings])
    whole = np.zeros((len(panel), len(panel)))
    rows = np.array([panel.index(name) for name in names])
    whole[np.ix_(rows, rows)] = found
    return whole
