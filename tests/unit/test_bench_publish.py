"""The page of benchmarks: a bench replaces its own section and leaves the others alone."""

from __future__ import annotations

import json
from pathlib import Path

from cruxbank.bench.publish import publish


def test_sections_are_replaced_and_sorted(tmp_path: Path) -> None:
    publish("search", "| a |\n|---|\n| 1 |", [{"a": 1}], "make bench-search", docs=tmp_path)
    publish("growth", "### Outcome\n\nold", [], "make bench-growth", docs=tmp_path)
    publish("growth", "### Outcome\n\nnew", [{"b": 2}], "make bench-growth", docs=tmp_path)
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert page.index("## growth") < page.index("## search")
    assert "old" not in page
    assert "### Outcome\n\nnew" in page
    assert page.count("| 1 |") == 1
    assert json.loads((tmp_path / "benchmarks" / "growth.json").read_text(encoding="utf-8")) == [{"b": 2}]
