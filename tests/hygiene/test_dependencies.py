"""What the code imports is what pyproject.toml installs: a developer's venv holds more than a user's."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from tests.hygiene.test_house import sources


def _name(requirement: str) -> str:
    return re.split(r"[\s;<>=!~\[(]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _with_their_own(names: set[str]) -> set[str]:
    """Distributions and all that they need without an extra."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        try:
            waiting += [_name(line) for line in requires(name) or () if "extra ==" not in line]
        except PackageNotFoundError:
            continue
    return found


def imported(file: Path) -> set[str]:
    """Top-level names that a file imports, `import_module("...")` included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return {name.partition(".")[0] for name in found} - {""}


def test_every_import_is_installed_by_a_declared_dependency(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    shipped = _with_their_own({_name(line) for line in project["dependencies"]})
    shipped |= _with_their_own({_name(line) for line in extras["postgres"]})  # imported only for such an address
    bench = shipped | _with_their_own({_name(line) for line in extras["bench"]})
    owners = packages_distributions()
    missing = []
    for file in sources(root):
        allowed = bench if file.relative_to(root).parts[0] == "bench" else shipped
        for name in sorted(imported(file) - set(sys.stdlib_module_names) - {"cruxbank"}):
            if not allowed & {owner.lower().replace("_", "-") for owner in owners.get(name, ())}:
                missing.append(f"{file.relative_to(root)}: {name}")
    assert missing == []
