"""Professed against acted values of a bank."""

from __future__ import annotations

from cruxbank.agreements import Agreement
from cruxbank.memory.record import Record
from cruxbank.science.professed_bank import LEAST, agreement_of


def professed_and_acted(record: Record, *, least: int = LEAST) -> Agreement:
    """How far what the models of a bank profess and what they do agree, over every item that was ever measured.

    Raises:
        InputError: too few questions, scenarios or models that answered both.
    """
    return agreement_of(((item, record.readings(item.id)) for item in record.items(order="id")), least=least)
