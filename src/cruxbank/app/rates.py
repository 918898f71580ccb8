"""How often models raise a value over a bank's operational items, corrected where a calibration is configured."""

from __future__ import annotations

from cruxbank.app.judge_identity import configured_calibration
from cruxbank.config.settings import Settings
from cruxbank.items import Status
from cruxbank.memory.record import Record
from cruxbank.science.value_rates import ValueRate, value_rates
from cruxbank.values.systems import load_system


def bank_rates(record: Record, settings: Settings) -> tuple[ValueRate, ...]:
    """Rates by model, dimension and side.

    Raises:
        InputError: judging.calibration cannot be read, or is another judge's.
    """
    system = load_system(settings.values)
    return value_rates(record.items(Status.OPERATIONAL), system.ids, configured_calibration(settings, system))
