"""docs/configuration.md, made from the settings models: `python -m cruxbank.config.reference` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cruxbank.config.settings import Settings

TARGET = Path("docs/configuration.md")
INTRODUCTION = """# Configuration

<!-- Made by `python -m cruxbank.config.reference` from the settings models. Do not edit. -->

`crux init` writes a commented `crux.yaml`; `crux` reads it from the working directory or from `--config FILE`.
What wins, first to last: command-line flags, the file, environment variables, defaults. A field that is in the file wins
over its variable. An unknown field is refused, and so is a value that does not fit; the error names the field.

The environment variable of a field is `CRUX_` and its path with two underscores between sections, for example
`CRUX_LIMITS__IN_FLIGHT=16`. Keys of endpoints never stand in the file: `models[].api_key_env` names the variable that
holds the key.

`budget`, `limits`, `bank`, `export` and prices may change between two commands and the same run goes on. Anything else that
changes makes the next command start another run in the same bank; the seed counts, and so does the content of the topics
file.
"""


def render() -> str:
    """The whole page."""
    parts = [INTRODUCTION, "## Top level\n", _table(Settings)]
    for path, model in _sections(Settings, ""):
        parts.append(f"## `{path}`\n")
        parts.append(f"{_first_line(model)}\n")
        parts.append(_table(model))
    return "\n".join(parts)


def _sections(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every nested model with its place in the file, in the order of the fields."""
    for name, field in model.model_fields.items():
        inner, many = _model_of(field.annotation)
        if inner is not None:
            here = f"{path}.{name}".lstrip(".") + ("[]" if many else "")
            yield here, inner
            yield from _sections(inner, here)


def _model_of(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model behind an annotation, and whether it is a list of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) is tuple:
        return _model_of(get_args(annotation)[0])[0], True
    return None, False


def _first_line(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _table(model: type[BaseModel]) -> str:
    lines = ["| field | type | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        key = field.alias or name
        cells = (f"`{key}`", _type(field), _default(field), field.description or "")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _type(field: FieldInfo) -> str:
    return _named(field.annotation) + _limits(field)


def _named(annotation: Any) -> str:
    inner, many = _model_of(annotation)
    if inner is not None:
        return "list of sections" if many else "section"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_named(part) for part in arguments if part is not NoneType)
    if origin is tuple:
        return f"list of {_named(arguments[0])}s"
    if origin is dict:
        return "mapping"
    if hasattr(annotation, "__metadata__"):
        return _named(arguments[0])
    names = {str: "text", int: "integer", float: "number", bool: "true or false", Path: "path"}
    return names[annotation]


def _limits(field: FieldInfo) -> str:
    """The bounds of a number in words: ", at least 1, at most 256"."""
    words = []
    for rule in _rules(field):
        match rule:
            case Gt(gt=bound):
                words.append(f"above {bound}")
            case Ge(ge=bound):
                words.append(f"at least {bound}")
            case Lt(lt=bound):
                words.append(f"below {'2^63' if bound == 2**63 else bound}")
            case Le(le=bound):
                words.append(f"at most {bound}")
            case MinLen(min_length=bound):
                words.append("not empty" if bound == 1 else f"at least {bound}")
    return "".join(f", {word}" for word in words)


def _rules(field: FieldInfo) -> Iterator[Any]:
    """Constraints of a field, and those inside `PositiveInt | None`."""
    yield from field.metadata
    for part in get_args(field.annotation):
        yield from getattr(part, "__metadata__", ())


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if field.default_factory is not None or value in (None, "", ()):
        return ""
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"`{shown}`"


def main(arguments: list[str]) -> None:
    """Write the page to a file (docs/configuration.md when none is named)."""
    target = Path(arguments[0]) if arguments else TARGET
    target.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
