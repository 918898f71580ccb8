"""Shares of a whole as people write them."""

from __future__ import annotations

from cruxbank.errors import InputError


def share(flag: str, text: str) -> float:
    """A share of the whole, as `20%` or `0.2`.

    >>> share("--holdback", "20%")
    0.2

    Raises:
        InputError: it is no number, or a number above 1 without a percent sign.
    """
    bare = text.strip().removesuffix("%")
    try:
        value = float(bare) / (100.0 if text.strip().endswith("%") else 1.0)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < 1.0:
        raise InputError(f"{flag}: '{text}' is no share", hint="20% or 0.2, say; below 100%")
    return value
