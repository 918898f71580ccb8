"""How commands end and what reaches a terminal; and that the guard of tests/conftest.py bites."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import socket
import sqlite3
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import typer
from hypothesis import given, strategies as st

from cruxbank.app.runs import conclude, describe
from cruxbank.cli.console import guarded, out, out_json, printable, say
from cruxbank.cli.init import init
from cruxbank.config.loading import load_settings
from cruxbank.config.shipped import presets
from cruxbank.errors import CruxbankError, InputError, StoreError
from cruxbank.graphs.events import EventLog

FULL = Path("/dev/full")
full_disk = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")


def ended(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    @guarded
    def command() -> None:
        raise error

    with pytest.raises(typer.Exit) as stop:
        command()
    return stop.value.exit_code, capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (OSError(28, "No space left on device", "bank/x"), 2, "crux: bank/x: No space left on device: check the disk"),
        (OSError("odd\nthing"), 2, "crux: odd thing: check the disk"),
        (sqlite3.OperationalError("database or disk is full"), 2, "crux: database: database or disk is full"),
        (InputError("a", hint="b\nc"), 2, "crux: a: b c"),
        (KeyboardInterrupt(), 130, "crux: interrupted"),
    ],
)
def test_every_end_is_one_line(error: BaseException, code: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    got, lines = ended(error, capsys)
    assert (got, len(lines)) == (code, 1)
    assert lines[0].startswith(says)


def test_no_line_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Names of files, links, reviewers: whoever prints one need not think of it."""
    name = "bank\x1b]0;owned\x07/\u202etxt\x9b31m\r"
    say(name)
    out(name + "\n\tsecond line")
    told = capsys.readouterr()
    seen = "bank\\x1b]0;owned\\x07/\\x202etxt\\x9b31m\\x0d"
    assert (told.err, told.out) == (f"{seen}\n", f"{seen}\n\tsecond line\n")


def test_a_closed_pipe_ends_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(BrokenPipeError(32, "Broken pipe"), capsys) == (141, [])


def test_a_fault_of_ours_still_shows_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        ended(ZeroDivisionError(), capsys)


PROGRAM = "from cruxbank.cli.console import guarded, out\nimport typer\n@guarded\ndef c():\n    {}\ntyper.run(c)"


def test_a_reader_that_leaves_is_no_error() -> None:
    code = PROGRAM.format("[out('x' * 9999) for _ in range(999)]")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(5)
        process.stdout.close()
        assert (process.stderr.read(), process.wait(timeout=30)) == (b"", 141)


@full_disk
def test_a_full_disk_behind_stdout_is_one_line() -> None:
    with FULL.open("w") as sink:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format("out('x')")], stdout=sink, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        b"crux: No space left on device: check the disk and the permissions, then run the same command again"
    ]


@given(text=st.text(st.characters(codec=None)))
def test_json_holds_no_control_character_and_loses_nothing(text: str) -> None:
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink):
        out_json({"text": text, text: 1})
    said = sink.getvalue()
    assert {unicodedata.category(c) for c in said} & {"Cc", "Cf", "Cs", "Zl", "Zp"} <= {"Cc"}
    assert {c for c in said if unicodedata.category(c) == "Cc"} <= {"\n"}
    assert json.loads(said) == {"text": text, text: 1}


def test_json_escapes_c1_and_keeps_letters(capsys: pytest.CaptureFixture[str]) -> None:
    out_json({"text": "Öl \x9b31m\x85 \x7f \u202e \U000e0001 日本"})
    said = capsys.readouterr().out
    assert said == '{\n  "text": "Öl \\u009b31m\\u0085 \\u007f \\u202e \\udb40\\udc01 日本"\n}\n'


def test_printable_shows_c1() -> None:
    assert printable("a\x9bb\x1b") == "a\\x9bb\\x1b"


class Told:
    def __init__(self) -> None:
        self.names: list[str] = []

    def emit(self, name: str, **fields: object) -> None:
        self.names.append(name)


@full_disk
def test_a_full_disk_stops_the_event_log(tmp_path: Path) -> None:
    told, file = Told(), tmp_path / "events.jsonl"
    log = EventLog(file, lambda: "now", (told,))
    log.emit("run_started")
    assert (json.loads(file.read_text())["event"], told.names) == ("run_started", ["run_started"])
    file.unlink()
    file.symlink_to(FULL)
    with pytest.raises(StoreError, match=r"events\.jsonl: No space left on device: check the disk"):
        log.emit("slot_done")
    assert told.names == ["run_started"]


@full_disk
@pytest.mark.parametrize("name", ["config.yaml", "prompts.json", "run.json"])
def test_a_full_disk_refuses_the_files_of_a_run(tmp_path: Path, name: str) -> None:
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"], encoding="utf-8")
    (tmp_path / name).symlink_to(FULL)

    def write() -> None:
        describe(tmp_path, load_settings(file, {}), ())
        conclude(tmp_path, {"reason": "x"})

    with pytest.raises(StoreError, match=f"{name}: No space left on device: check the disk"):
        write()


def refused(target: Path, capsys: pytest.CaptureFixture[str], *, force: bool = False) -> str:
    with pytest.raises(typer.Exit) as stop:
        init(preset="simulated", target=target, force=force)
    assert stop.value.exit_code == CruxbankError.exit_code + 1
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    return said.err


@pytest.mark.parametrize("force", [False, True])
def test_init_refuses_a_folder_and_places_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], force: bool
) -> None:
    (tmp_path / "file").write_text("mine")
    assert "is a folder: name a file" in refused(tmp_path, capsys, force=force)
    assert "file/crux.yaml: cannot be written" in refused(tmp_path / "file" / "crux.yaml", capsys, force=force)
    assert "File name too long" in refused(tmp_path / ("x" * 300), capsys, force=force)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file", "mine")]


@full_disk
def test_init_on_a_full_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "crux.yaml").symlink_to(FULL)
    assert "cannot be written (No space left on device)" in refused(tmp_path / "crux.yaml", capsys, force=True)


def test_init_overwrites_only_when_told_and_leaves_nothing_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "deep" / "crux.yaml"
    init(preset="simulated", target=target)
    target.write_text("mine")
    capsys.readouterr()
    assert "already exists" in refused(target, capsys)
    init(preset="simulated", target=target, force=True)
    assert target.read_text(encoding="utf-8") == presets()["simulated"]
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("address", [("192.0.2.1", 9), ("::ffff:192.0.2.1", 9), ("example.invalid", 9)])
def test_no_test_can_leave_loopback(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as one:
        for attempt in (one.connect, one.connect_ex):
            with pytest.raises(AssertionError, match="loopback only"):
                attempt(address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, pytest.raises(AssertionError, match="loopback only"):
        one.sendto(b"x", address)
    with pytest.raises(AssertionError, match="loopback only"):
        socket.create_connection(address, timeout=1)


async def test_no_coroutine_can_leave_loopback() -> None:
    for host in ("192.0.2.1", "example.invalid"):
        with pytest.raises(AssertionError, match="loopback only"):
            await asyncio.open_connection(host, 9)


async def test_loopback_and_unix_sockets_are_open(tmp_path: Path) -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    served = await asyncio.start_server(close, "127.0.0.1", 0)
    host, port = served.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(host, port)
    assert await reader.read() == b""
    writer.close()
    served.close()
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right, socket.socket(socket.AF_UNIX) as one, pytest.raises(FileNotFoundError):
        one.connect(str(tmp_path / "none"))
