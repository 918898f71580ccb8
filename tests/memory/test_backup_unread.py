"""A part of the bank that cannot be read: the backup names it, and neither blames its own file nor leaves the part out."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cruxbank.app.backup import backup_bank
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import StoreError
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record

RUN = "0001-aaaaaaaa"
NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of somebody who is not root, as whom the test goes on: root may read everything."""
    folder = Path(tempfile.mkdtemp(prefix="crux-unread-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder)


@pytest.fixture
def settings(place: Path) -> Settings:
    bank = BankFolder(place / "bank")
    bank.ensure(EncoderId(name="bag-of-words", dimension=64, digest="feedbeef"), "schwartz-10")
    record = Record.open(str(bank.record))
    record.begin_run(RUN, "a" * 64, seed=1)
    record.close()
    folder = bank.run_folder(RUN)
    (folder / "config.yaml").write_text("seed: 1\n")
    (folder / "more").mkdir()
    (folder / "more" / "notes.txt").write_text("a note\n")
    return settings_from(yaml.safe_load(presets()["simulated"]) | {"bank": str(bank.path)})


@pytest.mark.parametrize(
    ("name", "mode", "blamed"),
    [
        (f"runs/{RUN}/config.yaml", 0o000, ""),
        (f"runs/{RUN}/more", 0o000, ""),
        (f"runs/{RUN}/more", 0o400, f"runs/{RUN}/more/notes.txt"),
        (f"runs/{RUN}", 0o000, ""),
        ("runs", 0o000, ""),
    ],
)
def test_what_cannot_be_read_is_named(settings: Settings, place: Path, name: str, mode: int, blamed: str) -> None:
    (settings.bank / name).chmod(mode)
    target = place / "bank.tar.gz"
    with pytest.raises(StoreError) as caught:
        backup_bank(settings, target)
    assert caught.value.message == f"{settings.bank / (blamed or name)}: Permission denied"
    assert [path.name for path in place.iterdir()] == ["bank"]


def test_a_target_that_takes_nothing_is_blamed_itself(settings: Settings, place: Path) -> None:
    (place / "shut").mkdir(mode=0o500)
    with pytest.raises(StoreError) as caught:
        backup_bank(settings, place / "shut" / "bank.tar.gz")
    assert caught.value.message.startswith(f"{place / 'shut' / 'bank.tar.gz'}: cannot be written")


def test_links_and_plain_files_as_run_folders_stay_what_they_were(settings: Settings, place: Path) -> None:
    """A link to a folder is left out by name and not followed; a file that is named as a run folder is none."""
    (settings.bank / "runs" / RUN / "away").symlink_to(place)
    (settings.bank / "runs" / "0002-bbbbbbbb").write_text("a file")
    made = backup_bank(settings, place / "bank.tar.gz")
    assert made.left_out == (f"runs/{RUN}/away",)
    names = {entry.name for entry in made.files}
    assert {f"runs/{RUN}/config.yaml", f"runs/{RUN}/more/notes.txt"} < names
    assert not [name for name in names if "0002" in name]
