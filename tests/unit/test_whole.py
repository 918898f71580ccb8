"""A file is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cruxbank.whole import write_whole


def test_new_content_and_nothing_beside_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", b"one")
    (tmp_path / "file").chmod(0o640)
    write_whole(tmp_path / "file", b"two")
    assert (tmp_path / "file").read_bytes() == b"two"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "file").write_bytes(b"one")
    monkeypatch.setattr("cruxbank.whole.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "file", b"two")
    assert (tmp_path / "file").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
