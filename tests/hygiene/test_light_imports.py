"""What a command loads before it does anything. A second here is a second of every command, and of 300 tests."""

from __future__ import annotations

import subprocess
import sys

import pytest

MODELS = ("torch", "sentence_transformers", "langgraph", "langchain_openai", "openai", "chromadb")
FIGURES = ("plotly", "scipy.stats", "scipy.optimize", "scipy.cluster")
LIGHT = {
    "cruxbank": ("numpy", "pydantic", "sqlalchemy"),
    "cruxbank.cli.main": ("numpy", "scipy", "sqlalchemy", *MODELS, *FIGURES),
    "cruxbank.exports.bank_export, cruxbank.app.looking": (*MODELS, *FIGURES),
    "cruxbank.report.wording": ("jinja2", *MODELS, *FIGURES),
}
"""What is imported, and what must not come. With `cruxbank.app` importing all of itself an export took 2.7 s to begin."""


@pytest.mark.parametrize("modules", LIGHT)
def test_nothing_heavy_comes_along(modules: str) -> None:
    code = f"import sys, {modules}\nprint(*(name for name in {LIGHT[modules]!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
