"""`crux export` on a grown bank: similarity by the bank's vectors, hold-back, formats of other people, all commands real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cruxbank import Bank
from cruxbank.encoder import load_encoder
from cruxbank.exports.earlier import MANIFEST
from tests.e2e.conftest import ENV, crux

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(lend: Callable[..., Path]) -> Path:
    return lend()


def lines(folder: Path) -> list[dict]:
    return [json.loads(row) for row in (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def test_no_two_items_are_nearer_than_asked(folder: Path) -> None:
    """Pilot items have vectors in Chroma, drafts are encoded for it."""
    flags = ("--status", "draft,pilot,operational", "--max-similarity", "0.4", "--json")
    done = crux("export", "--to", "jsonl", "--out", "far", *flags, cwd=folder)
    assert done.code == 0, done.err
    crux("export", "--to", "jsonl", "--out", "every", "--status", "draft,pilot,operational", cwd=folder)
    kept, every = lines(folder / "far"), lines(folder / "every")
    assert 5 < len(kept) < len(every)
    encoder = load_encoder("all-MiniLM-L6-v2")
    near = vectors(encoder.encode([line["text"] for line in kept]))
    np.fill_diagonal(near, 0.0)
    assert near.max() <= 0.4 + 1e-5
    left = [line for line in every if line["id"] not in {one["id"] for one in kept}]
    cross = np.asarray(
        encoder.encode([line["text"] for line in left]) @ encoder.encode([one["text"] for one in kept]).T
    )
    assert (cross.max(axis=1) > 0.4 - 1e-5).all(), "whatever is left out has a kept neighbour"
    encoder.close()
    chroma = folder / "bank" / "chroma"
    chroma.rename(folder / "gone")
    without = crux("export", "--to", "jsonl", "--out", "without", *flags, cwd=folder)
    assert not chroma.exists(), without.err
    (folder / "gone").rename(chroma)
    assert [one["id"] for one in lines(folder / "without")] == [one["id"] for one in kept]


def vectors(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows @ rows.T)


def test_hold_back_on_the_command_line(folder: Path) -> None:
    first = crux("export", "--to", "jsonl", "--out", "a", "--holdback", "20%", "--private", "p", "--json", cwd=folder)
    assert first.code == 0, first.err
    told = json.loads(first.out)
    held = {line["id"] for line in lines(folder / "p")}
    assert len(held) == told["held"] == told["held_wanted"] > 0
    assert crux("export", "--to", "csv", "--out", "b", cwd=folder).code == 0
    for name in ("a", "b"):
        text = "".join(path.read_text(encoding="utf-8") for path in sorted((folder / name).rglob("*")))
        assert [key for key in held if key in text] == []
    again = crux("export", "--to", "jsonl", "--out", "c", "--holdback", "20%", cwd=folder)
    assert (folder / "c" / "items.jsonl").read_bytes() == (folder / "a" / "items.jsonl").read_bytes(), again.err
    assert f"held back: {told['held']}, in no file" in again.err
    verified = crux("bank", "verify", "--json", cwd=folder)
    assert json.loads(verified.out)["ok"], verified.out


def test_a_format_that_pip_installed_stands_beside_ours(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    info = site / "theirs-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cruxbank.formats]\nids = theirs:Ids\n")
    (site / "theirs.py").write_text(
        "class Ids:\n    name = 'ids'\n    summary = 'ids'\n    def write(self, bundle, folder):\n"
        "        (folder / 'ids.txt').write_text(chr(10).join(line['id'] for line in bundle.lines))\n"
    )
    done = crux("export", "--to", "ids", "--out", "ids", "--n", "3", cwd=folder, env={"PYTHONPATH": str(site)})
    assert (done.code, done.out.strip()) == (0, "ids/ids.txt"), done.err
    assert len((folder / "ids" / "ids.txt").read_text().splitlines()) == 3
    unknown = crux("export", "--to", "ids", "--out", "none", cwd=folder)
    assert unknown.code == 2
    assert unknown.err.startswith("crux: --to: no format 'ids': one of croissant, csv, deepeval, hf, inspect, jsonl")


SLOW = """\
import time
class Slow:
    name = summary = 'slow'
    def write(self, bundle, folder):
        (folder / 'slow.txt').write_text('half')
        time.sleep(100)
"""


def test_a_stopped_export_leaves_nothing_and_a_killed_one_is_swept(folder: Path, tmp_path: Path) -> None:
    info = tmp_path / "slow-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cruxbank.formats]\nslow = slow:Slow\n")
    (tmp_path / "slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "cruxbank.cli", "export", "--to", "slow", "--out", "slow/in", "--public"]
    for number, code in ((signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)):
        env = {**ENV, "PYTHONPATH": str(tmp_path)}
        with subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True) as process:
            while not list(folder.glob("slow/in/.export.*/new/slow.txt")):
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(number)
            told = process.communicate(timeout=60)[1]
        assert process.returncode == code
        assert (folder / "slow").exists() == (number == signal.SIGKILL)
        assert ("run the same command again" in told) == (number == signal.SIGTERM), told
    done = crux("export", "--to", "jsonl", "--out", "slow/in", "--seed", "-1", cwd=folder)
    assert (done.code, "Traceback" in done.err) == (2, False)
    assert crux("export", "--to", "jsonl", "--out", "slow/in", cwd=folder).code == 0
    assert sorted(path.name for path in (folder / "slow" / "in").iterdir() if path.name != MANIFEST) == [
        "README.md",
        "items.jsonl",
    ]
    with Bank.open(folder / "crux.yaml") as bank:
        assert "slow" not in {entry.format for entry in bank.exports()}


def test_a_disk_without_room_leaves_nothing_and_publishes_nothing(folder: Path) -> None:
    """A limit on the size of files in a shell of its own: the export stops as it would on a full disk."""
    with Bank.open(folder / "crux.yaml") as bank:
        before = bank.exports()
    command = f"ulimit -f 48; exec {sys.executable} -m cruxbank.cli export --to jsonl --out full --public"
    # a coverage measurement of the child would meet the limit too, and say so on stderr
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=120, env=bare)
    assert done.returncode == 2
    assert done.stderr == "crux: full: cannot be written (File too large): check space and permissions\n"
    assert not (folder / "full").exists()
    with Bank.open(folder / "crux.yaml") as bank:
        assert bank.exports() == before
