"""The Python interface grows, resumes and reads a real (simulated) bank, in a running event loop and outside one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cruxbank import Bank, CruxbankError, RunResult, agrow, estimate, grow, load_settings
from tests.e2e.conftest import configure, crux

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("api")]

LENIENT = {"agents": {"judge": "local"}, "grow": {"window": 2, "fdr": 0.99, "min_separation": 0.0}}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunResult, list[Mapping[str, Any]]]:
    folder = tmp_path_factory.mktemp("api")
    events: list[Mapping[str, Any]] = []
    result = grow(configure(folder, budget={"calls": 250}, **LENIENT), progress=events.append)
    return folder, result, events


def test_grow_tells_what_the_command_tells(grown: tuple[Path, RunResult, list[Mapping[str, Any]]]) -> None:
    folder, result, events = grown
    assert result.origin == "simulated"
    assert result.calls <= 250
    assert result.paid["attempts"] == result.calls
    assert result.bank == folder / "bank"
    names = [event["event"] for event in events]
    assert (names[0], names[-1]) == ("run_started", "run_ended")
    assert estimate(folder / "crux.yaml")["calls"] <= 250


def test_the_bank_reads_as_the_command_does(grown: tuple[Path, RunResult, list[Mapping[str, Any]]]) -> None:
    folder, result, _ = grown
    with Bank.open(result.bank) as bank:
        assert bank.settings.bank == result.bank
        assert len(bank.items()) == result.operational > 0
        assert len(bank.items(status=None)) == result.drafts
        best = bank.items(limit=1)[0]
        readings = bank.readings(best.id[:12])
        assert len(readings) == sum(counts.asked for counts in best.counts.values())
        ours = bank.export_jsonl(folder / "ours").read_bytes()
    done = crux("export", "--to", "jsonl", "--out", "theirs", cwd=folder)
    assert done.code == 0, done.err
    assert ours == (folder / "theirs" / "items.jsonl").read_bytes()


async def test_a_raised_budget_goes_on_inside_a_running_loop(
    grown: tuple[Path, RunResult, list[Mapping[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, before, _ = grown
    settings = load_settings(folder / "crux.yaml", budget={"calls": 400})
    after = await agrow(settings)
    assert after.resumed
    assert after.run == before.run
    assert before.calls < after.calls <= 400
    assert f"{after.calls} calls" in capsys.readouterr().err
    third = grow(settings, progress=False, budget={"calls": 550})  # the sync form, in the loop of this test
    assert third.resumed
    assert third.run == before.run
    assert capsys.readouterr().err == ""
    with Bank.open(settings) as bank:
        found = bank.search("punishing animals for sport", n=3)
    assert len(found) == 3
    assert found[0].cosine >= found[1].cosine >= found[2].cosine


def test_errors_are_ours(tmp_path: Path) -> None:
    with pytest.raises(CruxbankError, match="does not pay for one slot"):
        grow("simulated", bank=tmp_path / "bank", budget={"calls": 10})
    assert not (tmp_path / "bank").exists()
