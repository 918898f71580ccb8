"""An export that fails or would stand in the wrong place: what is left behind, and that nothing counts as published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cruxbank import Bank
from cruxbank.errors import InputError
from cruxbank.exports import bank_export, staging
from cruxbank.exports.bank_export import export_bank
from cruxbank.exports.format import Bundle
from tests.components.numbered_bank import ITEMS, everything


class Failing:
    """Writes a file, then ends as if the disk were full."""

    name: ClassVar[str] = "failing"
    summary: ClassVar[str] = "nothing"

    def write(self, bundle: Bundle, folder: Path) -> None:
        next(iter(bundle.lines))
        (folder / "half.txt").write_text("half")
        raise OSError(28, "No space left on device")


def test_a_format_that_fails_leaves_nothing_and_publishes_nothing(bank: Bank, tmp_path: Path) -> None:
    from cruxbank.app.wishes import Wish

    with pytest.raises(Exception, match="No space left"):
        export_bank(bank._record, bank.settings, Wish(public=True), Failing(), tmp_path / "a")
    assert not (tmp_path / "a").exists()
    assert bank.exports() == ()


def test_a_file_in_the_way_publishes_nothing(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a", n=3)
    before = everything(tmp_path / "a")
    with pytest.raises(InputError, match="already exists"):
        bank.export("jsonl", tmp_path / "a", public=True)
    with pytest.raises(InputError, match="already exists"):
        bank.export("jsonl", tmp_path / "b", holdback=0.2, private=tmp_path / "a")
    assert (everything(tmp_path / "a"), (tmp_path / "b").exists(), bank.exports()) == (before, False, ())


def test_files_that_cannot_be_moved_are_not_published(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        assert len(bank.exports()) == 1, "entered before a file is to be seen"
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(staging.Place, "move", refuse)
    with pytest.raises(Exception, match="Read-only"):
        bank.export("jsonl", tmp_path / "a", public=True)
    assert bank.exports() == ()


def test_a_move_that_fails_half_way_is_taken_back_and_publishes_nothing(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The private folder is moved first: its files, too, are taken back when the public ones cannot be moved."""
    bank.export("csv", tmp_path / "a", n=5)
    before, real = everything(tmp_path / "a"), Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target == tmp_path / "a" / "wordings.csv":
            assert (tmp_path / "apart" / "items.csv").exists(), "the last of all files is moved"
            raise OSError(30, "Read-only file system")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(Exception, match="Read-only"):
        bank.export("csv", tmp_path / "a", holdback=0.5, private=tmp_path / "apart", force=True)
    assert everything(tmp_path / "a") == before
    assert {path.name for path in tmp_path.iterdir()} == {"bank", "a"}
    assert bank.exports() == ()


def test_what_cannot_be_taken_back_stays_published(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = staging.Place.move

    def half(place: staging.Place) -> None:
        real(place)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(staging.Place, "move", half)
    monkeypatch.setattr(staging.Place, "take_back", lambda _: None)
    with pytest.raises(Exception, match="Input/output error"):
        bank.export("jsonl", tmp_path / "a", public=True)
    assert (tmp_path / "a" / "items.jsonl").exists()
    assert len(bank.exports()) == 1


def test_an_export_that_another_one_overtook_is_refused(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bank_export.write

    def slow(*arguments: Any) -> Any:
        monkeypatch.setattr(bank_export, "write", real)
        bank.export("jsonl", tmp_path / "quick", holdback=0.5)
        return real(*arguments)

    monkeypatch.setattr(bank_export, "write", slow)
    with pytest.raises(InputError, match="was held back by another export meanwhile"):
        bank.export("jsonl", tmp_path / "slow", public=True)
    assert not (tmp_path / "slow").exists()
    assert len(bank.exports()) == 1


def test_force_does_not_leave_files_of_another_export_among_its_own(bank: Bank, tmp_path: Path) -> None:
    bank.export("petri", tmp_path / "a", n=5)
    bank.export("petri", tmp_path / "a", n=6, force=True)
    before = everything(tmp_path / "a")
    with pytest.raises(InputError, match=r"it_\w+\.md: not of this export, and would stay among its files: remove "):
        bank.export("petri", tmp_path / "a", n=4, force=True, public=True)
    assert everything(tmp_path / "a") == before
    assert bank.exports() == ()


def test_what_is_held_back_does_not_stay_beside_the_published(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a")
    before = everything(tmp_path / "a")
    for without in ("", ".cruxbank-export.json"):  # a folder of an export that left no list of its files
        (tmp_path / "a" / (without or "none")).unlink(missing_ok=True)
        with pytest.raises(
            InputError, match=r"items\.jsonl: not of this export, and would stay among its files: remove "
        ):
            bank.export("csv", tmp_path / "a", holdback=0.2, force=True)
    assert json.loads(before[before.index("{") : before.index("}") + 1]) == {"files": ["README.md", "items.jsonl"]}
    assert everything(tmp_path / "a") == before[before.index("}") + 2 :]
    assert bank.exports() == ()
    assert bank.export("jsonl", tmp_path / "a", holdback=0.2, force=True).selected.held


@pytest.mark.parametrize("place", ["bank", "bank/within", "."])
def test_the_folder_of_the_bank_takes_no_export(bank: Bank, tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    kept = (tmp_path / "bank" / "bank.json").read_bytes()
    with pytest.raises(InputError, match=r"--out .*: (is|lies in|contains) the bank folder"):
        bank.export("inspect", folder, force=True)
    with pytest.raises(InputError, match=r"--out .*the bank folder"):
        bank.export_jsonl(folder, items=ITEMS[:2])
    with pytest.raises(InputError, match=r"--private .*the bank folder"):
        bank.export("inspect", tmp_path.parent / "elsewhere", holdback=0.2, private=folder)
    assert {path.name for path in tmp_path.iterdir()} == {"bank"}
    assert (tmp_path / "bank" / "bank.json").read_bytes() == kept
    assert not (tmp_path.parent / "elsewhere").exists()


def test_many_files_are_flushed_together(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(staging.os, "sync", lambda: flushed.append("all"))
    monkeypatch.setattr(staging.os, "fsync", lambda _: flushed.append("one"))
    bank.export("jsonl", tmp_path / "a")
    assert flushed == ["one", "one"]
    monkeypatch.setattr(staging, "MANY", 1)
    bank.export("jsonl", tmp_path / "b")
    assert flushed == ["one", "one", "all"]
