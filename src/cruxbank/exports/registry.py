"""Formats by name. Ours and other people's come the same way: as entry points of the group `cruxbank.formats`."""

from __future__ import annotations

from importlib.metadata import EntryPoint, distributions

from cruxbank.errors import InputError
from cruxbank.exports.format import Format

GROUP = "cruxbank.formats"


def names() -> tuple[str, ...]:
    """Names of all formats that are installed, sorted."""
    return tuple(sorted({point.name for point in _points()}))


def load(name: str) -> Format:
    """The format of that name, loaded only now: each one brings its own libraries.

    Raises:
        InputError: there is none, two packages bring one, or it cannot be loaded.
    """
    found = [point for point in _points() if point.name == name]
    if not found:
        raise InputError(f"--to: no format '{name}'", hint=f"one of {', '.join(names())}")
    if len(found) > 1:
        owners = ", ".join(sorted(point.value for point in found))
        raise InputError(f"--to: {len(found)} formats are named '{name}' ({owners})", hint="uninstall one of them")
    return _made(found[0])


def _points() -> tuple[EntryPoint, ...]:
    """Of every distribution on the path, each once.

    Not `importlib.metadata.entry_points`: of two distributions of one name it asks the first only, and a build leaves an
    old egg-info in a checkout that hides what is installed.
    """
    found = {(p.name, p.value): p for d in distributions() for p in d.entry_points if p.group == GROUP}
    return tuple(found.values())


def _made(point: EntryPoint) -> Format:
    try:
        made: Format = point.load()()
    except Exception as error:
        raise InputError(
            f"--to {point.name}: {point.value} cannot be loaded ({type(error).__name__}: {error})",
            hint="mend or uninstall the package that brings this format",
        ) from error
    return made
