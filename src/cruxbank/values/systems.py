"""Value systems as data: dimensions with definitions, structure and polarity, read from YAML."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import ValidationError

from cruxbank.errors import ValueSystemError
from cruxbank.frozen import Frozen


class Dimension(Frozen):
    """One value."""

    id: str
    name: str
    definition: str
    cue: str
    """One sentence that a person who holds the value would say."""
    opposite: tuple[str, ...] = ()
    group: str = ""


class ValueSystem(Frozen):
    """A named set of dimensions. Their order is the order of columns everywhere."""

    id: str
    name: str
    source: str
    circular: tuple[str, ...] = ()
    dimensions: tuple[Dimension, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Dimension ids in order."""
        return tuple(d.id for d in self.dimensions)


def shipped() -> tuple[str, ...]:
    """Names of the systems that come with the package."""
    folder = files("cruxbank.values")
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def load_system(name: str) -> ValueSystem:
    """A shipped system by its name, or one of your own by the path of its YAML file.

    Raises:
        ValueSystemError: no such system or file, or a field is wrong.
    """
    text = _read(name)
    try:
        system = ValueSystem.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise ValueSystemError(f"value system {name}: {_first(error)}", hint="see docs/value-systems.md") from error
    _check(system)
    return system


def _read(name: str) -> str:
    if name in shipped():
        return files("cruxbank.values").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"} or not path.is_file():
        known = ", ".join(shipped())
        raise ValueSystemError(f"values: no value system '{name}'", hint=f"one of {known}, or the path of a YAML file")
    return path.read_text(encoding="utf-8")


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}"
    return " ".join(str(error).split())


def _check(system: ValueSystem) -> None:
    known = set(system.ids)
    if len(known) != len(system.dimensions):
        raise ValueSystemError(f"value system {system.id}: a dimension id occurs twice", hint="make the ids unique")
    for dimension in system.dimensions:
        for other in dimension.opposite:
            if other not in known:
                message = f"value system {system.id}: {dimension.id}.opposite names '{other}'"
                raise ValueSystemError(message, hint=f"one of {', '.join(system.ids)}")
    stray = set(system.circular) - known
    if stray:
        raise ValueSystemError(f"value system {system.id}: circular names '{min(stray)}'", hint="use dimension ids")
