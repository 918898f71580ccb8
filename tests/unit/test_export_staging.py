"""Where the files of an export go: what is in the way, what is left behind, who may read them."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from cruxbank.errors import InputError, StoreError
from cruxbank.exports.earlier import MANIFEST
from cruxbank.exports.staging import LOCK, PREFIX, staging


def put(out: Path, files: Mapping[str, str], *, force: bool = False, private: bool = False) -> None:
    with staging(force=force) as places:
        folder = places.folder(out, private=private)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        places.publish()


def interrupted(out: Path, error: BaseException) -> None:
    with staging() as places:
        (places.folder(out) / "half").write_text("")
        raise error


def found(out: Path) -> dict[str, str]:
    return {p.relative_to(out).as_posix(): p.read_text() for p in out.rglob("*") if p.is_file() and p.name != MANIFEST}


def test_force_replaces_what_an_export_wrote(tmp_path: Path) -> None:
    put(tmp_path / "a", {"README.md": "1", "data/x": "1"})
    (tmp_path / "a" / "LICENSE").write_text("mine")
    with pytest.raises(InputError, match=r"README\.md: already exists"):
        put(tmp_path / "a", {"README.md": "2"})
    put(tmp_path / "a", {"README.md": "2", "data/x": "2", "y": "2"}, force=True)
    assert found(tmp_path / "a") == {"README.md": "2", "data/x": "2", "y": "2", "LICENSE": "mine"}


def test_force_leaves_a_file_that_no_export_wrote(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("my project")
    for listed in (None, "{", "[]", '{"files": 3}', '{"files": ["items.jsonl"]}'):
        if listed is not None:
            (tmp_path / MANIFEST).write_text(listed)
        with pytest.raises(InputError, match=r"README\.md: no export wrote it, so that --force does not replace it"):
            put(tmp_path, {"README.md": "card"}, force=True)
    assert found(tmp_path) == {"README.md": "my project"}


@pytest.mark.parametrize(
    ("name", "text"), [("README.md", "# Card\n\n`cruxbank canary 0`"), ("items.jsonl", '{"schema":"cruxbank.item/1"}')]
)
def test_an_export_without_a_list_is_known_by_what_it_holds(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "x").write_text("1")
    put(tmp_path, {name: "2", "x": "2"}, force=True)
    assert found(tmp_path) == {name: "2", "x": "2"}


def test_files_of_an_earlier_export_do_not_stay_beside_others(tmp_path: Path) -> None:
    put(tmp_path, {"README.md": "1", "items.jsonl": "held"})
    with pytest.raises(InputError, match=r"items\.jsonl: not of this export"):
        put(tmp_path, {"README.md": "2", "items.csv": ""}, force=True)
    (tmp_path / "README.md").unlink()
    with pytest.raises(InputError, match=r"items\.jsonl: not of this export"):
        put(tmp_path, {"README.md": "2", "items.csv": ""})
    assert found(tmp_path) == {"items.jsonl": "held"}


@pytest.mark.parametrize("force", [False, True])
def test_what_is_in_the_way_is_told_before_anything_is_moved(tmp_path: Path, force: bool) -> None:
    (tmp_path / "a" / "z.csv").mkdir(parents=True)
    with pytest.raises(InputError, match=r"z\.csv: is a folder where a file of the export belongs"):
        put(tmp_path / "a", {"README.md": "", "z.csv": ""}, force=force)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "data").write_text("")
    with pytest.raises(InputError, match=r"data: is a file where a folder of the export belongs"):
        put(tmp_path / "b", {"README.md": "", "data/x": ""}, force=force)
    (tmp_path / "file").write_text("")
    for place in ("file", "file/within"):
        with pytest.raises(StoreError, match="cannot be written"):
            put(tmp_path / place, {"README.md": ""}, force=force)
    assert found(tmp_path) == {"b/data": "", "file": ""}


def test_a_failed_export_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for error in (OSError(28, "No space left on device"), KeyboardInterrupt()):
        with pytest.raises((StoreError, KeyboardInterrupt)):
            interrupted(tmp_path / "a" / "b" / "c", error)
    assert list(tmp_path.rglob("*")) == [tmp_path / "a"]


@pytest.mark.parametrize("linked", [True, False])
def test_a_move_that_fails_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool) -> None:
    put(tmp_path, {"README.md": "1", "b": "1"})
    real = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target.name == "c":
            raise KeyboardInterrupt
        return real(path, target)

    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", refuse)
    if not linked:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(KeyboardInterrupt):
        put(tmp_path, dict.fromkeys(("README.md", "a/a", "b", "c"), "2"), force=True)
    assert found(tmp_path) == {"README.md": "1", "b": "1"}
    assert not (tmp_path / "a").exists()
    assert '"a/a"' not in (tmp_path / MANIFEST).read_text()


@contextmanager
def umask(bits: int) -> Iterator[None]:
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_are_as_readable_as_the_user_has_it(tmp_path: Path) -> None:
    with umask(0o027):
        put(tmp_path / "a", {"README.md": "", "data/x": ""})
        put(tmp_path / "p", {"README.md": "", "data/x": ""}, private=True)
    with umask(0o002):
        put(tmp_path / "b", {"README.md": ""})
        put(tmp_path / "q" / "p", {"README.md": ""}, private=True)
    assert [mode(tmp_path / name) for name in ("a", "a/README.md", "a/data", "a/data/x")] == [
        0o750,
        0o640,
        0o750,
        0o640,
    ]
    assert [mode(tmp_path / name) for name in ("p", "p/README.md", "p/data", "p/data/x")] == [
        0o700,
        0o600,
        0o700,
        0o600,
    ]
    assert [mode(tmp_path / name) for name in ("b", "b/README.md", f"b/{MANIFEST}")] == [0o775, 0o664, 0o664]
    assert [mode(tmp_path / name) for name in ("q", "q/p", "q/p/README.md")] == [0o775, 0o700, 0o600]


def test_what_a_killed_export_left_is_removed_and_what_another_one_makes_is_not(tmp_path: Path) -> None:
    for name in ("dead", "alive", "other"):
        (tmp_path / f"{PREFIX}{name}" / "new").mkdir(parents=True)
        (tmp_path / f"{PREFIX}{name}" / ("note" if name == "other" else LOCK)).touch()
    with (tmp_path / f"{PREFIX}alive" / LOCK).open("rb") as handle, staging() as places:
        fcntl.flock(handle, fcntl.LOCK_EX)
        places.folder(tmp_path)
        with staging() as others:
            others.folder(tmp_path)
        assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 3
    assert {path.name for path in tmp_path.iterdir()} == {f"{PREFIX}alive", f"{PREFIX}other"}
