"""Somebody else's topics: a bank grown over the 211 issues of IssueBench with the shipped preset."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cruxbank.agents.local_critic import judge_wording
from cruxbank.memory.record import Record
from tests.e2e.conftest import crux

pytestmark = [pytest.mark.slow, pytest.mark.shared]


def test_a_bank_over_issuebench(tmp_path: Path, shared: Path) -> None:
    issues = shared / "data" / "issuebench_issues" / "issues.csv"
    with issues.open(encoding="utf-8", newline="") as file:
        neutral = {row["topic_neutral"].strip() for row in csv.DictReader(file)}
    assert crux("init", cwd=tmp_path).code == 0
    flags = ("--topics", issues, "--topic-column", "topic_neutral", "--budget-calls", "700", "--json")
    done = crux("grow", *flags, cwd=tmp_path)
    assert done.code == 0, done.err
    assert json.loads(done.out)["origin"] == "simulated"
    record = Record.open(str(tmp_path / "bank" / "record.sqlite"))
    try:
        topics, items = record.topics(), record.items()
    finally:
        record.close()
    assert len(neutral) == len(topics) == 211
    assert {topic.text for topic in topics} == neutral
    assert {item.topic.text for item in items} <= neutral
    assert len(items) >= 6
    wordings = [(wording.text, item.topic.text) for item in items for wording in item.wordings]
    assert len(wordings) >= 6 * len(items)
    assert {pair: why for pair in wordings if (why := judge_wording(*pair))} == {}
