"""Files that are no backup, and places that take none: each is one error, and nothing is written."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cruxbank.errors import BankMismatch, CruxbankError, InputError, StoreError
from cruxbank.memory import archive
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.restore import check, place_for, unpack


def refused(path: Path, tmp_path: Path) -> CruxbankError:
    """The one error, from the check and from the restore alike; nothing is written."""
    into = tmp_path / "never"
    into.mkdir(exist_ok=True)
    with pytest.raises((InputError, StoreError, BankMismatch)) as caught:
        check(path)
    with pytest.raises((InputError, StoreError, BankMismatch)):
        unpack(path, into, "sqlite://", lambda: None)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value) or isinstance(caught.value, BankMismatch)
    return caught.value


def test_every_cut_and_every_flipped_byte_is_noticed(backup: Path, tmp_path: Path):
    whole = backup.read_bytes()
    broken = tmp_path / "broken.tar.gz"
    places = [*range(0, len(whole), max(1, len(whole) // 60)), *range(len(whole) - 9, len(whole))]
    for place in places:
        broken.write_bytes(whole[:place])
        with pytest.raises(InputError):
            check(broken)
        if place not in (3, 4, 5, 6, 7, 8, 9):  # gzip's own time, flags and system: they say nothing
            broken.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
            with pytest.raises(InputError):
                check(broken)
    broken.write_bytes(whole + b"more")
    with pytest.raises(InputError):
        check(broken)
    refused(broken, tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a bank", gzip.compress(b""), gzip.compress(bytes(10240)), b"\x1f\x8b"])
def test_foreign_files_are_refused(content: bytes, tmp_path: Path):
    path = tmp_path / "foreign"
    path.write_bytes(content)
    refused(path, tmp_path)


Change = Callable[[dict[str, Any], dict[str, bytes]], None]


def forged(backup: Path, change: Change, *, listed: bool = True) -> Path:
    """The backup with other content, its list of files made to agree."""
    import hashlib

    with tarfile.open(backup) as ordinary:
        files = {m.name: ordinary.extractfile(m).read() for m in ordinary.getmembers()}  # type: ignore[union-attr]
    manifest = json.loads(files.pop(archive.MANIFEST))
    change(manifest, files)
    if listed:
        known = {entry["name"]: entry for entry in manifest["files"]}
        manifest["files"] = [
            {"rows": None, **known.get(n, {}), "name": n, "size": len(b), "sha256": hashlib.sha256(b).hexdigest()}
            for n, b in files.items()
        ]
    text = json.dumps(manifest).encode()
    path = backup.with_name("forged.tar.gz")
    with gzip.open(path, "wb") as out:
        for name, body in {archive.MANIFEST: text, **files}.items():
            out.write(archive._header(name, len(body)) + body + archive._padding(len(body)))
        out.write(bytes(1024))
    return path


def put(name: str, body: bytes) -> Change:
    return lambda _manifest, files: files.__setitem__(name, body)


def lines_of(name: str, *more: bytes) -> Change:
    def change(manifest: dict[str, Any], files: dict[str, bytes]) -> None:
        files[name] += b"".join(line + b"\n" for line in more)
        next(e for e in manifest["files"] if e["name"] == name)["rows"] += len(more)

    return change


def drop(name: str) -> Change:
    return lambda _manifest, files: files.__delitem__(name)


@pytest.mark.parametrize(
    "change",
    [
        put("../evil", b"x"),
        put("/etc/evil", b"x"),
        put("runs/0001-aaaaaaaa/../../evil", b"x"),
        put("runs/0001-aaaaaaaa/a\\b", b"x"),
        put("runs/evil/x", b"x"),
        put("record/sqlite_master.jsonl", b"[]\n"),
        put("chroma/chroma.sqlite3", b"x"),
        put("bank.json", b"{}"),
        put("bank.json", b'{"schema_version": 99, "encoder": {"name": "a", "dimension": 1}, "value_system": "v"}'),
        drop("bank.json"),
        drop("record/items.jsonl"),
        lines_of("record/topics.jsonl", b'["id"]'),
        lines_of("record/topics.jsonl", b'{"id": 1}'),
        lines_of("record/topics.jsonl", b'["tp", "1", "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", 1e400, "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", ' + b"9" * 40 + b', "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", ' + b"9" * 5000 + b', "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", null, "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b'["tp", true, "a", "en", "{}"]'),
        lines_of("record/topics.jsonl", b"[" * 100_000),
        lines_of("record/topics.jsonl", b'["tp\xff", 1, "a", "en", "{}"]'),
        put("record/topics.jsonl", b'["id","seq","domain","language","payload; DROP TABLE items"]\n'),
        put("record/topics.jsonl", b'["id","id"]\n'),
        put("record/topics.jsonl", b""),
        put("record/topics.jsonl", b'["id","seq","domain","language","payload"]'),
        lambda manifest, _files: manifest.update(record_schema=99),
        lambda manifest, _files: manifest.update(format="cruxbank.backup/2"),
        lambda manifest, _files: manifest.update(surprise=1),
    ],
)
def test_archives_that_no_bank_made_are_refused(change: Change, backup: Path, tmp_path: Path):
    refused(forged(backup, change), tmp_path)


def test_what_the_list_does_not_say_is_refused(backup: Path, tmp_path: Path):
    for change in (put("runs/0001-aaaaaaaa/more", b"x"), put("bank.json", b"{}"), drop("record/meta.jsonl")):
        refused(forged(backup, change, listed=False), tmp_path)

    def bomb(manifest: dict[str, Any], _files: dict[str, bytes]) -> None:
        manifest["files"][-1]["size"] = 10**15

    assert "times its own size" in str(refused(forged(backup, bomb, listed=False), tmp_path))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_folders_and_devices_are_refused(kind: bytes, backup: Path, tmp_path: Path):
    with gzip.open(backup) as packed_file:
        raw = packed_file.read()
    with tarfile.open(fileobj=io.BytesIO(raw)) as ordinary:
        place = ordinary.getmember("bank.json").offset
    info = tarfile.TarInfo("bank.json")
    info.type, info.linkname, info.size = kind, "/etc/passwd", 0
    path = tmp_path / "link.tar.gz"
    path.write_bytes(gzip.compress(raw[:place] + info.tobuf(tarfile.GNU_FORMAT) + raw[place + 512 :]))
    refused(path, tmp_path)


def test_nothing_is_restored_over_anything(backup: Path, tmp_path: Path, home: BankFolder):
    with pytest.raises(InputError, match="not an empty folder"):
        place_for(home.path, 1)
    with pytest.raises(InputError, match="not an empty folder"):
        place_for(backup, 1)
    with pytest.raises(StoreError, match="MiB free"):
        place_for(tmp_path / "new", 2**60)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert place_for(empty, 1).parent == tmp_path


def test_a_disk_that_refuses_is_not_put_down_to_the_backup(backup: Path, tmp_path: Path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "runs").write_text("no folder")
    with pytest.raises(OSError, match="runs"):
        unpack(backup, full, None, lambda: None)
    with pytest.raises(StoreError, match="Is a directory") as caught:
        check(full)
    assert str(caught.value).startswith(f"{full}: ")
