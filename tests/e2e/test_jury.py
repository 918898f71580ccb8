"""A bank grown with a jury and a second judge: votes are kept, agreement is shown, every member's call is counted."""

from __future__ import annotations

import json
from pathlib import Path

from cruxbank.memory.record import Record
from tests.e2e.conftest import configure, crux

MEMBERS = ["sim-quill-1", "sim-quill-2", "local"]


def test_a_bank_grown_with_a_jury(tmp_path: Path) -> None:
    judging = {"jury": MEMBERS, "retry": "sim-quill-3", "canaries": 0.0}
    path = configure(tmp_path, agents={"judge": "jury"}, judging=judging, budget={"calls": 700})
    grown = crux("grow", "--config", path, "--json", cwd=tmp_path)
    assert grown.code == 0, grown.err
    stats = crux("bank", "stats", "--config", path, "--json", cwd=tmp_path)
    jury = json.loads(stats.out)["jury"]
    assert set(jury["members"]) == set(MEMBERS)
    assert jury["presence_only"] is True
    assert len(jury["dimensions"]) == 10
    assert any(row["alpha"] is not None for row in jury["dimensions"].values())
    assert any("sim-quill-1' and 'sim-quill-2' share" in line for line in jury["related"])
    record = Record.open(str(tmp_path / "bank" / "record.sqlite"))
    try:
        voted = [v for v in record.jury_verdicts() if len(v.votes) == 3]
    finally:
        record.close()
    assert len(voted) == jury["responses"] > 50
    shown = json.loads(stats.out)
    assert shown["judge_calls"] >= 2 * jury["responses"], "two models read every answer, the local member calls none"
    (report,) = (tmp_path / "bank" / "runs").glob("*/report.html")
    assert "The jury" in report.read_text(encoding="utf-8")
    assert "alpha" in crux("bank", "stats", "--config", path, cwd=tmp_path).out
