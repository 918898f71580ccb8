"""In-sample and transfer of a bank: from a run's drafts when it ends, from its items whenever somebody looks."""

from __future__ import annotations

from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import Status
from cruxbank.measures import CarryOver
from cruxbank.memory.record import Record
from cruxbank.science.carryover import family_share, share_in, summarise


def carry_over(record: Record, yardstick: Yardstick) -> CarryOver:
    """Of the whole bank at the end of a run, the left-out families over all drafts that it measured."""
    items = record.items(status=Status.OPERATIONAL, order="id")
    share = family_share(yardstick.drafts, yardstick.metric, len(items))
    return summarise(items, share)


def bank_carry_over(record: Record) -> CarryOver:
    """Of the bank as it is now; the left-out families as the last run that ended found them."""
    items = record.items(status=Status.OPERATIONAL, order="id")
    shares = [share for run in record.runs() if (share := share_in(run.payload)) is not None]
    return summarise(items, shares[-1] if shares else None)
