"""Parts and views of a value system: `moral-foundations+liberty` takes an option, `safety@domains` reads its groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from cruxbank.errors import ValueSystemError
from cruxbank.values.schema import SLUG, Dimension, ValueSystem

_REQUEST = re.compile(rf"(?P<base>.+?\.ya?ml|{SLUG})(?P<options>(?:\+{SLUG})*)(?:@(?P<view>{SLUG}))?")


class Request(NamedTuple):
    """What a name asks for."""

    base: str
    """A shipped name, or the path of a YAML file."""
    options: tuple[str, ...] = ()
    view: str | None = None


def parse(name: str) -> Request:
    """Take a name apart; one that has no such form is its own base.

    >>> parse("moral-foundations+liberty")
    Request(base='moral-foundations', options=('liberty',), view=None)
    >>> parse("./mine.yaml@domains")
    Request(base='./mine.yaml', options=(), view='domains')
    """
    found = _REQUEST.fullmatch(name)
    if found is None:
        return Request(name)
    return Request(found["base"], tuple(found["options"].split("+")[1:]), found["view"])


def chosen(whole: ValueSystem, request: Request) -> ValueSystem:
    """The part of a file's system that a name asks for: its fixed dimensions, those chosen, or a view.

    Raises:
        ValueSystemError: no such option or view, or both at once.
    """
    if request.view is None:
        return _with_options(whole, request.options)
    if request.options:
        message = f"values: '+{request.options[0]}' and '@{request.view}' do not go together"
        raise ValueSystemError(message, hint="a view has the groups as its dimensions: leave one of them out")
    return _view(_with_options(whole, tuple(d.id for d in whole.dimensions if d.optional), tag=False), request.view)


def options(whole: ValueSystem) -> tuple[str, ...]:
    """Dimensions that `+ID` adds."""
    return tuple(d.id for d in whole.dimensions if d.optional)


def levels(whole: ValueSystem) -> tuple[str, ...]:
    """Views that `@LEVEL` gives, in the order of the file."""
    return tuple(dict.fromkeys(group.level for group in whole.groups if group.level is not None))


def _with_options(whole: ValueSystem, wanted: tuple[str, ...], *, tag: bool = True) -> ValueSystem:
    unknown = [name for name in wanted if name not in options(whole)]
    if unknown:
        message = f"values: {whole.id} has no option '{unknown[0]}'"
        raise ValueSystemError(message, hint=_known("one of", options(whole)))
    kept = [d for d in whole.dimensions if not d.optional or d.id in wanted]
    ids = [d.id for d in kept]
    dimensions = tuple(d.model_copy(update={"opposite": tuple(o for o in d.opposite if o in ids)}) for d in kept)
    wedges = (tuple(name for name in wedge if name in ids) for wedge in whole.wedges)
    circular = tuple(wedge[0] if len(wedge) == 1 else wedge for wedge in wedges if wedge)
    name = "+".join((whole.id, *(i for i in ids if i in wanted))) if tag else whole.id
    return whole.model_copy(update={"id": name, "dimensions": dimensions, "circular": circular})


def _view(whole: ValueSystem, level: str) -> ValueSystem:
    groups = [group for group in whole.groups if group.level == level]
    if len(groups) < 2:
        raise ValueSystemError(f"values: {whole.id} has no view '{level}'", hint=_known("one of", levels(whole)))
    ids = [group.id for group in groups]
    dimensions = tuple(
        Dimension(id=g.id, name=g.name, definition=g.definition or "", cue=g.cue or "", opposite=g.opposite)
        for g in groups
    )
    update = {"id": f"{whole.id}@{level}", "groups": (), "circular": _round(whole, ids), "dimensions": dimensions}
    return whole.model_copy(update=update)


def _round(whole: ValueSystem, ids: Sequence[str]) -> tuple[str, ...]:
    """The circle of the groups, where each group's dimensions stand side by side on the whole system's circle."""
    on = [next((g for g in whole.chain(name) if g in ids), "") for wedge in whole.wedges for name in wedge]
    runs = [name for name, _ in groupby(on)]
    if len(runs) > 1 and runs[0] == runs[-1]:
        runs.pop()
    return tuple(runs) if sorted(runs) == sorted(ids) and len(runs) > 2 else ()


def _known(lead: str, names: Sequence[str]) -> str:
    return f"{lead} {', '.join(names)}" if names else "it has none: leave it out"
