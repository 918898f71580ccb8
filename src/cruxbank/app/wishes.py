"""What somebody wants of a bank: which items, how they are chosen, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from cruxbank.app.choosing import check_rule
from cruxbank.app.sketches import GROUPS
from cruxbank.errors import InputError
from cruxbank.frozen import Frozen
from cruxbank.items import ItemKind, Status
from cruxbank.values.systems import ValueSystem


class Wish(Frozen):
    """A choice of items. Nothing named lets everything through."""

    rule: str = "top"
    n: int | None = None
    seed: int = 0
    statuses: tuple[Status, ...] = (Status.OPERATIONAL,)
    values: tuple[str, ...] = ()
    """Items that are about one of these: it is the value on which they separate best, or an option of theirs serves it."""
    languages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    min_separation: float | None = None
    """Bits that the lower bound of the joint separation reaches."""
    quotas: tuple[tuple[str, int], ...] = ()
    """(one of `sketches.GROUPS`, the most items of one group)."""
    max_similarity: float | None = None
    """The largest cosine that two items may have."""
    public: bool = False
    """The items count as published from now on."""
    unexposed: bool = False
    """Items that were published before stay out."""
    holdback: float = 0.0
    """Share that is kept back for good. Above 0 the rest counts as published, whatever `public` says."""

    @property
    def looks_inside(self) -> bool:
        """Whether choosing needs more of an item than its id."""
        return bool(self.kinds or self.values or self.quotas) or self.n is not None or self.max_similarity is not None

    @property
    def recorded(self) -> bool:
        """Whether the bank remembers this export."""
        return self.public or self.holdback > 0

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """What was asked for, as (name, value), without what was left at its default."""
        told = {
            "status": ",".join(status.value for status in self.statuses),
            "values": ",".join(self.values),
            "languages": ",".join(self.languages),
            "domains": ",".join(self.domains),
            "kinds": ",".join(self.kinds),
            "min-separation": "" if self.min_separation is None else f"{self.min_separation:g}",
            "quota": ",".join(f"{name}={most}" for name, most in self.quotas),
            "max-similarity": "" if self.max_similarity is None else f"{self.max_similarity:g}",
            "unexposed": "yes" if self.unexposed else "",
            "holdback": f"{self.holdback:.6g}" if self.holdback else "",
        }
        return tuple((name, value) for name, value in told.items() if value)


def check(wish: Wish, system: ValueSystem) -> None:
    """Refuse what cannot be meant.

    Raises:
        InputError: names the flag, the value and what would do.
    """
    check_rule(wish.rule)
    if wish.n is not None and wish.n < 1:
        raise InputError(f"--n: {wish.n} items", hint="1 or more, or leave it out for all")
    if not 0 <= wish.seed < 2**63:
        raise InputError(f"--seed: {wish.seed}", hint="0 or more")
    if not wish.statuses:
        raise InputError("--status: none given", hint=f"one or more of {', '.join(Status)}")
    _known("--values", wish.values, system.ids)
    _known("--kinds", wish.kinds, get_args(ItemKind))
    _known("--quota", [name for name, _ in wish.quotas], tuple(GROUPS))
    _numbers(wish)


def _numbers(wish: Wish) -> None:
    for name, most in wish.quotas:
        if most < 1:
            raise InputError(f"--quota {name}={most}: leaves nothing", hint="1 or more")
    if wish.min_separation is not None and not wish.min_separation >= 0:
        raise InputError(f"--min-separation: {wish.min_separation:g} bits", hint="0 or more")
    if wish.max_similarity is not None and not -1.0 <= wish.max_similarity <= 1.0:
        raise InputError(f"--max-similarity: {wish.max_similarity:g} is no cosine", hint="0.8, say; from -1 to 1")
    if not 0.0 <= wish.holdback < 1.0:
        raise InputError(f"--holdback: {wish.holdback:g} of the items", hint="20% or 0.2, say; below 100%")


def _known(flag: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise InputError(f"{flag}: no '{name}'", hint=f"one of {', '.join(known)}")


def check_names(flag: str, given: Sequence[str], present: Sequence[str]) -> None:
    """Refuse a name that no item of the bank bears: a typing error would pass for an empty result.

    Raises:
        InputError: names those that there are, as far as they fit a line.
    """
    if set(given) - set(present):
        shown = ", ".join(present[:12]) + (", ..." if len(present) > 12 else "")
        raise InputError(f"{flag}: no item of '{min(set(given) - set(present))}'", hint=f"this bank has {shown}")
