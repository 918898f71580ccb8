"""The bank folder: made whole, checked, locked, and never a path from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from cruxbank.errors import BankLocked, BankMismatch, InputError, StoreError
from cruxbank.memory.bank import BankFolder, run_id
from cruxbank.memory.embeds import EncoderId

MINI = EncoderId(name="mini", dimension=384, digest="abcd")

HOLDER = """
import sys, time
from pathlib import Path
from cruxbank.memory.bank import BankFolder
with BankFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_bank_is_made_once_and_opened_again(tmp_path):
    bank = BankFolder(tmp_path / "deep" / "bank")
    assert not bank.exists
    made = bank.ensure(MINI, "schwartz-10")
    before = bank.info_file.read_bytes()
    assert bank.ensure(MINI, "schwartz-10") == made == bank.read()
    assert bank.info_file.read_bytes() == before
    assert [p.name for p in bank.path.iterdir()] == ["bank.json"]
    parts = (bank.record, bank.ledger, bank.checkpoints, bank.chroma)
    assert [p.name for p in parts] == ["record.sqlite", "ledger.sqlite", "checkpoints.sqlite", "chroma"]


@pytest.mark.parametrize(
    ("encoder", "values", "words"),
    [
        (MINI.model_copy(update={"name": "maxi"}), "schwartz-10", ["encoder", "mini", "maxi", "memory.encoder"]),
        (MINI.model_copy(update={"dimension": 768}), "schwartz-10", ["dimension", "384", "768"]),
        (MINI.model_copy(update={"digest": "ffff"}), "schwartz-10", ["weights", "abcd", "ffff"]),
        (MINI, "mfq-5", ["value system", "schwartz-10", "mfq-5", "set values back"]),
    ],
)
def test_a_bank_made_with_something_else_is_refused_by_name(tmp_path, encoder, values, words):
    bank = BankFolder(tmp_path)
    bank.ensure(MINI, "schwartz-10")
    before = bank.info_file.read_bytes()
    with pytest.raises(BankMismatch) as caught:
        bank.ensure(encoder, values)
    assert all(word in str(caught.value) for word in words)
    assert "another bank folder" in caught.value.hint
    assert bank.info_file.read_bytes() == before


def test_a_newer_or_broken_description_is_refused(tmp_path):
    bank = BankFolder(tmp_path)
    with pytest.raises(InputError, match="no bank here"):
        bank.read()
    bank.ensure(MINI, "schwartz-10")
    newer = json.loads(bank.info_file.read_text()) | {"schema_version": 9}
    bank.info_file.write_text(json.dumps(newer))
    with pytest.raises(BankMismatch, match="9"):
        bank.read()
    bank.info_file.write_text('{"schema_version": 1, "enc')
    with pytest.raises(StoreError, match=r"bank\.json"):
        bank.ensure(MINI, "schwartz-10")


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="file"):
        BankFolder(tmp_path / "file" / "bank").ensure(MINI, "schwartz-10")


def test_the_lock_admits_one_and_opens_again(tmp_path):
    bank = BankFolder(tmp_path)
    with bank.lock():
        with pytest.raises(BankLocked, match=rf"process {os.getpid()} since \d{{4}}"), bank.lock():
            pass
        assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()
    with bank.lock():
        pass


def test_another_process_holds_the_lock_until_it_is_killed(tmp_path):
    bank = BankFolder(tmp_path)
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BankLocked, match=f"process {other.pid}") as caught, bank.lock():
            pass
        assert "another bank folder" in caught.value.hint
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    with bank.lock():  # the kernel let go; what the dead one wrote does not matter
        pass


def test_a_lock_without_a_readable_holder_still_refuses(tmp_path):
    bank = BankFolder(tmp_path)
    with bank.lock():
        (tmp_path / "lock").write_text("?")
        with pytest.raises(BankLocked, match="another process"), bank.lock():
            pass
    with pytest.raises(StoreError, match="lock"), BankFolder(tmp_path / "nowhere").lock():
        pass


def test_run_folders_have_ids_and_nothing_else_is_a_path(tmp_path):
    bank = BankFolder(tmp_path)
    assert bank.run_ids() == ()
    names = [run_id(10, "ff" * 32), run_id(2, "0a" * 32)]
    assert names == ["0010-ffffffff", "0002-0a0a0a0a"]
    for name in names:
        assert bank.run_folder(name) == tmp_path / "runs" / name
    (tmp_path / "runs" / "notes").mkdir()
    assert bank.run_ids() == ("0002-0a0a0a0a", "0010-ffffffff")
    for bad in ("../../etc", "0001-aaaaaaaa/..", "", "0001-AAAAAAAA", "0001-aaaaaaaa\n"):
        with pytest.raises(InputError):
            bank.run_folder(bad)
