"""`crux topics` as a command: list, add, harvest."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.conftest import configure, crux

NEWS = """# Town votes on night flights

Residents will vote on whether to forbid night flights at the airport in Switzerland. Critics say that a ban on night
flights costs jobs. The same ballot in 2024 asks about facial recognition in public squares, which privacy groups oppose.
"""


@pytest.mark.slow
def test_list_filters_and_shows_pulls_where_there_is_a_bank(tmp_path: Path) -> None:
    assert crux("init", cwd=tmp_path).code == 0
    done = crux("topics", "list", "--domain", "Health", "--year-from", "2023", "--json", cwd=tmp_path)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["count"] == len(found["topics"]) > 3
    assert {t["domain"] for t in found["topics"]} == {"health"}
    assert min(t["year"] for t in found["topics"]) >= 2023
    assert {t["pulls"] for t in found["topics"]} == {None}

    configure(tmp_path, budget={"calls": 300})
    assert crux("grow", cwd=tmp_path).code == 0
    listed = json.loads(crux("topics", "list", "--json", cwd=tmp_path).out)["topics"]
    assert len(listed) == 10
    assert sum(t["pulls"] for t in listed) > 0
    assert sum(t["admitted"] for t in listed) <= sum(t["pulls"] for t in listed)
    plain = crux("topics", "list", cwd=tmp_path)
    assert "pulls" in plain.out.splitlines()[0]
    assert plain.err.strip() == "10 topics"


@pytest.mark.slow
def test_add_passes_the_gate_or_names_the_nearest(tmp_path: Path) -> None:
    assert crux("init", cwd=tmp_path).code == 0
    refused = crux("topics", "add", "night flights", cwd=tmp_path)
    assert refused.code == 2
    assert "--file topics.jsonl" in refused.err

    add = ("topics", "add", "--file", "own.jsonl")
    done = crux(*add, "night flights over villages", "--region", "Switzerland", "--year", "2024", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "nearest: " in done.err
    line = json.loads((tmp_path / "own.jsonl").read_text())
    assert line["text"] == "night flights over villages"
    assert (line["region"], line["year"]) == ("Switzerland", 2024)

    near = crux(*add, "adoption by gay couples", cwd=tmp_path)
    assert near.code == 2
    assert "too near 'same-sex adoption'" in near.err
    forced = crux(*add, "adoption by gay couples", "--force", "--json", cwd=tmp_path)
    assert forced.code == 0, forced.err
    assert json.loads(forced.out)["nearest"]["text"] == "same-sex adoption"
    again = crux(*add, "Night flights over villages!", "--force", cwd=tmp_path)
    assert again.code == 2
    assert len((tmp_path / "own.jsonl").read_text().splitlines()) == 2
    listed = crux("topics", "list", "--config", "crux.yaml", cwd=tmp_path, env={"CRUX_TOPICS__FILE": "own.jsonl"})
    assert listed.code == 0, listed.err


@pytest.mark.slow
def test_harvest_locally_appends_what_passes(tmp_path: Path) -> None:
    assert crux("init", cwd=tmp_path).code == 0
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "week.md").write_text(NEWS)
    done = crux("topics", "harvest", folder / "week.md", "--out", "own.jsonl", "--n", "3", "--json", cwd=tmp_path)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["harvester"] == "local"
    texts = [one["topic"]["text"] for one in found["topics"]]
    assert any("night flights" in text for text in texts)
    assert "facial recognition in public squares" in [one["topic"]["text"] for one in found["refused"]]
    lines = [json.loads(line) for line in (tmp_path / "own.jsonl").read_text().splitlines()]
    assert [line["text"] for line in lines] == texts
    assert {line["source"] for line in lines} == {"week.md"}
    assert str(folder) not in (tmp_path / "own.jsonl").read_text()

    again = crux("topics", "harvest", folder / "week.md", "--out", "own.jsonl", "--n", "3", "--json", cwd=tmp_path)
    assert not set(texts) & {one["topic"]["text"] for one in json.loads(again.out)["topics"]}


@pytest.mark.slow
def test_harvest_by_a_model_pays_once(tmp_path: Path) -> None:
    """A simulated model finds nothing, and says so; asked twice, the bank's ledger answers the second time."""
    configure(tmp_path, budget={"calls": 300})
    assert crux("grow", cwd=tmp_path).code == 0
    (tmp_path / "week.md").write_text(NEWS)
    for _ in range(2):
        done = crux("topics", "harvest", "week.md", "--model", "sim-quill-1", cwd=tmp_path)
        assert done.code == 0, done.err
        assert "0 topics from 1 document by sim-quill-1; 1 call" in done.err
        assert "Simulated models read no documents" in done.err
    ledger = sqlite3.connect(tmp_path / "bank" / "ledger.sqlite")
    try:
        assert ledger.execute("SELECT count(*) FROM attempts WHERE session = 'harvest'").fetchone() == (1,)
    finally:
        ledger.close()
    wrong = crux("topics", "harvest", "week.md", "--model", "nobody", cwd=tmp_path)
    assert wrong.code == 2
    assert "no model 'nobody'" in wrong.err


def test_harvest_refuses_what_it_cannot_read_before_it_pays(tmp_path: Path) -> None:
    assert crux("init", cwd=tmp_path).code == 0
    for arguments, says in (
        (("gone.md",), "no such file"),
        (("crux.yaml",), "cannot read a .yaml file"),
    ):
        done = crux("topics", "harvest", *arguments, cwd=tmp_path)
        assert done.code == 2
        assert says in done.err
    (tmp_path / "week.md").write_text(NEWS)
    done = crux("topics", "harvest", "week.md", "--out", "own.csv", cwd=tmp_path)
    assert done.code == 2
    assert "JSONL" in done.err
