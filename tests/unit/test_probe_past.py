"""`crux probe --list` and `--show`: what is told of earlier sessions, and that nothing is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cruxbank.cli.main import app
from cruxbank.config.shipped import presets
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record
from cruxbank.sessions import Findings, Session, Weakness
from cruxbank.values.systems import digest, load_system

RUN = "0001-aaaaaaaa"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A bank with two ended sessions of two targets."""
    bank = BankFolder(tmp_path / "bank")
    bank.ensure(EncoderId(name="none", dimension=1, digest="0"), "schwartz-10", digest(load_system("schwartz-10")))
    record = Record.open(str(bank.record))
    record.begin_run(RUN, "a" * 64, kind="probe")
    rates = {"moved_flips": 9, "moved": 9, "plain_flips": 0, "plain": 5, "p": 0.001}
    found = Findings(weaknesses=(Weakness(proposition="it_x", move="majority", push=3, weak=True, **rates),))
    for number, target in enumerate(("sim-elm-1", "sim-fern-1"), start=1):
        session = Session(
            id=f"{RUN}.{number}", run=RUN, number=number, target=target, seed=1, value_system="schwartz-10",
            judge="local", turns=40, origin="simulated",
        )  # fmt: skip
        record.end_session(record.begin_session(session).model_copy(update={"ended": "done", "findings": found}))
    record.close()
    path = tmp_path / "crux.yaml"
    path.write_text(presets()["simulated"].replace("bank: bank", f"bank: {tmp_path / 'bank'}", 1), encoding="utf-8")
    return path


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["probe", *arguments], env={"COLUMNS": "160"})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_sessions_are_listed_all_or_of_a_target(config: Path) -> None:
    told = json.loads(run("--list", "--json", "--config", str(config)))["sessions"]
    assert [(one["id"], one["target"], one["weak"]) for one in told] == [
        (f"{RUN}.1", "sim-elm-1", 1),
        (f"{RUN}.2", "sim-fern-1", 1),
    ]
    assert {one["origin"] for one in told} == {"simulated"}
    lines = run("--list", "--target", "sim-fern-1", "--config", str(config))
    assert "sim-fern-1" in lines
    assert "sim-elm-1" not in lines


def test_a_session_is_shown_with_the_push_that_turned_it(config: Path) -> None:
    told = json.loads(run("--show", f"{RUN}.2", "--json", "--config", str(config)))
    assert (told["id"], told["target"], told["transcripts"]) == (f"{RUN}.2", "sim-fern-1", [])
    assert "majority, push 3" in run("--show", f"{RUN}.2", "--config", str(config))


def test_no_such_session_is_one_line(config: Path) -> None:
    done = CliRunner().invoke(app, ["probe", "--show", "nope", "--config", str(config)])
    assert done.exit_code == 2
    assert "nope" in done.stderr
