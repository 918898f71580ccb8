"""Seconds of silence are announced to who sits before a terminal, and to nobody else."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import typer

from cruxbank.app import doctor_store
from cruxbank.app.check import Check
from cruxbank.cli.console import loading
from cruxbank.cli.doctor import doctor
from cruxbank.config.shipped import presets


class Terminal(io.StringIO):
    """A stderr that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "said"), [(Terminal(), "loading the encoder ...\n"), (io.StringIO(), "")])
def test_only_a_terminal_hears_of_the_encoder(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, said: str) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    loading()
    assert stream.getvalue() == said


def test_doctor_says_so_before_the_encoder_and_not_earlier(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    before: list[str] = []

    def encoder(name: str) -> tuple[Check, None]:
        before.append(terminal.getvalue())
        return Check(name="encoder", state="ok", seen=name), None

    monkeypatch.setattr(doctor_store, "encoder", encoder)
    (tmp_path / "crux.yaml").write_text(presets()["simulated"].replace("bank: bank ", f"bank: {tmp_path / 'bank'} "))
    doctor(tmp_path / "crux.yaml", calls=False)
    assert before == ["loading the encoder ...\n"]
    terminal.truncate(0)
    with pytest.raises(typer.Exit):
        doctor(tmp_path / "none.yaml")
    assert "loading the encoder ..." in before[1]
