"""What must hold between the fields of a value system. Each rule names the field and the value that breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cruxbank.items import normalise
from cruxbank.values.schema import SLUG, Dimension, Group, ValueSystem

Problem = tuple[str, str, str]
"""Field, what is wrong with it, the way out."""


def problems(system: ValueSystem) -> Iterator[Problem]:
    """Every broken rule of a whole file, in the order of the fields."""
    if not re.fullmatch(SLUG, system.id):
        yield "id", f"'{system.id}' is not an id", "use a-z, 0-9 and single hyphens, a letter first"
    yield from _unique("groups", system.groups)
    yield from _unique("dimensions", system.dimensions)
    yield from _spellings(system.dimensions)
    yield from _tree(system)
    yield from _opposites("groups", system.groups)
    yield from _opposites("dimensions", system.dimensions)
    yield from _circle(system)
    if sum(not d.optional for d in system.dimensions) < 2:
        yield "dimensions", "fewer than two are not optional", "a system needs two that are always there"


def spelling(text: str) -> str:
    """An id or a name as models may write it: case, spaces and marks do not count."""
    return normalise(text).replace(" ", "-")


def spellings(system: ValueSystem) -> dict[str, str]:
    """`spelling` of every id and name -> id. An id goes before a name."""
    names = {spelling(entry.name): entry.id for entry in system.dimensions}
    return names | {spelling(entry.id): entry.id for entry in system.dimensions}


def _unique(field: str, entries: Sequence[Group | Dimension]) -> Iterator[Problem]:
    ids = [entry.id for entry in entries]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        yield field, f"id '{twice}' occurs twice", "give every one its own id"


def _spellings(dimensions: Sequence[Dimension]) -> Iterator[Problem]:
    """A judge may answer with the name: it must not be another dimension's id or name."""
    owner: dict[str, str] = {}
    for word, of in [(d.id, d.id) for d in dimensions] + [(spelling(d.name), d.id) for d in dimensions]:
        if owner.setdefault(word, of) != of:
            yield _at("dimensions", of, "name"), f"'{word}' also means '{owner[word]}'", "give it a name of its own"


def _tree(system: ValueSystem) -> Iterator[Problem]:
    known = [group.id for group in system.groups]
    for group in system.groups:
        if group.parent is not None and group.parent not in known:
            yield _at("groups", group.id, "parent"), f"no group '{group.parent}'", _one_of(known)
        elif _own_ancestor(system.groups, group):
            yield _at("groups", group.id, "parent"), f"'{group.parent}' leads back to '{group.id}'", "end the circle"
        missing = [name for name in ("definition", "cue") if getattr(group, name) is None]
        if group.level is not None and missing:
            yield _at("groups", group.id, missing[0]), "is missing", "a group with a level is a dimension of that view"
    for dimension in system.dimensions:
        if known and dimension.group is not None and dimension.group not in known:
            yield _at("dimensions", dimension.id, "group"), f"no group '{dimension.group}'", _one_of(known)


def _own_ancestor(groups: Sequence[Group], group: Group) -> bool:
    parents = {g.id: g.parent for g in groups}
    at, seen = group.parent, set[str]()
    while at is not None and at not in seen:
        if at == group.id:
            return True
        seen.add(at)
        at = parents.get(at)
    return False


def _opposites(field: str, entries: Sequence[Group | Dimension]) -> Iterator[Problem]:
    by_id = {entry.id: entry for entry in entries}
    for entry in entries:
        for other in entry.opposite:
            where = _at(field, entry.id, "opposite")
            if other not in by_id:
                yield where, f"no id '{other}'", _one_of(list(by_id))
            elif other == entry.id:
                yield where, f"'{other}' is its own opposite", "take it out"
            elif entry.id not in by_id[other].opposite:
                yield where, f"'{other}' does not name '{entry.id}' back", f"add it to {other}.opposite, or take it out"


def _circle(system: ValueSystem) -> Iterator[Problem]:
    placed = [name for wedge in system.wedges for name in wedge]
    if not placed:
        return
    if len(system.wedges) < 3:
        yield "circular", f"{len(system.wedges)} wedges make no circle", "give three or more, or leave it out"
    for name in sorted({name for name in placed if placed.count(name) > 1}):
        yield "circular", f"'{name}' stands in it twice", "give every dimension one place"
    for name in sorted(set(placed) - set(system.ids)):
        yield "circular", f"no dimension '{name}'", _one_of(system.ids)
    for name in sorted(set(system.ids) - set(placed)):
        yield "circular", f"'{name}' has no place in it", "a circle holds every dimension, or leave it out"


def _at(field: str, entry: str, name: str) -> str:
    return f"{field}.{entry}.{name}"


def _one_of(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:12]) + (", ..." if len(ids) > 12 else "")
    return f"one of {shown}" if ids else "list it first"
