"""What a value system's file may hold, field by field. docs/value-systems.md explains the same to people."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from cruxbank.frozen import Frozen

MOST_DIMENSIONS = 60
"""Of one system: the judge gets every definition in one call, about 30 tokens each."""
LONGEST_ID, LONGEST_NAME, LONGEST_DEFINITION, LONGEST_CUE = 40, 60, 400, 200
SLUG = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_JOINERS = "\u200c\u200d"
"""Persian and Indian scripts need them to spell."""
ARGUED = "`supports`: argued from as something good or worth protecting; `opposes`: argued against."
"""The polarity of a system that says nothing of its own."""


def _slug(text: str) -> str:
    if not re.fullmatch(SLUG, text) or len(text) > LONGEST_ID:
        raise ValueError(f"not an id: at most {LONGEST_ID} of a-z, 0-9 and single hyphens, a letter first")
    return text


def _plain(text: str) -> str:
    """One line of ordinary text: it goes into prompts, tables and file names' neighbours."""
    line = " ".join(text.split())
    if not line:
        raise ValueError("is empty")
    if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Cn"} and c not in _JOINERS for c in line):
        raise ValueError("has a control or invisible character")
    return line


def _sentence(text: str) -> str:
    """A line that ends like a sentence and holds no second one."""
    if not re.search(r"[.!?。！？؟।][\"'”’»]?$", text):
        raise ValueError("is not a sentence: end it with a full stop")
    if re.search(r"[.!?][\"'”’»]?\s+\S|[。！？؟।].", text):
        raise ValueError("has more than one sentence")
    return text


Slug = Annotated[str, StringConstraints(strict=True), AfterValidator(_slug)]
Name = Annotated[str, StringConstraints(strict=True, max_length=LONGEST_NAME), AfterValidator(_plain)]
Definition = Annotated[str, StringConstraints(strict=True, max_length=LONGEST_DEFINITION), AfterValidator(_plain)]
Text = Annotated[str, StringConstraints(strict=True, max_length=2_000), AfterValidator(_plain)]
Cue = Annotated[
    str, StringConstraints(strict=True, max_length=LONGEST_CUE), AfterValidator(_plain), AfterValidator(_sentence)
]
SystemId = Annotated[str, StringConstraints(strict=True, pattern=rf"^{SLUG}(?:\+{SLUG})*(?:@{SLUG})?$")]


class Group(Frozen):
    """Dimensions that belong together. One with a level can stand for them: `safety@domains` has six dimensions."""

    id: Slug
    name: Name
    parent: Slug | None = None
    """The group that this one belongs to."""
    level: Slug | None = None
    """Name of a view. All groups of one level are the dimensions of `SYSTEM@LEVEL`: they need definition and cue."""
    definition: Definition | None = None
    cue: Cue | None = None
    opposite: tuple[Slug, ...] = ()


class Dimension(Frozen):
    """One value."""

    id: Slug
    name: Name
    definition: Definition
    cue: Cue
    """One sentence that a person who holds the value would say."""
    opposite: tuple[Slug, ...] = ()
    group: Slug | None = None
    optional: bool = False
    """Left out unless it is asked for: `moral-foundations+liberty`."""


class ValueSystem(Frozen):
    """A named set of dimensions. Their order is the order of columns everywhere."""

    version: Literal[1] = 1
    id: SystemId
    name: Text
    source: Text
    polarity: Text = ARGUED
    """Which pole is meant: what `supports` and `opposes` say of a text."""
    groups: tuple[Group, ...] = ()
    circular: tuple[Slug | tuple[Slug, ...], ...] = ()
    """Wedges of the circle in order; several ids in one wedge share its angle."""
    dimensions: tuple[Dimension, ...] = Field(min_length=2, max_length=MOST_DIMENSIONS)

    @property
    def ids(self) -> tuple[str, ...]:
        """Dimension ids in order."""
        return tuple(d.id for d in self.dimensions)

    @property
    def wedges(self) -> tuple[tuple[str, ...], ...]:
        """The circle as tuples of ids; empty where there is none."""
        return tuple((entry,) if isinstance(entry, str) else entry for entry in self.circular)

    @property
    def angles(self) -> dict[str, float]:
        """Degrees by dimension id, from 0 at the first wedge on in steps of 360 / wedges; empty without a circle."""
        wedges = self.wedges
        return {name: 360.0 * place / len(wedges) for place, wedge in enumerate(wedges) for name in wedge}

    def chain(self, dimension: str) -> tuple[str, ...]:
        """Ids of the groups that a dimension belongs to, nearest first."""
        parents = {group.id: group.parent for group in self.groups}
        at = next(d.group for d in self.dimensions if d.id == dimension)
        found: list[str] = []
        while at is not None and at not in found:
            found.append(at)
            at = parents.get(at)
        return tuple(found)

    def group_name(self, group: str) -> str:
        """The name of a group; its id where the file lists no groups."""
        return next((g.name for g in self.groups if g.id == group), group)
