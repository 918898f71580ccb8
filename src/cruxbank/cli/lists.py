"""Flags that hold several things in one text."""

from __future__ import annotations

from collections.abc import Sequence

from cruxbank.errors import InputError
from cruxbank.items import Status


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
