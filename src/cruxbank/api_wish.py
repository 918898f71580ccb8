"""A wish from what somebody passes in Python: one place that converts, and refuses what cannot be converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from cruxbank.api_export import status_of
from cruxbank.app.wishes import Wish
from cruxbank.errors import InputError
from cruxbank.shares import share

NAMES = ("values", "languages", "domains", "kinds")
"""Arguments that take names, or one name."""


def wish_of(select: str, status: Any, quotas: Any, holdback: Any, **more: Any) -> Wish:
    """The wish of the arguments of `bank.export`, by their names there.

    Raises:
        InputError: names the argument and the value that is no such thing.
    """
    given = {name: _names(name, value) if name in NAMES else value for name, value in more.items()}
    given |= {
        "rule": select,
        "statuses": tuple(status_of(name) for name in _names("status", status)),
        "quotas": _pairs(quotas),
        "holdback": share("holdback", holdback) if isinstance(holdback, str) else holdback,
    }
    try:
        return Wish(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = {"rule": "select"}.get(str(first["loc"][0]), str(first["loc"][0]))
        raise InputError(f"{name}: {first['msg']} (found {first['input']!r})", hint="see docs/export.md") from error


def _names(argument: str, given: Any) -> tuple[Any, ...]:
    """One name, or several."""
    if isinstance(given, str):
        return (given,)
    try:
        return tuple(given)
    except TypeError as error:
        raise InputError(f"{argument}: {given!r} is no list of names", hint='["power", "security"], say') from error


def _pairs(quotas: Any) -> tuple[tuple[Any, Any], ...]:
    if quotas is not None and not isinstance(quotas, Mapping):
        raise InputError(f"quotas: {quotas!r} is no mapping", hint='{"domain": 5}, say')
    return tuple((quotas or {}).items())
