"""The house rules that no linter knows: sizes, packaging, names that must not appear, lazy imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

PACKAGES = ("src/cruxbank", "agents", "graphs", "memory", "prompts", "bench")


def sources(root: Path) -> list[Path]:
    """Every module of ours, without following the committed links."""
    found: list[Path] = []
    for package in PACKAGES:
        found += [p for p in (root / package).rglob("*.py") if not any(q.is_symlink() for q in p.parents)]
    return found


def tracked(root: Path) -> list[Path]:
    """Files that git knows; outside a checkout (an sdist) all files."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True)
    return [root / name for name in listed.stdout.splitlines() if (root / name).is_file()]


LONGEST = 400
"""Lines of a file, of the product and of its tests."""


def too_long(paths: Iterable[Path]) -> list[str]:
    counted = [(path, path.read_text(encoding="utf-8").count("\n")) for path in paths]
    return [f"{path}: {lines} lines" for path, lines in counted if lines > LONGEST]


def test_modules_and_functions_stay_small(root: Path) -> None:
    found = too_long(sources(root))
    for path in sources(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    found.append(f"{path}:{node.lineno} {node.name}: {length} lines")
    assert found == []


def test_test_files_stay_small(root: Path) -> None:
    """A file has one subject: what several need goes into a module of its own, or into the folder's conftest."""
    assert too_long((root / "tests").rglob("*.py")) == []


def test_every_sub_package_is_listed_for_the_wheel(root: Path) -> None:
    listed = set(tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {"cruxbank"}
    for base, prefix in [(root / "src/cruxbank", "cruxbank")] + [(root / p, f"cruxbank.{p}") for p in PACKAGES[1:]]:
        for init in base.rglob("__init__.py"):
            parts = init.parent.relative_to(base).parts
            found.add(".".join((prefix, *parts)))
    assert found == listed


@pytest.mark.parametrize("name", ["agents", "graphs", "memory", "prompts", "bench"])
def test_the_links_lead_to_the_folders(root: Path, name: str) -> None:
    link = root / "src" / "cruxbank" / name
    assert link.is_symlink()
    assert link.resolve() == root / name


def test_no_utils_and_no_relative_imports(root: Path) -> None:
    for path in sources(root):
        assert path.name not in {"utils.py", "helpers.py", "common.py", "misc.py"}, path
        assert not re.search(r"^\s*from \.", path.read_text(encoding="utf-8"), flags=re.M), path


def test_nothing_names_a_machine_or_an_index(root: Path) -> None:
    forbidden = re.compile(r"(?<![\w.])/(work|opt/(wheels|pypi))\b|/root/|extra-index-url *=|find-links *=")
    hits = []
    for path in tracked(root):
        if path.suffix in {".png", ".npz", ".gz", ".woff2"} or path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        hits += [f"{path.relative_to(root)}: {m.group(0)}" for m in forbidden.finditer(text)]
    assert hits == []


HEAVY = ("torch", "sentence_transformers", "chromadb", "langgraph", "langchain_openai", "openai", "plotly", "scipy")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom cruxbank.cli import app\n"
        "result = CliRunner().invoke(app, ['--help'])\nassert result.exit_code == 0, result.output\n"
        f"print(','.join(m for m in {HEAVY!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_every_bench_is_a_make_target(root: Path) -> None:
    """`make bench-<name>` for each file of bench/ that is a command."""
    named = re.search(
        r"BENCHES := \$\(addprefix bench-,(.*?)\)\n", (root / "Makefile").read_text(encoding="utf-8"), re.DOTALL
    )
    assert named
    targets = {name.replace("-", "_") for name in named[1].replace("\\", " ").split()}
    commands = {path.stem for path in (root / "bench").glob("*.py") if "__main__" in path.read_text(encoding="utf-8")}
    assert targets == commands


def test_published_tables_name_no_folder_of_a_machine(root: Path) -> None:
    pages = [root / "docs/benchmarks.md", *sorted((root / "docs/benchmarks").glob("*.json"))]
    assert [page.name for page in pages if re.search(r"/(tmp|home|root)/", page.read_text(encoding="utf-8"))] == []
