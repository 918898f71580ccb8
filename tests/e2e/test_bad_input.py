"""Bad input: one line on stderr that names the thing and the way out, exit code 2, nothing half-written."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cruxbank.app.runs import topics_digest
from cruxbank.config.loading import config_hash, load_settings
from cruxbank.memory.bank import run_id
from cruxbank.topics.reader import read_topics
from tests.e2e.conftest import ENV, Done, Simulator, configure, crux, start, wait_until

pytestmark = pytest.mark.xdist_group("bad-input")


def check_refused(done: Done, *says: str) -> None:
    """One line, exit code 2, and every word that helps."""
    assert done.code == 2, done.err
    lines = [line for line in done.err.splitlines() if line.strip()]
    assert len(lines) == 1, done.err
    assert done.out == ""
    for words in says:
        assert words in lines[0]


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    data = yaml.safe_load(path.read_text())
    change(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False))


def nothing_written(folder: Path) -> None:
    assert not (folder / "bank").exists()


def test_unknown_model(tmp_path: Path) -> None:
    edit(configure(tmp_path), lambda d: d["panels"]["scoring"].append("sim-aster-9"))
    check_refused(crux("grow", cwd=tmp_path), "panels.scoring", "sim-aster-9", "did you mean 'sim-aster-")
    nothing_written(tmp_path)


def test_missing_key_variable(tmp_path: Path) -> None:
    edit(configure(tmp_path), lambda d: d["models"][0].update(api_key_env="NO_SUCH_KEY"))
    check_refused(
        crux("grow", cwd=tmp_path), "models.sim-aster-1.api_key_env", "NO_SUCH_KEY is not set", "export NO_SUCH_KEY"
    )
    nothing_written(tmp_path)


def test_unreachable_endpoint(tmp_path: Path) -> None:
    edit(configure(tmp_path), lambda d: d["models"][0].update(base_url="http://127.0.0.1:9/v1"))
    check_refused(crux("grow", cwd=tmp_path), "models.sim-aster-1.base_url", "http://127.0.0.1:9/v1 cannot be reached")
    nothing_written(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "it has no topics"), (b"\x00\x01\x02\xff\xfe" * 40, "topics.bin")],
    ids=["empty", "binary"],
)
def test_unreadable_topics_file(tmp_path: Path, content: bytes, says: str) -> None:
    configure(tmp_path)
    (tmp_path / "topics.bin").write_bytes(content)
    check_refused(crux("grow", "--topics", "topics.bin", cwd=tmp_path), "topics.bin", says)
    nothing_written(tmp_path)


def test_unknown_column(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "t.csv").write_text("topic_neutral,size\nzoos,1\n")
    done = crux("grow", "--topics", "t.csv", "--topic-column", "topic_netral", cwd=tmp_path)
    check_refused(done, "t.csv", "topic_netral", "topic_neutral")
    nothing_written(tmp_path)


def test_broken_yaml(tmp_path: Path) -> None:
    configure(tmp_path).write_text("seed: [1\nbank: x\n")
    check_refused(crux("grow", cwd=tmp_path), "crux.yaml", "not valid YAML: line")


def test_unknown_field(tmp_path: Path) -> None:
    edit(configure(tmp_path), lambda d: d["grow"].update(windw=3))
    check_refused(crux("grow", cwd=tmp_path), "unknown field 'grow.windw'", "did you mean 'window'")
    nothing_written(tmp_path)


@pytest.mark.parametrize("calls", ["0", "-5"])
def test_budget_zero_or_negative(tmp_path: Path, calls: str) -> None:
    configure(tmp_path)
    check_refused(crux("grow", "--budget-calls", calls, cwd=tmp_path), "budget.calls", calls, "greater than 0")
    nothing_written(tmp_path)


def test_a_budget_that_pays_for_no_slot(tmp_path: Path) -> None:
    configure(tmp_path)
    check_refused(crux("grow", "--budget-calls", "20", cwd=tmp_path), "budget.calls: 20", "raise the budget")
    nothing_written(tmp_path)


def test_no_bank_and_no_file(tmp_path: Path) -> None:
    check_refused(crux("bank", "stats", cwd=tmp_path), "crux.yaml: no such file", "crux init")
    configure(tmp_path)
    check_refused(crux("bank", "stats", cwd=tmp_path), "there is no bank here")


def test_a_bank_of_another_encoder(tmp_path: Path) -> None:
    configure(tmp_path)
    bank = tmp_path / "bank"
    bank.mkdir()
    other = {"name": "another-encoder", "dimension": 768, "digest": "0" * 16}
    info = {"schema_version": 1, "encoder": other, "value_system": "schwartz-10"}
    (bank / "bank.json").write_text(json.dumps(info))
    check_refused(crux("grow", cwd=tmp_path), "encoder", "another-encoder", "all-MiniLM-L6-v2", "another bank folder")
    assert sorted(p.name for p in bank.iterdir()) == ["bank.json"]


@pytest.mark.slow
def test_a_second_grow_is_refused(tmp_path: Path, serve: Callable[..., Simulator]) -> None:
    simulator = serve("--delay", "0.4")
    configure(tmp_path, simulator.url)
    first = start("grow", cwd=tmp_path)
    try:
        wait_until(lambda: simulator.stats()["requests"] > 0)
        check_refused(crux("grow", cwd=tmp_path), "bank", f"process {first.pid}", "another bank folder")
    finally:
        first.kill()
        first.wait()


def test_no_disk_space(tmp_path: Path) -> None:
    """Files may not grow beyond 300 KB: the run ends with one line, and what was committed can be read."""
    configure(tmp_path)
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({300_000}, {300_000}))\n"
        "from cruxbank.cli import main\nsys.argv = ['crux', 'grow']\nmain()"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=ENV, capture_output=True, text=True, timeout=240, check=False
    )
    assert process.returncode == 2, process.stderr
    last = process.stderr.strip().splitlines()[-1]
    assert "Traceback" not in process.stderr
    assert "disk" in last or "File too large" in last or "space" in last
    again = crux("bank", "stats", "--json", cwd=tmp_path)
    assert again.code == 0, again.err


def ended_in_one_line(done: Done, *says: str) -> None:
    """A run that had begun: its progress lines, then one line with the reason, exit code 2."""
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    lines = [line for line in done.err.splitlines() if line.startswith("crux: ")]
    assert lines == done.err.splitlines()[-1:], done.err
    assert done.out == ""
    for words in says:
        assert words in lines[0]


def first_run_folder(config: Path) -> Path:
    """Where the first run over this configuration will tell its events."""
    settings = load_settings(config, {})
    assert settings.topics.file is not None
    topics = read_topics(settings.topics.file, settings.topics.column, settings.languages[0])
    return settings.bank / "runs" / run_id(1, config_hash(settings, topics_digest(topics)))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_events_on_a_full_disk(tmp_path: Path) -> None:
    """One line; with space again the same command goes on with the same run."""
    folder = first_run_folder(configure(tmp_path, budget={"calls": 200}))
    folder.mkdir(parents=True)
    events = folder / "events.jsonl"
    events.symlink_to("/dev/full")
    ended_in_one_line(crux("grow", cwd=tmp_path), str(events), "No space left on device", "check the disk")
    events.unlink()
    done = crux("grow", "--json", cwd=tmp_path)
    assert (done.code, json.loads(done.out)["run"]) == (0, folder.name), done.err


def test_checkpoints_that_are_no_database(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "checkpoints.sqlite").write_bytes(b"not a database at all" * 300)
    ended_in_one_line(crux("grow", cwd=tmp_path), "checkpoints", "checkpoints.sqlite", "not a database", "deleted")


def test_checkpoints_that_refuse_while_the_graph_runs(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "bank").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "bank" / "checkpoints.sqlite")) as other:
        other.execute("CREATE TABLE checkpoints (thread_id TEXT, checkpoint_ns TEXT, checkpoint_id TEXT)")
    ended_in_one_line(crux("grow", cwd=tmp_path), "checkpoints", "checkpoints.sqlite", "checkpoints")


def test_a_file_where_chroma_keeps_its_folder(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "chroma").write_text("mine")
    ended_in_one_line(crux("grow", cwd=tmp_path), "chroma", "File exists")
    assert (tmp_path / "bank" / "chroma").read_text() == "mine"


def test_init_into_a_folder_or_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    check_refused(crux("init", "--out", ".", cwd=tmp_path), "--out .", "is a folder", "name a file")
    check_refused(crux("init", "--out", "file/crux.yaml", cwd=tmp_path), "--out file/crux.yaml", "cannot be written")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
