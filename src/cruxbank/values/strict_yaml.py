"""YAML of a person's hand: a key that stands twice is a mistake, not a choice of the last one."""

from __future__ import annotations

from typing import Any

import yaml

from cruxbank.errors import ValueSystemError


class _Strict(yaml.SafeLoader):
    """Refuses a key that occurs twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping whose keys are all different."""
        seen: set[str] = set()
        for key, _ in node.value:
            word = str(key.value)
            if word in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{word}' stands here twice", key.start_mark)
            seen.add(word)
        return super().construct_mapping(node, deep)


def read_strictly(text: str, where: str) -> dict[str, Any]:
    """A YAML mapping.

    Raises:
        ValueSystemError: not YAML, or no mapping; names the line.
    """
    try:
        data = yaml.load(text, _Strict)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        hint = "check indentation and quotes there"
        raise ValueSystemError(f"{where}: not valid YAML: {_problem(error)}", hint=hint) from error
    if not isinstance(data, dict):
        raise ValueSystemError(f"{where}: holds no fields", hint="see docs/value-systems.md")
    return data


def _problem(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return " ".join(str(error).split()) or type(error).__name__
