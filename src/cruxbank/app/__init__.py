"""The composition root: settings in, a running context out. The only package that knows every other."""

from cruxbank.app.carryover import bank_carry_over
from cruxbank.app.estimate import estimate_run
from cruxbank.app.grow import grow_bank
from cruxbank.app.juries import bank_jury
from cruxbank.app.languages import bank_languages
from cruxbank.app.looking import open_encoder, open_record, search_items
from cruxbank.app.rates import bank_rates
from cruxbank.app.verifying import verify_bank

__all__ = [
    "bank_carry_over",
    "bank_jury",
    "bank_languages",
    "bank_rates",
    "estimate_run",
    "grow_bank",
    "open_encoder",
    "open_record",
    "search_items",
    "verify_bank",
]
