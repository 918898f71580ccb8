"""How far a bank's jury agrees."""

from __future__ import annotations

from cruxbank.config.families import shared_families
from cruxbank.config.settings import Settings
from cruxbank.memory.record import Record
from cruxbank.science.juries import JuryAgreement, jury_agreement
from cruxbank.values.systems import load_system


def bank_jury(record: Record, settings: Settings) -> JuryAgreement | None:
    """Agreement of the votes in a whole bank; None where no jury ever read."""
    verdicts = record.jury_verdicts()
    return jury_agreement(verdicts, load_system(settings.values).ids, shared_families(settings)) if verdicts else None
