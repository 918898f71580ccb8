"""`crux probe --interactive` through a pseudo-terminal: a person accepts, edits, asks, takes back, leaves and comes back."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cruxbank.memory.record import Record
from cruxbank.sessions import Turn
from tests.e2e.conftest import ENV, configure, crux

pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("probe"), pytest.mark.timeout(300)]
COMMAND = ("probe", "--target", "sim-target-flip-1", "--turns", "12", "--interactive")
LAX = {"window": 2, "fdr": 0.99, "min_separation": 0.0, "confirm_responses": 0}


class Terminal:
    """A command behind a pseudo-terminal, as a person has it before them. `seen` keeps all bytes of the screen."""

    def __init__(self, *arguments: str, cwd: Path, **env: str) -> None:
        self._file, theirs = pty.openpty()
        self.seen = b""
        self._read = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cruxbank.cli", *arguments],
            cwd=cwd, env={**ENV, "TERM": "xterm-256color", **env}, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)

    def until(self, text: str, seconds: float = 90) -> str:
        """What appears up to and with a text, since the last call; without colours."""
        end = time.monotonic() + seconds
        while text not in (shown := plain(self.seen)[self._read :]):
            assert time.monotonic() < end, shown
            assert self._more(), f"ended before {text!r}: {shown}"
        found = shown[: shown.index(text) + len(text)]
        self._read += len(found)
        return found

    def type(self, line: str) -> None:
        """A line and Enter."""
        os.write(self._file, line.encode() + b"\n")

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.kill(self._process.pid, signal.SIGINT)

    def end(self, seconds: float = 90) -> tuple[int, str]:
        """The exit code, and the rest of what appears."""
        stop = time.monotonic() + seconds
        while time.monotonic() < stop and self._more():
            pass
        os.close(self._file)
        return self._process.wait(timeout=seconds), plain(self.seen)[self._read :]

    def _more(self) -> bool:
        if not select.select([self._file], [], [], 1.0)[0]:
            return True
        try:
            data = os.read(self._file, 65_536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.seen += data
        return bool(data)


def plain(seen: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode(errors="replace")).replace("\r\n", "\n")


def turns(folder: Path) -> tuple[Turn, ...]:
    record = Record.open(str(folder / "bank" / "record.sqlite"))
    try:
        (session,) = [s for run in record.runs() for s in record.sessions(run.id)]
        assert session.interactive
        return record.turns(session.id)
    finally:
        record.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("person")
    agents = {"generator": "local", "critic": "local", "judge": "sim-quill-3"}  # one that quotes
    configure(folder, grow=LAX, budget={"calls": 600}, kinds=["question", "dilemma"], agents=agents)
    done = crux("grow", cwd=folder)
    assert done.code == 0, done.err
    return folder


def test_a_person_asks_leaves_and_comes_back(folder: Path) -> None:
    editor = folder / "editor.py"
    editor.write_text("import sys\nopen(sys.argv[1], 'w').write('Should bullfighting be banned for good?')\n")
    first = Terminal(*COMMAND, cwd=folder, EDITOR=f"{sys.executable} {editor}", VISUAL="")
    shown = first.until("\n> ")
    assert "Turn 0 of 12 with sim-target-flip-1" in shown
    assert "bits" in shown
    first.type("\n")  # Enter twice: the second one must not put the next ask
    shown = first.until("\n> ")
    assert re.search(r"Answer 0: (yes|no|neutral)", shown)
    assert re.search(r"values: \S+ (supports|opposes|mixed)  '.+'", shown), shown
    assert re.search(r"findings: position on \S+ [+-]\d", shown), shown
    first.type("nonsense")
    assert "not a command" in first.until("\n> ")
    first.type("e")
    first.until("Answer 1:")
    first.until("\n> ")
    first.type("2")
    first.until("Answer 2:")
    first.until("\n> ")
    first.type("o Should a city close its streets to cars on Sundays?")
    assert "findings: unchanged" in first.until("\n> ")
    first.type("u")
    assert "turn 3 is taken back" in first.until("\n> ")
    first.type("end")
    first.until("y/N> ")
    first.type("n")
    first.until("\n> ")
    first.type("q")
    code, rest = first.end()
    assert (code, "left; the same command goes on" in rest) == (0, True), rest
    before = turns(folder)
    assert [t.source for t in before] == ["prober", "person", "person"]
    assert before[1].ask.text == "Should bullfighting be banned for good?"

    second = Terminal(*COMMAND, cwd=folder, NO_COLOR="1", TERM="dumb")
    shown = second.until("\n> ")
    assert "goes on" in shown
    assert "Answer 2:" in shown
    assert "Turn 3 of 12" in shown
    second.type("f Why, in one word?")
    second.until("Answer 3:")
    second.until("\n> ")
    assert b"\x1b" not in second.seen
    second.interrupt()
    code, rest = second.end()
    assert (code, "the same command goes on" in rest) == (130, True), rest
    assert turns(folder)[:3] == before

    third = Terminal(*COMMAND, cwd=folder)
    third.until("\n> ")
    third.type("end")
    third.until("y/N> ")
    third.type("y")
    code, rest = third.end()
    assert code in {0, 3}, rest
    assert "the person ended it" in rest
    after = turns(folder)
    assert (after[:3], after[3].ask.move, after[3].ask.after, after[3].flipped) == (before, "own", 2, None)


def test_what_is_piped_in_is_typed_too(folder: Path, tmp_path: Path) -> None:
    done: Any = subprocess.run(
        [sys.executable, "-m", "cruxbank.cli", *COMMAND, "--seed", "77"],
        cwd=folder, env=ENV, input="\n?\n", capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Answer 0:" in done.stderr
    assert "\x1b" not in done.stderr
    refused = crux("probe", "--compare", "sim-elm-1,sim-fern-1", "--interactive", cwd=folder)
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
