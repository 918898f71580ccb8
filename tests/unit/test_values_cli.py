"""`crux values`: what people and programs get, and what a hostile file may not do to a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cruxbank.cli import app
from cruxbank.values.systems import load_system, shipped


def crux(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["values", *arguments], env={"COLUMNS": "100"})


def plain(*arguments: str) -> dict[str, Any]:
    done = crux(*arguments, "--json")
    assert done.exit_code == 0, done.output
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


def test_the_list_has_every_system_with_options_and_views() -> None:
    told = plain("list")
    rows = {row["id"]: row for row in told["systems"]}
    assert (told["count"], set(rows)) == (len(shipped()), set(shipped()))
    assert rows["moral-foundations"]["options"] == ["liberty"]
    assert rows["safety"] == {
        "id": "safety",
        "name": load_system("safety").name,
        "dimensions": 16,
        "reader": "local-definitions",
        "options": [],
        "views": ["domains"],
    }
    assert all(name in crux("list").stdout for name in shipped())


@pytest.mark.parametrize("name", [*shipped(), "moral-foundations+liberty", "safety@domains"])
def test_show_tells_every_dimension(name: str) -> None:
    system = load_system(name)
    shown = crux("show", name).stdout
    assert all(dimension in shown for dimension in system.ids)
    told = plain("show", name)
    assert [d["id"] for d in told["dimensions"]] == list(system.ids)
    assert told["angles"] == system.angles
    assert ("on the circle" in shown) == bool(system.circular)


def test_a_good_file_is_said_to_be_good(tmp_path: Path, root: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes((root / "src/cruxbank/values/moral-foundations.yaml").read_bytes())
    done = crux("check", str(file))
    assert done.exit_code == 0
    assert "5 dimensions, 2 groups, option +liberty, view @clusters" in " ".join(done.stdout.split())
    told = plain("check", str(file))
    assert (told["ok"], told["file"], told["options"]) == (True, str(file), ["liberty"])


def test_a_bad_file_is_one_line_and_code_2(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("id: own\nname: Own\ncolour: red\n", encoding="utf-8")
    done = crux("check", str(file))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"crux: value system {file}: unknown field 'colour': "
        "known here: version, id, name, source, polarity, groups, circular, dimensions"
    ]


def test_brackets_of_a_file_are_no_markup(tmp_path: Path) -> None:
    rows = [f"  - {{id: d{k}, name: D{k}, definition: '[red]loud[/red] {k}', cue: 'Say {k}.'}}" for k in range(2)]
    file = tmp_path / "own.yaml"
    file.write_text("\n".join(["id: own", "name: '[bold]Own'", "source: S", "dimensions:", *rows]), encoding="utf-8")
    shown = crux("show", str(file)).stdout
    assert "[red]loud[/red] 0" in shown
    assert "[bold]Own" in shown
