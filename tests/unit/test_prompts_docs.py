"""The examples of docs/prompts.md and docs/value-systems.md work as they are printed."""

from __future__ import annotations

import re
from pathlib import Path

from cruxbank.prompts.loader import parse, shipped
from cruxbank.values.systems import Dimension, Group, ValueSystem, load_system


def block(file: Path, language: str, start: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", file.read_text(encoding="utf-8"), re.S)
    return next(text for text in blocks if text.startswith(start))


def test_the_prompt_of_the_guide_is_valid(root: Path) -> None:
    source = block(root / "docs" / "prompts.md", "markdown", "---")
    rendered = parse(source.encode(), "greet/hello.v1.md").render(who="Ada\n")
    assert rendered.messages[-1].content == "Greet Ada."


def test_the_guide_names_every_shipped_prompt(root: Path) -> None:
    text = (root / "docs" / "prompts.md").read_text(encoding="utf-8")
    for ref in shipped():
        assert f"`{ref.name}`" in text


def test_the_value_system_of_the_guide_is_valid(root: Path, tmp_path: Path) -> None:
    guide = root / "docs" / "value-systems.md"
    file = tmp_path / "own.yaml"
    file.write_text(block(guide, "yaml", "id:"), encoding="utf-8")
    assert load_system(str(file)).ids == ("neighbourliness", "thrift")
    text = guide.read_text(encoding="utf-8")
    for field in ValueSystem.model_fields:
        assert f"| `{field}` |" in text
    for field in Group.model_fields:
        assert f"| `groups.{field}` |" in text
    for field in Dimension.model_fields:
        assert f"| `dimensions.{field}` |" in text


def test_the_python_of_the_guides_runs(root: Path) -> None:
    for name in ("prompts.md", "value-systems.md"):
        code = block(root / "docs" / name, "python", "from")
        exec(compile(code, name, "exec"), {})  # noqa: S102
