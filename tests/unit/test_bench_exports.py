"""What the checks with other people's tools stand on: a tool is made once, its words come back exactly, and a text that
did not arrive is told. The tools themselves: `make bench-exports`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cruxbank.bench import exports, tools
from cruxbank.bench.exports_bank import HOSTILE
from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.errors import EnvironmentProblem

PYTHON = Path(sys.executable)


def test_a_tool_is_made_once_and_again_for_other_requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRUX_TOOLS", str(tmp_path))
    made: list[tuple[str, ...]] = []

    def install(folder: Path, what: Sequence[str]) -> None:
        assert list(folder.iterdir()) == []
        made.append(tuple(what))
        (folder / "tool").touch()

    for what in (("a", "b"), ("a", "b"), ("a",)):
        assert (tools._installed("name", what, install) / "tool").exists()
    assert made == [("a", "b"), ("a",)]


def test_a_tool_that_could_not_be_made_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRUX_TOOLS", str(tmp_path))

    def fail(folder: Path, what: Sequence[str]) -> None:
        (folder / "half").touch()
        raise EnvironmentProblem("no index")

    with pytest.raises(EnvironmentProblem):
        tools._installed("name", ("a",), fail)
    assert not (tools._installed("name", ("a",), lambda folder, what: None) / "half").exists()


def test_what_a_tool_says_comes_back_exactly(tmp_path: Path) -> None:
    texts = list(HOSTILE.values())
    (tmp_path / "texts").write_bytes("\0".join(texts).encode())
    code = "print('noise')\nanswer([sys.argv[1], open('texts', 'rb').read().decode().split(chr(0))])"
    assert tools.ask(PYTHON, code, HOSTILE["right to left"], cwd=tmp_path) == [HOSTILE["right to left"], texts]


def test_a_tool_that_fails_is_named_with_its_error(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="ValueError: no such seed"):
        tools.ask(PYTHON, "raise ValueError('no such seed')", cwd=tmp_path)
    with pytest.raises(EnvironmentProblem, match="did not end within"):
        tools.run([PYTHON, "-c", "import time; time.sleep(9)"], cwd=tmp_path, seconds=0.2)


def test_a_tool_does_not_see_our_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    code = "import os; answer([os.environ.get('PYTHONPATH'), os.environ.get('GIVEN')])"
    assert tools.ask(PYTHON, code, cwd=tmp_path, env={"GIVEN": "1"}) == [None, "1"]


@pytest.mark.parametrize(
    ("received", "seen"),
    [
        ({"a": "x", "b": "y"}, "2 of 2 equal"),
        ({"a": "x", "b": "y "}, "1 of 2 equal; b: sent y, got y "),
        ({"a": "x"}, "1 of 2 equal; b: sent y, got None"),
        ({"a": "x", "b": "y", "c": "z"}, "2 of 2 equal; c: sent None, got z"),
        ({"a": "x", "b": "y\u200b"}, r"1 of 2 equal; b: sent y, got 'y\u200b'"),
    ],
)
def test_arrived_names_the_first_text_that_differs(received: dict[str, str], seen: str) -> None:
    found = arrived("it", {"a": "x", "b": "y"}, received)
    assert (found.seen, found.ok) == (seen, received == {"a": "x", "b": "y"})


def test_the_table_marks_what_failed_and_stays_a_table() -> None:
    rows = [
        exports.Row("tool", "tool 1", outcome("load | run", 1, 1)),
        exports.Row("tool", "tool 1", Outcome("line\nbreak", "a", "b", ok=False)),
    ]
    lines = exports.table(rows).splitlines()
    assert "1 of 2 checks held" in lines[0]
    assert lines[-2:] == [
        "| tool | tool 1 | load \\| run | 1 | 1 | ok |",
        "| tool | tool 1 | line break | a | b | **FAILED** |",
    ]


@pytest.mark.parametrize("tool", exports.TOOLS)
def test_every_tool_has_its_check(tool: str, root: Path) -> None:
    text = (root / "bench" / f"exports_{tool}.py").read_text(encoding="utf-8")
    assert "def version() -> str:" in text
    assert "def check(folder: Path) -> list[Outcome]:" in text
