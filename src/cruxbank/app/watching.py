"""Known answers in a run: put before the judge while it reads, added up when the run ends."""

from __future__ import annotations

from typing import Any

from cruxbank.accuracy import CanarySummary
from cruxbank.agents.canaries import Canaries
from cruxbank.agents.roles import Judge
from cruxbank.config.settings import Settings
from cruxbank.graphs.meter import note_canary
from cruxbank.memory.record import Record
from cruxbank.science.canary_rates import canaries_in, summarise
from cruxbank.values.systems import ValueSystem


def watched(judge: Judge, settings: Settings, system: ValueSystem, seed: int) -> Judge:
    """The judge with judging.canaries mixed into what it reads. Outermost: known answers go the whole way."""
    share = settings.judging.canaries
    return Canaries(judge, system, share, seed, note_canary) if share else judge


def canaries_of(record: Record, run: str) -> CanarySummary:
    """All known answers of a run, grown or re-measured."""
    payloads = [*(d.payload for d in record.decisions(run)), *(u.payload for u in record.updates(run))]
    return summarise(canaries_in(payloads))


def canary_figures(record: Record, run: str, settings: Settings) -> dict[str, Any]:
    """The same as JSON values, with whether it is too little."""
    return summary_figures(canaries_of(record, run), settings)


def summary_figures(found: CanarySummary, settings: Settings) -> dict[str, Any]:
    """A summary as JSON values, with whether it is too little, and where."""
    limit = settings.judging.min_canaries
    return {
        **found.model_dump(mode="json"),
        "limit": limit,
        "below": found.below(limit),
        "blind": list(found.blind(limit)),
    }
