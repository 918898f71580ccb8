"""Flags that hold several things in one text."""

from __future__ import annotations

from collections.abc import Sequence

from cruxbank.errors import InputError
from cruxbank.items import Status
from cruxbank.shares import share

__all__ = ["comma", "quotas", "share", "statuses"]


def comma(text: str) -> tuple[str, ...]:
    """Names with commas between, each once, in their order.

    >>> comma("power, security,power")
    ('power', 'security')
    """
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))


def statuses(text: str) -> tuple[Status, ...]:
    """Statuses with commas between.

    Raises:
        InputError: there is no such status, or none is named.
    """
    known = ", ".join(status.value for status in Status)
    wrong = [name for name in comma(text) if name not in set(Status)]
    if wrong or not comma(text):
        raise InputError(f"--status: no status '{text if not wrong else wrong[0]}'", hint=f"one or more of {known}")
    return tuple(Status(name) for name in comma(text))


def quotas(texts: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """`domain=10` as ("domain", 10); several stand in several flags, or with commas between.

    >>> quotas(["domain=10,topic=1"])
    (('domain', 10), ('topic', 1))

    Raises:
        InputError: no name and number with `=` between.
    """
    found: dict[str, int] = {}
    for part in (one for text in texts for one in comma(text)):
        name, _, number = part.partition("=")
        if not name or not number.strip().isdecimal():
            raise InputError(f"--quota: '{part}' is no quota", hint="domain=10, say: at most 10 items of one domain")
        found[name.strip()] = int(number)
    return tuple(found.items())
