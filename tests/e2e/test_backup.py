"""Backup and restore as a person does it: the new bank is the old one, goes on growing like it, and a run may go on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from cruxbank.app.backup import backup_bank, restore_bank
from cruxbank.app.verifying import Verified, verify_bank
from cruxbank.config.loading import load_settings
from cruxbank.errors import InputError
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.record import Record
from cruxbank.memory.verify import verify_record
from cruxbank.memory.verify_ledger import check_ledger
from cruxbank.memory.verify_runs import check_runs
from tests.e2e.conftest import configure, crux, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def dump(bank: Path) -> bytes:
    record = Record.open(str(bank / "record.sqlite"))
    try:
        return record.canonical_dump()
    finally:
        record.close()


def bank_of(folder: Path, name: str) -> None:
    """Point crux.yaml to another bank beside the first."""
    data = yaml.safe_load((folder / "crux.yaml").read_text())
    (folder / "crux.yaml").write_text(yaml.safe_dump(data | {"bank": str(folder / name)}, sort_keys=False))


def test_a_restored_bank_is_the_same_and_goes_on_like_it(lend: Callable[..., Path]) -> None:
    """Every start of a command costs seconds: what a command does not add to is called in this process."""
    folder = lend()
    made = crux("bank", "backup", "b.tar.gz", "--json", cwd=folder)
    assert made.code == 0, made.err
    restored = crux("bank", "restore", "b.tar.gz", "--out", "second", "--json", cwd=folder)
    assert restored.code == 0, restored.err
    told = json.loads(restored.out)
    assert (told["waiting"], told["digest"]) == ("", json.loads(made.out)["digest"])
    before = dump(folder / "bank")
    assert dump(folder / "second") == before
    bank_of(folder, "second")
    assert verify_bank(load_settings(folder / "crux.yaml")) == Verified(left=())
    grown = []
    for name in ("bank", "second"):
        bank_of(folder, name)
        more = crux("grow", "--budget-calls", "1260", cwd=folder)
        assert more.code == 0, more.err
        grown.append(dump(folder / name))
    assert grown[0] == grown[1]
    assert len(grown[0]) > len(before)
    with pytest.raises(InputError, match="already exists"):
        backup_bank(load_settings(folder / "crux.yaml"), folder / "b.tar.gz")
    with pytest.raises(InputError, match="not an empty folder"):
        restore_bank(folder / "b.tar.gz", folder / "second")


def wait_for_decisions(bank: Path) -> None:
    """Until a round is committed. Read without the command line, whose start takes longer than a round."""
    for _ in range(2000):
        if (bank / "record.sqlite").exists():
            record = Record.open(str(bank / "record.sqlite"))
            decided = len(record.decisions())
            record.close()
            if decided > 3:
                return
        time.sleep(0.1)
    raise AssertionError("nothing was decided")


def test_a_backup_is_whole_while_a_run_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "growing"
    settings = load_settings(configure(folder, budget={"calls": 9000}))
    running = start("grow", cwd=folder)
    try:
        wait_for_decisions(folder / "bank")
        made = backup_bank(settings, folder / "b.tar.gz")
        assert running.poll() is None, "the run was over too soon: nothing was tried"
    finally:
        running.kill()
        running.wait()
    rows = {entry.name: entry.rows or 0 for entry in made.files}
    assert rows["record/decisions.jsonl"] > 3
    restore_bank(folder / "b.tar.gz", folder / "second", vectors=False)
    bank = BankFolder(folder / "second")
    record = Record.open(str(bank.record))
    known, found = verify_record(record)
    with record.database.read() as connection:
        found += check_ledger(bank.ledger, connection, idle=True)
    found += check_runs(known.runs, bank)
    record.close()
    assert {one.kind for one in found} <= {"open_attempts", "outbox"}
