"""Value systems as data: dimensions with definitions, structure and polarity, read from YAML."""

from __future__ import annotations

import difflib
import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from cruxbank.errors import ValueSystemError
from cruxbank.values import views
from cruxbank.values.rules import problems
from cruxbank.values.schema import Dimension, Group, ValueSystem
from cruxbank.values.strict_yaml import read_strictly

__all__ = ["Dimension", "Group", "ValueSystem", "digest", "is_file", "load_system", "load_whole", "shipped"]

GUIDE = "see docs/value-systems.md"
LARGEST = 200_000
"""Bytes of a file: 60 dimensions with the longest texts have 45,000."""


def shipped() -> tuple[str, ...]:
    """Names of the systems that come with the package."""
    folder = files("cruxbank.values")
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def load_system(name: str) -> ValueSystem:
    """A shipped system by its name, or one of your own by the path of its YAML file.

    `NAME+ID` adds an optional dimension, `NAME@LEVEL` takes the groups of one level as dimensions.

    Raises:
        ValueSystemError: no such system or file, or a field is wrong: names the file, the field and the value.
    """
    return views.chosen(load_whole(name), views.parse(name))


def load_whole(name: str) -> ValueSystem:
    """The whole file behind a name: with every optional dimension and group, whatever the name's suffix asks for.

    Raises:
        ValueSystemError: as for `load_system`.
    """
    base = views.parse(name).base
    where = f"value system {base}"
    data = read_strictly(_read(base), where)
    try:
        system = ValueSystem.model_validate(data)
    except ValidationError as error:
        raise _explain(where, error, data) from error
    for field, problem, hint in problems(system):
        raise ValueSystemError(f"{where}: {field}: {problem}", hint=hint)
    if is_file(name):
        _check_id(where, system)
    return system


def _check_id(where: str, system: ValueSystem) -> None:
    """A person's system does not go under the id of a shipped one; an unchanged copy of that one may.

    Raises:
        ValueSystemError: other dimensions under a shipped id.
    """
    if system.id in shipped() and digest(system) != digest(load_whole(system.id)):
        message = f"{where}: id: '{system.id}' comes with the package and has other dimensions or definitions"
        raise ValueSystemError(message, hint="give yours an id of its own: banks and exports name it by that")


def is_file(name: str) -> bool:
    """Whether a name is the path of a person's own file."""
    return Path(views.parse(name).base).suffix in {".yaml", ".yml"}


def digest(system: ValueSystem) -> str:
    """16 hex digits of what the readers see: ids, names, definitions and cues in order. Other digits, another measure."""
    seen = [(d.id, d.name, d.definition, d.cue) for d in system.dimensions]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()[:16]


def _read(base: str) -> str:
    if base in shipped():
        return files("cruxbank.values").joinpath(f"{base}.yaml").read_text(encoding="utf-8")
    path = Path(base)
    if path.suffix not in {".yaml", ".yml"} or not path.is_file():
        known = ", ".join(shipped())
        raise ValueSystemError(f"values: no value system '{base}'", hint=f"one of {known}, or the path of a YAML file")
    try:
        if path.stat().st_size > LARGEST:
            message = f"value system {base}: {path.stat().st_size} bytes, at most {LARGEST}"
            raise ValueSystemError(message, hint="one line a definition is enough")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ValueSystemError(f"value system {base}: cannot be read ({reason})", hint="give a UTF-8 file") from error


def _explain(where: str, error: ValidationError, data: Any) -> ValueSystemError:
    """The first mistake in one line, list places replaced by the ids that stand there."""
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")  # a misspelt field is missing too
    field = ".".join(_path(data, first["loc"])) or "file"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return ValueSystemError(f"{where}: unknown field '{field}'", hint=_meant(first["loc"]))
    if first["type"] == "missing":
        return ValueSystemError(f"{where}: {field} is missing", hint=GUIDE)
    value = first["input"]
    plain = isinstance(value, str | int | float | bool) or value is None
    shown = f" (found {_short(value)})" if plain else ""
    return ValueSystemError(f"{where}: {field}: {message}{shown}", hint=GUIDE)


def _meant(loc: tuple[int | str, ...]) -> str:
    parts: dict[str, type[BaseModel]] = {"groups": Group, "dimensions": Dimension}
    model = parts.get(str(loc[0]), ValueSystem)
    near = difflib.get_close_matches(str(loc[-1]), list(model.model_fields), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(model.model_fields)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _path(data: Any, loc: tuple[int | str, ...]) -> list[str]:
    names, at = [], data
    for part in loc:
        try:
            at = at[part]
        except (KeyError, IndexError, TypeError):
            names.append(str(part))
            continue
        own = at.get("id") if isinstance(at, dict) and isinstance(part, int) else None
        names.append(own if isinstance(own, str) else str(part))
    return names
